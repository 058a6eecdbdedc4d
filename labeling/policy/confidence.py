"""Confidence that is derived, not claimed: how far a judge agrees with itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labeling.policy.confidence_map import AppliedMap

# What somebody merely states about their own certainty may send an item to a person, and never past one.
WEAK_KINDS = frozenset({"stated", "probability", "other"})
# The names of the signals derived here; a producer cannot send a signal of such a name.
DERIVED_NAMES = frozenset({"judge_vote_share", "judge_stated"})
# Which confidence of a judge is meant, by a report and by a map of it.
STATED, VOTE_SHARE = "stated", "vote_share"
# The maps in use, by judge and criterion: at most one each, so what a map does not read stays as it is.
MapsInUse = Mapping[tuple[str, str], AppliedMap]


@dataclass(frozen=True, slots=True)
class Vote:
    """One judge verdict on one criterion: who, which run and order, what, and how sure it said it was."""

    judge: str
    criterion: str
    run: int
    order: str
    label: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class DerivedSignal:
    """A signal of one item: `value` from 0 (doubtful) to 1 (sure), resting on `n_votes` verdicts.

    `is_mapped` where the confidence of any of them was read through a map.
    """

    name: str
    kind: str
    value: float
    n_votes: int
    is_mapped: bool = False


def derive_signals(votes: Iterable[Vote], *, maps: MapsInUse | None = None) -> list[DerivedSignal]:
    """What the judge verdicts of one item say about their own certainty.

    `judge_vote_share`: among a judge's verdicts on one criterion (repeats, both orders), the share of the most
    frequent label; the least over judges and criteria, since one doubt is enough for a look. It needs two votes.
    `judge_stated`: the least confidence that a judge stated of itself; weak, and weak through a map, too, since it is
    still its own word.

    A judge and criterion with a map among `maps` is read through it before the least is taken, so that one judge's 0.9
    and another's mean the same.
    """
    maps, given = maps or {}, list(votes)
    return [*vote_share_of(given, maps), *stated_by(given, maps)]


def vote_share_of(votes: Sequence[Vote], maps: MapsInUse) -> list[DerivedSignal]:
    """`judge_vote_share`, if there is one. What judges stated is nothing to it."""
    by_question: dict[tuple[str, str], list[Vote]] = {}
    for vote in votes:
        by_question.setdefault((vote.judge, vote.criterion), []).append(vote)
    repeated = {question: group for question, group in by_question.items() if len(group) > 1}
    if not repeated:
        return []
    shares = [
        read_through(maps.get(question), VOTE_SHARE, share_of_most(group)) for question, group in repeated.items()
    ]
    in_both_orders = any({"ab", "ba"} <= {vote.order for vote in group} for group in repeated.values())
    return [
        DerivedSignal(
            "judge_vote_share",
            "both_orders" if in_both_orders else "repeats",
            min(shares),
            sum(len(group) for group in repeated.values()),
            is_mapped=any(is_read_by(maps.get(question), VOTE_SHARE) for question in repeated),
        )
    ]


def stated_by(votes: Sequence[Vote], maps: MapsInUse) -> list[DerivedSignal]:
    """`judge_stated`, if there is one: the least of what each vote states alone."""
    stated = [
        (maps.get((vote.judge, vote.criterion)), vote.confidence) for vote in votes if vote.confidence is not None
    ]
    if not stated:
        return []
    told = min(read_through(applied, STATED, confidence) for applied, confidence in stated)
    is_mapped = any(is_read_by(applied, STATED) for applied, _ in stated)
    return [DerivedSignal("judge_stated", "stated", told, len(stated), is_mapped=is_mapped)]


def share_of_most(group: Sequence[Vote]) -> float:
    return max(Counter(vote.label for vote in group).values()) / len(group)


def is_read_by(applied: AppliedMap | None, confidence: str) -> bool:
    return applied is not None and applied.confidence == confidence


def read_through(applied: AppliedMap | None, confidence: str, value: float) -> float:
    """The value as the map reads it; as it is without a map, or under one of another confidence."""
    return applied.read(value) if applied is not None and applied.confidence == confidence else value
