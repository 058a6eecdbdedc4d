"""A submission against its rubric: what is missing is named, by criterion."""

import pytest

from labeling.policy.rubrics import (
    LONGEST_NOTE,
    VERDICTS,
    GivenAnswer,
    Option,
    Question,
    Submission,
    complaints_about,
    failing_keys,
)

CORRECT = Question(
    "correct",
    "Is it right?",
    "binary",
    (Option("yes", "Yes"), Option("no", "No", is_passing=False)),
    is_gating=True,
    rationale_on=("no",),
)
GROUNDED = Question("grounded", "Supported?", "binary", (Option("yes", "Yes"), Option("no", "No")), allows_na=True)
STYLE = Question("style", "Well said?", "binary", (Option("yes", "Yes"), Option("no", "No")), is_required=False)
QUESTIONS = (CORRECT, GROUNDED, STYLE)
ANSWERS = {"correct": GivenAnswer("yes"), "grounded": GivenAnswer("", is_not_applicable=True)}


def complained_of(verdict="approve", note="", asks_verdict=True, **answers):
    given = {key: answer for key, answer in {**ANSWERS, **answers}.items() if answer is not None}
    return set(complaints_about(Submission(given, verdict, note), QUESTIONS, asks_verdict=asks_verdict))


def test_a_complete_submission_may_be_stored():
    assert complained_of(style=GivenAnswer("no")) == set()


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("correct", None),
        ("correct", GivenAnswer("")),
        ("correct", GivenAnswer("maybe")),
        ("correct", GivenAnswer("YES")),
        ("correct", GivenAnswer("", is_not_applicable=True)),
        ("correct", GivenAnswer("no")),
        ("correct", GivenAnswer("no", rationale="  ")),
        ("correct", GivenAnswer("no", rationale="x" * (LONGEST_NOTE + 1))),
        ("grounded", GivenAnswer("yes", is_not_applicable=True)),
        ("style", GivenAnswer("maybe")),
        ("style", GivenAnswer("", is_not_applicable=True)),
        ("unheard_of", GivenAnswer("yes")),
    ],
)
def test_a_wrong_answer_is_named_by_its_criterion(key, answer):
    assert complained_of(**{key: answer}) == {key}


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("correct", GivenAnswer("no", rationale="The fee is 5, not 3.")),
        ("grounded", GivenAnswer("no")),
        ("style", None),
        ("style", GivenAnswer("")),
    ],
)
def test_what_the_rubric_allows_is_not_complained_of(key, answer):
    assert complained_of(**{key: answer}) == set()


@pytest.mark.parametrize("verdict", ["", "pass", "Approve"])
def test_a_verdict_is_one_of_the_four(verdict):
    assert complained_of(verdict=verdict) == {"verdict"}


@pytest.mark.parametrize("verdict", sorted(set(VERDICTS) - {"approve"}))
def test_whoever_does_not_approve_says_why(verdict):
    assert complained_of(verdict=verdict, note=" ") == {"note"}
    assert complained_of(verdict=verdict, note="The fee is wrong.") == set()


@pytest.mark.parametrize(("verdict", "complaints"), [("", set()), ("escalate", set()), ("approve", {"verdict"})])
def test_a_rubric_without_a_verdict_takes_none_but_an_escalation(verdict, complaints):
    assert complained_of(verdict=verdict, asks_verdict=False) == complaints


def test_a_note_has_an_end():
    assert complained_of(note="x" * LONGEST_NOTE) == set()
    assert complained_of(note="x" * (LONGEST_NOTE + 1)) == {"note"}


@pytest.mark.parametrize(
    ("values", "failing"),
    [
        ({"correct": "no"}, ["correct"]),
        ({"correct": "yes"}, []),
        ({"correct": "n/a"}, []),
        ({"grounded": "no"}, []),
        ({}, []),
    ],
)
def test_only_a_gating_criterion_that_does_not_pass_fails(values, failing):
    assert failing_keys(values, QUESTIONS) == failing
