"""Scores in numbers: RMSE and Pearson by hand, against numpy, and where there is no correlation."""

import numpy as np
import pytest

from labeling.stats.scores import compare_scores


def compare(human, judge, *, replicates=0, **options):
    return compare_scores(
        np.array(human, dtype=float),
        np.array(judge, dtype=float),
        replicates=replicates,
        rng=np.random.default_rng(0),
        **options,
    )


def test_both_are_those_of_numpy_and_lie_in_their_intervals():
    rng = np.random.default_rng(1)
    human = rng.integers(1, 5, 120).astype(float)
    judge = human * 0.5 + rng.normal(size=120)

    scores = compare(human, judge, replicates=500)

    assert scores.rmse.value == pytest.approx(np.sqrt(np.mean((judge - human) ** 2)))
    assert scores.pearson.value == pytest.approx(np.corrcoef(human, judge)[0, 1])
    assert scores.rmse.low < scores.rmse.value < scores.rmse.high
    assert scores.pearson.low < scores.pearson.value < scores.pearson.high


def test_one_point_too_high_correlates_wholly_and_is_a_point_off():
    scores = compare([1, 2, 3], [2, 3, 4])

    assert (scores.rmse.value, scores.pearson.value) == pytest.approx((1.0, 1.0))


def test_far_from_zero_nothing_cancels():
    human = np.array([1.0, 2.0, 3.0, 4.0]) + 1e8

    assert compare(human, human[::-1]).pearson.value == pytest.approx(-1)


@pytest.mark.parametrize(("human", "judge", "who"), [([1, 1], [1, 2], "people"), ([1, 2], [2, 2], "the judge")])
def test_one_score_throughout_has_no_correlation(human, judge, who):
    scores = compare(human, judge)

    assert scores.pearson.undefined == f"{who} gave one score throughout"
    assert scores.rmse.value is not None


def test_nothing_in_common_is_undefined():
    assert compare([], []).rmse.undefined
