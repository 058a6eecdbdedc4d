"""Fitting a map from a judge's confidence to how often it is right, and reporting it on folds it was not fitted on.

The document of a map is read, and applied to one item at a time, by policy/confidence_map.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import estimate_from_draws
from labeling.stats.logistic import NoFit, fit_logistic, probabilities
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]
PLATT, ISOTONIC = "platt", "isotonic"
N_FOLDS = 5
N_BINS = 10
FEW_FOR_ISOTONIC = 1000


@dataclass(frozen=True)
class PlattMap:
    """p = 1 / (1 + exp(-(slope s + intercept)))."""

    slope: float
    intercept: float

    def apply(self, confidence: Floats) -> Floats:
        return probabilities(self.slope * confidence + self.intercept)

    def as_document(self) -> dict[str, object]:
        return {"kind": PLATT, "slope": self.slope, "intercept": self.intercept}


@dataclass(frozen=True)
class IsotonicMap:
    """Straight lines between `points` (confidence, share right), level outside them; (n_points, 2) float."""

    points: Floats

    def apply(self, confidence: Floats) -> Floats:
        return np.interp(confidence, self.points[:, 0], self.points[:, 1])

    def as_document(self) -> dict[str, object]:
        return {"kind": ISOTONIC, "points": self.points.tolist()}


ConfidenceMap = PlattMap | IsotonicMap


@dataclass(frozen=True)
class MapReport:
    """A map of one kind, fitted on all units, and how it fares on folds it did not see.

    `map` is None exactly where `undefined` says why. Changes are after minus before, on the same units: below 0 the map
    helps.
    """

    kind: str
    n: int
    n_groups: int
    map: ConfidenceMap | None
    undefined: str | None
    ece_before: Estimate
    ece_after: Estimate
    ece_change: Estimate
    brier_before: Estimate
    brier_after: Estimate
    brier_change: Estimate


def fit_platt(confidence: Floats, is_correct: NDArray[np.bool_], *, weight: Floats | None = None) -> PlattMap:
    """Platt's sigmoid p = 1 / (1 + exp(-(a s + b))), by maximum likelihood on smoothed targets.

    Targets are (N+ + 1) / (N+ + 2) where the judge was right and 1 / (N- + 2) where not, which keeps a separated sample
    from promising certainty. N counts units; with weights, their sum scaled to the number of units.

    Parameters
    ----------
    confidence : (n_units,) float in [0, 1]
    is_correct : (n_units,) bool
    weight : (n_units,) float > 0 or None

    Raises
    ------
    NoFit : one confidence throughout

    References
    ----------
    Platt, J. C. (1999). Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers, 61-74.
    Lin, H.-T., Lin, C.-J. & Weng, R. C. (2007). Machine Learning 68, 267-276. doi:10.1007/s10994-007-5018-6.

    Examples
    --------
    >>> told, right = np.repeat([0.6, 0.9], 50), np.tile([True, True, True, False, True], 20)
    >>> round(fit_platt(told, right).slope, 6) == 0.0  # 0.9 is right no more often than 0.6
    True
    """
    weights = np.ones(len(confidence)) if weight is None else weight * len(weight) / weight.sum()
    n_right, n_wrong = weights[is_correct].sum(), weights[~is_correct].sum()
    target = np.where(is_correct, (n_right + 1) / (n_right + 2), 1 / (n_wrong + 2))
    slope, intercept = fit_logistic(
        np.column_stack([confidence, np.ones(len(confidence))]), target, weight=weights
    ).coefficients
    return PlattMap(float(slope), float(intercept))


def fit_isotonic(confidence: Floats, is_correct: NDArray[np.bool_], *, weight: Floats | None = None) -> IsotonicMap:
    """The never falling map with the least weighted squared error, by pooling adjacent violators.

    Units of one confidence are averaged first. Between the points lie straight lines, outside it is level.

    Parameters
    ----------
    confidence : (n_units,) float in [0, 1], at least one
    is_correct : (n_units,) bool
    weight : (n_units,) float > 0 or None

    Notes
    -----
    Wants about 1,000 units: with few it follows the sample's accidents, and its ends promise 0 or 1.

    References
    ----------
    Ayer, M. et al. (1955). Annals of Mathematical Statistics 26, 641-647. doi:10.1214/aoms/1177728423. Zadrozny, B. &
    Elkan, C. (2002). KDD '02, 694-699. doi:10.1145/775047.775151.

    Examples
    --------
    >>> told, right = np.array([0.5, 0.6, 0.7, 0.9]), np.array([False, True, False, True])
    >>> fit_isotonic(told, right).as_document()["points"]
    [[0.5, 0.0], [0.6, 0.5], [0.7, 0.5], [0.9, 1.0]]
    """
    from scipy.optimize import isotonic_regression

    weights = np.ones(len(confidence)) if weight is None else weight
    distinct, position = np.unique(confidence, return_inverse=True)
    total = np.bincount(position, weights=weights)
    share = np.bincount(position, weights=weights * is_correct) / total
    fitted = np.clip(isotonic_regression(share, weights=total).x, 0.0, 1.0)
    # Within a level stretch only its two ends are needed.
    is_inner = np.zeros(len(distinct), dtype=np.bool_)
    is_inner[1:-1] = (fitted[1:-1] == fitted[:-2]) & (fitted[1:-1] == fitted[2:])
    return IsotonicMap(np.column_stack([distinct, fitted])[~is_inner])


FITS: dict[str, Callable[..., ConfidenceMap]] = {PLATT: fit_platt, ISOTONIC: fit_isotonic}


def report_map(
    kind: str,
    confidence: Floats,
    is_correct: NDArray[np.bool_],
    *,
    groups: NDArray[np.int64],
    replicates: int,
    rng: np.random.Generator,
    n_folds: int = N_FOLDS,
    n_bins: int = N_BINS,
    weight: Floats | None = None,
) -> MapReport:
    """A map of the confidence, and ECE and Brier before and after it on units that the map was not fitted on.

    Groups are dealt to folds; each fold's units are mapped by a fit on the other folds; ECE and Brier are those of
    `report_calibration`, over equal-width bins. The map handed back is fitted on all units.

    Parameters
    ----------
    kind : *platt* or *isotonic*
    confidence : (n_units,) float in [0, 1], none missing; is_correct : (n_units,) bool
    groups : (n_units,) int; a group (item, conversation) is never on both sides, and is resampled whole
    weight : (n_units,) float > 0, 1 over the inclusion probability, or None

    Returns
    -------
    MapReport. Undefined with fewer groups than folds, or where some fold's others are all right, all wrong or of one
    confidence; `before` is then still given.

    Raises
    ------
    ValueError : an unknown kind, or a confidence outside [0, 1]

    Notes
    -----
    The intervals take the folds' fits as given: they say how the mapped numbers vary over groups, not how the fit does.
    A calibrated confidence guarantees nothing about a threshold.

    References
    ----------
    Naeini, M. P., Cooper, G. & Hauskrecht, M. (2015). AAAI 29. Niculescu-Mizil, A. & Caruana, R. (2005). ICML, 625-632.
    doi:10.1145/1102351.1102430.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> told = rng.choice([0.7, 0.8, 0.9, 1.0], 400)
    >>> report = report_map(
    ...     "platt", told, rng.random(400) < told - 0.3, groups=np.arange(400), replicates=200, rng=rng
    ... )
    >>> report.brier_change.high < 0, round(float(report.map.apply(np.array([1.0]))[0]), 1)
    (True, 0.7)
    """
    if kind not in FITS:
        raise ValueError(f"a map is one of {', '.join(FITS)}")
    n = len(confidence)
    if n and not (confidence.min() >= 0 and confidence.max() <= 1):
        raise ValueError("a confidence is from 0 to 1")
    for_folds, for_draws = rng.spawn(2)
    folds, n_groups = deal_folds(groups, n_folds, for_folds)
    weights = np.ones(n) if weight is None else weight
    fitted, after, reason = fit_across_folds(kind, confidence, is_correct, weight, folds, n_folds, n_groups)
    before_after = [confidence] if after is None else [confidence, after]
    errors = estimate_errors(
        before_after, is_correct, weights, groups, n_bins=n_bins, replicates=replicates, rng=for_draws
    )
    if reason:
        nothing = undefined_because(reason, n=n, flags=flags_of_size(n))
        errors = [errors[0], nothing, nothing, errors[1], nothing, nothing]
    elif kind == ISOTONIC and n < FEW_FOR_ISOTONIC:
        errors = [one.flagged(f"fewer than {FEW_FOR_ISOTONIC} units for an isotonic map") for one in errors]
    return MapReport(kind, n, n_groups, fitted, reason or None, *errors)


def deal_folds(groups: NDArray[np.int64], n_folds: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], int]:
    """The fold of every unit: groups in their own order, shuffled and dealt, so that row order cannot matter."""
    distinct, position = np.unique(groups, return_inverse=True)
    return rng.permutation(len(distinct))[position.ravel()] % n_folds, len(distinct)


def fit_across_folds(
    kind: str,
    confidence: Floats,
    is_correct: NDArray[np.bool_],
    weight: Floats | None,
    folds: NDArray[np.int64],
    n_folds: int,
    n_groups: int,
) -> tuple[ConfidenceMap | None, Floats | None, str]:
    """The map of all units and every unit's confidence by the map of the other folds, or the reason for neither."""
    if n_groups < n_folds:
        return None, None, f"{n_groups} groups are too few for {n_folds} folds"
    after = np.empty(len(confidence))
    try:
        for fold in range(n_folds):
            is_inside = folds == fold
            fitted = fit_checked(kind, confidence, is_correct, weight, ~is_inside)
            after[is_inside] = fitted.apply(confidence[is_inside])
        return fit_checked(kind, confidence, is_correct, weight, np.ones(len(confidence), dtype=np.bool_)), after, ""
    except NoFit as error:
        return None, None, f"no map: {error}"


def fit_checked(
    kind: str, confidence: Floats, is_correct: NDArray[np.bool_], weight: Floats | None, is_used: NDArray[np.bool_]
) -> ConfidenceMap:
    told, right = confidence[is_used], is_correct[is_used]
    if right.all() or not right.any():
        raise NoFit(f"the judge was {'right' if right.all() else 'wrong'} every time")
    if np.ptp(told) == 0:
        raise NoFit("the judge told one confidence every time")
    return FITS[kind](told, right, weight=None if weight is None else weight[is_used])


def estimate_errors(
    confidences: list[Floats],
    is_correct: NDArray[np.bool_],
    weights: Floats,
    groups: NDArray[np.int64],
    *,
    n_bins: int,
    replicates: int,
    rng: np.random.Generator,
) -> list[Estimate]:
    """ECE and then Brier of one confidence; of two, each before, after and its change, from the same samples."""
    n = len(is_correct)
    flags = flags_of_size(n)
    if not n:
        nothing = undefined_because("no unit has a confidence and both labels", n=0, flags=flags)
        return [nothing] * (2 if len(confidences) == 1 else 6)
    rows, sample = collapse(np.column_stack([*confidences, is_correct, weights]), groups)
    *told, right, weight_of_row = rows.T
    edges = np.array([edge / n_bins for edge in range(1, n_bins + 1)])
    features = []
    for one in told:
        inside = (np.searchsorted(edges, one, side="left")[:, np.newaxis] == np.arange(n_bins)).astype(np.float64)
        features.append(np.column_stack([(right - one)[:, np.newaxis] * inside, (right - one) ** 2]))

    def errors(drawn: Floats) -> Floats:
        tables = drawn * weight_of_row
        total = tables.sum(axis=1)
        sums = [tables @ one / total[:, np.newaxis] for one in features]
        ece, brier = [np.abs(one[:, :-1]).sum(axis=1) for one in sums], [one[:, -1] for one in sums]
        return np.column_stack([column for kind in (ece, brier) for column in with_change(kind)])

    values = errors(sample.observed)[0]
    drawn = [errors(part) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    draws = np.concatenate(drawn) if drawn and sample.n_resampled > 1 else None
    return [
        estimate_from_draws(float(value), None if draws is None else draws[:, at], n=n, flags=flags)
        for at, value in enumerate(values)
    ]


def with_change(columns: list[Floats]) -> list[Floats]:
    return columns if len(columns) == 1 else [*columns, columns[1] - columns[0]]
