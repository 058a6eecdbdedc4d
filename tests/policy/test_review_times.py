"""The median time of a review, its interval, and when it is too long."""

import random

import pytest

from labeling.policy.review_times import LEAST_REVIEWS, rank_of_limit, read_times

MINUTE = 60_000


@pytest.mark.parametrize(("n", "rank"), [(20, 6), (25, 8), (50, 18), (100, 40)])
def test_ranks_are_those_of_the_sign_test(n, rank):
    # W. J. Conover, Practical Nonparametric Statistics, table of the binomial with p = 1/2.
    assert rank_of_limit(n) == rank


def test_median_and_interval_of_a_hand_made_sample():
    times = read_times([seconds * 1000 for seconds in range(1, 22)])

    assert (times.median_ms, times.low_ms, times.high_ms, times.n) == (11_000, 6_000, 16_000, 21)
    assert times.words == "11 s in the median (6 s–16 s, 21 reviews)"


def test_under_twenty_reviews_nothing_is_claimed():
    times = read_times([60 * MINUTE] * (LEAST_REVIEWS - 1))

    assert not times.is_too_long
    assert times.words == "Not enough yet: 19 of about 20 reviews."


def test_ten_minutes_are_not_too_long_and_more_are():
    assert not read_times([10 * MINUTE] * 20).is_too_long
    assert read_times([10 * MINUTE + 1] * 20).is_too_long


def test_order_does_not_matter():
    values = list(range(1000, 41_000, 1000))
    shuffled = random.Random(1).sample(values, k=len(values))

    assert read_times(shuffled) == read_times(values)


def test_the_interval_covers_the_true_median_as_often_as_it_says():
    rng = random.Random(7)
    hits = 0
    for _ in range(400):
        times = read_times([round(rng.lognormvariate(10, 1)) for _ in range(30)])
        hits += times.low_ms <= round(2.718281828459045**10) <= times.high_ms

    # At n = 30 the interval holds 95.7 %; 400 draws stray by 2 points at most.
    assert 0.93 <= hits / 400 <= 0.985
