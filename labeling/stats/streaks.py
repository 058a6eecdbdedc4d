"""Streaks: whether somebody said the same so often in a row that chance would hardly give it."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import comb

from labeling.stats.intervals import CONFIDENCE


@dataclass(frozen=True, slots=True)
class Streak:
    """The longest run of yes, and what independence would give for as many of them.

    Parameters
    ----------
    longest : length of the longest run
    low, high : the longest run lies between these in at least 95 % of all orders of the same answers
    probability : of a longest run as long as this or longer, in (0, 1]
    n, n_yes : answers, and how many of them say yes
    """

    longest: int
    low: int
    high: int
    probability: float
    n: int
    n_yes: int


def find_streak(answers: Sequence[bool]) -> Streak:
    """The longest run of yes among yes and no, beside all orders of the same answers.

    P(longest < L | n, k) = Σ_j (-1)^j C(m, j) C(k - jL + m - 1, m - 1) / C(n, k),   m = n - k + 1

    the number of ways to share k yes among the m gaps around the n - k no with fewer than L in each, by inclusion and
    exclusion.

    Parameters
    ----------
    answers : (n,) bool in their order

    Returns
    -------
    Streak; without an answer, or without a yes, the longest run is 0 and its probability 1.

    Notes
    -----
    Exact, and it needs no assumed share of yes: that is conditioned on. What it tests is the order alone, so that
    somebody who says yes to nearly everything has no unusual streak, however long. Items that come in batches of one
    kind make honest streaks.

    References
    ----------
    Mood, A. M. (1940). The distribution theory of runs. Annals of Mathematical Statistics 11, 367-392.
    doi:10.1214/aoms/1177731825. Schilling, M. F. (1990). The longest run of heads. College Mathematics Journal 21,
    196-207. doi:10.2307/2686886.

    Examples
    --------
    >>> streak = find_streak([True] * 12 + [False, True] * 12)
    >>> streak.longest, streak.low, streak.high, round(streak.probability, 4)
    (12, 4, 12, 0.0281)
    """
    n, n_yes = len(answers), sum(answers)
    longest = longest_run(answers)
    if not n_yes:
        return Streak(0, 0, 0, 1.0, n, 0)
    tail = (1 - CONFIDENCE) / 2
    # The share of orders without a run of some length grows with the length, so both ends are found by halving.
    shorter = partial(share_of_shorter, n=n, n_yes=n_yes)
    low = bisect_right(range(1, n_yes + 1), tail, key=shorter)
    high = bisect_left(range(1, n_yes + 2), 1 - tail, key=shorter)
    return Streak(longest, low, high, 1 - share_of_shorter(longest, n=n, n_yes=n_yes), n, n_yes)


def longest_run(answers: Sequence[bool]) -> int:
    longest = run = 0
    for answer in answers:
        run = run + 1 if answer else 0
        longest = max(longest, run)
    return longest


def share_of_shorter(length: int, *, n: int, n_yes: int) -> float:
    """Of all orders of `n_yes` yes among n answers, the share without a run of this length. In whole numbers up to the
    last division: the terms are astronomic and cancel."""
    n_gaps = n - n_yes + 1
    n_orders: int = sum(
        (1 - j % 2 * 2) * comb(n_gaps, j) * comb(n_yes - j * length + n_gaps - 1, n_gaps - 1)
        for j in range(min(n_gaps, n_yes // length) + 1)
    )
    return float(n_orders / comb(n, n_yes))
