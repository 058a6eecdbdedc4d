"""Whether somebody takes less time than before: Hodges and Lehmann's ratio, and the test of ranks behind it."""

import math

import numpy as np
import pytest

from labeling.stats.tempo import compare_tempo


def times(rng, n, middle):
    return np.exp(rng.normal(math.log(middle), 0.5, n)).tolist()


def test_the_ratio_is_the_median_of_all_pairs():
    rng = np.random.default_rng(1)
    before, now = times(rng, 30, 100), times(rng, 12, 60)

    tempo = compare_tempo(before, now, margin=1)

    assert tempo.ratio.value == pytest.approx(np.exp(np.median([math.log(a / b) for a in now for b in before])))
    assert tempo.ratio.low < tempo.ratio.value < tempo.ratio.high


def test_the_test_is_that_of_mann_and_whitney():
    """Beside scipy's, normal approximation with continuity."""
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(2)
    before, now = times(rng, 40, 100), times(rng, 25, 80)

    ours = compare_tempo(before, now, margin=0.9).probability

    theirs = mannwhitneyu([one / 0.9 for one in now], before, alternative="less", method="asymptotic").pvalue
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_a_unit_of_time_does_not_matter():
    rng = np.random.default_rng(3)
    before, now = times(rng, 20, 100), times(rng, 20, 50)

    seconds = compare_tempo(before, now, margin=0.8)
    minutes = compare_tempo([one / 60 for one in before], [one / 60 for one in now], margin=0.8)

    assert seconds.ratio.value == pytest.approx(minutes.ratio.value)
    assert seconds.probability == pytest.approx(minutes.probability)


def test_as_fast_as_practice_makes_is_nothing_to_say():
    same = [30.0 + number for number in range(40)]

    tempo = compare_tempo(same, [one * 0.85 for one in same], margin=0.8)

    assert tempo.probability > 0.5


def test_equal_times_say_nothing():
    tempo = compare_tempo([9.0] * 50, [9.0] * 50, margin=1)

    assert (tempo.ratio.value, tempo.ratio.low, tempo.ratio.high) == (1, 1, 1)
    assert tempo.probability > 0.4


def test_few_times_have_no_ratio():
    tempo = compare_tempo([60.0] * 9, [30.0] * 50, margin=0.8)

    assert (tempo.ratio.value, tempo.probability) == (None, 1)
    assert "fewer than 10" in tempo.ratio.undefined


@pytest.mark.parametrize(("before", "now", "margin"), [([0.0], [1.0], 1), ([1.0], [1.0], 0), ([1.0], [1.0], 1.2)])
def test_what_is_no_time_is_refused(before, now, margin):
    with pytest.raises(ValueError, match="positive"):
        compare_tempo(before, now, margin=margin)


@pytest.mark.slow
def test_the_interval_covers_and_the_margin_is_kept():
    rng = np.random.default_rng(4)

    found = [compare_tempo(times(rng, 120, 100), times(rng, 50, 80), margin=0.8) for _ in range(1_500)]

    assert 0.93 < np.mean([one.ratio.low <= 0.8 <= one.ratio.high for one in found]) < 0.97
    assert np.mean([one.probability <= 0.05 for one in found]) == pytest.approx(0.05, abs=0.02)
