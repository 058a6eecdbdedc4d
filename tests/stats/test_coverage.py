"""The bootstrap's interval of alpha holds the truth 19 times in 20; `python -m tests.bench.coverage` measures it."""

import numpy as np
import pytest

from labeling.stats.alpha import estimate_alpha
from labeling.stats.ratings import Ratings
from tests.bench.coverage import (
    HIGHEST,
    LOWEST,
    RARE_SHARES,
    RATERS,
    REPLICATES,
    SCALE,
    TRUE_ALPHA,
    cover_clusters,
    cover_items,
    interval_of,
    simulate_clusters,
    simulate_codes,
)


def alpha_of(codes, rng=None, clusters=None):
    ratings = Ratings(codes, RATERS, SCALE, clusters)
    return estimate_alpha(ratings, replicates=REPLICATES if rng else 0, rng=rng or np.random.default_rng(0))


def test_measured_intervals_are_those_of_the_product():
    codes = simulate_codes(60, np.random.default_rng(1))

    measured = interval_of(codes, None, np.random.default_rng(2))

    product = alpha_of(codes, np.random.default_rng(2))
    assert (measured.low, measured.high) == (product.low, product.high)
    assert measured.value == pytest.approx(product.value)


def test_true_alpha_is_what_a_huge_sample_gives():
    codes = simulate_codes(200_000, np.random.default_rng(3))

    assert alpha_of(codes).value == pytest.approx(TRUE_ALPHA, abs=0.005)


def test_true_alpha_of_conversations_is_the_same():
    rng = np.random.default_rng(4)
    codes = np.concatenate([simulate_clusters(rng)[0] for _ in range(700)])

    assert alpha_of(codes).value == pytest.approx(TRUE_ALPHA, abs=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("n_items", [40, 200])
def test_interval_holds_the_truth_within_the_band(n_items):
    coverage = cover_items(n_items, n_streams=1500)

    # 0.944 and 0.948 of 10,000 streams; of 1,500 the share has a standard error of 0.006.
    room = 2 * coverage.standard_error
    assert LOWEST - room <= coverage.covered <= HIGHEST + room


@pytest.mark.slow
def test_a_rare_label_costs_40_items_their_promise_and_200_nothing():
    at_40 = cover_items(40, n_streams=1000, shares=RARE_SHARES)
    at_200 = cover_items(200, n_streams=1000, shares=RARE_SHARES)

    # What the methods page says; 0.842 and 0.946 of 10,000.
    assert at_40.covered == pytest.approx(0.842, abs=3 * at_40.standard_error)
    assert LOWEST - 2 * at_200.standard_error <= at_200.covered <= HIGHEST + 2 * at_200.standard_error


@pytest.mark.slow
def test_drawing_conversations_covers_and_drawing_their_turns_does_not():
    by_cluster = cover_clusters(by_cluster=True, n_streams=1000)
    by_turn = cover_clusters(by_cluster=False, n_streams=1000)

    assert LOWEST - 2 * by_cluster.standard_error <= by_cluster.covered <= HIGHEST + 2 * by_cluster.standard_error
    assert by_turn.covered < 0.8
