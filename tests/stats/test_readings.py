"""What a judge catches and passes, Gwet's AC1 with weights, and what always saying one label would score."""

import numpy as np
import pytest

from labeling.stats.chance import estimate_chance_corrected
from labeling.stats.effective import estimate_share
from labeling.stats.intervals import wilson_share
from labeling.stats.judging import report_judge
from labeling.stats.ratings import Ratings
from labeling.stats.readings import estimate_baseline, estimate_judge_detection, estimate_weighted_ac1
from labeling.stats.scales import make_scale

BINARY = make_scale("nominal", declared=["pass", "fail"], observed=[])
PASS = 0


def cells(n_both_pass, n_judge_fails, n_human_fails, n_both_fail):
    """Labels of a two by two table: people in rows, the judge in columns."""
    counts = {(0, 0): n_both_pass, (0, 1): n_judge_fails, (1, 0): n_human_fails, (1, 1): n_both_fail}
    return np.array([cell for cell, n in counts.items() for _ in range(n)]).T


def ac1_of(human, judge, *, replicates=0, **options):
    return estimate_weighted_ac1(
        human, judge, scale=BINARY, replicates=replicates, rng=np.random.default_rng(0), **options
    )


@pytest.mark.parametrize(("table", "ac1", "kappa"), [((90, 5, 4, 1), 0.900, 0.135), ((45, 5, 5, 45), 0.80, 0.80)])
def test_ac1_of_the_paradox_tables(table, ac1, kappa):
    # ../shared/design/methods.md M6, after Feinstein & Cicchetti (1990).
    report = report_judge(*cells(*table), scale=BINARY, replicates=0, rng=np.random.default_rng(0))

    assert round(report.ac1.value, 3) == ac1
    assert round(report.kappas.kappa.value, 3) == kappa


def test_ac1_without_weights_is_the_one_of_any_number_of_raters():
    rng = np.random.default_rng(1)
    scale = make_scale("nominal", declared=list("abcd"), observed=[])
    human, judge = rng.integers(0, 3, (2, 60))
    both = Ratings(np.column_stack([human, judge]), ("human", "judge"), scale)

    ac1 = estimate_weighted_ac1(human, judge, scale=scale, replicates=0, rng=rng)

    assert ac1.value == pytest.approx(estimate_chance_corrected(both, replicates=0, rng=rng).gwet_ac1.value)


def test_a_weight_of_three_is_three_units():
    human, judge = cells(3, 1, 1, 2)
    weight = np.array([3.0, 1, 2, 1, 2, 1, 1])
    repeated = [np.repeat(side, weight.astype(int)) for side in (human, judge)]

    weighted = report_judge(
        human, judge, scale=BINARY, replicates=0, rng=np.random.default_rng(0), weight=weight, passing={PASS}
    )
    counted = report_judge(*repeated, scale=BINARY, replicates=0, rng=np.random.default_rng(0), passing={PASS})

    assert weighted.ac1.value == pytest.approx(counted.ac1.value)
    assert weighted.detection.caught.value == pytest.approx(counted.detection.caught.value)
    assert weighted.detection.passed.value == pytest.approx(counted.detection.passed.value)
    assert weighted.baseline.percent.value == pytest.approx(counted.baseline.percent.value)


def test_fail_is_what_is_caught():
    found = estimate_judge_detection(*cells(80, 10, 2, 8), passing={PASS})

    assert (found.caught.value, found.caught.n) == (0.8, 10)
    assert (found.passed.value, found.passed.n) == (pytest.approx(80 / 90), 90)
    assert (found.caught.low, found.caught.high) == pytest.approx((wilson_share(8, 10).low, wilson_share(8, 10).high))


def test_several_codes_may_pass():
    human, judge = np.array([0, 1, 2, 3, 3]), np.array([1, 2, 3, 3, 0])

    found = estimate_judge_detection(human, judge, passing={2, 3})

    assert found.caught.value == 0.5
    assert found.passed.value == pytest.approx(2 / 3)


def test_nothing_failed_leaves_what_is_caught_undefined():
    found = estimate_judge_detection(*cells(5, 5, 0, 0), passing={PASS})

    assert found.caught.undefined == "people failed none of them"
    assert found.passed.value == 0.5


def test_a_judge_that_always_passes_beats_nothing():
    human, judge = cells(90, 0, 10, 0)

    report = report_judge(human, judge, scale=BINARY, replicates=0, rng=np.random.default_rng(0), passing={PASS})

    assert report.baseline.label == "pass"
    assert report.baseline.percent.value == report.kappas.percent.value == 0.9
    assert report.baseline.kappa == report.kappas.kappa.value == 0
    assert (report.detection.caught.value, report.detection.passed.value) == (0, 1)


def test_without_a_unit_all_are_undefined():
    nothing = np.zeros(0, dtype=np.int64)

    report = report_judge(nothing, nothing, scale=BINARY, replicates=9, rng=np.random.default_rng(0), passing={PASS})

    assert report.ac1.undefined
    assert report.baseline.percent.undefined
    assert report.detection.caught.undefined
    assert estimate_baseline(nothing, scale=BINARY).label is None


def test_an_item_labelled_five_times_is_one_item():
    hits = np.array([True] * 8 + [False] * 2)

    once = estimate_share(hits)
    five_times = estimate_share(np.repeat(hits, 5), clusters=np.repeat(np.arange(10), 5))

    assert (five_times.low, five_times.high) == pytest.approx((once.low, once.high))


@pytest.mark.parametrize("value", [True, False])
def test_a_share_of_all_or_nothing_still_has_a_width(value):
    hits = np.full(40, value)
    weight = np.where(np.arange(40) < 20, 30.0, 1.0)

    share = estimate_share(hits, weight=weight)

    # Forty units of which twenty carry nearly everything are worth about twenty-one.
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert share.value == float(value)
    expected = wilson_share(effective * value, effective)
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high))
    assert share.high - share.low > 0.1


def test_intervals_do_not_depend_on_the_order_of_units():
    rng = np.random.default_rng(5)
    human, judge = rng.integers(0, 2, (2, 90))
    clusters, weight = rng.integers(0, 40, 90), rng.choice([1.0, 4.0], 90)
    mixed = rng.permutation(90)

    first = ac1_of(human, judge, replicates=200, clusters=clusters, weight=weight)
    again = ac1_of(human[mixed], judge[mixed], replicates=200, clusters=clusters[mixed], weight=weight[mixed])

    assert first == again


@pytest.mark.slow
def test_interval_of_what_is_caught_holds_the_truth_where_items_have_several_labels():
    """300 items, a quarter bad, 1 to 4 labels each; the judge catches 0.7 of the items people can tell are bad."""
    rng = np.random.default_rng(6)
    n_covered, n_streams, truth = 0, 1500, 0.7
    for _ in range(n_streams):
        items = np.repeat(np.arange(75), rng.integers(1, 5, 75))
        hits = (rng.random(75) < truth)[items]
        share = estimate_share(hits, clusters=items)
        n_covered += share.low <= truth <= share.high

    assert 0.93 <= n_covered / n_streams <= 0.97
