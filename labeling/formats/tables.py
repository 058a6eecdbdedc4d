"""CSV and TSV with a header, one item a row: what a person exports from a spreadsheet.

An empty cell says that nothing is known, so it is left out of the row, never written as 0 or an empty text.
"""

import re
from collections.abc import Iterator
from functools import partial

from labeling.formats.cells import build_lines
from labeling.formats.fields import Object, RowError, show, suggest
from labeling.formats.jsonl import decode_json
from labeling.formats.lines import BadFile, Format, Line, Source

META_PREFIX = "meta."
SOURCE_COLUMNS = {
    "model": "model",
    "model_version": "version",
    "model_family": "family",
    "prompt_version": "prompt_version",
}
SAME_NAME = ("external_id", "source_system", "stakes", "intent", "segment", "cluster", "author")
SAME_NAME_IN_CONTEXT = ("prompt", "question", "policy", "reference")
JUDGE_COLUMNS = ("judge_name", "judge_model", "judge_criterion", "judge_label", "judge_confidence")
COLUMNS = {
    *SAME_NAME,
    *SAME_NAME_IN_CONTEXT,
    *JUDGE_COLUMNS,
    *(f"{name}{side}" for name in ("output", *SOURCE_COLUMNS) for side in ("", "_a", "_b")),
    *("kind", "conversation", "passages", "review_requested", "stated_confidence"),
}
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
# What JSON writes as a number, short enough to survive as a float. 007 and card numbers stay text.
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
JSON_LIST = re.compile(r"\s*\[\s*[{\]]")

Cell = dict[str, str]


def read_table(source: Source, max_line_bytes: int, *, delimiter: str) -> Iterator[Line]:
    return build_lines(source, max_line_bytes, delimiter=delimiter, check_columns=check_columns, build=build_row)


def check_columns(header: list[str]) -> None:
    for name in header:
        is_meta = name.startswith(META_PREFIX) and name != META_PREFIX
        if name not in COLUMNS and not is_meta:
            raise BadFile(f"Unknown column {name!r}; {suggest(name, COLUMNS)} Name a column of your own meta.<name>.")
    if "external_id" not in header:
        raise BadFile("The column 'external_id' is missing; every row needs an id that stays the same.")
    if "output" not in header and not {"output_a", "output_b"} <= set(header):
        raise BadFile("There is no column 'output' (or 'output_a' and 'output_b' for pairs); add it.")


def build_row(cells: Cell) -> Object:
    """One ingest row from the filled cells; what is wrong with their values is for `parse_row` to say."""
    filled = {name: cell for name, cell in cells.items() if cell.strip()}
    row: Object = {name: filled[name] for name in SAME_NAME if name in filled}
    row["kind"] = kind = filled.get("kind") or guess_kind(filled)
    row["context"] = build_context(filled, kind)
    add_outputs(row, filled)
    if metadata := build_metadata(filled):
        row["metadata"] = metadata
    if verdict := build_verdict(filled):
        row["judge_verdicts"] = [verdict]
    if "stated_confidence" in filled:
        value = read_decimal(filled["stated_confidence"], "stated_confidence")
        row["signals"] = [{"name": "stated_confidence", "kind": "stated", "value": value}]
    if "review_requested" in filled:
        row["review_requested"] = read_yes_or_no(filled["review_requested"])
    return row


def guess_kind(filled: Cell) -> str:
    if "conversation" in filled:
        return "chat_reply"
    if "passages" in filled:
        return "rag_answer"
    return "pairwise" if "output_a" in filled or "output_b" in filled else "other"


def build_context(filled: Cell, kind: str) -> Object:
    context: Object = {name: filled[name] for name in SAME_NAME_IN_CONTEXT if name in filled}
    if "conversation" in filled:
        context["conversation"] = read_conversation(filled["conversation"])
    if "passages" in filled:
        try:
            context["passages"] = decode_json(filled["passages"])
        except RowError as error:
            raise RowError("passages", f"must be a JSON list of objects with a text; the cell {error}") from error
    show_question(context, kind)
    return context


def show_question(context: Object, kind: str) -> None:
    """Put what was asked where this kind shows it, too: nobody can judge an answer without its question."""
    asked = context.get("question", context.get("prompt"))
    if asked is None:
        return
    if kind in ("pairwise", "rag_answer"):
        context.setdefault("question", asked)
    elif kind in ("chat_reply", "pending_action"):
        context.setdefault("conversation", [{"role": "user", "text": asked}])
    else:
        context.setdefault("prompt", asked)


def read_conversation(cell: str) -> object:
    """Turns as JSON, or plain text as one turn. A bracket may begin a text; `[{` is meant as JSON."""
    if not JSON_LIST.match(cell):
        return [{"role": "user", "text": cell}]
    try:
        return decode_json(cell)
    except RowError as error:
        raise RowError("conversation", f"looks like JSON, but the cell {error}") from error


def add_outputs(row: Object, filled: Cell) -> None:
    # A filled cell is always put somewhere: what does not fit the kind is refused by parse_row, not dropped.
    if "output" in filled:
        row["output"] = filled["output"]
    if source := build_source(filled, ""):
        row["source"] = source
    sides = {side: filled.get(f"output{side}") for side in ("_a", "_b")}
    sources = {side: build_source(filled, side) for side in sides}
    if any(sides.values()) or any(sources.values()):
        row["outputs"] = [
            {key: value for key, value in (("text", text), ("source", sources[side])) if value}
            for side, text in sides.items()
        ]


def build_source(filled: Cell, side: str) -> Object:
    return {key: filled[name + side] for name, key in SOURCE_COLUMNS.items() if name + side in filled}


def build_metadata(filled: Cell) -> Object:
    columns = [name for name in filled if name.startswith(META_PREFIX)]
    return {name.removeprefix(META_PREFIX): read_metadata(filled[name]) for name in columns}


def read_metadata(cell: str) -> str | int | float:
    """A number where the cell is one, so that a rule like `amount > 500` can compare it; else the text."""
    if not NUMBER.fullmatch(cell):
        return cell
    return float(cell) if "." in cell else int(cell)


def build_verdict(filled: Cell) -> Object | None:
    """The judge verdict of the row. A judge named without label and confidence said nothing of this item."""
    if "judge_label" not in filled and "judge_confidence" not in filled:
        return None
    judge = {key: filled[f"judge_{key}"] for key in ("name", "model") if f"judge_{key}" in filled}
    verdict: Object = {"judge": judge, "criterion": filled.get("judge_criterion", "overall")}
    if "judge_label" in filled:
        verdict["label"] = filled["judge_label"]
    if "judge_confidence" in filled:
        verdict["confidence"] = read_decimal(filled["judge_confidence"], "judge_confidence")
    return verdict


def read_decimal(cell: str, column: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise RowError(column, f"{show(cell)} is not a number; write it like 0.85") from None


def read_yes_or_no(cell: str) -> bool:
    try:
        return FLAGS[cell.strip().lower()]
    except KeyError:
        raise RowError("review_requested", f"{show(cell)} is not clear; write true or false") from None


CSV = Format("csv", "CSV with a header", partial(read_table, delimiter=","), suffixes=(".csv",))
TSV = Format("tsv", "Tab-separated text with a header", partial(read_table, delimiter="\t"), suffixes=(".tsv", ".tab"))
