"""A mean over independent parts, such as weeks, when only their estimates are kept and not the labels behind them."""

import math
from collections.abc import Sequence

from labeling.stats.results import Estimate, undefined_because

Z_95 = 1.959964


def mean_of_parts(parts: Sequence[Estimate]) -> Estimate:
    """The mean of the parts' values, each weighted by its n, with a normal interval.

    mean = Σ n_i x_i / Σ n_i,   se = sqrt(Σ (n_i se_i)²) / Σ n_i,   se_i = (high_i − low_i) / (2 × 1.96)

    Parameters
    ----------
    parts : estimates of disjoint sets of units, each with its 95 % interval; one without an interval is left out

    Returns
    -------
    Estimate whose n is the sum over the parts that count, its interval mean ± 1.96 se. Undefined without such a part.

    Notes
    -----
    Assumes that the parts share no unit; raters may be the same, of whom nothing is said. It is the mean of the
    parts' coefficients, not the coefficient of their union: pooled, alpha has one expected disagreement and not one
    for each part. A percentile interval is treated as symmetric, which is wrong near 1 and for small parts: leave
    parts under 30 units out. A part in which everybody agrees has no interval and is left out too, so that a fall
    from perfect agreement is understated, never invented.

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 5.3 (stratified means). Wiley.

    Examples
    --------
    >>> one = mean_of_parts([Estimate(0.8, 0.7, 0.9, n=50), Estimate(0.6, 0.5, 0.7, n=50)])
    >>> round(one.value, 3), round(one.low, 3), round(one.high, 3), one.n
    (0.7, 0.629, 0.771, 100)
    """
    n_total, total, variance = 0, 0.0, 0.0
    for part in parts:
        if part.value is None or part.low is None or part.high is None or not part.n:
            continue
        n_total += part.n
        total += part.n * part.value
        variance += (part.n * (part.high - part.low) / (2 * Z_95)) ** 2
    if not n_total:
        return undefined_because("no part has an interval", n=0)
    mean, reach = total / n_total, Z_95 * math.sqrt(variance) / n_total
    return Estimate(mean, mean - reach, mean + reach, n=n_total)
