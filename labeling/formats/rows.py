"""The ingest row: what every adapter yields and what the API takes, read strictly from plain JSON values.

A row is taken whole or refused by name. Nothing is dropped in silence, and a missing score stays missing.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field

from labeling.formats.context import read_context
from labeling.formats.fields import (
    Object,
    RowError,
    as_object,
    read_choice,
    read_count,
    read_flag,
    read_list,
    read_name,
    read_number,
    read_object,
    read_share,
    read_text,
    refuse_unknown,
    refuse_unstorable,
    show,
)

__all__ = [
    "IngestRow",
    "JudgeVerdictRow",
    "OutputRow",
    "RowError",
    "SignalRow",
    "parse_judge_verdict",
    "parse_row",
    "parse_signal",
]

KIND_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,39}")
STAKES = ("high", "medium", "low")
ORDERS = ("single", "ab", "ba")
WEAK_KINDS = ("stated", "probability", "other")
SIGNAL_KINDS = ("repeats", "both_orders", "judges", "grounding", "novelty", *WEAK_KINDS)
NAMING_FIELDS = ("external_id", "source_system", "kind", "stakes", "intent", "segment", "cluster", "author", "metadata")
JUDGED_FIELDS = ("context", "output", "outputs", "source", "judge_verdicts", "signals", "review_requested")
ROW_FIELDS = frozenset({*NAMING_FIELDS, *JUDGED_FIELDS})
OUTPUT_FIELDS = frozenset({"text", "source"})
SOURCE_FIELDS = frozenset({"model", "version", "family", "prompt_version"})
VERDICT_FIELDS = frozenset(["judge", "criterion", "label", "score", "confidence", "run", "order", "rationale"])
JUDGE_FIELDS = frozenset({"name", "model", "family", "prompt_hash", "parameters"})
SIGNAL_FIELDS = frozenset({"name", "kind", "value", "n_votes"})

write_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class OutputRow:
    """One text to judge and its hidden source."""

    text: str
    model: str = ""
    version: str = ""
    family: str = ""
    prompt_version: str = ""


@dataclass(frozen=True, slots=True)
class JudgeVerdictRow:
    """What one judge said of the item on one criterion, in one run and one order."""

    judge_name: str
    model: str
    family: str
    prompt_hash: str
    parameters: Object
    criterion: str
    label: str
    score_raw: float | None
    confidence: float | None
    run: int
    order: str
    rationale: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One number from 0 (doubtful) to 1 (sure) about the item, with the kind of evidence behind it."""

    name: str
    kind: str
    value: float
    n_votes: int = 1


@dataclass(frozen=True, slots=True)
class IngestRow:
    """One item as it was sent, checked. Two rows with one `content_hash` are the same item, sent twice."""

    external_id: str
    source_system: str
    kind: str
    context: Object
    outputs: tuple[OutputRow, ...]
    stakes: str
    intent: str
    segment: str
    cluster_key: str
    author: str
    metadata: Object
    judge_verdicts: tuple[JudgeVerdictRow, ...]
    signals: tuple[SignalRow, ...]
    is_review_requested: bool
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "content_hash", hash_content(self))


def hash_content(row: IngestRow) -> str:
    """SHA-256 of all but judge verdicts and signals, which may come later without changing the item."""
    content = {
        "external_id": row.external_id,
        "source_system": row.source_system,
        "kind": row.kind,
        "context": row.context,
        "outputs": [[one.text, one.model, one.version, one.family, one.prompt_version] for one in row.outputs],
        "stakes": row.stakes,
        "intent": row.intent,
        "segment": row.segment,
        "cluster": row.cluster_key,
        "metadata": row.metadata,
        "review_requested": row.is_review_requested,
    }
    if row.author:
        # Only where it is given: an item that came before this field keeps its hash, and is unchanged when sent again.
        content["author"] = row.author
    return hashlib.sha256(write_canonical(content).encode()).hexdigest()


def parse_row(raw: object, *, default_source_system: str) -> IngestRow:
    """The row that `raw` says, or `RowError` naming the field. `raw`, any JSON value, is not changed."""
    row = as_object(raw, "")
    refuse_unstorable(row)
    refuse_unknown(row, ROW_FIELDS, "")
    kind = read_kind(row)
    return IngestRow(
        external_id=read_name(row, "external_id", "", limit=200),
        source_system=read_text(row, "source_system", "", limit=80) or default_source_system,
        kind=kind,
        context=read_context(row, kind),
        outputs=read_pair(row) if kind == "pairwise" else read_single_output(row),
        stakes=read_choice(row, "stakes", "", choices=STAKES) if row.get("stakes") is not None else "unstated",
        intent=read_text(row, "intent", "", limit=80),
        segment=read_text(row, "segment", "", limit=80),
        cluster_key=read_text(row, "cluster", "", limit=200),
        author=read_text(row, "author", "", limit=150).strip(),
        metadata=read_object(row, "metadata", ""),
        judge_verdicts=read_verdicts(row),
        signals=read_signals(row),
        is_review_requested=read_flag(row, "review_requested", ""),
    )


def read_kind(row: Object) -> str:
    kind = read_name(row, "kind", "", limit=40)
    if not KIND_PATTERN.fullmatch(kind):
        message = f"is {show(kind)}; write lower-case letters, digits and _, beginning with a letter"
        raise RowError("kind", message)
    return kind


def read_single_output(row: Object) -> tuple[OutputRow, ...]:
    if row.get("outputs") is not None:
        raise RowError("outputs", "is for kind 'pairwise'; send the one text to judge as output")
    if row.get("output") is None:
        raise RowError("output", "is required; send the text to judge")
    # An empty output is taken: a model that said nothing is something to judge, and the checks will find it.
    return (read_source(row, text=read_text(row, "output", ""), path=""),)


def read_pair(row: Object) -> tuple[OutputRow, ...]:
    for key in ("output", "source"):
        if row.get(key) is not None:
            raise RowError(key, f"is for a single output; a pair has outputs[0] and outputs[1], each with its {key}")
    outputs = read_list(row, "outputs", "")
    if len(outputs) != 2:
        raise RowError("outputs", f"has {len(outputs)} outputs; kind 'pairwise' needs exactly two")
    return tuple(read_output(output, f"outputs[{side}]") for side, output in enumerate(outputs))


def read_output(raw: object, path: str) -> OutputRow:
    output = as_object(raw, path)
    refuse_unknown(output, OUTPUT_FIELDS, path)
    if output.get("text") is None:
        raise RowError(f"{path}.text", "is required; send the text to judge")
    return read_source(output, text=read_text(output, "text", path), path=path)


def read_source(raw: Object, *, text: str, path: str) -> OutputRow:
    if raw.get("source") is None:
        return OutputRow(text)
    source = read_object(raw, "source", path)
    path = f"{path}.source" if path else "source"
    refuse_unknown(source, SOURCE_FIELDS, path)
    return OutputRow(
        text=text,
        model=read_text(source, "model", path, limit=120),
        version=read_text(source, "version", path, limit=120),
        family=read_text(source, "family", path, limit=120),
        prompt_version=read_text(source, "prompt_version", path, limit=120),
    )


def read_verdicts(row: Object) -> tuple[JudgeVerdictRow, ...]:
    verdicts: list[JudgeVerdictRow] = []
    seen: dict[tuple[object, ...], list[int]] = {}
    for index, raw in enumerate(read_list(row, "judge_verdicts", "")):
        verdict = read_verdict(raw, f"judge_verdicts[{index}]")
        alike = seen.setdefault(identify_verdict(verdict), [])
        for first in alike:
            if write_canonical(verdicts[first].parameters) == write_canonical(verdict.parameters):
                message = f"repeats judge, criterion, run and order of judge_verdicts[{first}]; number runs from 1"
                raise RowError(f"judge_verdicts[{index}]", message)
        alike.append(index)
        verdicts.append(verdict)
    return tuple(verdicts)


def identify_verdict(verdict: JudgeVerdictRow) -> tuple[object, ...]:
    """What no two verdicts of one item share, but for the judge's parameters: those are dear to compare."""
    judge = (verdict.judge_name, verdict.model, verdict.prompt_hash)
    return (*judge, verdict.criterion, verdict.run, verdict.order)


def read_signals(row: Object) -> tuple[SignalRow, ...]:
    signals: dict[str, SignalRow] = {}
    for index, raw in enumerate(read_list(row, "signals", "")):
        signal = read_signal(raw, f"signals[{index}]")
        if signal.name in signals:
            raise RowError(f"signals[{index}].name", f"{show(signal.name)} is given twice; keep one of them")
        signals[signal.name] = signal
    return tuple(signals.values())


def parse_judge_verdict(raw: object, path: str) -> JudgeVerdictRow:
    """One judge verdict on its own, as the API takes it for an item that is here already."""
    refuse_unstorable(raw, (None, path) if path else None)
    return read_verdict(raw, path)


def parse_signal(raw: object, path: str) -> SignalRow:
    """One signal on its own."""
    refuse_unstorable(raw, (None, path) if path else None)
    return read_signal(raw, path)


def read_verdict(raw: object, path: str) -> JudgeVerdictRow:
    verdict = as_object(raw, path)
    refuse_unknown(verdict, VERDICT_FIELDS, path)
    judge, judge_path = read_object(verdict, "judge", path), f"{path}.judge" if path else "judge"
    refuse_unknown(judge, JUDGE_FIELDS, judge_path)
    return JudgeVerdictRow(
        judge_name=read_name(judge, "name", judge_path, limit=120),
        model=read_text(judge, "model", judge_path, limit=120),
        family=read_text(judge, "family", judge_path, limit=120),
        prompt_hash=read_text(judge, "prompt_hash", judge_path, limit=128),
        parameters=read_object(judge, "parameters", judge_path),
        criterion=read_name(verdict, "criterion", path, limit=40),
        label=read_name(verdict, "label", path, limit=80),
        score_raw=read_number(verdict, "score", path),
        confidence=read_share(verdict, "confidence", path),
        run=read_count(verdict, "run", path),
        order=read_choice(verdict, "order", path, choices=ORDERS, default="single"),
        rationale=read_text(verdict, "rationale", path),
    )


def read_signal(raw: object, path: str) -> SignalRow:
    signal = as_object(raw, path)
    refuse_unknown(signal, SIGNAL_FIELDS, path)
    value = read_share(signal, "value", path)
    if value is None:
        message = "is required; leave the whole signal out if there is no value"
        raise RowError(f"{path}.value" if path else "value", message)
    return SignalRow(
        name=read_name(signal, "name", path, limit=80),
        kind=read_choice(signal, "kind", path, choices=SIGNAL_KINDS),
        value=value,
        n_votes=read_count(signal, "n_votes", path),
    )
