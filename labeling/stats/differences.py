"""Two shares side by side: how far apart they are, and how probable that is by chance."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate, undefined_because


def difference_of_shares(n_first: int, of_first: int, n_second: int, of_second: int) -> Estimate:
    """The difference p1 - p2 of two independent shares, with Newcombe's interval from the two of Wilson.

    low = d - sqrt((p1 - l1)² + (u2 - p2)²),   high = d + sqrt((u1 - p1)² + (p2 - l2)²)

    with d = p1 - p2 and l, u the ends of each share's Wilson interval.

    Parameters
    ----------
    n_first, of_first : successes and tries of the first share; the other two of the second

    Returns
    -------
    Estimate in [-1, 1] whose n is the tries of both; undefined where either has none.

    Raises
    ------
    ValueError : counts that are none

    Notes
    -----
    Assumes independent tries in both. Reviews of one day hang together, which makes the interval too narrow.

    References
    ----------
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions: comparison of
    eleven methods. Statistics in Medicine 17, 873-890, method 10.
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.

    Examples
    --------
    >>> apart = difference_of_shares(56, 70, 48, 80)
    >>> round(apart.value, 4), round(apart.low, 4), round(apart.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    first, second = wilson_share(n_first, of_first), wilson_share(n_second, of_second)
    if first.value is None or second.value is None:
        return undefined_because("one of the two has nothing to take a share of", n=of_first + of_second)
    apart = first.value - second.value
    (low_1, high_1), (low_2, high_2) = ends_of(first), ends_of(second)
    return Estimate(
        apart,
        apart - math.hypot(first.value - low_1, high_2 - second.value),
        apart + math.hypot(high_1 - first.value, second.value - low_2),
        n=of_first + of_second,
    )


def ends_of(share: Estimate) -> tuple[float, float]:
    return (0.0, 1.0) if share.low is None or share.high is None else (share.low, share.high)


def probability_of_so_many_more(n_first: int, of_first: int, n_second: int, of_second: int) -> float:
    """How probable it is by chance that the first share is so much larger: Fisher's exact test, one-sided.

    p = P(X >= n_first), X hypergeometric: of all the successes, those that fall among the first tries.

    Parameters
    ----------
    As of `difference_of_shares`.

    Returns
    -------
    In (0, 1]; 1 where either has no try.

    Raises
    ------
    ValueError : counts that are none

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments, chapter 2 (the lady who tastes tea).

    Examples
    --------
    >>> round(probability_of_so_many_more(3, 4, 1, 4), 4)
    0.2429
    """
    if not 0 <= n_first <= of_first or not 0 <= n_second <= of_second:
        raise ValueError(f"{n_first} of {of_first} and {n_second} of {of_second} are no two shares.")
    if not of_first or not of_second:
        return 1.0
    n_successes = n_first + n_second
    k = np.arange(n_first, min(of_first, n_successes) + 1)
    every = log_choose(of_first + of_second, np.array([n_successes]))
    logs = log_choose(of_first, k) + log_choose(of_second, n_successes - k)
    return min(1.0, float(np.exp(logs - every).sum()))


def log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), dtype=np.float64)
