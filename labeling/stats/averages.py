"""Medians and means with their intervals: how long a review takes, how many come in a day."""

import math
from collections.abc import Sequence

import numpy as np

from labeling.stats.intervals import CONFIDENCE
from labeling.stats.results import Estimate, undefined_because

FEW_VALUES = "no interval: fewer than 6 values"
ONE_VALUE = "no interval: one value"


def estimate_median(values: Sequence[float]) -> Estimate:
    """The median with the interval between two order statistics that needs no shape of the distribution.

    low = x_(r), high = x_(n + 1 - r) with the largest r for which P(Bin(n, 1/2) < r) <= α/2; it covers at least 95 %.

    Parameters
    ----------
    values : numbers, in any order; none missing

    Returns
    -------
    Estimate; undefined without a value, and without an interval under 6 values, where even the smallest and the
    largest one cover less than 95 %.

    Notes
    -----
    Assumes independent values of one distribution. Reviews of one person hang together, so with few people it is
    narrower than it should be.

    References
    ----------
    Conover, W. J. (1999). Practical Nonparametric Statistics, 3rd ed., section 3.2. Table in Hahn, G. J. & Meeker,
    W. Q. (1991). Statistical Intervals, section 5.2. doi:10.1002/9780470316771.

    Examples
    --------
    >>> estimate_median([1, 2, 3, 4, 5, 6])
    Estimate(value=3.5, low=1.0, high=6.0, n=6, undefined=None, flags=())
    """
    from scipy.special import bdtr

    n = len(values)
    if n == 0:
        return undefined_because("there is nothing to take a median of", n=0)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    ranks = np.arange(1, n // 2 + 1)
    rank = int((bdtr(ranks - 1, n, 0.5) <= (1 - CONFIDENCE) / 2).sum())
    if rank < 1:
        return Estimate(float(np.median(ordered)), n=n, flags=(FEW_VALUES,))
    return Estimate(float(np.median(ordered)), float(ordered[rank - 1]), float(ordered[n - rank]), n=n)


def estimate_mean(values: Sequence[float]) -> Estimate:
    """The mean with Student's interval: mean ± t(n - 1) s / √n.

    Parameters
    ----------
    values : numbers, none missing

    Returns
    -------
    Estimate; undefined without a value, and with one value or none that differs there is no interval.

    Notes
    -----
    Assumes independent values, and a mean that is near normal: skewed times under some 30 values are not.

    References
    ----------
    Student (1908). The probable error of a mean. Biometrika 6, 1-25. doi:10.1093/biomet/6.1.1.

    Examples
    --------
    >>> mean = estimate_mean([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    >>> round(mean.value, 2), round(mean.low, 2), round(mean.high, 2)
    (0.75, -0.53, 2.03)
    """
    from scipy.special import stdtrit

    n = len(values)
    if n == 0:
        return undefined_because("there is nothing to take a mean of", n=0)
    numbers = np.asarray(values, dtype=np.float64)
    mean = float(numbers.mean())
    if n == 1:
        return Estimate(mean, n=1, flags=(ONE_VALUE,))
    half_width = float(stdtrit(n - 1, 1 - (1 - CONFIDENCE) / 2) * numbers.std(ddof=1) / math.sqrt(n))
    if half_width == 0:
        return Estimate(mean, n=n, flags=("no interval: all values are the same",))
    return Estimate(mean, mean - half_width, mean + half_width, n=n)
