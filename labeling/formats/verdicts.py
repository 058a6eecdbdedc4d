"""Judge verdicts in files, ours and other tools': one row each, with the item by its id and the judge by its name.

Each other tool's format is a module of its own that rebuilds its records as our rows. What a file does not say of the
judge is told from outside or refused; it is never guessed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from labeling.formats.cells import build_lines
from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    read_choice,
    read_name,
    read_number,
    read_object,
    read_text,
    refuse_unknown,
    refuse_unstorable,
    suggest,
)
from labeling.formats.jsonl import decode_json, read_jsonl
from labeling.formats.lines import BadFile, BoundedLines, Format, Line, Source, open_source, show_size, strip_mark
from labeling.formats.rows import JUDGE_FIELDS, VERDICT_FIELDS, JudgeVerdictRow, parse_judge_verdict

DIRECTIONS = ("better", "worse")
LINE_FIELDS = frozenset({*VERDICT_FIELDS, "external_id", "source_system", "higher_is"})
JUDGE_COLUMNS = {f"judge_{name}" if name != "name" else "judge": name for name in sorted(JUDGE_FIELDS)}
COLUMNS = {*(LINE_FIELDS - {"judge"}), *JUDGE_COLUMNS}
NUMBERS = ("score", "confidence", "run")
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
Build = Callable[[Object], Iterable[Object]]


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One verdict and the item it is of. `source_system` is empty where the file leaves it open; `higher_is` says
    whether a higher score is better or worse, empty where nobody said."""

    external_id: str
    source_system: str
    verdict: JudgeVerdictRow
    higher_is: str


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says of all lines of a file that do not say it themselves."""

    system: str = ""
    criterion: str = ""
    judge_name: str = ""
    model: str = ""
    family: str = ""
    prompt_hash: str = ""
    parameters: Object | None = None


def parse_verdict_line(raw: object, told: Told) -> VerdictLine:
    """The verdict that `raw` says, any JSON value, or `RowError` naming the field."""
    row = as_object(raw, "")
    refuse_unstorable(row)
    refuse_unknown(row, LINE_FIELDS, "")
    judge = complete_judge(read_object(row, "judge", ""), told)
    verdict = {key: value for key, value in row.items() if key in VERDICT_FIELDS and value is not None}
    if told.criterion:
        verdict.setdefault("criterion", told.criterion)
    label = read_label(row)
    return VerdictLine(
        external_id=read_name(row, "external_id", "", limit=200),
        source_system=read_text(row, "source_system", "", limit=80) or told.system,
        verdict=parse_judge_verdict({**verdict, "judge": judge, "label": label}, ""),
        higher_is=read_choice(row, "higher_is", "", choices=("", *DIRECTIONS), default=""),
    )


def complete_judge(judge: Object, told: Told) -> Object:
    outside = {
        "name": told.judge_name,
        "model": told.model,
        "family": told.family,
        "prompt_hash": told.prompt_hash,
        "parameters": told.parameters,
    }
    named = {key: value for key, value in judge.items() if value not in (None, "")}
    complete = {**{key: value for key, value in outside.items() if value}, **named}
    if not complete.get("name"):
        raise RowError("judge.name", "is not in the file; say whose verdicts these are with --judge")
    return complete


def read_label(row: Object) -> str:
    """What the judge said: its label, or its score in words. One that said neither gave no verdict."""
    label = read_text(row, "label", "")
    if label.strip():
        return label
    score = read_number(row, "score", "")
    if score is None:
        raise RowError(
            "label", "is missing, and so is score: no verdict, which is neither 0 nor a fail; leave the line out"
        )
    return f"{score:g}" if score != int(score) or abs(score) >= 1e15 else str(int(score))


# --- our own files ----------------------------------------------------------------------------------------------------


def read_table(source: Source, max_line_bytes: int, *, delimiter: str) -> Iterator[Line]:
    return build_lines(source, max_line_bytes, delimiter=delimiter, check_columns=check_columns, build=build_row)


def check_columns(header: list[str]) -> None:
    for name in header:
        if name not in COLUMNS:
            raise BadFile(f"Unknown column {name!r}; {suggest(name, COLUMNS)}")
    if "external_id" not in header:
        raise BadFile("The column 'external_id' is missing; it says which item a verdict is of.")


def build_row(cells: dict[str, str]) -> Object:
    filled: Object = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    judge = {key: filled.pop(column) for column, key in JUDGE_COLUMNS.items() if column in filled}
    if "parameters" in judge:
        judge["parameters"] = decode_json(str(judge["parameters"]))
    for name in NUMBERS:
        if name in filled:
            filled[name] = number_in(str(filled[name]), name)
    return {**filled, "judge": judge}


def number_in(cell: str, column: str) -> int | float:
    try:
        return int(cell) if column == "run" else float(cell)
    except ValueError:
        raise RowError(column, f"{cell[:40]!r} is not a number; write it like 0.85, or leave the cell empty") from None


# --- other tools' files -----------------------------------------------------------------------------------------------


def read_records(source: Source, max_line_bytes: int, *, inside: tuple[str, ...], build: Build) -> Iterator[Line]:
    """Another tool's records as our rows, from JSON lines, a JSON list, or an object that holds the list under one of
    the names in `inside`. A record may hold several verdicts; one that is refused keeps its number."""
    for line in records_in(source, max_line_bytes, inside=inside):
        if line.raw is None:
            yield line
            continue
        try:
            built = list(build(line.raw))
        except RowError as error:
            yield Line(line.number, error=error)
            continue
        for row in built:
            yield Line(line.number, row)


def records_in(source: Source, max_line_bytes: int, *, inside: tuple[str, ...]) -> Iterator[Line]:
    with open_source(source) as stream:
        start = strip_mark(stream.read(4096)).lstrip()
        stream.seek(0)
        is_lines = not start.startswith(b"[") and first_object(BoundedLines(stream, max_line_bytes)) is not None
        stream.seek(0)
        if not is_lines:
            yield from records_of_document(strip_mark(stream.read(MAX_DOCUMENT_BYTES + 1)), inside)
            return
        for line in read_jsonl(stream, max_line_bytes):
            held = held_in(line.raw, inside) if line.raw is not None else None
            if held is None:
                yield line
            else:
                yield from numbered(held, line.number)


def first_object(lines: BoundedLines) -> Object | None:
    """The first line that is not blank, if it is an object by itself; None where one object goes over many lines."""
    try:
        while (line := lines.next_line()) is not None:
            if line.strip():
                value = decode_json(line.decode())
                return value if isinstance(value, dict) else None
    except (RowError, UnicodeDecodeError):
        return None
    return {}


def records_of_document(content: bytes, inside: tuple[str, ...]) -> Iterator[Line]:
    if len(content) > MAX_DOCUMENT_BYTES:
        limit = show_size(MAX_DOCUMENT_BYTES)
        raise BadFile(f"A JSON document over {limit} is not read as a whole; write it as JSON lines, a record a line.")
    try:
        value = decode_json(content.decode())
    except (RowError, UnicodeDecodeError) as error:
        raise BadFile(f"The file is neither JSON lines nor one JSON document: {error}.") from error
    held = value if isinstance(value, list) else held_in(value, inside) if isinstance(value, dict) else None
    if held is None:
        held = [value]
    yield from numbered(held, 1)


def held_in(value: Object, inside: tuple[str, ...]) -> list[object] | None:
    """The list in an object under one of the names, however deep these are nested in each other."""
    for name in inside:
        held = value.get(name)
        if isinstance(held, list):
            return held
        if isinstance(held, dict) and (deeper := held_in(held, inside)) is not None:
            return deeper
    return None


def numbered(records: Iterable[object], first: int) -> Iterator[Line]:
    for number, record in enumerate(records, start=first):
        if isinstance(record, dict):
            yield Line(number, record)
        else:
            yield Line(number, error=RowError("", "must be a JSON object; each record is one"))


def text_of(record: Object, *names: str) -> str:
    """The first of the fields that holds a text or a whole number, as text."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def object_in(record: Object, name: str) -> Object:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def said(value: object) -> Object:
    """A value that may be a label, a yes or no, or a number, as label or score. Nothing stays nothing."""
    if isinstance(value, bool):
        return {"label": "true" if value else "false"}
    if isinstance(value, int | float):
        return {"score": float(value)}
    return {"label": value} if isinstance(value, str) and value.strip() else {}


def refuse_person(kind: str, *, is_person: bool) -> None:
    if is_person:
        raise RowError(kind, "is a person's label and no judge's; import_labels takes those")


CSV = Format("csv", "CSV with a header, a verdict a row", partial(read_table, delimiter=","), suffixes=(".csv",))
TSV = replace(CSV, name="tsv", read=partial(read_table, delimiter="\t"), suffixes=(".tsv", ".tab"))
JSONL = Format("jsonl", "JSON Lines, a verdict a line", read_jsonl, suffixes=(".jsonl", ".ndjson"))
