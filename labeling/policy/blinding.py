"""Blinding as a type: the only thing a reviewer's page or endpoint ever receives is a `BlindItem`.

It is built from an allow-list per kind of output. What is not named here cannot reach a reviewer, whatever a
producer sends; there is no filter to forget.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from labeling.policy.sampling import uniform_draw

# A conversation of up to MOST_TURNS is shown whole; of a longer one the last turns, and the ones before are folded.
MOST_TURNS, LAST_TURNS = 12, 8
MOST_FOLDED_TURNS = 40


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
class Step:
    """One step of an agent's run: what it thought, what it called with what, and what came back."""

    reasoning: str
    tool: str
    arguments: str
    observation: str
    status: str


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
    claims: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def is_pair(self) -> bool:
        return len(self.texts) == 2

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
        return BlindItem(**{**self.parts(), "texts": tuple(reversed(self.texts))})

    def parts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def canonical(self) -> str:
        """The item in canonical order as JSON text: the record of what was shown, the same byte for byte."""
        # A part that came later is left out where it is empty: an item shown before there was any keeps its hash.
        parts = {name: part for name, part in asdict(self).items() if part or name in FIRST_PARTS}
        return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def content_hash(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()


FIRST_PARTS = frozenset(
    ["kind", "texts", "question", "conversation", "passages", "policy", "record", "action", "reference"]
)

# Which parts of the context each kind shows. An unknown kind shows what was asked and nothing else.
ALLOWED = {
    "chat_reply": ("conversation", "policy", "record"),
    "rag_answer": ("question", "conversation", "passages", "policy", "claims"),
    "pending_action": ("conversation", "policy", "record", "action"),
    "pairwise": ("question", "conversation", "passages", "policy", "reference"),
}
ALLOWED_ELSEWHERE = ("question", "conversation")
ACTION_PARTS = ("name", "amount", "currency", "reversible")
SHOWN_KINDS = frozenset(ALLOWED)


def blind_item(kind: str, context: Mapping[str, Any], texts: Sequence[str]) -> BlindItem:
    """The `BlindItem` of a payload: the allow-listed parts of its context, each in its own shape."""
    allowed = ALLOWED.get(kind, ALLOWED_ELSEWHERE)
    shapes: dict[str, Callable[[Any], Any]] = {
        "question": shown_text,
        "policy": shown_text,
        "reference": shown_text,
        "conversation": shown_turns,
        "record": shown_facts,
        "action": shown_action,
        "claims": shown_claims,
        "steps": shown_steps,
    }
    parts: dict[str, Any] = {
        name: shapes[name](context[name]) for name in allowed if name in shapes and context.get(name)
    }
    if context.get("passages") and "passages" in allowed:
        parts["passages"] = shown_passages(context["passages"], texts)
    if "question" in allowed and not parts.get("question") and isinstance(context.get("prompt"), str):
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
    """The words of a text, of a part that carries a text, or of a list of such parts; no other key of any of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, map(shown_text, value)))
    if isinstance(value, Mapping):
        return shown_text(value.get("text"))
    return ""


def shown_value(value: Any) -> str:
    """A value of a record or an action, which is shown whole."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def listed(value: Any) -> list[Any]:
    # A producer's odd shape must not stop the queue that its item waits in.
    return list(value) if isinstance(value, list | tuple) else [value]


def shown_turns(value: Any) -> tuple[Turn, ...]:
    turns = []
    for turn in listed(value):
        if isinstance(turn, Mapping):
            turns.append(Turn(shown_text(turn.get("role")), shown_text(turn.get("text", turn.get("content")))))
        elif isinstance(turn, str):
            turns.append(Turn("", turn))
    return tuple(turns)


def shown_passages(value: Any, texts: Sequence[str]) -> tuple[Passage, ...]:
    passages = []
    for rank, passage in enumerate(listed(value), start=1):
        if not isinstance(passage, Mapping):
            passage = {"text": passage}
        # A producer's id could name the retriever; it is shown only where the output already shows it.
        own_id = shown_text(passage.get("id"))
        is_cited = bool(own_id) and any(f"[{own_id}]" in text for text in texts)
        label = own_id if is_cited else f"P{rank}"
        passages.append(Passage(label, shown_text(passage.get("title")), shown_text(passage.get("text"))))
    return tuple(passages)


def shown_claims(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(shown_text, listed(value))))


def shown_steps(value: Any) -> tuple[Step, ...]:
    """The steps of a run. One that is no object keeps its place with its words, so that the numbers stay true."""
    told = [step if isinstance(step, Mapping) else {"reasoning": step} for step in listed(value)]
    names = ("reasoning", "tool", "arguments", "observation", "status")
    return tuple(Step(*(shown_text(step.get(name)) for name in names)) for step in told)


def shown_facts(value: Any) -> tuple[Fact, ...]:
    if isinstance(value, Mapping):
        return tuple(Fact(str(name).replace("_", " "), shown_value(fact)) for name, fact in value.items())
    return (Fact("record", shown_value(value)),)


def shown_action(value: Any) -> tuple[Fact, ...]:
    if not isinstance(value, Mapping):
        return (Fact("action", shown_text(value)),)
    facts = [Fact(part, shown_value(value[part])) for part in ACTION_PARTS if part in value]
    arguments = value.get("arguments")
    if isinstance(arguments, Mapping):
        facts += [Fact(f"argument {name}", shown_value(argument)) for name, argument in arguments.items()]
    return tuple(facts)
