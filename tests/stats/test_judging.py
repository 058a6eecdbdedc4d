"""A judge beside people: the kappas, the confusion and the mean difference, by hand and at the edges."""

import numpy as np
import pytest

from labeling.stats.judging import report_judge
from labeling.stats.scales import make_scale


def judge_of(human, judge, *, level="ordinal", declared=("1", "2", "3"), replicates=0, **options):
    scale = make_scale(level, declared=list(declared), observed=[])
    codes = [
        np.array([-1 if label == "." else scale.categories.index(label) for label in side]) for side in (human, judge)
    ]
    return report_judge(*codes, scale=scale, replicates=replicates, rng=np.random.default_rng(0), **options)


def test_confusion_has_people_in_rows():
    report = judge_of("1122", "1222")

    assert report.labels == ("1", "2", "3")
    assert report.confusion == ((1, 1, 0), (0, 2, 0), (0, 0, 0))


def test_judge_one_point_too_high_agrees_never_and_leans_by_one():
    # ../shared/design/statistics.md 2.12: Pearson 1.0, agreement 0.
    report = judge_of("1212", "2323", replicates=100)

    assert report.kappas.percent.value == 0
    assert report.mean_difference.value == 1
    assert report.mean_difference.low is None
    assert "no interval: every replicate gives the same" in report.mean_difference.flags


def test_mean_difference_is_judge_minus_human_with_an_interval():
    report = judge_of("1" * 20 + "3" * 20, "2" * 10 + "1" * 10 + "3" * 20, replicates=500)

    assert report.mean_difference.value == pytest.approx(0.25)
    assert 0 < report.mean_difference.low < 0.25 < report.mean_difference.high


def test_words_differ_by_ranks_and_say_so():
    report = judge_of(["poor", "good"], ["good", "good"], declared=["poor", "fair", "good"])

    assert report.mean_difference.value == 1
    assert "in ranks" in report.mean_difference.flags


def test_nominal_labels_have_no_difference():
    assert judge_of("12", "21", level="nominal").mean_difference.undefined == "nominal labels have no difference"


def test_units_with_one_label_are_left_out_of_everything():
    report = judge_of("11.2", "122.")

    assert report.n == report.kappas.n == report.alpha.n == report.mean_difference.n == 2
    assert sum(sum(row) for row in report.confusion) == 2


def test_no_unit_with_both_labels_is_undefined_throughout():
    report = judge_of("1.", ".1", replicates=50)

    estimates = [report.kappas.kappa, report.kappas.percent, report.alpha, report.mean_difference]
    assert [estimate.value for estimate in estimates] == [None] * 4
    assert all(estimate.undefined for estimate in estimates)


def test_confusion_of_more_values_than_a_table_can_show_is_left_out(monkeypatch):
    monkeypatch.setattr("labeling.stats.judging.MOST_CATEGORIES", 2)

    report = judge_of("1123", "1223")

    assert (report.labels, report.confusion) == ((), ())


def test_weights_count_but_not_in_alpha_which_says_so():
    weight = np.array([1.0, 1.0, 8.0])

    report = judge_of("112", "122", weight=weight)

    assert report.kappas.percent.value == pytest.approx(0.9)
    assert report.mean_difference.value == pytest.approx(0.1)
    assert report.alpha.value == judge_of("112", "122").alpha.value
    assert "not weighted" in report.alpha.flags
