"""Blinding as a type: the only thing a reviewer's page or endpoint ever receives is a `BlindItem`.

It is built from an allow-list per kind of output. What is not named here cannot reach a reviewer, whatever a
producer sends; there is no filter to forget.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from labeling.policy.blind_parts import (
    Fact,
    Passage,
    Proposal,
    Turn,
    proposal_of,
    shown_action,
    shown_claims,
    shown_content,
    shown_facts,
    shown_labels,
    shown_passages,
    shown_text,
    shown_turns,
)
from labeling.policy.blind_runs import Run, Step, Tool, shown_runs, shown_steps, shown_tools
from labeling.policy.extraction import Field, shown_fields
from labeling.policy.sampling import uniform_draw

# A conversation of up to MOST_TURNS is shown whole; of a longer one the last turns, and the ones before are folded.
MOST_TURNS, LAST_TURNS = 12, 8
MOST_FOLDED_TURNS = 40


@dataclass(frozen=True, slots=True)
class BlindItem:
    """What a reviewer may see of an item: what was asked, what it may rely on, and the text or two to judge."""

    kind: str
    texts: tuple[str, ...]
    question: str = ""
    conversation: tuple[Turn, ...] = ()
    passages: tuple[Passage, ...] = ()
    policy: str = ""
    record: tuple[Fact, ...] = ()
    action: tuple[Fact, ...] = ()
    reference: str = ""
    pair_of: str = ""
    task: str = ""
    brief: str = ""
    source_text: str = ""
    claims: tuple[str, ...] = ()
    labels: tuple[Fact, ...] = ()
    fields: tuple[Field, ...] = ()
    tools: tuple[Tool, ...] = ()
    steps: tuple[Step, ...] = ()
    end_state: str = ""
    runs: tuple[Run, ...] = ()

    @property
    def is_pair(self) -> bool:
        return len(self.texts) == 2

    @property
    def kind_of_texts(self) -> str:
        """What each text is: of a pair, the kind that its two are of."""
        return self.pair_of or self.kind

    @property
    def has_context(self) -> bool:
        """Whether anything came with the output that stands beside it."""
        return any(getattr(self, name) for name in CONTEXT_PARTS)

    @property
    def proposal(self) -> Proposal:
        return proposal_of(self.action)

    @property
    def earlier_turns(self) -> tuple[Turn, ...]:
        """What of a long conversation stands folded before its last turns."""
        return self.conversation[:-LAST_TURNS] if len(self.conversation) > MOST_TURNS else ()

    @property
    def last_turns(self) -> tuple[Turn, ...]:
        return self.conversation[-LAST_TURNS:] if len(self.conversation) > MOST_TURNS else self.conversation

    @property
    def has_many_earlier_turns(self) -> bool:
        """So many that a page brings them only when they are asked for."""
        return len(self.earlier_turns) > MOST_FOLDED_TURNS

    def in_order(self, order_shown: str) -> "BlindItem":
        """The same item with its pair as this reviewer sees it; a single output has one order only."""
        if order_shown != "ba":
            return self
        return replace(self, texts=tuple(reversed(self.texts)), runs=tuple(reversed(self.runs)))

    def parts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def canonical(self) -> str:
        """The item in canonical order as JSON text: the record of what was shown, the same byte for byte."""
        # A part that came later is left out where it is empty: an item shown before there was any keeps its hash.
        parts = {name: part for name, part in asdict(self).items() if part or name in FIRST_PARTS}
        return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def content_hash(self) -> str:
        return hash_of_record(self.canonical())


CONTEXT_PARTS = (
    *("task", "brief", "question", "conversation", "source_text", "passages", "tools", "record", "policy"),
    "reference",
)
FIRST_PARTS = frozenset(
    ["kind", "texts", "question", "conversation", "passages", "policy", "record", "action", "reference"]
)
SHAPES = {
    "conversation": Turn,
    "passages": Passage,
    "record": Fact,
    "action": Fact,
    "labels": Fact,
    "fields": Field,
    "tools": Tool,
    "parameters": Field,
    "steps": Step,
    "runs": Run,
}

# Each part of a context by the name it is sent under: the name it is shown under, and who reads it. Passages are not
# among them, because their labels depend on the output.
READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "question": ("question", shown_text),
    "policy": ("policy", shown_text),
    "reference": ("reference", shown_text),
    "conversation": ("conversation", shown_turns),
    "record": ("record", shown_facts),
    "action": ("action", shown_action),
    "task": ("task", shown_text),
    "brief": ("brief", shown_text),
    "source_text": ("source_text", shown_text),
    "claims": ("claims", shown_claims),
    "labels": ("labels", shown_labels),
    "schema": ("fields", shown_fields),
    "tools": ("tools", shown_tools),
    "steps": ("steps", shown_steps),
    "end_state": ("end_state", shown_content),
    "runs": ("runs", shown_runs),
}

# Which parts of the context each kind shows. An unknown kind shows what was asked and nothing else.
ALLOWED = {
    "chat_reply": ("conversation", "policy", "record"),
    "summary": ("question", "conversation", "source_text", "record", "policy", "claims"),
    "rag_answer": ("question", "conversation", "passages", "policy", "claims"),
    "extraction": ("question", "source_text", "schema", "policy"),
    "classification": ("question", "conversation", "source_text", "labels", "policy"),
    "trajectory": ("task", "conversation", "policy", "record", "tools", "steps", "end_state"),
    "pending_action": ("conversation", "policy", "record", "action"),
    "code_diff": ("task", "policy", "record"),
    "plan": ("task", "policy", "record"),
    "marketing_copy": ("brief", "policy", "record"),
    "pairwise": ("question", "conversation", "passages", "policy", "reference"),
}
ALLOWED_ELSEWHERE = ("question", "conversation")
SHOWN_KINDS = frozenset(ALLOWED)
PAIRED_KINDS = SHOWN_KINDS - {"pairwise"}
# Parts that belong to one output; a pair cannot say whose they are. Its runs stand in for steps and end state.
PARTS_OF_ONE = frozenset(["claims", "steps", "end_state"])


def blind_item(kind: str, context: Mapping[str, Any], texts: Sequence[str]) -> BlindItem:
    """The `BlindItem` of a payload: the allow-listed parts of its context, each in its own shape."""
    pair_of = paired_kind(kind, context)
    allowed = allowed_parts(kind, pair_of)
    parts: dict[str, Any] = {}
    for sent_as in allowed:
        if sent_as in READERS and context.get(sent_as):
            name, read = READERS[sent_as]
            parts[name] = read(context[sent_as])
    if context.get("passages") and "passages" in allowed:
        parts["passages"] = shown_passages(context["passages"], texts)
    if "question" in allowed and not parts.get("question") and isinstance(context.get("prompt"), str):
        parts["question"] = context["prompt"]
    return BlindItem(kind=kind if kind in SHOWN_KINDS else "other", texts=tuple(texts), pair_of=pair_of, **parts)


def paired_kind(kind: str, context: Mapping[str, Any]) -> str:
    """What the two of a pair are, where the producer says so and it is a kind that we know."""
    told = context.get("pair_of")
    return told if kind == "pairwise" and isinstance(told, str) and told in PAIRED_KINDS else ""


def allowed_parts(kind: str, pair_of: str) -> tuple[str, ...]:
    allowed = ALLOWED.get(kind, ALLOWED_ELSEWHERE)
    if not pair_of:
        return allowed
    shared = tuple(part for part in ALLOWED[pair_of] if part not in PARTS_OF_ONE and part not in allowed)
    return (*allowed, *shared, *(["runs"] if pair_of == "trajectory" else []))


def hash_of_record(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def item_of_record(content: str) -> BlindItem:
    """The item that a record of what was shown says, in its canonical order."""
    parts = json.loads(content)
    return BlindItem(**{name: restored(name, part) for name, part in parts.items()})


def restored(name: str, part: Any) -> Any:
    """A part as its own type again: JSON knows neither tuples nor ours."""
    if not isinstance(part, list):
        return part
    if name not in SHAPES:
        return tuple(part)
    return tuple(restored_one(SHAPES[name], one) for one in part)


def restored_one(shape: type, one: dict[str, Any]) -> Any:
    return shape(**{name: restored(name, part) for name, part in one.items()})


def order_for(secret: str, *, reviewer_id: int, item_id: int, n_texts: int) -> str:
    """The order of a pair for one reviewer: a fair coin, the same on every revisit."""
    if n_texts < 2:
        return "single"
    return "ab" if uniform_draw(secret, "order", reviewer_id, item_id) < 0.5 else "ba"


def canonical_choice(value: str, order_shown: str) -> str:
    """The canonical side a reviewer meant by what they saw as A or B. Its own inverse."""
    return {"a": "b", "b": "a"}.get(value, value) if order_shown == "ba" else value
