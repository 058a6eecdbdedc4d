"""AUC: worked by hand, against an oracle, its laws, and how often its interval holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from labeling.stats.separation import estimate_auc, estimate_weighted_auc

FIRST, SECOND = [1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 5.0, 6.0]


def test_a_table_worked_by_hand():
    """Pairs: 2 is above 1 and level with 2; 4 is above 1, 2, 3 and level with 4; 5 and 6 are above all: 13 of 16.
    V10 = (1.5, 3.5, 4, 4)/4 and V01 = (4, 3.5, 3, 2.5)/4, whose variances are 0.088542 and 0.026042."""
    auc = estimate_auc(FIRST, SECOND)

    reach = 1.959964 * np.sqrt(0.0885417 / 4 + 0.0260417 / 4)
    assert auc.value == 13 / 16
    assert auc.low == pytest.approx(13 / 16 - reach, abs=1e-5)
    assert auc.high == 1


def test_it_is_the_area_that_others_compute():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 9, 60), rng.integers(2, 11, 45)

    oracle = roc_auc_score([0] * 60 + [1] * 45, [*first, *second])

    assert estimate_auc(first, second).value == pytest.approx(oracle)


def test_changing_places_turns_it_round_and_a_monotone_scale_changes_nothing():
    there, back = estimate_auc(FIRST, SECOND), estimate_auc(SECOND, FIRST)
    scaled = estimate_auc(np.exp(FIRST), np.exp(SECOND))

    assert back.value == pytest.approx(1 - there.value)
    assert (back.low, back.high) == pytest.approx((1 - there.high, 1 - there.low))
    assert scaled == there


def test_a_wider_confidence_is_a_wider_interval():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=50), rng.normal(size=50)

    narrow, wide = (estimate_auc(first, second, confidence=one) for one in (0.9, 0.99))

    assert wide.low < narrow.low < narrow.high < wide.high


def test_edges_say_why():
    assert estimate_auc([], [1]).undefined == "one of the two groups is empty"
    assert estimate_auc([1], [2, 3]).flags == ("no interval: a group of one",)
    apart = estimate_auc([1, 2], [3, 4])
    assert (apart.value, apart.low, apart.flags) == (1.0, None, ("no interval: every pair says the same",))


def test_a_score_that_is_no_number_is_a_mistake():
    with pytest.raises(ValueError, match="finite"):
        estimate_auc([1, float("nan")], [2])


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_interval_holds_the_truth_nineteen_times_of_twenty(shift):
    from scipy.stats import norm

    rng, truth = np.random.default_rng(3), norm.cdf(shift / np.sqrt(2))
    held = 0

    for _ in range(1_000):
        auc = estimate_auc(rng.normal(size=80), rng.normal(shift, size=80))
        held += auc.low <= truth <= auc.high

    assert 930 <= held <= 970


# --- drawn with known chances ---------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(0, 6), min_size=2, max_size=30),
    st.lists(st.integers(0, 6), min_size=2, max_size=30),
    st.floats(0.5, 100),
)
def test_members_that_weigh_the_same_have_delongs_area(first, second, weight):
    plain = estimate_auc(first, second)
    told = estimate_weighted_auc(
        np.array(first, dtype=float),
        np.array(second, dtype=float),
        weight_of_first=np.full(len(first), weight),
        weight_of_second=np.full(len(second), weight),
    )

    assert told.value == pytest.approx(plain.value, abs=1e-9)
    assert (told.low is None) == (plain.low is None)
    if plain.low is not None:
        assert (told.low, told.high) == pytest.approx((plain.low, plain.high), abs=1e-6)


def test_weight_of_two_is_that_of_a_twin():
    once = estimate_weighted_auc(
        np.array([0.1, 0.6]), np.array([0.5, 0.9]), weight_of_first=np.array([1.0, 2.0]), weight_of_second=np.ones(2)
    )

    assert once.value == estimate_auc([0.1, 0.6, 0.6], [0.5, 0.9]).value


@pytest.mark.parametrize(("scores", "weight"), [([np.nan], [1.0]), ([0.5], [0.0])])
def test_scores_or_weights_that_are_none_are_refused(scores, weight):
    with pytest.raises(ValueError, match=r"finite|above 0"):
        estimate_weighted_auc(
            np.array(scores), np.array([0.5]), weight_of_first=np.array(weight), weight_of_second=np.ones(1)
        )


@pytest.mark.slow
def test_weighted_area_is_that_of_the_traffic_where_the_tail_was_labelled_in_full():
    """Scores below 0.4 are labelled in full, the rest by 10 %: of the labelled rows alone the area is another."""
    rng = np.random.default_rng(11)

    def is_bad(scores):
        return rng.random(len(scores)) < 0.5 * (1 - scores) ** 2 + 0.02

    many = rng.random(2_000_000)
    bad = is_bad(many)
    truth = estimate_auc(many[bad], many[~bad]).value
    held, plain = 0, []
    for _ in range(1_000):
        scores = rng.random(5_000)
        chance = np.where(scores < 0.4, 1.0, 0.1)
        labelled = rng.random(5_000) < chance
        scores, weight = scores[labelled], 1 / chance[labelled]
        bad = is_bad(scores)
        told = estimate_weighted_auc(
            scores[bad], scores[~bad], weight_of_first=weight[bad], weight_of_second=weight[~bad]
        )
        held += told.low <= truth <= told.high
        plain.append(estimate_auc(scores[bad], scores[~bad]).value)

    assert held / 1_000 >= 0.93
    assert abs(np.mean(plain) - truth) > 0.02
