"""How long a review takes: the median of the active time, and whether a rubric asks for too much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

LEAST_REVIEWS = 20
LONGEST_MEDIAN_MS = 10 * 60 * 1000
MOST_REVIEWS = 500
MISSED = 0.05


@dataclass(frozen=True, slots=True)
class ReviewTimes:
    """The median with its 95 % interval, in milliseconds, and the reviews it rests on."""

    n: int
    median_ms: int = 0
    low_ms: int = 0
    high_ms: int = 0

    @property
    def is_enough(self) -> bool:
        return self.n >= LEAST_REVIEWS

    @property
    def is_too_long(self) -> bool:
        return self.is_enough and self.median_ms > LONGEST_MEDIAN_MS

    @property
    def words(self) -> str:
        if not self.is_enough:
            return f"Not enough yet: {self.n} of about {LEAST_REVIEWS} reviews."
        median, low, high = (in_words(one) for one in (self.median_ms, self.low_ms, self.high_ms))
        return f"{median} in the median ({low}–{high}, {self.n} reviews)"


def read_times(active_ms: Sequence[int]) -> ReviewTimes:
    """The median and its distribution-free interval: between the k-th smallest and the k-th largest value.

    k is the largest for which fewer than k of n fair coins fall on one side with a probability of at most 2.5 %
    (W. J. Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2). Assumes independent reviews.
    """
    n = len(active_ms)
    if n < LEAST_REVIEWS:
        return ReviewTimes(n)
    ordered = sorted(active_ms)
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) // 2
    rank = rank_of_limit(n)
    return ReviewTimes(n, middle, ordered[rank - 1], ordered[n - rank])


def rank_of_limit(n: int) -> int:
    """The k of `read_times`; n is at least 6, below which there is none."""
    allowed, below, rank = MISSED / 2 * 2**n, 1, 0
    while below <= allowed:
        rank += 1
        below += comb(n, rank)
    return rank


def in_words(milliseconds: int) -> str:
    seconds = round(milliseconds / 1000)
    return f"{seconds} s" if seconds < 120 else f"{seconds / 60:.1f} min"
