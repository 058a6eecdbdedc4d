"""What a chart shows, in the one sentence that its intervals support."""

from collections.abc import Sequence
from dataclasses import dataclass

NO_CHANGE = "No change that these numbers could show"


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """How sure a judge said it was, on average, and how often it was right, by its interval."""

    confidence: float
    right: Interval


def read_change(name: str, *, before: Interval, after: Interval) -> str:
    """A change only where the intervals do not overlap: two points differ always."""
    if after.high < before.low:
        return f"{name} fell"
    return f"{name} rose" if after.low > before.high else NO_CHANGE


def read_reliability(bins: Sequence[Bin]) -> str:
    """Where a judge is surer than it is right, or less sure; a bin speaks only if its interval leaves the line out."""
    too_sure = sum(one.right.high < one.confidence for one in bins)
    too_modest = sum(one.right.low > one.confidence for one in bins)
    if not bins:
        return "No bin has a label to speak of"
    if not too_sure and not too_modest:
        return "It may be right as often as it is sure: no interval leaves the dashed line out"
    parts = [(too_sure, "surer than right"), (too_modest, "right more often than sure")]
    told = " and ".join(f"{words} in {n}" for n, words in parts if n)
    return f"Of {len(bins)} bin{'s' if len(bins) > 1 else ''}, it is {told}"
