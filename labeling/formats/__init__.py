"""Other tools' files, read into rows to store. Pure: no Django, no database, no network; a file in, rows out.

Each format is one module that ends in a `Format`; adding one is that module and one line in `FORMATS`, which are read
into ingest rows, in `VOTE_FORMATS`, which are read into labels made elsewhere, or in `VERDICT_FORMATS`, which are read
into judge verdicts.
Readers stream: a line at a time, at most `max_line_bytes` of it, so that memory does not grow with the file.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from labeling.formats import (
    jsonl,
    langfuse,
    langsmith,
    llm_rubric,
    llm_rubric_ratings,
    mlflow,
    mtbench,
    otel,
    phoenix,
    promptfoo,
    recipe_ratings,
    tables,
    verdicts,
    votes,
)
from labeling.formats.fields import RowError, suggest
from labeling.formats.lines import MAX_LINE_BYTES, BadFile, Format, Line, Source

__all__ = [
    "FORMATS",
    "MAX_LINE_BYTES",
    "VERDICT_FORMATS",
    "VOTE_FORMATS",
    "BadFile",
    "Format",
    "Line",
    "RowError",
    "RowReader",
    "detect_format",
    "read_rows",
]

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        jsonl.FORMAT,
        tables.CSV,
        tables.TSV,
        mtbench.FORMAT,
        llm_rubric.FORMAT,
        llm_rubric.SYNTHETIC,
        recipe_ratings.FORMAT,
    )
}
VOTE_FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        votes.CSV,
        votes.TSV,
        votes.JSONL,
        mtbench.VOTES,
        recipe_ratings.VOTES,
        llm_rubric_ratings.REAL,
        llm_rubric_ratings.SYNTHETIC,
    )
}
VERDICT_FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        verdicts.JSONL,
        verdicts.CSV,
        verdicts.TSV,
        otel.FORMAT,
        langfuse.FORMAT,
        langsmith.FORMAT,
        phoenix.FORMAT,
        mlflow.FORMAT,
        promptfoo.FORMAT,
    )
}


def detect_format(path: Path, *, among: Mapping[str, Format] = FORMATS) -> str:
    """The format's name, by a file's suffix (the name of an upload is enough) or by a folder's files."""
    if path.is_dir():
        return detect_folder(path, among)
    for one in among.values():
        if path.suffix.lower() in one.suffixes:
            return one.name
    known = ", ".join(suffix for one in among.values() for suffix in one.suffixes)
    raise BadFile(f"The format of {path.name!r} is not known by its name (known are {known}); state the format.")


def detect_folder(path: Path, among: Mapping[str, Format]) -> str:
    """The format most of whose files are there, so that reading can then name the one that is missing.

    Of two that have as many, the one that stands first.
    """
    n_present = {one.name: sum((path / name).is_file() for name in one.folder_files) for one in among.values()}
    best = max(n_present, key=lambda name: n_present[name])
    if n_present[best] == 0:
        known = "; ".join(f"{one.name}: {', '.join(one.folder_files)}" for one in among.values() if one.folder_files)
        raise BadFile(f"The folder {path.name!r} holds none of the files of a known format ({known}).")
    return best


def read_rows(
    source: Source,
    format_name: str,
    *,
    among: Mapping[str, Format] = FORMATS,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> "RowReader":
    """The rows of a file, a folder or an open upload, in order; `BadFile` when there is no reading it."""
    if format_name not in among:
        raise BadFile(f"Unknown format {format_name!r}; {suggest(format_name, among)}")
    return RowReader(among[format_name].read(source, max_line_bytes))


class RowReader(Iterator[Line]):
    """Lines that hold a row or an error. Blank ones are passed over and counted in `n_blank`."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines = lines
        self.n_blank = 0

    def __next__(self) -> Line:
        for line in self.lines:
            if not line.is_blank:
                return line
            self.n_blank += 1
        raise StopIteration
