"""Finality: unanimous is final, two that differ get a third, and whatever stays open goes to a person."""

import itertools
from dataclasses import replace

import pytest

from labeling.policy.finality import FirstPass, is_bad_output, settle
from labeling.policy.rubrics import NOT_APPLICABLE, AskedWhen, Option, Question

YES_NO = (Option("yes", "Yes"), Option("no", "No", is_passing=False))
CORRECT = Question("correct", "Is it right?", "binary", YES_NO, is_gating=True)
TONE = Question("tone", "Is it kind?", "binary", YES_NO)
STYLE = Question("style", "Is it well said?", "binary", YES_NO, is_required=False)
QUESTIONS = (CORRECT, TONE, STYLE)


def review(verdict="approve", **answers):
    return FirstPass(verdict, {"correct": "yes", "tone": "yes", **answers})


def settled(*reviews, questions=QUESTIONS, asks_verdict=True, overlap=None, breaks_ties=True):
    overlap = len(reviews) if overlap is None else overlap
    return settle(reviews, questions, asks_verdict=asks_verdict, overlap=overlap, breaks_ties=breaks_ties)


def test_a_single_review_is_final():
    settlement = settled(review("approve"))

    assert (settlement.outcome, settlement.source, settlement.verdict) == ("final", "single", "approve")
    assert settlement.answers == {"correct": "yes", "tone": "yes"}
    assert not settlement.is_bad


@pytest.mark.parametrize("n_reviews", [2, 3, 5])
def test_unanimous_reviews_are_final(n_reviews):
    settlement = settled(*[review("reject", correct="no")] * n_reviews)

    assert (settlement.outcome, settlement.source, settlement.verdict) == ("final", "unanimous", "reject")
    assert settlement.is_bad


def test_two_verdicts_that_differ_get_a_third_slot():
    settlement = settled(review("approve"), review("reject"))

    assert (settlement.outcome, settlement.split_on) == ("tie_break", ("verdict",))


def test_the_same_verdict_for_opposite_reasons_is_a_split_too():
    settlement = settled(review("approve"), review("approve", correct="no"))

    assert (settlement.outcome, settlement.split_on) == ("tie_break", ("correct",))


def test_a_gating_answer_against_none_is_a_split():
    optional = Question("safe", "Is it safe?", "binary", YES_NO, is_required=False, is_gating=True)

    settlement = settled(review(safe="no"), review(), questions=(CORRECT, optional))

    assert settlement.outcome == "tie_break"


def test_where_ties_are_not_broken_a_split_is_a_dispute():
    assert settled(review("approve"), review("reject"), breaks_ties=False).outcome == "dispute"


def test_a_majority_after_the_tie_break_is_final():
    settlement = settled(
        review("approve"), review("reject", correct="no"), review("reject", correct="no", tone="no"), overlap=2
    )

    assert (settlement.outcome, settlement.source, settlement.verdict) == ("final", "majority", "reject")
    assert settlement.answers == {"correct": "no", "tone": "yes"}
    assert settlement.is_bad


def test_a_majority_must_be_had_on_all_that_decides():
    three_ways = Question(
        "grade", "How good?", "nominal", (Option("a", "A"), Option("b", "B"), Option("c", "C")), is_gating=True
    )

    settlement = settled(*[review(grade=grade) for grade in "abc"], questions=(CORRECT, three_ways), overlap=2)

    assert (settlement.outcome, settlement.split_on) == ("dispute", ("grade",))


def test_three_ways_after_the_tie_break_are_a_dispute():
    assert settled(review("approve"), review("reject"), review("revise"), overlap=2).outcome == "dispute"


@pytest.mark.parametrize("verdicts", [("approve", "reject", "reject"), ("approve", "reject", "revise")])
def test_a_split_among_three_planned_reviews_is_a_dispute(verdicts):
    assert settled(*map(review, verdicts), overlap=3).outcome == "dispute"


@pytest.mark.parametrize("n_others", [0, 1, 2])
def test_one_escalation_is_a_dispute(n_others):
    settlement = settled(review("escalate"), *[review("approve")] * n_others)

    assert settlement.outcome == "dispute"


def test_everybody_escalating_is_a_dispute_and_no_agreement():
    assert settled(review("escalate"), review("escalate")).outcome == "dispute"


@pytest.mark.parametrize("overlap", [0, 1, 2])
def test_no_review_settles_nothing(overlap):
    assert settled(overlap=overlap).outcome == "dispute"


def test_a_question_that_does_not_decide_may_stay_open():
    settlement = settled(review(tone="yes"), review(tone="no"))

    assert settlement.outcome == "final"
    assert settlement.answers == {"correct": "yes"}


def test_not_applicable_is_an_answer_like_any_other():
    agreed = settled(review(correct=NOT_APPLICABLE), review(correct=NOT_APPLICABLE))
    split = settled(review(correct=NOT_APPLICABLE), review(correct="yes"))

    assert (agreed.outcome, agreed.answers["correct"], agreed.is_bad) == ("final", NOT_APPLICABLE, False)
    assert split.outcome == "tie_break"


def preference(value):
    return FirstPass("", {"better": value})


BETTER = Question("better", "Which?", "pairwise", (Option("a", "A"), Option("tie", "Tie"), Option("b", "B")))


@pytest.mark.parametrize(
    ("values", "overlap", "outcome"),
    [
        ("a", 1, "final"),
        ("aa", 2, "final"),
        ("ab", 2, "tie_break"),
        ("aba", 2, "final"),
        (("a", "b", "tie"), 2, "dispute"),
        ("aab", 3, "dispute"),
    ],
)
def test_where_no_verdict_is_asked_the_required_criteria_decide(values, overlap, outcome):
    settlement = settled(*map(preference, values), questions=(BETTER,), asks_verdict=False, overlap=overlap)

    assert settlement.outcome == outcome
    assert settlement.verdict == ""


def test_a_gating_criterion_decides_without_a_verdict_though_nobody_has_to_answer_it():
    optional = Question("safe", "Is it safe?", "binary", YES_NO, is_required=False, is_gating=True)
    reviews = [FirstPass("", {"better": "a", "safe": safe}) for safe in ("yes", "no")]

    assert settled(*reviews, questions=(BETTER, optional), asks_verdict=False).outcome == "tie_break"


def test_where_nothing_is_required_everything_decides():
    reviews = [FirstPass("", {"style": style}) for style in ("yes", "no")]

    assert settled(*reviews, questions=(STYLE,), asks_verdict=False).outcome == "tie_break"


def test_an_escalation_counts_where_no_verdict_is_asked():
    reviews = [preference("a"), FirstPass("escalate", {"better": "a"})]

    assert settled(*reviews, questions=(BETTER,), asks_verdict=False).outcome == "dispute"


@pytest.mark.parametrize("verdicts", list(itertools.product(["approve", "reject", "revise"], repeat=3)))
def test_the_order_of_reviews_does_not_matter(verdicts):
    settlements = [settled(*map(review, order), overlap=2) for order in itertools.permutations(verdicts)]

    assert len({(one.outcome, one.source, one.verdict, one.split_on) for one in settlements}) == 1


@pytest.mark.parametrize(
    ("verdict", "answers", "is_bad"),
    [
        ("approve", {"correct": "yes"}, False),
        ("approve", {"correct": "no"}, True),
        ("reject", {"correct": "yes"}, True),
        ("revise", {}, True),
        ("approve", {"tone": "no"}, False),
        ("", {"correct": "no"}, True),
        ("approve", {"correct": NOT_APPLICABLE}, False),
        ("", {}, False),
    ],
)
def test_bad_is_a_failing_verdict_or_a_failed_gate(verdict, answers, is_bad):
    assert is_bad_output(verdict=verdict, answers=answers, questions=QUESTIONS) is is_bad


def test_a_gate_that_all_failed_stays_shut_where_nobody_settled_what_led_to_it():
    kinds = (Option("claim", "Claim"), Option("guess", "Guess"), Option("none", "None"))
    leading = Question("kind", "What is it?", "nominal", kinds, is_required=False)
    condition = AskedWhen("kind", ("claim", "guess"))
    gate = replace(CORRECT, key="held", asked_when=condition, when_any=(condition,))
    reviews = [FirstPass("approve", {"kind": kind, "held": "no"}) for kind in ("claim", "guess")]

    settlement = settled(*reviews, questions=(leading, gate))

    assert (settlement.verdict, settlement.is_bad, settlement.answers) == ("approve", True, {"held": "no"})
