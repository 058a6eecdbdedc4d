"""Whose turn it is to act on an item that people labelled twice or more."""

import pytest

from labeling.policy.triage import CHECKS, JUDGE, RUBRIC, TRAINING, Beside, causes_of, lone_label

SAME = {"yes": "yes", "no": "no"}
VERDICTS = {"approve": "pass", "revise": "fail", "reject": "fail"}
FAILING = ("revise", "reject")
CHECKED = Beside(has_passed_checks=True)


@pytest.mark.parametrize(
    ("labels", "beside", "expected"),
    [
        (("yes", "no"), Beside(), {RUBRIC}),
        (("yes", "yes", "no", "no"), Beside(), {RUBRIC}),
        (("yes", "yes", "no"), Beside(), {TRAINING}),
        (("yes", "yes", "yes", "no", "no"), Beside(), {RUBRIC}),
        (("yes", "no"), Beside(ruling="reviewer_error"), {TRAINING}),
        (("yes", "yes", "no"), Beside(ruling="guideline_gap"), {RUBRIC}),
        (("yes", "yes"), Beside(judged="no"), {JUDGE}),
        (("yes", "no"), Beside(judged="no"), {RUBRIC}),
        (("yes", "yes"), Beside(judged="yes"), set()),
        (("yes", "yes"), Beside(), set()),
        (("yes",), Beside(judged="no"), set()),
        ((), Beside(), set()),
    ],
)
def test_labels_on_a_criterion_point_at_who_can_act(labels, beside, expected):
    assert causes_of(labels, beside, same_as=SAME, failing=()) == expected


@pytest.mark.parametrize(
    ("labels", "beside", "expected"),
    [
        (("reject", "reject"), CHECKED, {CHECKS}),
        (("reject", "reject"), Beside(judged="pass", has_passed_checks=True), {CHECKS, JUDGE}),
        (("revise", "revise"), Beside(judged="fail"), set()),
        (("approve", "approve"), CHECKED, set()),
        (("escalate", "escalate"), Beside(judged="pass"), set()),
        (("approve", "reject"), CHECKED, {RUBRIC}),
    ],
)
def test_verdicts_are_read_in_the_judges_terms(labels, beside, expected):
    assert causes_of(labels, beside, same_as=VERDICTS, failing=FAILING) == expected


def test_a_label_stands_alone_only_against_two_that_agree():
    assert lone_label(("a", "a", "b")) == "b"
    assert [lone_label(labels) for labels in [("a", "b"), ("a", "b", "c"), ("a", "a", "b", "b"), ("a", "a")]] == [
        ""
    ] * 4
