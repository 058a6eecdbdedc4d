"""Files of labels made elsewhere: long (unit, rater, value) or wide (a column per rater).

A whole file is read or refused: a number from the rows that happened to be readable would be a number about those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labeling.formats.fields import RowError, show, suggest
from labeling.formats.lines import BadFile
from labeling.formats.records import Records, read_records, refuse_rows, require_cell

LONG_COLUMNS = ("unit", "rater", "value")

Keep = Literal["first", "latest"]


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label: `rater` gave `unit` this value. `cluster` is empty where the file was read without one."""

    number: int
    unit: str
    rater: str
    value: str
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a file, how many cells said nothing, and the columns that were not read."""

    rows: tuple[LabelRow, ...]
    n_missing: int
    ignored: tuple[str, ...] = ()


def read_labels(path: Path, *, cluster_column: str | None = None) -> Labels:
    """The labels of a long or a wide file; an empty cell is a missing label.

    A file with the columns unit, rater and value is long; further columns of it are ignored and named. Any other with
    a column unit is wide: every other column but the cluster's is a rater.
    """
    records = read_records(path)
    columns = records.columns
    if "unit" not in columns:
        raise BadFile(f"The column 'unit' is missing; {suggest('unit', columns)}")
    if cluster_column is not None and cluster_column not in columns:
        raise BadFile(f"There is no column {show(cluster_column)} to cluster by; {suggest(cluster_column, columns)}")
    if cluster_column in LONG_COLUMNS:
        raise BadFile(f"The column {show(cluster_column)} cannot be the cluster; name another.")
    if set(LONG_COLUMNS) <= set(columns):
        labels = read_long(records, cluster_column)
    else:
        for name in ("rater", "value"):
            if name in columns:
                missing = "value" if name == "rater" else "rater"
                raise BadFile(f"There is a column {name!r} and no {missing!r}; a long file has unit, rater and value.")
        labels = read_wide(records, cluster_column)
    if cluster_column is not None:
        check_clusters(labels.rows, cluster_column)
    return labels


def read_long(records: Records, cluster_column: str | None) -> Labels:
    known = {*LONG_COLUMNS, cluster_column}
    rows, n_missing, refused = [], 0, []
    for record in records.rows:
        try:
            unit, rater = (require_cell(record, name) for name in ("unit", "rater"))
            cluster = require_cell(record, cluster_column) if cluster_column else ""
        except RowError as error:
            refused.append((record.number, error))
            continue
        if value := record.cells.get("value"):
            rows.append(LabelRow(record.number, unit, rater, value, cluster))
        else:
            n_missing += 1
    refuse_rows(refused)
    return Labels(tuple(rows), n_missing, tuple(name for name in records.columns if name not in known))


def read_wide(records: Records, cluster_column: str | None) -> Labels:
    raters = [name for name in records.columns if name not in ("unit", cluster_column)]
    if not raters:
        raise BadFile("There is no column but 'unit'; add a column per rater, or the columns rater and value.")
    rows, n_missing, refused = [], 0, []
    line_of_unit: dict[str, int] = {}
    for record in records.rows:
        try:
            unit = require_cell(record, "unit")
            cluster = require_cell(record, cluster_column) if cluster_column else ""
            if unit in line_of_unit:
                message = f"{show(unit)} is on line {line_of_unit[unit]} too; keep one row a unit"
                raise RowError("unit", message)
        except RowError as error:
            refused.append((record.number, error))
            continue
        line_of_unit[unit] = record.number
        given = [(rater, record.cells[rater]) for rater in raters if rater in record.cells]
        rows += [LabelRow(record.number, unit, rater, value, cluster) for rater, value in given]
        n_missing += len(raters) - len(given)
    refuse_rows(refused)
    return Labels(tuple(rows), n_missing)


def check_clusters(rows: Iterable[LabelRow], column: str) -> None:
    """A unit lies in one cluster, or resampling clusters would tear it apart."""
    first_row: dict[str, LabelRow] = {}
    refused = []
    for row in rows:
        other = first_row.setdefault(row.unit, row)
        if other.cluster != row.cluster:
            message = f"unit {show(row.unit)} is in {show(row.cluster)}, and on line {other.number} in"
            refused.append((row.number, RowError(column, f"{message} {show(other.cluster)}; give it one")))
    refuse_rows(refused)


def find_duplicates(rows: Iterable[LabelRow]) -> list[tuple[LabelRow, LabelRow]]:
    """(earlier, later) rows in which one rater labels one unit again, in the file's order."""
    newest: dict[tuple[str, str], LabelRow] = {}
    found = []
    for row in rows:
        key = (row.unit, row.rater)
        if key in newest:
            found.append((newest[key], row))
        newest[key] = row
    return found


def keep_one(rows: Iterable[LabelRow], *, keep: Keep) -> tuple[LabelRow, ...]:
    """One row per (unit, rater): the first in the file, or the latest. Both would let a rater agree with himself."""
    kept: dict[tuple[str, str], LabelRow] = {}
    for row in rows:
        key = (row.unit, row.rater)
        if keep == "latest" or key not in kept:
            kept[key] = row
    return tuple(kept.values())


def refuse_duplicates(rows: Iterable[LabelRow]) -> None:
    refuse_rows(
        (
            later.number,
            RowError("rater", f"{show(later.rater)} labelled unit {show(later.unit)} on line {earlier.number} too"),
        )
        for earlier, later in find_duplicates(rows)
    )
