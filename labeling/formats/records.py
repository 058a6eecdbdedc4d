"""Any table of label files as records of filled cells: CSV, TSV, JSON Lines and Parquet, by the file's suffix.

What the columns mean is said in `labels.py` and `judgements.py`.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from labeling.formats.cells import read_cells
from labeling.formats.fields import RowError, name_type
from labeling.formats.jsonl import read_jsonl
from labeling.formats.lines import MAX_LINE_BYTES, BadFile, open_source
from labeling.formats.parquet import read_parquet

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a label file: its filled cells by column, stripped. `number` is its line (Parquet: its row)."""

    number: int
    cells: dict[str, str]


# A row, or the line of one that cannot be read and why.
Found = Record | tuple[int, RowError]


@dataclass(frozen=True, slots=True)
class Records:
    """All rows; `columns` in the file's order, of JSON Lines in the order in which they first appear."""

    columns: tuple[str, ...]
    rows: tuple[Record, ...]


def read_records(path: Path) -> Records:
    """Every row of a CSV, TSV, JSON Lines or Parquet file, by its suffix."""
    readers: dict[str, Callable[[Path], tuple[list[str], Iterator[Found]]]] = {
        ".csv": lambda path: read_delimited(path, ","),
        ".tsv": lambda path: read_delimited(path, "\t"),
        ".tab": lambda path: read_delimited(path, "\t"),
        ".jsonl": read_json_records,
        ".ndjson": read_json_records,
        ".parquet": read_parquet_records,
    }
    read = readers.get(path.suffix.lower())
    if read is None:
        raise BadFile(f"The format of {path.name!r} is not known by its name; known are {', '.join(readers)}.")
    columns, found = read(path)
    rows, refused = [], []
    for one in found:
        if isinstance(one, Record):
            rows.append(one)
        else:
            refused.append(one)
    refuse_rows(refused)
    if not rows:
        raise BadFile(f"The file {path.name} has no row; it needs at least one under its column names.")
    columns = columns or list(dict.fromkeys(name for row in rows for name in row.cells))
    return Records(tuple(columns), tuple(rows))


def read_delimited(path: Path, delimiter: str) -> tuple[list[str], Iterator[Found]]:
    def rows() -> Iterator[Found]:
        with open_source(path) as stream:
            cells = read_cells(stream, delimiter=delimiter, max_line_bytes=MAX_LINE_BYTES)
            next(cells)
            for row in cells:
                if row.error is not None:
                    yield row.number, row.error
                elif row.by_column is not None:
                    filled = {name: cell.strip() for name, cell in row.by_column.items()}
                    yield Record(row.number, {name: cell for name, cell in filled.items() if cell})

    with open_source(path) as stream:
        header = next(read_cells(stream, delimiter=delimiter, max_line_bytes=MAX_LINE_BYTES))
    return list(header.by_column or {}), rows()


def read_json_records(path: Path) -> tuple[list[str], Iterator[Found]]:
    columns: dict[str, None] = {}

    def rows() -> Iterator[Found]:
        for line in read_jsonl(path, MAX_LINE_BYTES):
            if line.error is not None:
                yield line.number, line.error
            elif line.raw is not None:
                columns.update(dict.fromkeys(line.raw))
                yield as_record(line.number, line.raw.items())

    found = list(rows())
    return list(columns), iter(found)


def read_parquet_records(path: Path) -> tuple[list[str], Iterator[Found]]:
    columns, values = read_parquet(path)
    return columns, (as_record(number, row.items()) for number, row in enumerate(values, start=1))


def as_record(number: int, cells: Iterable[tuple[str, object]]) -> Found:
    filled = {}
    for name, value in cells:
        try:
            text = spell_cell(value)
        except RowError as error:
            return number, RowError(name, error.message)
        if text:
            filled[name] = text
    return Record(number, filled)


def spell_cell(value: object) -> str:
    """A typed value as a table would write it. NaN is how pandas writes that there is none."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise RowError("", "is not a finite number; leave it out")
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str | int | Decimal):
        return str(value).strip()
    raise RowError("", f"is {name_type(value)}; write a text or a number")


def require_cell(record: Record, column: str) -> str:
    value = record.cells.get(column, "")
    if not value:
        raise RowError(column, "is empty; fill it or remove the row")
    return value


def refuse_rows(refused: Iterable[tuple[int, RowError]]) -> None:
    """All unreadable rows in one sentence: the first with its reason, the others by their lines."""
    found = list(refused)
    if not found:
        return
    number, error = found[0]
    others = ", ".join(str(line) for line, _ in found[1 : MOST_NAMED + 1])
    more = len(found) - 1 - MOST_NAMED
    rest = f"; {len(found) - 1} more: line {others}{f' and {more} others' if more > 0 else ''}" if others else ""
    raise BadFile(f"Line {number}: {error}{rest}.")
