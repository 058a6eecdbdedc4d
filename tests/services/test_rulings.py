"""What an adjudication carries: a corrected text, what failed, and the gap in the guideline that the case shows."""

import pytest

from labeling.models import Event, FinalLabel, GapCase, GuidelineGap
from labeling.policy.errors import Invalid
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.services.adjudication import adjudicate
from labeling.services.reopening import reopen
from tests.services.ruling import RULING, escalated, rule
from tests.world import GOOD, chat_row


def test_an_adopted_correction_stays_its_reviewers(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row())
    review = world.review_next(world.ana, verdict="revise", details=VerdictDetails("A better text.")).review
    world.review_next(world.ben)
    clock.shift(31)
    world.settle_all()

    finding = Finding("wrong_tone", "minor", "prompt")
    final = rule(world, world.olga, verdict="revise", correction="A better text.", finding=finding)

    assert (final.correction.text, final.correction.proposed_in) == ("A better text.", review)
    assert (final.failure.kind, final.failure.cause) == ("wrong_tone", "prompt")


def test_a_text_of_ones_own_is_nobodys_proposal_and_an_unchanged_one_is_none(world, clock):
    escalated(world, clock)
    final = rule(world, world.olga, verdict="revise", correction="My text.")
    assert (final.correction.text, final.correction.proposed_in) == ("My text.", None)
    reopen(final, opener=world.ada, reason="A complaint.", now=world.now)

    anew = rule(world, world.ada, verdict="revise", correction=chat_row()["output"])

    assert not hasattr(anew, "correction")


def test_an_approval_carries_neither_text_nor_failure(world, clock):
    escalated(world, clock)

    final = rule(
        world, world.olga, verdict="approve", answers=GOOD, correction="My text.", finding=Finding("unsafe", "major")
    )

    assert not hasattr(final, "correction")
    assert not hasattr(final, "failure")


def test_half_a_failure_is_refused_by_field(world, clock):
    escalated(world, clock)

    with pytest.raises(Invalid) as refusal:
        rule(world, world.olga, finding=Finding(kind="unsafe"))

    assert set(refusal.value.complaints) == {"failure_severity"}
    assert not FinalLabel.objects.exists()


def test_a_gap_is_opened_with_the_case_attached(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row())
    world.review_next(world.ana)
    world.review_next(world.ben, answers={**GOOD, "correct": "no"})
    clock.shift(31)
    world.settle_all()

    rule(world, world.olga, has_guideline_gap=True)

    gap = GuidelineGap.objects.get()
    assert (gap.question_key, gap.statement) == ("correct", "The window is wrong.")
    assert [case.entry for case in gap.cases.all()] == [world.entry("r-1")]
    assert Event.objects.filter(kind="rubric.gap_case_attached").count() == 1


def test_a_second_case_joins_the_gap_that_is_open(world, clock):
    escalated(world, clock)
    rule(world, world.olga, has_guideline_gap=True, gap_on="tone", gap_statement="How warm?")
    world.ingest(chat_row("r-2"))
    world.review_next(world.ana, verdict="escalate")
    clock.shift(31)
    world.settle_all()

    adjudicate(
        world.entry("r-2"),
        adjudicator=world.olga,
        now=world.now,
        **{**RULING, "has_guideline_gap": True},
        gap_on="tone",
        gap_statement="Again.",
    )

    gap = GuidelineGap.objects.get()
    assert (gap.statement, gap.cases.count()) == ("How warm?", 2)


def test_a_gap_on_a_question_that_is_not_asked_is_refused_and_nothing_is_settled(world, clock):
    escalated(world, clock)

    with pytest.raises(Invalid):
        rule(world, world.olga, has_guideline_gap=True, gap_on="colour")

    assert not FinalLabel.objects.exists()
    assert not GapCase.objects.exists()
