"""Maps of a confidence: scikit-learn as the oracle, folds that never share a group, and a known distortion undone."""

import json

import numpy as np
import pytest

from labeling.policy.confidence_map import apply_map, read_map
from labeling.stats.calibration import report_calibration
from labeling.stats.maps import deal_folds, fit_isotonic, fit_platt, report_map


def overconfident(n, rng):
    """A judge that tells 0.6 to 1 and is right thirty points less often."""
    told = np.round(rng.uniform(0.6, 1.0, n), 2)
    return told, rng.random(n) < told - 0.3


def report_of(kind, told, right, groups=None, **options):
    options = {"replicates": 0, "rng": np.random.default_rng(1)} | options
    return report_map(kind, told, right, groups=np.arange(len(told)) if groups is None else groups, **options)


@pytest.mark.parametrize("is_weighted", [False, True])
def test_isotonic_is_that_of_scikit_learn(is_weighted):
    sklearn = pytest.importorskip("sklearn.isotonic", reason="scikit-learn is an oracle of the development set-up")
    rng = np.random.default_rng(2)
    told, right = overconfident(300, rng)
    weight = rng.uniform(1, 9, 300) if is_weighted else None
    asked = np.linspace(0, 1, 101)

    theirs = sklearn.IsotonicRegression(out_of_bounds="clip").fit(told, right, sample_weight=weight).predict(asked)

    assert fit_isotonic(told, right, weight=weight).apply(asked) == pytest.approx(theirs)


def test_platt_is_that_of_scikit_learn():
    calibration = pytest.importorskip("sklearn.calibration", reason="scikit-learn is an oracle here")
    told, right = overconfident(300, np.random.default_rng(3))

    theirs = calibration._SigmoidCalibration().fit(told, right)

    # There p = 1 / (1 + exp(A s + B)); its optimiser stops at five digits.
    ours = fit_platt(told, right)
    assert (ours.slope, ours.intercept) == pytest.approx((-theirs.a_, -theirs.b_), rel=1e-3)


@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_the_router_applies_what_was_fitted(kind):
    told, right = overconfident(200, np.random.default_rng(4))
    fitted = report_of(kind, told, right).map

    stored = read_map(json.loads(json.dumps(fitted.as_document())))

    asked = np.linspace(0, 1, 41)
    assert [apply_map(stored, one) for one in asked.tolist()] == pytest.approx(fitted.apply(asked).tolist())


@pytest.mark.parametrize("kind", ["platt", "isotonic"])
def test_a_known_distortion_is_undone_on_units_the_map_never_saw(kind):
    told, right = overconfident(2000, np.random.default_rng(5))

    report = report_of(kind, told, right, replicates=200)

    assert report.ece_before.value == pytest.approx(0.3, abs=0.04)
    assert report.ece_after.value < 0.05
    assert report.ece_change.high < 0
    assert report.brier_change.high < 0
    assert report.map.apply(np.array([0.9]))[0] == pytest.approx(0.6, abs=0.06)


def test_before_is_what_the_calibration_reports():
    told, right = overconfident(150, np.random.default_rng(6))

    report = report_of("platt", told, right)

    known = report_calibration(told, right, n_bins=10, replicates=0, rng=np.random.default_rng(0))
    assert report.ece_before.value == pytest.approx(known.ece.value)
    assert report.brier_before.value == pytest.approx(known.brier.value)


def test_a_judge_without_a_signal_is_not_made_to_look_calibrated_by_its_own_rows():
    # Fitted and reported on the same rows, an isotonic map has an ECE near 0 whatever the labels are.
    rng = np.random.default_rng(7)
    told, right = rng.random(120), rng.random(120) < 0.5

    own = fit_isotonic(told, right).apply(told)
    on_itself = report_calibration(own, right, n_bins=10, replicates=0, rng=rng).ece.value

    assert on_itself < 0.01
    assert report_of("isotonic", told, right).ece_after.value > 0.05


def test_no_group_is_on_both_sides():
    groups = np.random.default_rng(8).integers(0, 30, 200)

    folds, n_groups = deal_folds(groups, 5, np.random.default_rng(9))

    assert n_groups == len(set(groups.tolist()))
    assert all(len(set(folds[groups == group].tolist())) == 1 for group in set(groups.tolist()))
    assert {len(set(groups[folds == fold].tolist())) for fold in range(5)} <= {n_groups // 5, n_groups // 5 + 1}


def test_row_order_changes_nothing():
    rng = np.random.default_rng(10)
    told, right = overconfident(100, rng)
    groups, mixed = rng.integers(0, 40, 100), rng.permutation(100)

    first = report_of("platt", told, right, groups, replicates=100)
    again = report_of("platt", told[mixed], right[mixed], groups[mixed], replicates=100)

    assert again.brier_after.value == pytest.approx(first.brier_after.value)
    assert (again.ece_after.low, again.ece_after.high) == pytest.approx((first.ece_after.low, first.ece_after.high))


@pytest.mark.parametrize(
    ("told", "right", "reason"),
    [
        ([0.9] * 20, [True, False] * 10, "one confidence every time"),
        ([0.9, 0.8] * 10, [True] * 20, "right every time"),
        ([0.9, 0.8, 0.7], [True, False, True], "3 groups are too few for 5 folds"),
    ],
)
def test_where_there_is_no_map_the_reason_is_given_and_before_stays(told, right, reason):
    report = report_of("isotonic", np.array(told), np.array(right))

    assert report.map is None
    assert reason in report.undefined
    assert reason in report.ece_after.undefined
    assert report.ece_before.value is not None


def test_few_units_for_an_isotonic_map_are_said():
    told, right = overconfident(100, np.random.default_rng(12))

    assert "fewer than 1000 units for an isotonic map" in report_of("isotonic", told, right).ece_after.flags
    assert report_of("platt", told, right).ece_after.flags == ()
