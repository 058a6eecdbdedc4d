"""How sure a judge says it is beside how often it is right: bins, their error and the Brier score."""

import numpy as np
import pytest

from labeling.stats.calibration import report_calibration


def calibration_of(confidence, is_correct, *, n_bins=10, replicates=0, **options):
    rng = np.random.default_rng(0)
    told, right = np.array(confidence, float), np.array(is_correct, bool)
    return report_calibration(told, right, n_bins=n_bins, replicates=replicates, rng=rng, **options)


def test_values_worked_by_hand():
    # Bins (.5, .6]: 3 of 4 right at .6; (.8, .9]: 1 of 2 right at .9; ECE = 4/6 · .15 + 2/6 · .4.
    report = calibration_of([0.6, 0.6, 0.6, 0.6, 0.9, 0.9], [1, 1, 1, 0, 1, 0])

    assert report.ece.value == pytest.approx(4 / 6 * 0.15 + 2 / 6 * 0.4)
    assert report.brier.value == pytest.approx((3 * 0.16 + 0.36 + 0.01 + 0.81) / 6)


def test_bins_are_closed_on_the_right_and_the_first_holds_0():
    report = calibration_of([0.0, 0.1, 0.3, 0.30000000000000004, 0.7, 1.0], [1] * 6)

    assert [one.n for one in report.bins] == [2, 0, 1, 1, 0, 0, 1, 0, 0, 1]


def test_empty_bins_stay_with_nothing_in_them():
    empty = calibration_of([0.95], [1]).bins[0]

    assert (empty.n, empty.mean_confidence, empty.weighted_share, empty.share_correct.value) == (0, None, None, None)


def test_share_of_a_bin_has_wilsons_interval():
    one = calibration_of([0.95] * 20, [0] * 20).bins[-1]

    # Newcombe (1998), table I: 0 of 20.
    assert (one.share_correct.low, one.share_correct.high) == (0.0, pytest.approx(0.1611, abs=5e-5))


def test_brier_is_that_of_scikit_learn():
    oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn is a development oracle")
    rng = np.random.default_rng(5)
    confidence = rng.random(300)
    is_correct = rng.random(300) < confidence
    weight = rng.choice([1.0, 10.0], 300)

    report = calibration_of(confidence, is_correct, weight=weight)

    expected = oracle.brier_score_loss(is_correct, confidence, sample_weight=weight)
    assert report.brier.value == pytest.approx(expected, abs=1e-12)


def test_bins_are_those_of_scikit_learn():
    # It drops empty bins and opens them on the left too; random confidences sit on no edge, 20 bins are all filled.
    oracle = pytest.importorskip("sklearn.calibration", reason="scikit-learn is a development oracle")
    rng = np.random.default_rng(5)
    confidence = rng.random(2000)
    is_correct = rng.random(2000) < confidence**2

    report = calibration_of(confidence, is_correct, n_bins=20)

    shares, means = oracle.calibration_curve(is_correct, confidence, n_bins=20)
    assert [one.weighted_share for one in report.bins] == pytest.approx(shares.tolist())
    assert [one.mean_confidence for one in report.bins] == pytest.approx(means.tolist())


def test_weight_of_2_is_the_unit_twice():
    once = calibration_of([0.6, 0.9, 0.9], [1, 0, 1], weight=np.array([2.0, 1.0, 1.0]))
    twice = calibration_of([0.6, 0.6, 0.9, 0.9], [1, 1, 0, 1])

    assert (once.ece.value, once.brier.value) == pytest.approx((twice.ece.value, twice.brier.value))


def test_nothing_to_calibrate_is_undefined():
    report = calibration_of([], [])

    assert report.ece.undefined == report.brier.undefined == "no unit has a confidence and both labels"


@pytest.mark.parametrize("confidence", [-0.1, 1.1])
def test_confidence_that_is_none_is_refused(confidence):
    with pytest.raises(ValueError, match="from 0 to 1"):
        calibration_of([0.5, confidence], [1, 1])


def test_row_order_changes_nothing_not_even_an_interval():
    rng = np.random.default_rng(3)
    confidence, is_correct = rng.random(80), rng.random(80) < 0.5
    order = rng.permutation(80)

    one = calibration_of(confidence, is_correct, replicates=200)
    other = calibration_of(confidence[order], is_correct[order], replicates=200)

    assert (one.ece.low, one.ece.high, one.brier.low) == (other.ece.low, other.ece.high, other.brier.low)
    assert one.ece.value == pytest.approx(other.ece.value)


def test_confidence_that_means_what_it_says_has_a_small_error():
    rng = np.random.default_rng(13)
    confidence = rng.random(20_000)

    report = calibration_of(confidence, rng.random(20_000) < confidence)

    assert report.ece.value < 0.02
    # E (p - y)² = E p (1 - p) = 1/6 for uniform p.
    assert report.brier.value == pytest.approx(1 / 6, abs=0.005)


def test_five_labels_of_one_item_are_not_five_trials():
    clusters = np.repeat(np.arange(20), 5)

    one = calibration_of([0.95] * 100, [0] * 100, clusters=clusters).bins[-1]

    # Wilson of 0 in 20, as above, and not of 0 in 100.
    assert (one.n, one.share_correct.n) == (100, 20)
    assert one.share_correct.high == pytest.approx(0.1611, abs=5e-5)


def test_an_interval_of_clusters_does_not_shrink_with_labels_of_the_same_items():
    told, right = [0.6, 0.7, 0.8, 0.9] * 10, [1, 0, 1, 1, 0, 1, 1, 0] * 5

    once = calibration_of(told, right, replicates=500)
    often = calibration_of(np.repeat(told, 6), np.repeat(right, 6), replicates=500, clusters=np.repeat(range(40), 6))

    assert often.brier.high - often.brier.low == pytest.approx(once.brier.high - once.brier.low, rel=0.15)
