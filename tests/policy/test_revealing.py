"""Whose turn it is to look at the judge, and what of its verdicts a reviewer may be shown."""

import pytest

from labeling.policy.revealing import (
    LONGEST_WORDS,
    SaidByJudge,
    answer_to_reveal,
    is_offered,
    label_of_second,
    words_to_show,
)
from labeling.policy.rubrics import Option, Question

TONE = Question("tone", "Tone?", "ordinal", tuple(Option(str(point), str(point)) for point in range(1, 6)))
SAFE = Question("safe", "Safe?", "binary", (Option("yes", "Yes"), Option("no", "No", "", False)), is_gating=True)
WHY = Question("why", "Why?", "text", ())


def answer(*said, questions=(TONE, SAFE, WHY), asks_verdict=True, verdict="approve", answers=None):
    rows = [SaidByJudge(*one, words=f"words {number}") for number, one in enumerate(said)]
    given = {"tone": "4", "safe": "yes"} if answers is None else answers
    return answer_to_reveal(rows, questions=questions, asks_verdict=asks_verdict, verdict=verdict, answers=given)


def test_the_dice_are_the_same_every_time_and_fall_about_as_often_as_the_share():
    def falls(secret):
        return [is_offered(secret, reviewer_id=1, hand_out_id=one, reveal_share=0.05) for one in range(10_000)]

    assert falls("a") == falls("a") != falls("b")
    assert 430 < sum(falls("a")) < 570  # five standard deviations would be 109


def test_the_verdict_comes_before_the_criteria():
    found = answer((1, "tone", "2"), (1, "overall", "fail"))

    assert (found.question, found.judge_label, found.blind_label, found.words) == ("verdict", "fail", "pass", "words 1")


def test_an_approval_that_fails_a_gating_question_is_a_fail_as_calibration_has_it():
    assert answer((1, "overall", "pass"), answers={"safe": "no"}).blind_label == "fail"


def test_the_reasons_are_those_of_the_label_that_most_runs_gave():
    assert answer((1, "tone", "5"), (1, "tone", "2.0"), (1, "tone", "2")).words == "words 1"


@pytest.mark.parametrize(
    "said",
    [
        (1, "tone", "wonderful"),  # none of the rubric's labels
        (1, "why", "words"),  # nothing to compare
        (1, "unheard", "pass"),  # the rubric has no such question
    ],
)
def test_what_is_in_no_common_terms_is_not_shown(said):
    assert answer(said) is None


def test_where_the_reviewer_gave_no_answer_there_is_none_to_change():
    assert answer((1, "tone", "2"), answers={"tone": "n/a"}) is None
    assert answer((1, "overall", "fail"), verdict="escalate") is None


def test_where_the_newest_judge_is_tied_the_one_before_is_asked():
    found = answer((2, "tone", "1"), (2, "tone", "5"), (1, "tone", "3"))

    assert (found.judge_version_id, found.judge_label) == (1, "3")


def test_a_rubric_of_one_question_without_a_verdict_calls_it_overall():
    found = answer((1, "overall", "2"), questions=(TONE,), asks_verdict=False, verdict="")

    assert (found.question, found.judge_label, found.blind_label) == ("tone", "2", "4")


def test_reasons_are_cut_short_and_tell_no_names():
    assert words_to_show("It is fine.", hidden_names=["aster"], is_pair=False) == "It is fine."
    assert words_to_show("Typical ASTER prose.", hidden_names=["aster"], is_pair=False) == ""
    assert words_to_show("A is better.", hidden_names=[], is_pair=True) == ""
    assert len(words_to_show("x" * 5_000, hidden_names=[], is_pair=False)) == LONGEST_WORDS


def test_a_second_verdict_is_told_in_the_judges_terms():
    assert [label_of_second(one, question="verdict") for one in ("approve", "revise", "reject")] == [
        "pass",
        "fail",
        "fail",
    ]
    assert label_of_second("3", question="tone") == "3"
