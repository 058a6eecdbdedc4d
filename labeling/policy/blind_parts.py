"""The parts of what a reviewer may see, each read from a producer's JSON in a shape of its own.

An object is read in the order of its keys: PostgreSQL keeps no other, and an item has to look, and hash, the same in
every database. A reader takes the keys it names and no other. What is content by its nature (a record, a tool's
arguments, what a tool answered, an end state) is shown whole; everything else of an object stays behind.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

ARGUMENT = "argument "
CENT = Decimal("0.01")
ACTION_PARTS = ("name", "amount", "currency", "reversible")


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
    """One line of a record, a tool argument, a proposed action, or a known label and what it means."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an assistant wants to do, taken apart. `is_reversible` is None where nothing says so."""

    name: str
    amount: str
    currency: str
    is_reversible: bool | None
    arguments: tuple[Fact, ...]


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
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def shown_content(value: Any) -> str:
    """The same of a value that may be missing: what a tool was given, what it answered, what was true at the end."""
    return "" if value is None else shown_value(value)


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


def shown_facts(value: Any) -> tuple[Fact, ...]:
    if isinstance(value, Mapping):
        return tuple(Fact(str(name).replace("_", " "), shown_value(fact)) for name, fact in sorted(value.items()))
    return (Fact("record", shown_value(value)),)


def shown_action(value: Any) -> tuple[Fact, ...]:
    if not isinstance(value, Mapping):
        return (Fact("action", shown_text(value)),)
    facts = [Fact(part, shown_value(value[part])) for part in ACTION_PARTS if part in value]
    arguments = value.get("arguments")
    if isinstance(arguments, Mapping):
        facts += [Fact(f"{ARGUMENT}{name}", shown_value(argument)) for name, argument in sorted(arguments.items())]
    return tuple(facts)


def proposal_of(action: Sequence[Fact]) -> Proposal:
    """An action's facts, each in the place where it cannot be overlooked."""
    told = {fact.name: fact.value for fact in action}
    return Proposal(
        name=told.get("name", told.get("action", "")),
        amount=written_amount(told.get("amount", "")),
        currency=told.get("currency", ""),
        is_reversible={"true": True, "false": False}.get(told.get("reversible", "")),
        arguments=tuple(
            Fact(fact.name.removeprefix(ARGUMENT), fact.value) for fact in action if fact.name.startswith(ARGUMENT)
        ),
    )


def written_amount(digits: str) -> str:
    """An amount as one reads it: 1,240.00. What is no plain number, or has finer parts, stays as it came."""
    try:
        amount = Decimal(digits)
        is_of_cents = amount.is_finite() and amount == amount.quantize(CENT)
    except InvalidOperation:  # no number, or one with more digits than can be counted in cents
        return digits
    return f"{amount:,.2f}" if is_of_cents else digits


def shown_claims(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(shown_text, listed(value))))


def shown_labels(value: Any) -> tuple[Fact, ...]:
    """The labels that a classification may give; each is a name, or a name and what it means."""
    labels = []
    for label in listed(value):
        named = label if isinstance(label, Mapping) else {"name": label}
        name = shown_text(named.get("name"))
        if name:
            labels.append(Fact(name, shown_text(named.get("description"))))
    return tuple(labels)
