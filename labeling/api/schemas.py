"""The shapes of requests and answers, as `/api/v1/docs` shows them. Names here are a contract: add, never rename."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from labeling.api.context_shapes import CONTEXT_IN_WORDS, KINDS_IN_WORDS

RowStatus = Literal["created", "unchanged", "conflict", "invalid"]
Status = Literal["unrouted", "awaiting", "bounced", "shipped", "in_review", "disputed", "final", "reference"]


class Fault(Schema):
    field: str = Field(description="Path of the field, such as signals[2].value; empty for the whole object.")
    message: str = Field(description="What is wrong and what to do.")


class Problem(Schema):
    """Why a request was refused (RFC 9457, application/problem+json)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not Accepted",
                "status": 422,
                "detail": "kind: is required; give a text of 1 to 40 characters",
                "errors": [{"field": "kind", "message": "is required; give a text of 1 to 40 characters"}],
            }
        },
    )
    type: str
    title: str
    status: int
    detail: str = Field(description="For the person who reads the log: what happened and what to do.")
    errors: list[Fault] = Field(description="What is wrong, by field; empty when no field is to blame.")


class RowResult(Schema):
    """What became of one object, in the order in which they were sent."""

    index: int = Field(description="Its place in the request, from 0.")
    external_id: str = Field(description="As sent; empty when it could not be read.")
    status: RowStatus
    field: str = Field(description="The field that was refused; empty when none was or the whole object is meant.")
    message: str = Field(description="What to do; empty when there is nothing to do.")


class Counts(Schema):
    created: int
    unchanged: int
    conflict: int
    invalid: int


class ItemsAnswer(Schema):
    """One result for every object sent; the counts add up to them."""

    counts: Counts
    results: list[RowResult]


class Reason(Schema):
    code: str = Field(examples=["low_confidence"])
    explanation: str = Field(examples=["judge_vote_share 0.67 is below 0.90"])


class Decision(Schema):
    """Where routing sent the item, under which policy, and why."""

    outcome: Literal["ship", "review", "bounce", "hold"]
    reasons: list[Reason] = Field(description="The reasons that applied to this item.")
    policy_version: int
    inclusion_probability: float = Field(description="With which probability such an item enters review, 0 to 1.")
    decided_at: datetime


class Failure(Schema):
    """What failed. In a final label, a part on which people stayed split is null."""

    type: Literal[
        "factual_error",
        "unsupported_claim",
        "missing_information",
        "wrong_tone",
        "policy_breach",
        "unsafe",
        "format",
        "wrong_action",
        "tool_misuse",
        "other",
    ]
    severity: Literal["critical", "major", "minor"] | None
    cause: Literal["model", "tool", "prompt", "memory", "rubric"] | None = Field(
        description="What people think it came from; they do not see which model it was."
    )
    words: str | None = Field(description="What failed, where the type is other.")


REVISION = "Above 1 it replaces an earlier final label of the same review, which was re-opened."
CORRECTION = "The text people would let out instead; null when there is none, or they proposed different ones."


class Final(Schema):
    """The final label: what people said in the end."""

    verdict: Literal["approve", "revise", "reject"] | None = Field(description="Null when the rubric asks for none.")
    is_bad: bool = Field(description="Verdict revise or reject, or a gating criterion failed.")
    source: Literal["single", "unanimous", "majority", "adjudicated"]
    revision: int = Field(description=REVISION)
    correction: str | None = Field(description=CORRECTION)
    failure: Failure | None = Field(description="Null unless the verdict is revise or reject and people named one.")
    rubric: str
    rubric_version: int
    answers: dict[str, str] = Field(
        description="Final value by criterion, of a part by criterion~part; n/a for not applicable."
    )
    decided_at: datetime


class ItemAnswer(Schema):
    external_id: str
    source_system: str
    kind: str
    stakes: Literal["high", "medium", "low", "unstated"]
    intent: str
    segment: str
    status: Status
    received_at: datetime
    hold_until: datetime | None = Field(description="Until when the item waits for signals; then a person decides.")
    due_at: datetime | None = Field(description="When its review is due; null when it is not in review.")
    decision: Decision | None = Field(description="The newest decision; null before there is one.")
    decisions: list[Decision] = Field(description="All decisions, the newest first.")
    final: Final | None = Field(description="Null until the item is final.")


class ReleaseAnswer(Schema):
    """May this output leave? Only `cleared: true` says yes; anything else, an error included, says no."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "cleared": False,
                "outcome": "undecided",
                "status": "in_review",
                "reason": "a person has still to decide",
                "correction": None,
                "was_cleared_before": False,
            }
        }
    )
    cleared: bool
    outcome: Literal["cleared", "refused", "revised", "undecided"] = Field(
        description="revised: what was sent must not leave, and people proposed another text."
    )
    status: Status
    reason: str
    correction: str | None = Field(
        description="Of a revised output, the text people would let out instead. It is not cleared: send it as an item."
    )
    was_cleared_before: bool = Field(
        description="A final label that was re-opened since had cleared it, so it may have left already."
    )


class VerdictsAnswer(Schema):
    added: int = Field(description="How many verdicts were new.")
    unchanged: int = Field(description="How many were there already.")
    status: Status = Field(description="The item's status afterwards: a verdict may be what it waited for.")


class Label(Schema):
    """One answer of one counted review. The verdict and the note are those of the whole review."""

    review_id: int
    external_id: str
    source_system: str
    rubric: str
    rubric_version: int
    round: int
    rater: str = Field(description="Stable and opaque; names are not given out.", examples=["rater-12"])
    criterion: str | None = Field(description="Null when the review has no answers at all.")
    part: str | None = Field(
        description="What of the output it speaks of, such as claim-2, or the option of several; null for all of it."
    )
    value: str | None = Field(description="Null when not applicable. For pairs a, b or tie, whatever order was shown.")
    is_not_applicable: bool
    rationale: str
    verdict: Literal["approve", "revise", "reject", "escalate"] | None
    note: str
    correction: str | None = Field(
        description="The corrected text of a revise; null until the item is settled, and where there is none."
    )
    failure: Failure | None = Field(description="What failed by this review; null unless it failed the output.")
    blind_state: Literal["blind", "not_blind"]
    is_first_pass: bool
    in_question: bool = Field(
        description="Its reviewer was paused since: no statistic rests on it until others have labelled the item."
    )
    is_gold: bool
    submitted_at: datetime
    inclusion_probability: float | None = Field(description="Of the item; null for items that routing never saw.")


class LabelsAnswer(Schema):
    labels: list[Label]
    next_cursor: str = Field(description="Where the next page begins; keep it to go on later.")
    has_more: bool = Field(description="Whether the next page holds rows by now.")


class FinalLabel(Schema):
    external_id: str
    source_system: str
    kind: str
    stakes: str
    rubric: str
    rubric_version: int
    verdict: Literal["approve", "revise", "reject"] | None
    is_bad: bool
    source: Literal["single", "unanimous", "majority", "adjudicated"]
    revision: int = Field(description=REVISION)
    answers: dict[str, str]
    correction: str | None = Field(description=CORRECTION)
    failure: Failure | None
    error_category: str | None = Field(description="Why reviewers disagreed; null unless adjudicated.")
    decided_at: datetime
    inclusion_probability: float | None


class FinalsAnswer(Schema):
    finals: list[FinalLabel]
    next_cursor: str
    has_more: bool


# --- request bodies: read by formats/rows.py, which is stricter than a schema; these say what it takes -------------


JUDGE = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 120},
        "model": {"type": "string", "maxLength": 120},
        "family": {"type": "string", "maxLength": 120},
        "prompt_hash": {"type": "string", "maxLength": 128},
        "parameters": {"type": "object"},
    },
}
JUDGE_VERDICT = {
    "type": "object",
    "required": ["judge", "criterion", "label"],
    "additionalProperties": False,
    "properties": {
        "judge": JUDGE,
        "criterion": {"type": "string", "minLength": 1, "maxLength": 40},
        "label": {"type": "string", "minLength": 1, "maxLength": 80},
        "score": {"type": "number", "description": "On the judge's own scale; leave it out if there is none."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "run": {"type": "integer", "minimum": 1, "default": 1, "description": "Number repeated runs from 1."},
        "order": {"type": "string", "enum": ["single", "ab", "ba"], "default": "single"},
        "rationale": {"type": "string"},
    },
    "example": {
        "judge": {"name": "house-judge", "model": "judge-1", "prompt_hash": "p1"},
        "criterion": "overall",
        "label": "pass",
        "confidence": 0.9,
        "run": 1,
    },
}
SIGNAL_KINDS = ["repeats", "both_orders", "judges", "grounding", "novelty", "stated", "probability", "other"]
SIGNAL = {
    "type": "object",
    "required": ["name", "kind", "value"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "kind": {"type": "string", "enum": SIGNAL_KINDS},
        "value": {"type": "number", "minimum": 0, "maximum": 1},
        "n_votes": {"type": "integer", "minimum": 1, "default": 1},
    },
}
SOURCE = {
    "type": "object",
    "additionalProperties": False,
    "description": "Hidden from reviewers.",
    "properties": {
        name: {"type": "string", "maxLength": 120} for name in ("model", "version", "family", "prompt_version")
    },
}
ITEM = {
    "type": "object",
    "required": ["external_id", "kind"],
    "additionalProperties": False,
    "properties": {
        "external_id": {"type": "string", "minLength": 1, "maxLength": 200},
        "source_system": {"type": "string", "maxLength": 80, "default": "api"},
        "kind": {
            "type": "string",
            "pattern": "^[a-z][a-z0-9_]{0,39}$",
            "description": KINDS_IN_WORDS,
        },
        "context": {"type": "object", "description": CONTEXT_IN_WORDS},
        "output": {"type": "string", "description": "The text to judge, for every kind but pairwise."},
        "outputs": {
            "type": "array",
            "minItems": 2,
            "maxItems": 2,
            "description": "For pairwise: exactly two; the first is canonically a, the second b.",
            "items": {
                "type": "object",
                "required": ["text"],
                "additionalProperties": False,
                "properties": {"text": {"type": "string"}, "source": SOURCE},
            },
        },
        "source": SOURCE,
        "stakes": {"type": "string", "enum": ["high", "medium", "low"], "description": "Absent counts as high."},
        "intent": {"type": "string", "maxLength": 80},
        "segment": {"type": "string", "maxLength": 80},
        "cluster": {"type": "string", "maxLength": 200, "description": "Shared by the items of one conversation."},
        "author": {
            "type": "string",
            "maxLength": 150,
            "description": "The account name of whoever wrote or commissioned the output; it is never handed to them.",
        },
        "metadata": {"type": "object", "description": "Hidden from reviewers; routing rules may use it."},
        "judge_verdicts": {"type": "array", "items": JUDGE_VERDICT},
        "signals": {"type": "array", "items": SIGNAL},
        "review_requested": {"type": "boolean", "default": False, "description": "Ask for a person."},
    },
    "example": {
        "external_id": "reply-1841",
        "source_system": "helpdesk",
        "kind": "chat_reply",
        "context": {"conversation": [{"role": "customer", "text": "My kettle arrived broken. What now?"}]},
        "output": "I am sorry. You can choose a replacement or a refund within 30 days.",
        "source": {"model": "model-x", "version": "7", "family": "aster", "prompt_version": "p14"},
        "stakes": "medium",
        "intent": "returns",
        "judge_verdicts": [JUDGE_VERDICT["example"]],
    },
}


def one_or_many(shape: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI of a body that takes one object or a list of them."""
    schema = {"oneOf": [shape, {"type": "array", "minItems": 1, "maxItems": 1_000, "items": shape}]}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
