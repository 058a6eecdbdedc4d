"""Confidence that is derived, not claimed: how far a judge agrees with itself."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# What somebody merely states about their own certainty may send an item to a person, and never past one.
WEAK_KINDS = frozenset({"stated", "probability", "other"})
# The names of the signals derived here; a producer cannot send a signal of such a name.
DERIVED_NAMES = frozenset({"judge_vote_share", "judge_stated"})


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
    """A signal of one item: `value` from 0 (doubtful) to 1 (sure), resting on `n_votes` verdicts."""

    name: str
    kind: str
    value: float
    n_votes: int


def derive_signals(votes: Iterable[Vote]) -> list[DerivedSignal]:
    """What the judge verdicts of one item say about their own certainty.

    `judge_vote_share`: among a judge's verdicts on one criterion (repeats, both orders), the share of the most
    frequent label; the least over judges and criteria, since one doubt is enough for a look. It needs two votes.
    `judge_stated`: the least confidence that a judge stated of itself; weak.
    """
    by_question: dict[tuple[str, str], list[Vote]] = {}
    for vote in votes:
        by_question.setdefault((vote.judge, vote.criterion), []).append(vote)
    signals = []
    repeated = [group for group in by_question.values() if len(group) > 1]
    if repeated:
        shares = [max(Counter(vote.label for vote in group).values()) / len(group) for group in repeated]
        in_both_orders = any({"ab", "ba"} <= {vote.order for vote in group} for group in repeated)
        signals.append(
            DerivedSignal(
                "judge_vote_share",
                "both_orders" if in_both_orders else "repeats",
                min(shares),
                sum(len(group) for group in repeated),
            )
        )
    stated = [vote.confidence for group in by_question.values() for vote in group if vote.confidence is not None]
    if stated:
        signals.append(DerivedSignal("judge_stated", "stated", min(stated), len(stated)))
    return signals
