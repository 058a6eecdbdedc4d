"""Shares of parts, ranked passages, repeated runs and weighted scores: values worked by hand, edges and laws."""

from itertools import combinations
from math import isclose

import numpy as np
import pytest

from labeling.stats.outcomes import (
    estimate_mean_over_items,
    estimate_pass_hat,
    estimate_share_of_parts,
    precision_at,
    recall_at,
    weighted_score,
)

WEIGHTS = [25, 15, 15, 15, 15, 10, 5]


def rng():
    return np.random.default_rng(0)


# --- weighted scores --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([3.8, 4.3, 4.0, 3.5, 3.8, 4.2], 3.905),
        ([4.2, 4.1, 3.7, 3.9, 4.0, 3.8], 3.984),
        ([4.0, 3.9, 3.5, 3.6, 3.4, 3.6], 3.705),
    ],
)
def test_weights_renormalise_over_what_is_present(scores, expected):
    assert round(weighted_score([*scores, None], WEIGHTS), 3) == expected


def test_a_score_with_everything_present_is_the_plain_weighted_mean():
    assert weighted_score([1, 3], [1, 3]) == 2.5


def test_a_score_stays_within_the_scores_it_is_made_of():
    assert weighted_score([4.0, None, 4.0], [1, 100, 2]) == 4.0


@pytest.mark.parametrize(("scores", "weights"), [([], []), ([None], [1]), ([3.0, None], [0, 1])])
def test_nothing_present_has_no_score(scores, weights):
    assert weighted_score(scores, weights) is None


# --- shares of parts --------------------------------------------------------------------------------------------------


def test_every_part_counts_once():
    # 3 of 4 claims and 1 of 6: 4 of 10, and not the mean of 0.75 and 0.17.
    share = estimate_share_of_parts([3, 1], [4, 6], replicates=200, rng=rng())

    assert (share.value, share.n) == (0.4, 10)


def test_parts_of_one_item_hang_together_in_the_interval():
    held, asked = [10, 0] * 10, [10] * 20

    whole = estimate_share_of_parts(held, asked, replicates=2000, rng=rng())

    # Twenty items that are right or wrong as a whole: as wide as twenty coins (0.28 to 0.72), not as two hundred.
    assert whole.high - whole.low > 0.35


def test_items_without_a_part_move_nothing():
    with_empty = estimate_share_of_parts([3, 0, 1], [4, 0, 6], replicates=200, rng=rng())

    assert with_empty == estimate_share_of_parts([3, 1], [4, 6], replicates=200, rng=rng())


def test_no_labelled_part_is_undefined_with_a_reason():
    assert estimate_share_of_parts([0], [0], replicates=10, rng=rng()).undefined == "no part was labelled"


def test_all_parts_that_hold_have_a_one_sided_bound():
    share = estimate_share_of_parts([5] * 40, [5] * 40, replicates=100, rng=rng())

    # n / (n + z²) with the 40 items and z = 1.645.
    assert (share.value, share.high) == (1.0, 1.0)
    assert isclose(share.low, 40 / (40 + 1.6448536**2), abs_tol=1e-6)


def test_the_order_of_items_does_not_matter():
    one = estimate_share_of_parts([3, 1, 2], [4, 6, 2], replicates=100, rng=rng())

    assert one == estimate_share_of_parts([2, 3, 1], [2, 4, 6], replicates=100, rng=rng())


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(7)
    n_covered = 0
    for _ in range(300):
        chances = generator.beta(4, 2, size=60)  # mean 2/3, items differ
        held = generator.binomial(8, chances)
        share = estimate_share_of_parts(held, [8] * 60, replicates=400, rng=generator)
        n_covered += share.low <= 2 / 3 <= share.high

    assert 0.90 <= n_covered / 300 <= 0.98


# --- ranked passages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relevant", "k", "recall", "precision"),
    [
        ([True, False, True, True], 1, 1 / 3, 1.0),
        ([True, False, True, True], 3, 2 / 3, 2 / 3),
        ([True, False, True, True], 9, 1.0, 3 / 4),
        ([False, False], 2, None, 0.0),
        ([], 3, None, None),
    ],
)
def test_recall_and_precision_of_a_ranking_by_hand(relevant, k, recall, precision):
    assert (recall_at(relevant, k), precision_at(relevant, k)) == (recall, precision)


def test_a_mean_over_nothing_is_undefined():
    assert estimate_mean_over_items([], replicates=10, rng=rng()).value is None


# --- repeated runs ----------------------------------------------------------------------------------------------------


def test_pass_hat_by_hand():
    # Of 4 runs 3 pass: 3 of the 6 pairs are all right. Of 4 runs 1: none of 6. Of 2 runs 2: the only pair.
    estimate = estimate_pass_hat([3, 1, 2], [4, 4, 2], 2, replicates=0, rng=rng())

    assert isclose(estimate.value, (0.5 + 0 + 1) / 3)
    assert estimate.n == 3


def test_pass_hat_is_the_share_of_draws_that_all_pass():
    runs = [True, True, True, False, True]
    draws = [all(draw) for draw in combinations(runs, 3)]

    assert isclose(estimate_pass_hat([4], [5], 3, replicates=0, rng=rng()).value, sum(draws) / len(draws))


def test_pass_hat_of_one_run_is_the_mean_success_and_it_falls_with_k():
    passed, runs = [3, 1, 4, 2], [4, 4, 4, 4]
    values = [estimate_pass_hat(passed, runs, k, replicates=0, rng=rng()).value for k in (1, 2, 3, 4)]

    assert isclose(values[0], 10 / 16)
    assert values == sorted(values, reverse=True)


def test_a_task_that_was_run_too_seldom_is_left_out():
    assert estimate_pass_hat([1], [1], 2, replicates=0, rng=rng()).undefined == "no task was run 2 times"


def test_pass_hat_of_no_run_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="k counts runs"):
        estimate_pass_hat([1], [1], 0, replicates=0, rng=rng())
