"""Rows of plain values as CSV, JSON lines or Parquet. Pure, and streamed: memory does not grow with the rows."""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# A `text` is a name or a key that other files are joined by; a `free_text` is what somebody wrote.
Kind = Literal["text", "free_text", "whole", "real", "truth", "moment", "codes", "object"]
Row = Mapping[str, Any]
FORMULA_STARTS = ("=", "+", "-", "@")
# Line ends to some readers of lines, though not to JSON.
OTHER_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
ROWS_AT_ONCE = 1_000


class CannotWrite(Exception):
    """A file that cannot be written here, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, which carries the unit where there is one, and what its cells hold."""

    name: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    sha256: str
    n_bytes: int
    n_rows: int


def write_csv(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[str]:
    """A header and a line a row, as RFC 4180 has it; nothing is an empty cell, a moment is UTC in ISO 8601.

    A spreadsheet runs a cell that starts with = + - or @ as a formula, and a hostile customer can make a reviewer
    quote one. In columns of free text such a cell gets a leading apostrophe, also after leading blanks. Names, keys
    and numbers are left as they are: an apostrophe there would break every join. JSON lines change no text at all.
    """
    line = LineCatcher()
    writer = csv.writer(line)
    writer.writerow([column.name for column in columns])
    yield line.text
    for row in rows:
        writer.writerow([csv_cell(row[column.name], column.kind) for column in columns])
        yield line.text


class LineCatcher:
    """What `csv.writer` writes to: it keeps the last line only."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_cell(value: Any, kind: Kind) -> str:
    if value is None:
        return ""
    if kind == "free_text":
        return f"'{value}" if value.lstrip().startswith(FORMULA_STARTS) else str(value)
    if kind == "truth":
        return "true" if value else "false"
    if kind == "moment":
        return moment_text(value)
    if kind == "codes":
        return " ".join(value)
    return json_text(value) if kind == "object" else str(value)


def write_jsonl(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[str]:
    """One JSON object a line, with the keys in the order of the columns; nothing is null."""
    for row in rows:
        yield json_text({column.name: row[column.name] for column in columns}) + "\n"


def write_json(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[str]:
    """One JSON array with an object a row, each on a line of its own."""
    before = "[\n"
    for line in write_jsonl(columns, rows):
        yield before + line.removesuffix("\n")
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def read_back(columns: Sequence[Column], path: Path) -> Iterator[Row]:
    """The rows of a file that `write_jsonl` wrote, their moments as moments again."""
    moments = [column.name for column in columns if column.kind == "moment"]
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            row = json.loads(line)
            yield row | {name: datetime.fromisoformat(row[name]) for name in moments if row[name] is not None}


def json_text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=moment_text)
    return text.translate(OTHER_LINE_ENDS)


def moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


TEXT_WRITERS = {"csv": write_csv, "jsonl": write_jsonl}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/jsonl; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


def chunked(texts: Iterable[str]) -> Iterator[str]:
    """The same text in larger pieces: a packet a row would cost more than the row."""
    iterator = iter(texts)
    while piece := "".join(islice(iterator, ROWS_AT_ONCE)):
        yield piece


def write_text(path: Path, texts: Iterable[str]) -> WrittenFile:
    """Write pieces of text, one a row, and say what was written."""
    digest, n_bytes, n_rows = hashlib.sha256(), 0, 0
    with path.open("wb") as stream:
        for text in texts:
            content = text.encode()
            stream.write(content)
            digest.update(content)
            n_bytes += len(content)
            n_rows += 1
    return WrittenFile(digest.hexdigest(), n_bytes, n_rows)


# --- Parquet ----------------------------------------------------------------------------------------------------------


def require_pyarrow() -> None:
    """Refuse before anything is read when Parquet cannot be written here."""
    try:
        # Inside: 100 MB and half a second that no other format has to pay for.
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise CannotWrite(
            "Parquet needs the extra 'parquet' (pip install pyarrow); or choose --format csv or jsonl."
        ) from error


def write_parquet(target: Path | BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> int:
    """Write typed columns, a row group a thousand rows; returns the number of rows. Objects are JSON text."""
    require_pyarrow()
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    types = {
        "whole": pyarrow.int64(),
        "real": pyarrow.float64(),
        "truth": pyarrow.bool_(),
        "moment": pyarrow.timestamp("us", tz="UTC"),
        "codes": pyarrow.list_(pyarrow.string()),
    }
    schema = pyarrow.schema([(column.name, types.get(column.kind, pyarrow.string())) for column in columns])
    iterator, n_rows = iter(rows), 0
    with ParquetWriter(target, schema) as writer:
        while group := [parquet_row(columns, row) for row in islice(iterator, ROWS_AT_ONCE)]:
            writer.write_batch(pyarrow.RecordBatch.from_pylist(group, schema=schema))
            n_rows += len(group)
    return n_rows


def parquet_row(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    """The cells of one row; an object is JSON text, since every row may have other keys."""
    cells = {column.name: row[column.name] for column in columns}
    objects = [column.name for column in columns if column.kind == "object" and cells[column.name] is not None]
    return cells | {name: json_text(cells[name]) for name in objects}


# --- a folder as one file ---------------------------------------------------------------------------------------------


def zip_folder(folder: Path, path: Path) -> None:
    """The files of a folder in one archive. The same files give the same bytes: no times, no owners, one order."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            entry = ZipInfo(file.name)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while block := source.read(1 << 20):
                    target.write(block)
