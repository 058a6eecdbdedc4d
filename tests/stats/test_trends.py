"""A mean over weeks: the value worked by hand, and what is left out."""

import numpy as np
import pytest

from labeling.stats.results import Estimate, undefined_because
from labeling.stats.trends import mean_of_parts


def test_each_part_counts_as_much_as_it_has_units():
    # Standard errors 0.1 and 0.05: mean (30 × 0.9 + 90 × 0.5) / 120, error sqrt((30 × 0.1)² + (90 × 0.05)²) / 120.
    parts = [Estimate(0.9, 0.9 - 0.196, 0.9 + 0.196, n=30), Estimate(0.5, 0.5 - 0.098, 0.5 + 0.098, n=90)]

    mean = mean_of_parts(parts)

    assert (mean.value, mean.n) == (pytest.approx(0.6), 120)
    assert (mean.low, mean.high) == (pytest.approx(0.6 - 1.96 * 0.04507, abs=1e-4), pytest.approx(0.6883, abs=1e-4))


def test_four_equal_parts_halve_the_interval():
    mean = mean_of_parts([Estimate(0.7, 0.6, 0.8, n=40)] * 4)

    assert (mean.low, mean.high) == (pytest.approx(0.65), pytest.approx(0.75))


def test_a_part_without_an_interval_is_left_out():
    firm = Estimate(0.7, 0.6, 0.8, n=40)

    assert mean_of_parts([firm, Estimate(1.0, n=500), undefined_because("no variation", n=60)]) == mean_of_parts([firm])


def test_without_any_interval_there_is_no_mean():
    assert mean_of_parts([Estimate(1.0, n=500)]).undefined == "no part has an interval"


def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng, errors = np.random.default_rng(7), np.array([0.04, 0.06, 0.05, 0.08])
    n_held = 0
    for drawn in rng.normal(0.6, errors, size=(2000, 4)):
        parts = [Estimate(x, x - 1.96 * e, x + 1.96 * e, n=40) for x, e in zip(drawn, errors, strict=True)]
        mean = mean_of_parts(parts)
        n_held += mean.low <= 0.6 <= mean.high

    assert n_held / 2000 == pytest.approx(0.95, abs=0.015)
