"""Two shares side by side: how far apart they are. Whether chance would give it is `fisher_greater` in leaks.py."""

import math

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
