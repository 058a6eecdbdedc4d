"""How many independent, equal labels a weighted or clustered sample is worth, and the interval of a share by that."""

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]


def estimate_share(
    hits: NDArray[np.bool_],
    *,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> Estimate:
    """A share of units, weighted, with Wilson's interval on its effective sample size.

    p = Σ w y / Σ w,   V = Σ_c (Σ_{i in c} w_i (y_i - p))² / (Σ w)²,   n_e = p (1 - p) / V, at most n

    Parameters
    ----------
    hits : (n_units,) bool
    weight : (n_units,) float > 0, 1 over the inclusion probability; None = every unit counts 1
    clusters : (n_units,) int or None; labels of one item are one cluster, which counts as one independent draw

    Returns
    -------
    Estimate in [0, 1], `n` = units. Never without width: at a share of exactly 0 or 1, where V is 0, n_e is Kish's
    (Σ W)² / Σ W² of the clusters' weights W. Undefined without a unit.

    Notes
    -----
    Without weights and clusters it is Wilson's interval. Clusters are taken for a random sample of clusters; under 30
    of them the interval is too narrow, since V is then itself a guess.

    References
    ----------
    Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data. Survey Methodology 24, 193-201. Kish, L. (1965). Survey Sampling, 11.7.
    Wilson, E. B. (1927). doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> hits = np.array([True] * 8 + [False] * 2)
    >>> alone, doubled = estimate_share(hits), estimate_share(np.tile(hits, 2), clusters=np.tile(np.arange(10), 2))
    >>> round(alone.low, 4) == round(doubled.low, 4), alone.n, doubled.n
    (True, 10, 20)
    """
    n = len(hits)
    if not n:
        return undefined_because("there is nothing to take a share of", n=0, flags=flags_of_size(0))
    weights = np.ones(n) if weight is None else weight
    share = float(weights @ hits / weights.sum())
    if hits.all() or not hits.any():
        share = float(hits[0])
    effective = effective_size(hits, share, weights=weights, clusters=clusters)
    interval = wilson_share(share * effective, effective)
    return Estimate(share, interval.low, interval.high, n=n, flags=flags_of_size(n))


def effective_size(
    hits: NDArray[np.bool_], share: float, *, weights: Floats, clusters: NDArray[np.int64] | None = None
) -> float:
    """n_e of `estimate_share`: in (0, n], n itself without weights and clusters."""
    numbered = np.arange(len(hits)) if clusters is None else np.unique(clusters, return_inverse=True)[1].ravel()
    total = float(weights.sum())
    residual = np.bincount(numbered, weights=weights * (hits - share))
    variance = float(residual @ residual) / total**2
    if 0 < share < 1 and variance > 0:
        return min(float(len(hits)), share * (1 - share) / variance)
    of_cluster = np.bincount(numbered, weights=weights)
    return min(float(len(hits)), total**2 / float(of_cluster @ of_cluster))
