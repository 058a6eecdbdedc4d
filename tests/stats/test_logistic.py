"""Logistic regression of a few columns: the figures of another program, a table by hand, and where there is none."""

import numpy as np
import pytest

from labeling.stats.logistic import NoFit, fit_logistic


def known_sample():
    rng = np.random.default_rng(11)
    x = np.round(rng.normal(size=60), 2)
    y = (rng.random(60) < 1 / (1 + np.exp(-(0.5 + x)))).astype(float)
    return np.column_stack([np.ones(60), x]), y


@pytest.mark.parametrize(
    ("clusters", "errors"),
    [
        (None, [0.2918863444869493, 0.3297129355240453]),
        (np.repeat(np.arange(20), 3), [0.29194744868570105, 0.33123785408838025]),
    ],
)
def test_coefficients_and_errors_are_those_of_statsmodels(clusters, errors):
    # statsmodels 0.15.0: Logit(y, X).fit(), and with cov_type="cluster".
    fit = fit_logistic(*known_sample(), clusters=clusters)

    assert fit.coefficients == pytest.approx([0.7825082128989851, 0.6605775270931822], rel=1e-9)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(errors, rel=1e-9)


def test_two_by_two_is_its_odds_ratio():
    # Woolf (1955): the variance of the log odds ratio is the sum of the inverse cells.
    x, y = np.repeat([0.0, 0, 1, 1], [8, 2, 5, 5]), np.repeat([0.0, 1, 0, 1], [8, 2, 5, 5])

    fit = fit_logistic(np.column_stack([np.ones(20), x]), y)

    assert np.exp(fit.coefficients[1]) == pytest.approx((5 / 5) / (2 / 8))
    assert fit.covariance[1, 1] == pytest.approx(1 / 8 + 1 / 2 + 1 / 5 + 1 / 5)


def test_units_of_a_column_only_rescale_its_coefficient():
    columns, y = known_sample()

    fit, rescaled = fit_logistic(columns, y), fit_logistic(columns * [1, 1000], y)

    assert rescaled.coefficients * [1, 1000] == pytest.approx(fit.coefficients)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([0.0, 1, 2, 3, 4, 5], [0.0, 0, 0, 1, 1, 1], "separation"),
        ([0.0, 0, 0, 0, 1, 1], [0.0, 1, 0, 1, 1, 1], "separation"),
        ([0.0, 1, 0, 1, 0, 1], [1.0, 1, 1, 1, 1, 1], "separation"),
        ([2.0, 2, 2, 2, 2, 2], [0.0, 1, 0, 1, 1, 1], "does not vary"),
    ],
)
def test_where_there_is_no_maximum_it_says_so(x, y, reason):
    with pytest.raises(NoFit, match=reason):
        fit_logistic(np.column_stack([np.ones(6), x]), np.array(y))
