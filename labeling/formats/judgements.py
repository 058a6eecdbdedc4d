"""Files that put a judge beside people: one row a unit, with the human label, the judge's and its confidence."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from labeling.formats.fields import RowError, show, suggest
from labeling.formats.lines import BadFile
from labeling.formats.records import Record, Records, read_records, refuse_rows, require_cell

REQUIRED = ("unit", "human", "judge")
OPTIONAL = ("confidence", "weight", "judge_swapped", "length")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One unit. A label is empty and a number None where the file has none; `weight` is 1 without a column.

    `judge_swapped` is the judge's label of the same pair with its outputs in the other order, named by the pair.
    """

    number: int
    unit: str
    human: str
    judge: str
    confidence: float | None
    weight: float
    judge_swapped: str = ""
    length: float | None = None


@dataclass(frozen=True, slots=True)
class Judgements:
    rows: tuple[Judgement, ...]
    columns: frozenset[str]
    ignored: tuple[str, ...]


def read_judgements(path: Path) -> Judgements:
    """The judgements of a file, all of them or `BadFile`; columns that are not read are named in `ignored`."""
    records = read_records(path)
    check_columns(records)
    rows, refused = [], []
    line_of_unit: dict[str, int] = {}
    for record in records.rows:
        try:
            row = read_judgement(record, has_weight="weight" in records.columns)
            if row.unit in line_of_unit:
                message = f"{show(row.unit)} is on line {line_of_unit[row.unit]} too; keep one row a unit"
                raise RowError("unit", message)
        except RowError as error:
            refused.append((record.number, error))
            continue
        line_of_unit[row.unit] = record.number
        rows.append(row)
    refuse_rows(refused)
    read = {*REQUIRED, *OPTIONAL}
    ignored = tuple(name for name in records.columns if name not in read)
    return Judgements(tuple(rows), frozenset(records.columns), ignored)


def check_columns(records: Records) -> None:
    for name in REQUIRED:
        if name not in records.columns:
            raise BadFile(f"The column {name!r} is missing; {suggest(name, records.columns)}")
    # A misspelt `confidence` would quietly cost the whole calibration.
    absent = [name for name in OPTIONAL if name not in records.columns]
    for name in records.columns:
        if name not in (*REQUIRED, *OPTIONAL) and (near := difflib.get_close_matches(name, absent, n=1)):
            raise BadFile(f"Unknown column {show(name)}; did you mean {near[0]!r}?")


def read_judgement(record: Record, *, has_weight: bool) -> Judgement:
    confidence = None
    if "confidence" in record.cells:
        confidence = read_number(record, "confidence")
        if not 0 <= confidence <= 1:
            raise RowError("confidence", f"is {confidence:g} but must be from 0 to 1; divide a percentage by 100")
    weight = 1.0
    if has_weight:
        require_cell(record, "weight")
        weight = read_number(record, "weight")
        if not 0 < weight <= 1e9:
            raise RowError("weight", f"is {weight:g} but must be above 0; it is 1 over the inclusion probability")
    length = None
    if "length" in record.cells:
        length = read_number(record, "length")
        if not 0 < length <= 1e12:
            raise RowError("length", f"is {length:g} but must be above 0; leave it empty where it is unknown")
    human, judge, swapped = (record.cells.get(name, "") for name in ("human", "judge", "judge_swapped"))
    return Judgement(record.number, require_cell(record, "unit"), human, judge, confidence, weight, swapped, length)


def read_number(record: Record, column: str) -> float:
    try:
        value = float(record.cells[column])
    except ValueError:
        value = float("nan")
    if value != value:
        raise RowError(column, f"{show(record.cells[column])} is not a number; write it like 0.85")
    return value
