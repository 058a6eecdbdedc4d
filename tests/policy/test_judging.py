"""What verdicts on one item come to, and the bands in words."""

import pytest

from labeling.policy.judging import (
    JudgedItem,
    declared_value,
    is_same_family,
    judged_item,
    overall_label,
    read_ceiling,
    read_kappa,
    read_lean,
)
from labeling.policy.rubrics import Option, Question

GATE = Question(
    "correct", "Is it correct?", "binary", (Option("yes", "Yes"), Option("no", "No", is_passing=False)), is_gating=True
)


def words(*, low=0.7, high=0.9, n_items=100, value=0.8, undefined=None):
    return read_kappa(value=value, low=low, high=high, n_items=n_items, undefined=undefined).words


def test_the_most_frequent_label_with_its_share_and_mean_stated_confidence():
    one = judged_item([("pass", 0.8), ("fail", 0.1), ("pass", 0.6)])

    assert one == JudgedItem("pass", 3, stated=pytest.approx(0.7), vote_share=pytest.approx(2 / 3))


def test_a_tie_of_labels_is_no_label():
    assert judged_item([("pass", None), ("fail", None)]) == JudgedItem(None, 2)


def test_one_verdict_has_no_share_of_votes():
    assert judged_item([("pass", None)]) == JudgedItem("pass", 1)


@pytest.mark.parametrize(
    ("verdict", "correct", "label"),
    [
        ("approve", "yes", "pass"),
        ("approve", "no", "fail"),
        ("revise", "yes", "fail"),
        ("reject", "yes", "fail"),
        ("escalate", "yes", None),
        ("", "yes", None),
    ],
)
def test_a_review_as_a_whole(verdict, correct, label):
    assert overall_label(verdict=verdict, answers={"correct": correct}, questions=[GATE]) == label


def test_bands_go_by_the_interval_and_never_by_the_point():
    assert words(low=0.75, high=0.9).startswith("May gate: eligible, which is not switched on")
    assert words(low=0.7499, high=0.99).startswith("Triage only")
    assert words(low=0.2, high=0.60).startswith("Triage only")
    assert words(low=0.2, high=0.5999).startswith("Broken")


def test_under_fifty_items_there_is_no_verdict():
    assert words(low=0.9, high=1.0, n_items=49) == "Not enough yet: 49 of about 50 items"


def test_no_value_and_no_interval_say_so():
    assert words(value=None, low=None, high=None, undefined="both gave 'pass' every time").startswith("Not computable")
    assert words(low=None, high=None) == "No interval, so no judgement"


def test_a_judge_above_the_ceiling_is_flagged_and_not_celebrated():
    told = read_ceiling(judge=0.8, judge_low=0.7, people=0.6, people_high=0.75)

    assert "more than people agree with each other" in told
    assert "may be chance" in told
    assert "do not overlap" in read_ceiling(judge=0.9, judge_low=0.8, people=0.6, people_high=0.7)


def test_a_judge_below_the_ceiling_needs_no_word_and_none_is_said():
    assert read_ceiling(judge=0.5, judge_low=0.4, people=0.6, people_high=0.7) == ""
    assert read_ceiling(judge=0.5, judge_low=0.4, people=None, people_high=None).startswith("No ceiling")


def test_a_lean_needs_an_interval_without_zero():
    assert "generous" in read_lean(value=0.5, low=0.1, high=0.9)
    assert "stricter" in read_lean(value=-0.5, low=-0.9, high=-0.1)
    assert "No lean" in read_lean(value=0.1, low=-0.1, high=0.3)
    assert read_lean(value=None, low=None, high=None) == ""


def test_a_label_is_matched_by_number_and_otherwise_never_guessed():
    assert declared_value("4.0", ["3", "4"]) == "4"
    assert declared_value(" pass ", ["pass", "fail"]) == "pass"
    assert declared_value("Pass", ["pass", "fail"]) is None
    assert declared_value("NaN", ["3", "4"]) is None


def test_a_family_is_the_same_however_it_is_written():
    assert is_same_family(" Cedar", ["aster", "cedar"])
    assert not is_same_family("", ["", "cedar"])
