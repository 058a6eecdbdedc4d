"""What a chart shows, in the one sentence that its intervals support."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot

NO_CHANGE = "No change that these numbers could show"


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its 95 % interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Bin:
    """How sure a judge said it was, on average, and how often it was right, by its interval."""

    confidence: float
    right: Interval


def read_change(name: str, *, before: Measure, after: Measure) -> str:
    """A change only where the interval of the difference leaves 0 out: two points differ always, and intervals that
    overlap do not say that there is none.

    The difference of two independent measures, from the distances of their values to the ends that face each other:
    Zou, G. Y. & Donner, A. (2008). Statistics in Medicine 27, 1693-1702. doi:10.1002/sim.3095. Measures on common
    items hang together, which makes this err towards silence.
    """
    fall = before.value - after.value
    if fall > hypot(before.value - before.interval.low, after.interval.high - after.value):
        return f"{name} fell"
    is_rise = -fall > hypot(before.interval.high - before.value, after.value - after.interval.low)
    return f"{name} rose" if is_rise else NO_CHANGE


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
