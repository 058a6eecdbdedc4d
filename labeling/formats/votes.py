"""Files of labels made elsewhere, as rows to store: who said what of which item on which criterion.

Only the shape is judged here; whether item, criterion and value exist is for those to say who know the project.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from labeling.formats.cells import build_lines
from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    read_count,
    read_flag,
    read_text,
    refuse_unknown,
    refuse_unstorable,
    show,
    suggest,
)
from labeling.formats.jsonl import read_jsonl
from labeling.formats.lines import BadFile, Format, Line, Source
from labeling.formats.records import spell_cell
from labeling.formats.tables import FLAGS

REQUIRED = ("external_id", "rater", "criterion", "value")
VOTE_FIELDS = frozenset({*REQUIRED, "source_system", "not_applicable", "pass", "part"})
MOST_PASSES = 1_000


@dataclass(frozen=True, slots=True)
class VoteRow:
    """One label: `value` is empty where the rater said that the criterion does not apply.

    An empty `source_system` leaves it open from which system the item came. `pass_number` is above 1 where the rater
    had labelled the same item before. `part` is what of the item the label speaks of; empty for all of it.
    """

    external_id: str
    source_system: str
    rater: str
    criterion: str
    value: str
    is_not_applicable: bool
    pass_number: int = 1
    part: str = ""


def parse_vote(raw: object) -> VoteRow:
    """The label that `raw` says, any JSON value, or `RowError` naming the field."""
    row = as_object(raw, "")
    refuse_unstorable(row)
    refuse_unknown(row, VOTE_FIELDS, "")
    is_not_applicable = read_flag(row, "not_applicable", "")
    value = read_word(row, "value", limit=80)
    if value and is_not_applicable:
        raise RowError("value", "is given, and not_applicable too; keep one of them")
    if not value and not is_not_applicable:
        raise RowError("value", "is required; give the label, or say that the criterion is not_applicable")
    return VoteRow(
        external_id=read_external_id(row),
        source_system=read_text(row, "source_system", "", limit=80),
        rater=require_word(row, "rater", limit=150),
        criterion=require_word(row, "criterion", limit=40),
        value=value,
        is_not_applicable=is_not_applicable,
        pass_number=read_pass(row),
        part=read_text(row, "part", "", limit=80),
    )


def read_pass(row: Object) -> int:
    number = read_count(row, "pass", "")
    if number > MOST_PASSES:
        raise RowError("pass", f"is {number:,} but must be from 1 to {MOST_PASSES:,}; 1 is the first")
    return number


def read_external_id(row: Object) -> str:
    """The id exactly as it was stored: ids are compared, so the spaces around one belong to it."""
    value = row.get("external_id")
    if isinstance(value, str) and value.strip():
        return limited(value, "external_id", limit=200)
    return require_word(row, "external_id", limit=200)


def require_word(row: Object, key: str, *, limit: int) -> str:
    word = read_word(row, key, limit=limit)
    if not word:
        raise RowError(key, f"is required; give a text of 1 to {limit} characters")
    return word


def read_word(row: Object, key: str, *, limit: int) -> str:
    """A text, or a number as a table would write it: a label of 3 and one of "3" are the same."""
    try:
        word = spell_cell(row.get(key))
    except RowError as error:
        raise RowError(key, error.message) from error
    return limited(word, key, limit=limit)


def limited(text: str, key: str, *, limit: int) -> str:
    if len(text) > limit:
        raise RowError(key, f"is {len(text):,} characters long, the limit is {limit:,}; shorten it")
    return text


# --- long tables --------------------------------------------------------------------------------------------------


def read_vote_table(source: Source, max_line_bytes: int, *, delimiter: str) -> Iterator[Line]:
    return build_lines(source, max_line_bytes, delimiter=delimiter, check_columns=check_columns, build=build_vote)


def check_columns(header: list[str]) -> None:
    for name in header:
        if name not in VOTE_FIELDS:
            raise BadFile(f"Unknown column {show(name)}; {suggest(name, VOTE_FIELDS)} Take out what is not read.")
    for name in REQUIRED:
        if name not in header:
            raise BadFile(f"The column {name!r} is missing; a file of labels has {', '.join(REQUIRED)}.")


def build_vote(cells: dict[str, str]) -> Object:
    vote: Object = {name: cell for name, cell in cells.items() if cell.strip()}
    if "not_applicable" in vote:
        cell = cells["not_applicable"]
        if cell.strip().lower() not in FLAGS:
            raise RowError("not_applicable", f"{show(cell)} is not clear; write true or false")
        vote["not_applicable"] = FLAGS[cell.strip().lower()]
    if "pass" in vote and cells["pass"].strip().isdecimal():
        vote["pass"] = int(cells["pass"])
    return vote


JSONL = Format("jsonl", "JSON Lines, one label a line", read_jsonl, suffixes=(".jsonl", ".ndjson"))
CSV = Format("csv", "CSV with a header, one label a row", partial(read_vote_table, delimiter=","), suffixes=(".csv",))
TSV = Format(
    "tsv",
    "Tab-separated text with a header, one label a row",
    partial(read_vote_table, delimiter="\t"),
    suffixes=(".tsv", ".tab"),
)
