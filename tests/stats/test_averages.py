"""Medians and means: Student's own data, a printed table of ranks, edges, and coverage as a simulation."""

import numpy as np
import pytest

from labeling.stats.averages import estimate_mean, estimate_median


def test_mean_is_that_of_students_sleep_data():
    # Student (1908), drug 1, as in R: t.test(extra ~ ..., group 1) gives 0.75 with -0.5297804 to 2.0297804.
    mean = estimate_mean([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])

    assert (mean.value, mean.low, mean.high) == (
        pytest.approx(0.75),
        pytest.approx(-0.5297804, abs=1e-7),
        pytest.approx(2.0297804, abs=1e-7),
    )


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (50, 18), (100, 40)])
def test_median_reaches_between_the_ranks_of_the_sign_test(n, rank):
    # Dixon & Mood's table of the sign test at 5 %: for n = 10 the interval is x(2) to x(9), for n = 20 x(6) to x(15).
    median = estimate_median(range(1, n + 1))

    assert (median.low, median.high) == (rank, n + 1 - rank)


@pytest.mark.parametrize(("estimate", "words"), [(estimate_median, "a median"), (estimate_mean, "a mean")])
def test_nothing_is_undefined_with_a_reason(estimate, words):
    assert estimate([]).undefined == f"there is nothing to take {words} of"


@pytest.mark.parametrize("n", range(1, 6))
def test_few_values_have_a_median_without_an_interval(n):
    median = estimate_median(range(n))

    assert (median.value, median.low) == ((n - 1) / 2, None)
    assert median.flags == ("no interval: fewer than 6 values",)


def test_mean_without_variation_promises_no_certainty():
    assert estimate_mean([3.0]).low is None
    assert estimate_mean([3.0, 3.0, 3.0]).flags == ("no interval: all values are the same",)


@pytest.mark.parametrize("estimate", [estimate_median, estimate_mean])
def test_order_and_units_do_not_matter(estimate):
    values = np.random.default_rng(4).gamma(2, 30, 41)

    seconds, minutes = estimate(values), estimate(values[::-1] / 60)

    assert [seconds.value / 60, seconds.low / 60] == pytest.approx([minutes.value, minutes.low])


@pytest.mark.slow
def test_median_of_skewed_times_is_covered():
    rng = np.random.default_rng(5)
    truth = float(np.median(rng.gamma(2, 30, 1_000_000)))

    found = [estimate_median(rng.gamma(2, 30, 37)) for _ in range(1_000)]

    assert np.mean([one.low <= truth <= one.high for one in found]) > 0.94
