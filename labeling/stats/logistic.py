"""Logistic regression of a few columns by Newton's method, which says when there is nothing to be fitted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_STEPS = 50
# Fitted odds beyond e^20 are those of a line without an exception: the coefficients run away.
SEPARATED_AT = 20.0


class NoFit(ValueError):
    """There is no maximum of the likelihood, or none was found; in words."""


@dataclass(frozen=True)
class LogisticFit:
    """coefficients : (n_columns,) log odds; covariance : (n_columns, n_columns); of the columns as given."""

    coefficients: Floats
    covariance: Floats


def fit_logistic(
    columns: Floats, target: Floats, *, weight: Floats | None = None, clusters: NDArray[np.int64] | None = None
) -> LogisticFit:
    """Maximum likelihood of P(y = 1) = 1 / (1 + exp(-x'b)), without penalty.

    b <- b + (X'WX)^-1 X'(w (y - p)) with W = w p (1 - p), halving a step that lowers the likelihood, until no
    coefficient moves by 1e-9 of its column's spread.

    Parameters
    ----------
    columns : (n_units, n_columns) float, with a column of ones where an intercept is wanted
    target : (n_units,) float in [0, 1]; 0 and 1, or smoothed targets (Platt)
    weight : (n_units,) float > 0 or None
    clusters : (n_units,) int or None. With either, the covariance is the sandwich of clusters (units), with the factor
        G / (G - 1) (n - 1) / (n - k); else the inverse of the information

    Returns
    -------
    LogisticFit

    Raises
    ------
    NoFit : columns that say the same, or separation: some line through the columns tells all of one answer from the
        other, so that the likelihood rises for ever

    References
    ----------
    Albert, A. & Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic regression models.
    Biometrika 71, 1-10. doi:10.1093/biomet/71.1.1. Liang, K.-Y. & Zeger, S. L. (1986). Biometrika 73, 13-22.
    doi:10.1093/biomet/73.1.13.

    Examples
    --------
    >>> x = np.repeat([0.0, 1.0], 10)
    >>> y = np.array([1.0] * 2 + [0.0] * 8 + [1.0] * 5 + [0.0] * 5)
    >>> fit = fit_logistic(np.column_stack([np.ones(20), x]), y)
    >>> round(float(np.exp(fit.coefficients[1])), 6)  # odds 5/5 over 2/8
    4.0
    """
    weights = np.ones(len(target)) if weight is None else weight
    spread = np.maximum(columns.std(axis=0), np.abs(columns).max(axis=0, initial=0.0) * 1e-6)
    if len(target) <= columns.shape[1] or np.linalg.matrix_rank(columns) < columns.shape[1]:
        raise NoFit("what is compared does not vary apart from the rest")
    coefficients = np.zeros(columns.shape[1])
    likelihood = log_likelihood(columns @ coefficients, target, weights)
    for _ in range(MOST_STEPS):
        step = newton_step(columns, target, weights, coefficients)
        for _ in range(20):
            proposed = log_likelihood(columns @ (coefficients + step), target, weights)
            if proposed >= likelihood - 1e-12 * abs(likelihood):
                break
            step = step / 2
        coefficients, likelihood = coefficients + step, proposed
        if np.abs(columns @ coefficients).max() > SEPARATED_AT:
            raise NoFit("the answers follow the columns without an exception (separation)")
        if (np.abs(step) * np.maximum(spread, 1e-12)).max() < 1e-9:
            return LogisticFit(coefficients, covariance_of(columns, target, weight, clusters, coefficients))
    raise NoFit(f"no maximum was found in {MOST_STEPS} steps")


def probabilities(scores: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(scores / 2)))


def log_likelihood(scores: Floats, target: Floats, weights: Floats) -> float:
    return float(weights @ (target * scores - np.logaddexp(0, scores)))


def information(columns: Floats, weights: Floats, coefficients: Floats) -> Floats:
    p = probabilities(columns @ coefficients)
    return np.asarray((columns * (weights * p * (1 - p))[:, np.newaxis]).T @ columns)


def newton_step(columns: Floats, target: Floats, weights: Floats, coefficients: Floats) -> Floats:
    gradient = columns.T @ (weights * (target - probabilities(columns @ coefficients)))
    try:
        return np.asarray(np.linalg.solve(information(columns, weights, coefficients), gradient))
    except np.linalg.LinAlgError as error:
        raise NoFit("the answers follow the columns without an exception (separation)") from error


def covariance_of(
    columns: Floats,
    target: Floats,
    weight: Floats | None,
    clusters: NDArray[np.int64] | None,
    coefficients: Floats,
) -> Floats:
    n, k = columns.shape
    weights = np.ones(n) if weight is None else weight
    bread = np.linalg.inv(information(columns, weights, coefficients))
    if weight is None and clusters is None:
        return np.asarray(bread)
    scores = columns * (weights * (target - probabilities(columns @ coefficients)))[:, np.newaxis]
    _, numbered = np.unique(np.arange(n) if clusters is None else clusters, return_inverse=True)
    n_clusters = int(numbered.max()) + 1
    if n_clusters < 2:
        raise NoFit("all of it is one cluster")
    of_cluster = np.column_stack([np.bincount(numbered.ravel(), weights=column) for column in scores.T])
    factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - k)
    return np.asarray(factor * bread @ (of_cluster.T @ of_cluster) @ bread)
