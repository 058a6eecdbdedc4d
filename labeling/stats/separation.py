"""How well a score tells two groups apart."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labeling.stats.intervals import CONFIDENCE, normal_quantile
from labeling.stats.results import Estimate, undefined_because

Floats = NDArray[np.float64]


def estimate_auc(
    scores_of_first: ArrayLike, scores_of_second: ArrayLike, *, confidence: float = CONFIDENCE
) -> Estimate:
    """The area under the ROC curve: how often a member of the second group scores higher than one of the first.

    AUC = 1/(m n) Σ_i Σ_j ψ(X_i, Y_j), ψ = 1 where Y_j > X_i, 1/2 where they are equal, 0 otherwise.
    Var = S10/n + S01/m, the variances of V10(Y_j) = 1/m Σ_i ψ and V01(X_i) = 1/n Σ_j ψ (DeLong 1988, equation 4).

    Parameters
    ----------
    scores_of_first, scores_of_second : (m,) and (n,) float, any monotone scale; no NaN

    Returns
    -------
    Estimate in [0, 1], 0.5 = cannot be told apart, with DeLong's interval cut at 0 and 1; n counts both groups.
    Undefined with an empty group. No interval with fewer than two in a group or where every pair says the same.

    Raises
    ------
    ValueError : scores that are no finite numbers

    Notes
    -----
    Assumes independent members. Of a classifier, scores it gave to what it was not fitted on: on its own rows any
    classifier looks good. Near 0 or 1 with few members the interval is too narrow; near 0.5 it holds well.

    References
    ----------
    DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves. Biometrics 44, 837-845. doi:10.2307/2531595. By midranks: Sun, X. & Xu, W.
    (2014). IEEE Signal Processing Letters 21, 1389-1393, algorithm 2. doi:10.1109/LSP.2014.2337313.

    Examples
    --------
    >>> auc = estimate_auc([1, 2, 3, 4], [2, 4, 5, 6])
    >>> auc.value, auc.n
    (0.8125, 8)
    """
    first, second = np.asarray(scores_of_first, dtype=float), np.asarray(scores_of_second, dtype=float)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("a score is a finite number")
    m, n = len(first), len(second)
    if m == 0 or n == 0:
        return undefined_because("one of the two groups is empty", n=m + n)
    ranks = midranks(np.concatenate([first, second]))
    # How much of the other group each member is above (second) or below (first).
    above = (ranks[m:] - midranks(second)) / m
    below = 1 - (ranks[:m] - midranks(first)) / n
    auc = float(above.mean())
    if m < 2 or n < 2:
        return Estimate(auc, n=m + n, flags=("no interval: a group of one",))
    variance = float(above.var(ddof=1) / n + below.var(ddof=1) / m)
    if variance <= 1e-18:
        return Estimate(auc, n=m + n, flags=("no interval: every pair says the same",))
    reach = normal_quantile(1 - (1 - confidence) / 2) * math.sqrt(variance)
    return Estimate(auc, max(0.0, auc - reach), min(1.0, auc + reach), n=m + n)


def estimate_weighted_auc(
    scores_of_first: Floats, scores_of_second: Floats, *, weight_of_first: Floats, weight_of_second: Floats
) -> Estimate:
    """The area under the ROC curve in the traffic, from members that were drawn with known chances.

    AUC = Σ_i Σ_j v_i w_j ψ(X_i, Y_j) / (Σ v Σ w),   v, w = 1 / π
    Var = Σ_j w_j² (V10(Y_j) - AUC)² / (Σ w)² · n / (n - 1), and so for the first group; V10(Y_j) = Σ_i v_i ψ / Σ v.

    Parameters
    ----------
    scores_of_first, scores_of_second : (m,) and (n,) float, any monotone scale; no NaN
    weight_of_first, weight_of_second : (m,) and (n,) float > 0

    Returns
    -------
    Estimate as `estimate_auc` gives it, which it is, interval and all, where every member weighs the same.

    Raises
    ------
    ValueError : scores or weights that are no finite numbers, or a weight of 0 or less

    Notes
    -----
    The share of the two groups among members is by chance, too, but AUC does not depend on it. With few members of much
    weight the interval is too narrow, as it is near 0 or 1.

    References
    ----------
    DeLong, E. R., DeLong, D. M. & Clarke-Pearson, D. L. (1988). doi:10.2307/2531595, of which this is the linearisation
    for members drawn with replacement. Weighted: Yao, W., Li, Z. & Graubard, B. I. (2015). Estimation of ROC curve with
    complex survey data. Statistics in Medicine 34, 1293-1303. doi:10.1002/sim.6405.

    Examples
    --------
    >>> auc = estimate_weighted_auc(np.array([0.2, 0.8]), np.array([0.5, 0.9]),
    ...                             weight_of_first=np.array([1.0, 50.0]), weight_of_second=np.ones(2))
    >>> round(auc.value, 3), auc.n
    (0.51, 4)
    """
    for numbers in (scores_of_first, scores_of_second, weight_of_first, weight_of_second):
        if not np.isfinite(numbers).all():
            raise ValueError("a score and a weight are finite numbers")
    if (weight_of_first <= 0).any() or (weight_of_second <= 0).any():
        raise ValueError("a weight lies above 0")
    m, n = len(scores_of_first), len(scores_of_second)
    if m == 0 or n == 0:
        return undefined_because("one of the two groups is empty", n=m + n)
    # How much of the other group each member is above (second) or below (first).
    above = share_below(scores_of_second, among=scores_of_first, weight=weight_of_first)
    below = 1 - share_below(scores_of_first, among=scores_of_second, weight=weight_of_second)
    auc = float(np.average(above, weights=weight_of_second))
    if m < 2 or n < 2:
        return Estimate(auc, n=m + n, flags=("no interval: a group of one",))
    variance = ratio_variance(above, auc, weight_of_second) + ratio_variance(below, auc, weight_of_first)
    if variance <= 1e-18:
        return Estimate(auc, n=m + n, flags=("no interval: every pair says the same",))
    reach = normal_quantile(1 - (1 - CONFIDENCE) / 2) * math.sqrt(variance)
    return Estimate(auc, max(0.0, auc - reach), min(1.0, auc + reach), n=m + n)


def share_below(scores: Floats, *, among: Floats, weight: Floats) -> Floats:
    """Of each score, the share of weight among others that lies below it, equal ones by half."""
    order = np.argsort(among, kind="stable")
    summed = np.concatenate([[0.0], np.cumsum(weight[order])])
    first = np.searchsorted(among[order], scores, side="left")
    last = np.searchsorted(among[order], scores, side="right")
    shares: Floats = (summed[first] + summed[last]) / 2 / summed[-1]
    return shares


def ratio_variance(values: Floats, mean: float, weight: Floats) -> float:
    residual = weight * (values - mean)
    return float(residual @ residual) / float(weight.sum()) ** 2 * len(values) / (len(values) - 1)


def midranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, those of equal scores averaged."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: NDArray[np.float64] = (last - (counts - 1) / 2)[place]
    return ranks
