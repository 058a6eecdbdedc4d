"""Blinding as a type: the only thing a reviewer's page or endpoint ever receives is a `BlindItem`.

It is built from an allow-list per kind of output. What is not named here cannot reach a reviewer, whatever a
producer sends; there is no filter to forget.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from labeling.policy.sampling import uniform_draw


@dataclass(frozen=True, slots=True)
class Turn:
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved passage. Its label is its rank, unless the output itself cites it by the producer's id."""

    label: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a record, a tool argument or a proposed action."""

    name: str
    value: str


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

    @property
    def is_pair(self) -> bool:
        return len(self.texts) == 2

    def in_order(self, order_shown: str) -> "BlindItem":
        """The same item with its pair as this reviewer sees it; a single output has one order only."""
        if order_shown != "ba":
            return self
        return BlindItem(**{**self.parts(), "texts": tuple(reversed(self.texts))})

    def parts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def canonical(self) -> str:
        """The item in canonical order as JSON text: the record of what was shown, the same byte for byte."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def content_hash(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()


# Which parts of the context each kind shows. An unknown kind shows its prompt and nothing else.
ALLOWED = {
    "chat_reply": ("conversation", "policy", "record"),
    "rag_answer": ("question", "conversation", "passages", "policy"),
    "pending_action": ("conversation", "policy", "record", "action"),
    "pairwise": ("question", "conversation", "passages", "policy", "reference"),
}
ALLOWED_ELSEWHERE = ("question", "conversation")
ACTION_PARTS = ("name", "amount", "currency", "reversible")
SHOWN_KINDS = frozenset(ALLOWED)


def blind_item(kind: str, context: Mapping[str, Any], texts: Sequence[str]) -> BlindItem:
    """The `BlindItem` of a payload: the allow-listed parts of its context, each in its own shape."""
    allowed = ALLOWED.get(kind, ALLOWED_ELSEWHERE)
    shapes = {
        "question": shown_text,
        "policy": shown_text,
        "reference": shown_text,
        "conversation": shown_turns,
        "record": shown_facts,
        "action": shown_action,
    }
    parts = {name: shapes[name](context[name]) for name in allowed if name in shapes and context.get(name)}
    if context.get("passages") and "passages" in allowed:
        parts["passages"] = shown_passages(context["passages"], texts)
    if "question" in allowed and "question" not in parts and isinstance(context.get("prompt"), str):
        parts["question"] = context["prompt"]
    return BlindItem(kind=kind if kind in SHOWN_KINDS else "other", texts=tuple(texts), **parts)


def order_for(secret: str, *, reviewer_id: int, item_id: int, n_texts: int) -> str:
    """The order of a pair for one reviewer: a fair coin, the same on every revisit."""
    if n_texts < 2:
        return "single"
    return "ab" if uniform_draw(secret, "order", reviewer_id, item_id) < 0.5 else "ba"


def canonical_choice(value: str, order_shown: str) -> str:
    """The canonical side a reviewer meant by what they saw as A or B. Its own inverse."""
    return {"a": "b", "b": "a"}.get(value, value) if order_shown == "ba" else value


def shown_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown_turns(value: Any) -> tuple[Turn, ...]:
    return tuple(
        Turn(str(turn.get("role", "")), shown_text(turn.get("text", turn.get("content", ""))))
        for turn in value
        if isinstance(turn, Mapping)
    )


def shown_passages(value: Any, texts: Sequence[str]) -> tuple[Passage, ...]:
    passages = []
    for rank, passage in enumerate(value, start=1):
        if not isinstance(passage, Mapping):
            continue
        # A producer's id could name the retriever; it is shown only where the output already shows it.
        own_id = str(passage.get("id", ""))
        is_cited = bool(own_id) and any(f"[{own_id}]" in text for text in texts)
        label = own_id if is_cited else f"P{rank}"
        passages.append(Passage(label, shown_text(passage.get("title", "")), shown_text(passage.get("text", ""))))
    return tuple(passages)


def shown_facts(value: Any) -> tuple[Fact, ...]:
    if isinstance(value, Mapping):
        return tuple(Fact(str(name).replace("_", " "), shown_text(fact)) for name, fact in value.items())
    return (Fact("record", shown_text(value)),)


def shown_action(value: Any) -> tuple[Fact, ...]:
    if not isinstance(value, Mapping):
        return (Fact("action", shown_text(value)),)
    facts = [Fact(part, shown_text(value[part])) for part in ACTION_PARTS if part in value]
    arguments = value.get("arguments")
    if isinstance(arguments, Mapping):
        facts += [Fact(f"argument {name}", shown_text(argument)) for name, argument in arguments.items()]
    return tuple(facts)
