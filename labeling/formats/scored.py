"""Files of scores and labels made elsewhere, from which a threshold is certified: one row an output."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from labeling.formats.fields import RowError, show, suggest
from labeling.formats.judgements import read_number
from labeling.formats.lines import BadFile
from labeling.formats.records import Record, read_records, refuse_rows, require_cell

REQUIRED = ("score", "wrong")
OPTIONAL = ("inclusion_probability", "draw", "cluster")
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class ScoredOutput:
    """One output. `is_wrong` is None where nobody labelled it; its score still lays out the grid.

    `inclusion_probability` is 1 and `draw` 0 without such columns: all were drawn alike. `cluster` is empty for
    one of its own.
    """

    number: int
    score: float
    is_wrong: bool | None
    inclusion_probability: float
    draw: float
    cluster: str


@dataclass(frozen=True, slots=True)
class ScoredFile:
    rows: tuple[ScoredOutput, ...]
    ignored: tuple[str, ...]


def read_scored(path: Path) -> ScoredFile:
    """The rows of a file, all of them or `BadFile`; columns that are not read are named in `ignored`."""
    records = read_records(path)
    for name in REQUIRED:
        if name not in records.columns:
            raise BadFile(f"The column {name!r} is missing; {suggest(name, records.columns)}")
    known = (*REQUIRED, *OPTIONAL)
    absent = [name for name in OPTIONAL if name not in records.columns]
    for name in records.columns:
        if name not in known and (near := difflib.get_close_matches(name, absent, n=1)):
            raise BadFile(f"Unknown column {show(name)}; did you mean {near[0]!r}?")
    if ("inclusion_probability" in records.columns) != ("draw" in records.columns):
        raise BadFile("inclusion_probability and draw come together: by both, labels are thinned to an even sample.")
    rows, refused = [], []
    for record in records.rows:
        try:
            rows.append(read_row(record, has_chances="draw" in records.columns))
        except RowError as error:
            refused.append((record.number, error))
    refuse_rows(refused)
    return ScoredFile(tuple(rows), tuple(name for name in records.columns if name not in known))


def read_row(record: Record, *, has_chances: bool) -> ScoredOutput:
    require_cell(record, "score")
    score = read_number(record, "score")
    if abs(score) == float("inf"):
        raise RowError("score", "is not finite")
    is_wrong, chance, draw = None, 1.0, 0.0
    if "wrong" in record.cells:
        text = record.cells["wrong"].casefold()
        if text not in FLAGS:
            raise RowError("wrong", f"{show(record.cells['wrong'])} is neither 1 nor 0; leave it empty without a label")
        is_wrong = FLAGS[text]
    if has_chances and is_wrong is not None:
        for name in ("inclusion_probability", "draw"):
            require_cell(record, name)
        chance, draw = read_number(record, "inclusion_probability"), read_number(record, "draw")
        if not 0 < chance <= 1:
            raise RowError("inclusion_probability", f"is {chance:g} but must lie above 0 and be at most 1")
        if not 0 <= draw < chance:
            raise RowError("draw", f"is {draw:g}, so it was not drawn: a labelled output lies below its {chance:g}")
    return ScoredOutput(record.number, score, is_wrong, chance, draw, record.cells.get("cluster", ""))
