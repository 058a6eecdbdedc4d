"""One policy on very many items at once: the same decisions as `routing.decide`, without the words.

Facts are kept by column: which of its distinct values each item has. A comparison is asked of every distinct value once
by the very code that asks it of one item, and dealt out to the items; only orderings of numbers are done in bulk. What
a condition says of the traffic is remembered, so that moving one threshold asks that one alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from operator import eq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.policy.conditions import (
    MISSING,
    ORDERINGS,
    CannotCompare,
    Comparison,
    Condition,
    Group,
    fields_of,
    is_number,
    look_up,
)
from labeling.policy.policies import TIERS, Policy
from labeling.policy.routing import TIER_OF_STAKES, waits_for_judge

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
OUTCOMES = ("ship", "review", "hold", "bounce")
SHIP, REVIEW, HOLD, BOUNCE = range(4)
# Above this an integer is no float any more, and Python compares it exactly where an array would not.
LARGEST_EXACT = 2**53


class OutOfShape:
    """In place of a value: the path runs into something that is no object, and a rule cannot read it."""


OUT_OF_SHAPE = OutOfShape()


@dataclass(frozen=True)
class Column:
    """One fact of every item: `codes` (n_items,) says which of `values` it has; MISSING and OUT_OF_SHAPE are values."""

    codes: Codes
    values: Sequence[Any]

    def where(self, asked: Callable[[Any], bool], *, of_numbers: Callable[[Floats], Any] | None = None) -> Bools:
        """(n_items,) the answer that each item's value got; numbers that an array compares as Python does, in bulk."""
        answers = np.zeros(len(self.values), dtype=bool)
        places: Sequence[int] = range(len(self.values))
        if of_numbers is not None:
            bulk, numbers, places = self.numbers
            answers[bulk] = of_numbers(numbers)
        for place in places:
            answers[place] = asked(self.values[place])
        return answers[self.codes]

    @cached_property
    def numbers(self) -> tuple[NDArray[np.int64], Floats, Sequence[int]]:
        """The places of such numbers, the numbers, and the places of all other values."""
        is_bulk = np.fromiter(map(is_exact, self.values), dtype=bool, count=len(self.values))
        bulk = np.flatnonzero(is_bulk)
        numbers = np.array([self.values[place] for place in bulk.tolist()], dtype=np.float64)
        return bulk, numbers, np.flatnonzero(~is_bulk).tolist()

    @property
    def is_missing(self) -> Bools:
        return self.where(is_no_value, of_numbers=np.zeros_like)


def is_no_value(value: Any) -> bool:
    return value is MISSING


@dataclass(slots=True)
class Traffic:
    """Items as columns, and what each rule asked so far says of them.

    columns : by path, as rules spell it; `signal.NAME`, `judge.CRITERION` and `check.NAME` among them
    draws : (n_items,) each item's own draw; is_hold_over : (n_items,) whose hold ran out
    is_uncleared : (n_items,) of which a judge alone spoke that may not decide
    """

    columns: Mapping[str, Column]
    draws: NDArray[np.float64]
    is_hold_over: Bools
    is_uncleared: Bools
    remembered: dict[str, "Answer"] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.draws)

    def column(self, path: str) -> Column:
        try:
            return self.columns[path]
        except KeyError:
            raise NoSuchColumn(path) from None


class NoSuchColumn(Exception):
    """A policy reads a path that these columns were not made for."""

    def __init__(self, path: str):
        super().__init__(path)
        self.path = path


@dataclass(frozen=True)
class Answer:
    """What a condition says of each item: that it holds, that it would if what is still on its way said yes, and that
    it cannot be asked."""

    holds: Bools
    may_hold: Bools
    is_misfit: Bools

    @cached_property
    def has_misfits(self) -> bool:
        return bool(self.is_misfit.any())

    @cached_property
    def is_open(self) -> Bools | None:
        """Where it depends on what is still on its way; None where that is nowhere."""
        is_open = self.may_hold & ~self.holds & ~self.is_misfit
        return is_open if is_open.any() else None


@dataclass(frozen=True, slots=True)
class Decisions:
    """(n_items,) each: `outcomes` as places in OUTCOMES, `inclusion_probabilities`, `tiers` as places in TIERS."""

    outcomes: NDArray[np.int8]
    inclusion_probabilities: NDArray[np.float64]
    tiers: NDArray[np.int8]


# --- columns out of facts ---------------------------------------------------------------------------------------------


def column_of(values: Iterable[Any]) -> Column:
    """Each distinct value once. Told apart as JSON tells them: `true` is not 1, and 1 is 1.0 to every comparison."""
    places: dict[Any, int] = {}
    distinct: list[Any] = []
    codes = []
    for value in values:
        key = key_of(value)
        place = places.get(key)
        if place is None:
            place = places[key] = len(distinct)
            distinct.append(value)
        codes.append(place)
    return Column(np.array(codes, dtype=np.int32), distinct)


def key_of(value: Any) -> Any:
    """What tells a value from others and can be looked up; lists and objects by how they are spelt."""
    return (type(value), repr(value)) if isinstance(value, list | dict | tuple) else (type(value), value)


def value_at(facts: Mapping[str, Any], path: str) -> Any:
    try:
        return look_up(facts, path)
    except CannotCompare:
        return OUT_OF_SHAPE


def paths_read_by(policy: Policy) -> set[str]:
    """Every path that a policy asks of an item."""
    paths = {"kind", "stakes", "review_requested", f"signal.{policy.confidence_signal}"}
    paths |= {f"signal.{name}" for name in policy.required_signals}
    paths |= {f"check.{check.name}" for check in policy.checks}
    if policy.judge_passes:
        paths.add(f"judge.{policy.judge_passes[0]}")
    return paths | {path for when in spelled_out(policy).values() for path in fields_of(when)}


def spelled_out(policy: Policy) -> dict[str, Condition]:
    """The condition of each rule by its name, with the signal that *confidence* stands for under this policy."""
    return {rule.name: with_signal(rule.when, policy.confidence_signal) for rule in policy.rules}


def with_signal(condition: Condition, signal: str) -> Condition:
    if isinstance(condition, Group):
        return Group(condition.joiner, tuple(with_signal(part, signal) for part in condition.parts))
    first, dot, rest = condition.field.partition(".")
    return replace(condition, field=f"signal.{signal}{dot}{rest}") if first == "confidence" else condition


# --- conditions -------------------------------------------------------------------------------------------------------


def ask(condition: Condition, traffic: Traffic) -> Answer:
    """A condition of all items. A group asks every part: a misfit in one is never hidden by another."""
    key = repr(condition)
    if key not in traffic.remembered:
        is_one = isinstance(condition, Comparison)
        traffic.remembered[key] = compare(condition, traffic) if is_one else join(condition, traffic)  # type: ignore[arg-type]
    return traffic.remembered[key]


def join(group: Group, traffic: Traffic) -> Answer:
    answers = [ask(part, traffic) for part in group.parts]
    over = np.logical_and if group.joiner == "all" else np.logical_or
    return Answer(
        over.reduce([answer.holds for answer in answers]),
        over.reduce([answer.may_hold for answer in answers]),
        np.logical_or.reduce([answer.is_misfit for answer in answers]),
    )


def compare(comparison: Comparison, traffic: Traffic) -> Answer:
    """One comparison: numbers are ordered in bulk, every other distinct value is asked one by one."""
    column = traffic.column(comparison.field)
    holds = np.zeros(len(column.values), dtype=bool)
    may_hold, is_misfit = holds.copy(), holds.copy()
    places: Sequence[int] = range(len(column.values))
    if comparison.op in ORDERINGS and is_exact(comparison.value):
        bulk, numbers, places = column.numbers
        holds[bulk] = may_hold[bulk] = ORDERINGS[comparison.op](numbers, float(comparison.value))
    for place in places:
        try:
            holds[place] = holds_for(comparison, column.values[place])
            may_hold[place] = holds[place] or holds_for(comparison, column.values[place], if_unknown=True)
        except CannotCompare:
            is_misfit[place] = True
    return Answer(holds[column.codes], may_hold[column.codes], is_misfit[column.codes])


def holds_for(comparison: Comparison, value: Any, *, if_unknown: bool = False) -> bool:
    if value is OUT_OF_SHAPE:
        raise CannotCompare(comparison.field)
    facts = {} if value is MISSING else {comparison.field: value}
    return comparison.holds(facts, if_unknown=if_unknown)


def is_exact(value: Any) -> bool:
    """A number that an array of floats compares as Python does."""
    return is_number(value) and (isinstance(value, float) or abs(value) <= LARGEST_EXACT)


# --- decisions --------------------------------------------------------------------------------------------------------


def decide_all(traffic: Traffic, policy: Policy) -> Decisions:
    """What `routing.decide` says of each item, in the same order of grounds.

    Raises
    ------
    NoSuchColumn : the policy reads what the columns do not hold
    """
    tiers = tiers_of(traffic)
    shares = np.array([policy.tiers[name].review_share for name in TIERS])[tiers]
    fails = [(check, traffic.column(f"check.{check.name}")) for check in policy.checks]
    is_bounced = np.zeros(len(traffic), dtype=bool)
    for check, column in fails:
        has_failed = column.where(partial(eq, "failed"))
        if check.on_failure == "bounce":
            is_bounced |= has_failed
        raise_to(shares, 1.0, where=has_failed | column.where(partial(eq, "crashed")))
    answers = {name: ask(when, traffic) for name, when in spelled_out(policy).items()}
    for rule in policy.rules:
        raise_to(shares, rule.review_share, where=answers[rule.name].holds)
        if answers[rule.name].has_misfits:
            # One part that cannot be asked makes the whole rule unclear, whatever the others say.
            raise_to(shares, 1.0, where=answers[rule.name].is_misfit)
    requested = traffic.column("review_requested")
    raise_to(shares, 1.0, where=requested.where(partial(eq, True)) | traffic.is_uncleared)
    is_short, lacks_waited_for = judge_grounds(traffic, policy)
    raise_to(shares, 1.0, where=is_short)
    is_held = lacks_waited_for & ~traffic.is_hold_over & (shares < 1) & ~is_bounced
    raise_to(shares, 1.0, where=lacks_waited_for)
    for answer in answers.values():
        if answer.is_open is not None:
            raise_to(shares, 1.0, where=answer.is_open)
    if policy.reviews_all_on_cold_start:
        shares[:] = 1.0
    np.maximum(shares, policy.audit_share, out=shares)
    outcomes = np.where((shares < 1) & (traffic.draws >= shares), SHIP, REVIEW).astype(np.int8)
    outcomes[is_held], outcomes[is_bounced] = HOLD, BOUNCE
    return Decisions(outcomes, np.where(is_held | is_bounced, 0.0, shares), tiers)


def tiers_of(traffic: Traffic) -> NDArray[np.int8]:
    column = traffic.column("stakes")
    of_value = [TIERS.index(TIER_OF_STAKES.get(value, "high")) for value in map(as_text, column.values)]
    return np.array(of_value, dtype=np.int8)[column.codes]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def judge_grounds(traffic: Traffic, policy: Policy) -> tuple[Bools, Bools]:
    """Whom the judge sends to people, and who lacks something that the policy waits for."""
    waits = waits_for_judge(policy)
    confidence = traffic.column(f"signal.{policy.confidence_signal}")
    is_unsure = confidence.is_missing
    cut = policy.confidence_cut
    is_sure = confidence.where(lambda value: value is not MISSING and value >= cut, of_numbers=lambda many: many >= cut)
    is_short = ~is_sure & ~is_unsure
    lacks = np.zeros(len(traffic), dtype=bool)
    for name in policy.required_signals:
        lacks |= traffic.column(f"signal.{name}").is_missing
    if not waits:
        is_short |= is_unsure
    if policy.judge_passes:
        criterion, passing = policy.judge_passes
        kind, label = traffic.column("kind"), traffic.column(f"judge.{criterion}")
        is_asked = ~kind.where(partial(eq, "pairwise"))
        is_silent = label.is_missing & is_asked
        is_short |= label.where(lambda value: value is not MISSING and value not in passing) & is_asked
        if waits:
            lacks |= is_silent
        else:
            is_short |= is_silent
    return is_short, lacks


def raise_to(shares: Floats, share: float, *, where: Bools) -> None:
    # Five times as fast as a maximum with a mask.
    np.copyto(shares, share, where=where & (shares < share))
