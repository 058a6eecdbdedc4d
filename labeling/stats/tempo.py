"""Whether somebody takes less time than before, by ranks: times are skewed, and one long break says nothing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from labeling.stats.intervals import CONFIDENCE, normal_quantile
from labeling.stats.results import Estimate, undefined_because

# The interval of ranks is a normal one: with fewer values on either side it does not hold.
LEAST_VALUES = 10


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long somebody takes now, in units of before: `ratio` with its interval, and `probability` that it would seem
    as low by chance if it were `margin` or more."""

    ratio: Estimate
    probability: float
    margin: float


def compare_tempo(before: Sequence[float], now: Sequence[float], *, margin: float) -> Tempo:
    """The ratio of times now to times before, by Hodges and Lehmann on their logarithms.

    ratio = exp(median over all pairs of (log now_i - log before_j)); its interval is exp of the C-th smallest and the
    C-th largest of the mn differences, C = mn/2 - z sqrt(mn(m + n + 1)/12). The test is that of Mann and Whitney of
    now_i / margin against before_j: p = Φ((U - mn/2 + 1/2) / sqrt(mn(m + n + 1)/12)).

    Parameters
    ----------
    before, now : times > 0, at least 10 of each
    margin : in (0, 1], the ratio from which on nothing is said: people become faster with practice

    Returns
    -------
    Tempo; the ratio is undefined with fewer values, and the probability 1 then.

    Raises
    ------
    ValueError : a time that is not positive, or a margin outside (0, 1]

    Notes
    -----
    Assumes independent times, and that now differs from before by a factor. Items of one conversation or of one kind
    come together, which makes the interval too narrow; a change of what is labelled looks like a change of who labels.

    References
    ----------
    Hodges, J. L. & Lehmann, E. L. (1963). Estimates of location based on rank tests. Annals of Mathematical Statistics
    34, 598-611. doi:10.1214/aoms/1177704172. Mann, H. B. & Whitney, D. R. (1947). Annals of Mathematical Statistics 18,
    50-60. doi:10.1214/aoms/1177730491.

    Examples
    --------
    >>> tempo = compare_tempo([60, 70, 80, 90, 100] * 8, [30, 35, 40, 45, 50] * 4, margin=0.8)
    >>> tempo.ratio.value, tempo.probability < 0.001
    (0.5, True)
    """
    if not 0 < margin <= 1 or min((*before, *now), default=1) <= 0:
        raise ValueError("Times are positive, and a margin lies between 0 and 1.")
    m, n = len(now), len(before)
    if min(m, n) < LEAST_VALUES:
        return Tempo(undefined_because(f"fewer than {LEAST_VALUES} times on either side", n=m + n), 1.0, margin)
    later, earlier = np.log(np.asarray(now, float)), np.log(np.asarray(before, float))
    apart = np.sort((later[:, np.newaxis] - earlier).ravel())
    spread = math.sqrt(m * n * (m + n + 1) / 12)
    z = normal_quantile(1 - (1 - CONFIDENCE) / 2)
    rank = max(1, math.floor(m * n / 2 - z * spread))
    ends = (math.exp(apart[rank - 1]), math.exp(apart[m * n - rank]))
    ratio = Estimate(round(math.exp(float(np.median(apart))), 12), *ends, n=m + n)
    return Tempo(ratio, probability_as_low(apart - math.log(margin), spread), margin)


def probability_as_low(apart: NDArray[np.float64], spread: float) -> float:
    n_pairs = len(apart)
    n_above = float(np.count_nonzero(apart > 1e-12)) + 0.5 * float(np.count_nonzero(np.abs(apart) <= 1e-12))
    return min(1.0, float(ndtr((n_above - n_pairs / 2 + 0.5) / spread)))
