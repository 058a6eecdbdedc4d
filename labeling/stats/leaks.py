"""Whether an answer got known: later answers to one case beside earlier ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median

# With four answers in each half the smallest possible p-value is 1/70; with fewer the test can find nothing.
FEWEST_ANSWERS = 8


@dataclass(frozen=True, slots=True)
class Halves:
    """The first and the second half of the answers to one case: how many were right, and the median active time.

    `p` is the one-sided p-value of the later half's being right more often.
    """

    n_earlier: int
    n_right_earlier: int
    n_later: int
    n_right_later: int
    ms_earlier: float
    ms_later: float
    p: float


def fisher_greater(n_right_first: int, n_first: int, n_right_second: int, n_second: int) -> float:
    """Fisher's exact test that the second of two groups is right more often, one-sided.

    p = Σ_{k >= b} C(n2, k) C(n1, m - k) / C(n1 + n2, m), with b right of n2 in the second group and m right in all.

    Parameters
    ----------
    n_right_first, n_first, n_right_second, n_second : counts, 0 <= right <= n; a group may be empty

    Returns
    -------
    The p-value in (0, 1]; 1 where all are right, none is, or a group is empty.

    Raises
    ------
    ValueError : counts that are none

    Notes
    -----
    Exact whatever the counts, given the margins, and conservative: at 5 % it errs in fewer than 5 %. Assumes answers
    that are independent of each other, as those of different people are who do not talk.

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments, section 5 (the lady tasting tea). Agresti, A. (1992). A survey of
    exact inference for contingency tables. Statistical Science 7, 131-153, section 2. doi:10.1214/ss/1177011454.

    Examples
    --------
    >>> round(fisher_greater(1, 4, 3, 4), 4)
    0.2429
    """
    if not (0 <= n_right_first <= n_first and 0 <= n_right_second <= n_second):
        raise ValueError("of each group no more can be right than there are")
    n_right, n = n_right_first + n_right_second, n_first + n_second
    as_many_or_more = range(n_right_second, min(n_second, n_right) + 1)
    return sum(comb(n_second, k) * comb(n_first, n_right - k) for k in as_many_or_more) / comb(n, n_right)


def compare_halves(is_right: Sequence[bool], active_ms: Sequence[float]) -> Halves | None:
    """The later half of the answers to one case beside the earlier half.

    Parameters
    ----------
    is_right : (n,) in the order in which they were given, each by another person
    active_ms : (n,) milliseconds of active time on each

    Returns
    -------
    The two halves with the p-value of `fisher_greater`; of an odd number the one in the middle is an earlier one.
    None with fewer than `FEWEST_ANSWERS`, where no p-value could be small.

    Raises
    ------
    ValueError : lists of different lengths

    Notes
    -----
    Whatever makes later people better makes this small too: new training, or newcomers who came first. Then many cases
    show it at once. Split at the middle of the answers and not of time, so that nobody chooses where to look.

    Examples
    --------
    >>> halves = compare_halves([False] * 5 + [True] * 5, [40_000] * 5 + [9_000] * 5)
    >>> round(halves.p, 5), halves.ms_later
    (0.00397, 9000)
    """
    if len(is_right) != len(active_ms):
        raise ValueError("each answer has its time")
    n = len(is_right)
    if n < FEWEST_ANSWERS:
        return None
    cut = n - n // 2
    n_right = sum(is_right[:cut]), sum(is_right[cut:])
    return Halves(
        n_earlier=cut,
        n_right_earlier=n_right[0],
        n_later=n - cut,
        n_right_later=n_right[1],
        ms_earlier=median(active_ms[:cut]),
        ms_later=median(active_ms[cut:]),
        p=fisher_greater(n_right[0], cut, n_right[1], n - cut),
    )
