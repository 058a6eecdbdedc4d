"""What changed between two versions, in words."""

from dataclasses import replace
from decimal import Decimal

import pytest

from labeling.policy.rubric_changes import changes_between
from labeling.policy.rubric_rules import WrittenRubric
from labeling.policy.rubrics import AskedWhen, Bounds, Option, Question

YES, NO = Option("yes", "Yes", "It is."), Option("no", "No", "It is not.", is_passing=False)
RIGHT = Question("right", "Is it right?", "binary", (YES, NO))
TONE = Question("tone", "Tone?", "nominal", (Option("good", "Good"), Option("bad", "Bad")))


def changes(before, after):
    return changes_between(WrittenRubric(questions=tuple(before)), WrittenRubric(questions=tuple(after)))


def test_the_same_questions_are_no_change():
    found = changes([RIGHT, TONE], [RIGHT, TONE])

    assert found.n_changed == 0
    assert [change.kind for change in found.questions] == ["same", "same"]


def test_questions_are_added_and_removed_by_key():
    found = changes([RIGHT], [TONE])

    assert (found.keys("added"), found.keys("removed")) == (["tone"], ["right"])
    assert not found.questions[0].is_comparable


def test_a_question_that_moved_says_so():
    found = changes([RIGHT, TONE], [TONE, RIGHT])

    assert found.questions[0].words == ("It stands in place 1 of the questions of both, before in 2.",)


def test_a_question_put_before_the_others_moves_none_of_them():
    found = changes([RIGHT], [TONE, RIGHT])

    assert [change.kind for change in found.questions] == ["added", "same"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": "Is it true?"}, "The question: “Is it true?” instead of “Is it right?”."),
        ({"hint": "Look."}, "The hint: “Look.” is new."),
        ({"scale": "nominal"}, "The scale is categories instead of yes or no."),
        ({"parts": "claim"}, "It is asked of each claim instead of the whole output."),
        ({"options": (YES, NO, Option("maybe", "Maybe"))}, "The answer maybe is new."),
        ({"options": (YES,)}, "The answer no is gone."),
        ({"options": (NO, YES)}, "The answers stand in another order."),
        ({"options": (replace(YES, label="Sure"), NO)}, "The answer yes is called “Sure” instead of “Yes”."),
        ({"options": (replace(YES, anchor="Truly."), NO)}, "The anchor of yes: “Truly.” instead of “It is.”."),
        ({"options": (YES, replace(NO, is_passing=True))}, "no passes now."),
        ({"is_required": False}, "An answer is optional now."),
        ({"allows_na": True}, "Not applicable may be answered now."),
        ({"is_gating": True}, "It is gating now."),
        ({"rationale_on": ("no",)}, "A reason is asked for at no."),
        ({"weight": Decimal(25)}, "Its weight is 25 instead of 1."),
        ({"bounds": Bounds(Decimal(0), Decimal(5))}, "The bounds are 0 to 5 instead of none."),
        ({"asked_when": AskedWhen("tone", ("bad",))}, "It is asked when tone is bad, before always."),
    ],
)
def test_each_change_is_said_in_words(change, said):
    found = changes([RIGHT], [replace(RIGHT, **change)])

    assert found.questions[0].words == (said,)
    assert found.questions[0].kind == "changed"


def test_other_choices_cannot_be_compared_and_other_words_can():
    reworded = changes([RIGHT], [replace(RIGHT, question="Is it true?")])
    rescaled = changes([RIGHT], [replace(RIGHT, options=(YES, NO, Option("maybe", "Maybe")))])

    assert reworded.questions[0].is_comparable
    assert not rescaled.questions[0].is_comparable


def test_what_is_said_of_the_whole_counts_too():
    found = changes_between(WrittenRubric("Be kind."), WrittenRubric("Be strict.", asks_verdict=False))

    assert found.of_whole == (
        "The instructions: “Be strict.” instead of “Be kind.”.",
        "No verdict is asked for any more.",
    )
    assert found.n_changed == 2
