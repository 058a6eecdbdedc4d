"""Intervals: the bootstrap's percentiles made an `Estimate`, and Wilson's for a share."""

import math

import numpy as np
from numpy.typing import NDArray

from labeling.stats.results import Estimate, undefined_because

CONFIDENCE = 0.95
# Above this share of replicates without a value the percentiles speak of a smaller, tamer world.
MOST_DROPPED = 0.05


def estimate_from_draws(
    value: float, draws: NDArray[np.float64] | None, *, n: int, flags: tuple[str, ...] = ()
) -> Estimate:
    """A point value with the percentile interval of its bootstrap replicates (Efron 1979).

    Parameters
    ----------
    value : the estimate on the sample itself
    draws : (n_replicates,) float64, NaN where a replicate has no value (no variation in it); None = not asked for
    n : units behind the value

    Returns
    -------
    Estimate whose ends are the 2.5 and 97.5 percentiles of the replicates that have a value. Dropped replicates are
    counted in a flag, and called unreliable above 5 %. When every replicate gives the same number the interval would
    have no width and promise certainty: then there is none, and a flag says so.

    Notes
    -----
    Units are assumed to be a random sample of the units spoken about, raters to be fixed: nothing is said of other
    raters. Under 30 units, or with a category under 10 %, the coverage of 95 % is nearer to 0.86 to 0.93.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1-26.
    doi:10.1214/aos/1176344552. Hayes, A. F. & Krippendorff, K. (2007), doi:10.1080/19312450709336664.
    """
    if draws is None or not len(draws):
        return Estimate(value, n=n, flags=flags)
    kept = draws[np.isfinite(draws)]
    n_dropped = len(draws) - len(kept)
    if n_dropped:
        flags = (*flags, f"{n_dropped} of {len(draws)} replicates without variation dropped")
    if n_dropped > MOST_DROPPED * len(draws):
        flags = (*flags, "interval unreliable")
    if not len(kept):
        return Estimate(value, n=n, flags=flags)
    if np.ptp(kept) <= 1e-12:
        return Estimate(value, n=n, flags=(*flags, "no interval: every replicate gives the same"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    return Estimate(value, float(low), float(high), n=n, flags=flags)


def bound_extreme_share(estimate: Estimate, *, n_independent: int) -> Estimate:
    """A share of exactly 0 or 1, whose bootstrap cannot vary, with the one-sided 95 % Wilson bound instead.

    For x = n the lower bound is n / (n + z²), z = 1.645, near the rule of three; for x = 0 its mirror image.
    """
    if estimate.value not in (0.0, 1.0) or estimate.low is not None:
        return estimate
    z_squared = normal_quantile(CONFIDENCE) ** 2
    room = z_squared / (n_independent + z_squared)
    low, high = (1 - room, 1.0) if estimate.value == 1.0 else (0.0, room)
    flags = tuple(flag for flag in estimate.flags if not flag.startswith("no interval"))
    seen = "disagreement" if estimate.value == 1.0 else "agreement"
    return Estimate(
        estimate.value, low, high, n=estimate.n, flags=(*flags, f"no {seen} seen in {estimate.n} units, one-sided")
    )


def wilson_share(n_successes: float, n: float, *, confidence: float = CONFIDENCE) -> Estimate:
    """A binomial share k/n with Wilson's score interval.

    centre = (p + z²/2n) / (1 + z²/n), half-width = z sqrt(p(1-p)/n + z²/4n²) / (1 + z²/n)

    Parameters
    ----------
    n_successes, n : counts, 0 <= n_successes <= n; neither need be whole where n is a number of clusters or effective

    Returns
    -------
    Estimate in [0, 1]; the lower end is exactly 0 for no success, the upper exactly 1 for all. Undefined for n = 0.

    Raises
    ------
    ValueError : counts that are none

    Notes
    -----
    Assumes n independent trials: one gold item seen by ten raters is one item, not ten.

    References
    ----------
    Wilson, E. B. (1927). JASA 22, 209-212. doi:10.1080/01621459.1927.10502953.
    Newcombe, R. G. (1998). Statistics in Medicine 17, 857-872, table I.

    Examples
    --------
    >>> share = wilson_share(81, 263)
    >>> round(share.low, 4), round(share.high, 4)
    (0.2553, 0.3662)
    """
    if not 0 <= n_successes <= n:
        raise ValueError(f"{n_successes} of {n} is not a share")
    if n == 0:
        return undefined_because("there is nothing to take a share of", n=0)
    share = n_successes / n
    z = normal_quantile(1 - (1 - confidence) / 2)
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half_width = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    low = 0.0 if n_successes == 0 else max(0.0, centre - half_width)
    high = 1.0 if n_successes == n else min(1.0, centre + half_width)
    return Estimate(share, low, high, n=round(n))


def normal_quantile(probability: float) -> float:
    # scipy.special alone: scipy.stats would cost half a second of every command.
    from scipy.special import ndtri

    return float(ndtri(probability))
