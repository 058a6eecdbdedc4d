"""Whether a judge's confidence means what it says: reliability table, expected calibration error, Brier score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import estimate_from_draws, wilson_share
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReliabilityBin:
    """Units with a confidence in (low, high]; the lowest bin holds 0, too. `share_correct` has Wilson's interval on the
    number of clusters, where there are any; it is then the `n` of that estimate.

    With weights `mean_confidence` and `weighted_share` are weighted; `share_correct` counts units, as n does.
    """

    low: float
    high: float
    n: int
    mean_confidence: float | None
    weighted_share: float | None
    share_correct: Estimate


@dataclass(frozen=True)
class Calibration:
    n: int
    bins: tuple[ReliabilityBin, ...]
    ece: Estimate
    brier: Estimate


def report_calibration(
    confidence: Floats,
    is_correct: NDArray[np.bool_],
    *,
    n_bins: int,
    replicates: int,
    rng: np.random.Generator,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> Calibration:
    """Calibration of a confidence in [0, 1] against whether the judge was right.

    ECE = sum_b (n_b / n) |share correct_b - mean confidence_b| over equal-width bins (low, high];
    Brier = mean (p - y)², y = 1 where the judge was right.

    Parameters
    ----------
    confidence : (n_units,) float64 in [0, 1], the judge's confidence in the label it gave (top-label). Nothing may
        be missing: leave such units out and count them
    is_correct : (n_units,) bool, the judge's label is the human one
    n_bins : at least 1; ECE depends on it, so state it
    weight : (n_units,) float > 0, 1 over the inclusion probability; None = every unit counts 1
    clusters : (n_units,) int or None; clusters are resampled whole, and Wilson's interval of a bin rests on its number
        of clusters: five labels of one item are not five independent trials

    Returns
    -------
    Calibration. ECE and Brier are in [0, 1], 0 is best; both undefined without a unit. Empty bins are kept, with n 0.

    Raises
    ------
    ValueError : a confidence outside [0, 1]

    Notes
    -----
    ECE is biased upward in small samples, its bootstrap replicates more so: the interval may lie above the value.
    A well-calibrated judge may still be useless (always 0.5, right half of the time): read Brier beside it. Neither
    guarantees anything about a threshold.

    References
    ----------
    Brier, G. W. (1950). Monthly Weather Review 78, 1-3. Naeini, M. P., Cooper, G. & Hauskrecht, M. (2015). AAAI.
    Guo, C. et al. (2017). On calibration of modern neural networks. ICML, equation 3.

    Examples
    --------
    >>> told, right = np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False])
    >>> report = report_calibration(told, right, n_bins=10, replicates=0, rng=np.random.default_rng(0))
    >>> round(report.ece.value, 4), round(report.brier.value, 4)
    (0.1, 0.135)
    """
    n = len(confidence)
    if n and not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError("a confidence is from 0 to 1")
    weights = np.ones(n) if weight is None else weight
    edges = np.array([edge / n_bins for edge in range(n_bins + 1)])
    # side="left" makes bins closed on the right; edges are k / n_bins, so that 0.3 is the edge a person means.
    bin_of = np.searchsorted(edges[1:], confidence, side="left")
    bins = tuple(
        describe_bin(edges[number], edges[number + 1], confidence, is_correct, weights, bin_of == number, clusters)
        for number in range(n_bins)
    )
    if not n:
        nothing = undefined_because("no unit has a confidence and both labels", n=0, flags=flags_of_size(0))
        return Calibration(0, bins, nothing, nothing)
    rows, sample = collapse(np.column_stack([confidence, is_correct.astype(np.float64), weights]), clusters)
    told, right, weight_of_row = rows.T
    in_bin = (np.searchsorted(edges[1:], told, side="left")[:, np.newaxis] == np.arange(n_bins)).astype(np.float64)
    gap, squared = (right - told)[:, np.newaxis] * in_bin, (right - told) ** 2

    def errors(drawn: Floats) -> Floats:
        """(n_replicates, 2): ECE and Brier. |share - mean| times n_b is |sum of gaps|, so bins need no division."""
        tables = drawn * weight_of_row
        total = tables.sum(axis=1)
        return np.column_stack([np.abs(tables @ gap).sum(axis=1) / total, (tables @ squared) / total])

    values = errors(sample.observed)[0]
    drawn = [errors(part) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    draws = np.concatenate(drawn) if drawn and sample.n_resampled > 1 else None
    ece, brier = (
        estimate_from_draws(float(values[kind]), None if draws is None else draws[:, kind], n=n, flags=flags_of_size(n))
        for kind in (0, 1)
    )
    return Calibration(n, bins, ece, brier)


def describe_bin(
    low: float,
    high: float,
    confidence: Floats,
    is_correct: NDArray[np.bool_],
    weights: Floats,
    is_inside: NDArray[np.bool_],
    clusters: NDArray[np.int64] | None,
) -> ReliabilityBin:
    n = int(is_inside.sum())
    n_correct = int(is_correct[is_inside].sum())
    n_independent = n if clusters is None else len(np.unique(clusters[is_inside]))
    share_correct = wilson_share(n_correct * n_independent / n if n else 0, n_independent)
    if not n:
        return ReliabilityBin(float(low), float(high), 0, None, None, share_correct)
    inside = weights[is_inside]
    return ReliabilityBin(
        float(low),
        float(high),
        n,
        float(np.average(confidence[is_inside], weights=inside)),
        float(np.average(is_correct[is_inside], weights=inside)),
        share_correct,
    )
