"""What a rubric may say: every rule names the field it is about."""

from dataclasses import replace
from decimal import Decimal

import pytest

from labeling.policy.rubric_rules import WrittenRubric, complaints_about_rubric, missing_for_use, warnings_about
from labeling.policy.rubrics import AskedWhen, Bounds, Option, Question

YES, NO = Option("yes", "Yes", "It is."), Option("no", "No", "It is not.", is_passing=False)
POINTS = tuple(Option(str(n), f"Point {n}", f"Means {n}.", is_passing=n > 1) for n in (1, 2, 3))
BINARY = Question("right", "Is it right?", "binary", (YES, NO))
ORDINAL = Question("tone", "How is the tone?", "ordinal", POINTS)
NUMBER = Question("share", "Which share?", "interval", (), bounds=Bounds(Decimal(0), Decimal(10)))
TEXT = Question("why", "Why?", "text", ())
PAIR = Question(
    "better", "Which is better?", "pairwise", tuple(Option(side, side.upper(), "So.") for side in ("a", "tie", "b"))
)
LABELS = Question("risks", "Which risks?", "multi_label", POINTS)


def complaints(*questions):
    return complaints_about_rubric(WrittenRubric(questions=questions))


def test_every_scale_can_be_asked():
    assert complaints(BINARY, ORDINAL, NUMBER, TEXT, PAIR, LABELS, replace(BINARY, key="claim", parts="claim")) == {}


@pytest.mark.parametrize(
    ("question", "path", "said"),
    [
        (replace(BINARY, key=""), "key", "Give the question a key"),
        (replace(BINARY, key="verdict"), "key", "belongs to the verdict"),
        (replace(BINARY, key="note"), "key", "belongs to the note"),
        (replace(BINARY, key="is it"), "key", "letters a to z"),
        (replace(BINARY, key="k" * 41), "key", "under 40"),
        (replace(BINARY, question=" "), "question", "Write the question"),
        (replace(BINARY, question="q" * 301), "question", "under 300"),
        (replace(BINARY, hint="h" * 301), "hint", "under 300"),
        (replace(BINARY, options=(YES,)), "options", "exactly two"),
        (replace(ORDINAL, options=POINTS[:1]), "options", "at least two"),
        (replace(LABELS, options=()), "options", "at least one"),
        (replace(PAIR, options=(YES, NO)), "options", "a, tie and b"),
        (replace(TEXT, options=(YES,)), "options", "nothing to choose"),
        (replace(BINARY, options=(YES, replace(NO, value=""))), "options[1].value", "Give the answer a value"),
        (replace(BINARY, options=(YES, replace(NO, value="n/a"))), "options[1].value", "without spaces"),
        (replace(BINARY, options=(YES, replace(NO, value="not so"))), "options[1].value", "without spaces"),
        (replace(BINARY, options=(YES, replace(NO, value="yes"))), "options[1].value", "same value"),
        (replace(BINARY, options=(YES, replace(NO, label=""))), "options[1].label", "what the button says"),
        (replace(BINARY, options=(YES, replace(NO, anchor="a" * 301))), "options[1].anchor", "under 300"),
        (replace(NUMBER, bounds=None), "bounds.low", "smallest and the largest"),
        (replace(NUMBER, bounds=Bounds(Decimal(5), Decimal(5))), "bounds.high", "above the smallest"),
        (replace(NUMBER, bounds=Bounds(Decimal(0), Decimal(1), step=Decimal(2))), "bounds.step", "fits between"),
        (
            replace(NUMBER, bounds=Bounds(Decimal(0), Decimal(1), passing_from=Decimal(2))),
            "bounds.passing_from",
            "within the bounds",
        ),
        (replace(BINARY, bounds=Bounds(Decimal(0), Decimal(1))), "bounds", "Only a number"),
        (replace(PAIR, parts="claim"), "parts", "whole output"),
        (replace(TEXT, is_gating=True), "gating", "pass or fail nothing"),
        (replace(PAIR, is_gating=True), "gating", "cannot gate"),
        (replace(NUMBER, is_gating=True), "bounds.passing_from", "from which number"),
        (replace(BINARY, options=(YES, replace(NO, is_passing=True)), is_gating=True), "gating", "do not pass"),
        (replace(BINARY, options=(replace(YES, is_passing=False), NO), is_gating=True), "gating", "must pass"),
        (replace(BINARY, rationale_on=("maybe",)), "rationale_on", "'maybe'"),
        (replace(BINARY, weight=Decimal(-1)), "weight", "from 0"),
        (replace(BINARY, weight=Decimal("0.125")), "weight", "two decimals"),
        (replace(BINARY, asked_when=AskedWhen("tone", ("1",))), "asked_when.key", "before this one"),
        (replace(BINARY, asked_when=AskedWhen("right", ("yes",))), "asked_when.key", "before this one"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(question, path, said):
    found = complaints(question)

    assert list(found) == [f"criteria[0].{path}"]
    assert said in found[f"criteria[0].{path}"]


@pytest.mark.parametrize(
    ("first", "condition", "path", "said"),
    [
        (BINARY, AskedWhen("right", ()), "values", "Choose the answers"),
        (BINARY, AskedWhen("right", ("maybe",)), "values", "'maybe'"),
        (TEXT, AskedWhen("why", ("x",)), "key", "no answers to choose"),
        (replace(BINARY, parts="claim"), AskedWhen("right", ("yes",)), "key", "each claim"),
    ],
)
def test_a_condition_names_an_earlier_question_and_its_answers(first, condition, path, said):
    found = complaints(first, replace(ORDINAL, asked_when=condition))

    assert said in found[f"criteria[1].asked_when.{path}"]


def test_a_question_may_depend_on_one_before_it():
    assert complaints(BINARY, replace(ORDINAL, asked_when=AskedWhen("right", ("no",)))) == {}


def test_the_second_of_two_equal_keys_is_at_fault():
    found = complaints(BINARY, replace(ORDINAL, key="right"))

    assert found == {"criteria[1].key": "Question 1 has this key; every question needs its own."}


def test_weights_that_are_all_zero_make_no_score():
    light = replace(BINARY, weight=Decimal(0))

    assert "Every weight is 0" in complaints(light)["criteria[0].weight"]
    assert complaints(light, ORDINAL) == {}


def test_there_are_at_most_forty_questions():
    many = [replace(BINARY, key=f"q{n}") for n in range(41)]

    assert "at most 40" in complaints(*many)["criteria"]


def test_an_empty_rubric_can_be_stored_and_not_be_used():
    empty = WrittenRubric()

    assert complaints_about_rubric(empty) == {}
    assert "criteria" in missing_for_use(empty)


def test_something_must_decide_about_an_item():
    optional = replace(BINARY, is_required=False)

    assert "asks_verdict" in missing_for_use(WrittenRubric(asks_verdict=False, questions=(optional,)))
    assert missing_for_use(WrittenRubric(asks_verdict=True, questions=(optional,))) == {}
    assert missing_for_use(WrittenRubric(asks_verdict=False, questions=(BINARY,))) == {}


def test_an_ordinal_point_without_an_anchor_is_a_warning_and_no_complaint():
    bare = replace(ORDINAL, options=(*POINTS[:2], replace(POINTS[2], anchor="")))

    assert complaints(bare) == {}
    assert "Point 3" in warnings_about(WrittenRubric(questions=(bare,)))["criteria[0].options"]


def test_other_warnings_name_their_question():
    odd = replace(ORDINAL, options=tuple(replace(one, is_passing=one.value == "2") for one in POINTS))
    passable = replace(BINARY, is_gating=True, allows_na=True)
    wide = replace(LABELS, options=tuple(replace(YES, value=f"v{n}") for n in range(10)))

    assert set(warnings_about(WrittenRubric(questions=(odd, passable, wide)))) == {
        "criteria[0].gating",
        "criteria[1].allows_na",
        "criteria[2].options",
    }
