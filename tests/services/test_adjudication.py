"""Finality: when labels settle, when a third slot breaks the tie and when a person decides."""

import pytest

from labeling.models import FinalLabel, Item, QueueEntry
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.queries.adjudication import disputes_of
from labeling.services.adjudication import adjudicate
from labeling.services.reviews import take_back
from tests.world import BAD, GOOD, chat_row


def label_twice(world, *, first="approve", second="approve", second_answers=None):
    world.set_queue(overlap=2)
    world.ingest(chat_row())
    world.review_next(world.ana, verdict=first)
    world.review_next(world.ben, verdict=second, answers=second_answers)


def make_dispute(world, clock):
    world.set_queue(breaks_ties=False)
    label_twice(world, second="reject", second_answers=BAD)
    clock.shift(31)
    world.settle_all()
    return world.entry("r-1")


def decide(world, entry, adjudicator, **changes):
    decision = {
        "verdict": "reject",
        "answers": BAD,
        "reason": "The refund window is wrong.",
        "error_category": "reviewer_error",
        "has_guideline_gap": False,
        **changes,
    }
    return adjudicate(entry, adjudicator=adjudicator, now=world.now, **decision)


def test_nothing_is_final_before_the_grace_is_over(world, clock):
    label_twice(world)
    clock.shift(29)

    assert world.settle_all() == []


def test_two_reviewers_who_agree_make_a_final_label(world, clock):
    label_twice(world)
    clock.shift(31)

    world.settle_all()

    final = FinalLabel.objects.get()
    assert (final.source, final.verdict, final.is_bad) == ("unanimous", "approve", False)
    assert world.item("r-1").status == Item.Status.FINAL


def test_a_failed_gating_criterion_makes_an_approved_output_bad(world, clock):
    world.ingest(chat_row())
    world.review_next(world.ana, answers={**GOOD, "correct": "no"})
    clock.shift(31)

    world.settle_all()

    assert FinalLabel.objects.get().is_bad


def test_a_criterion_on_which_people_stayed_split_has_no_final_answer(world, clock):
    label_twice(world, second_answers={**GOOD, "tone": "2"})
    clock.shift(31)

    world.settle_all()

    keys = set(FinalLabel.objects.get().answers.values_list("criterion__key", flat=True))
    assert keys == {"correct", "complete", "grounded"}


def test_two_who_disagree_get_a_third_slot_and_its_majority_is_final(world, clock):
    label_twice(world, second="reject", second_answers=BAD)
    clock.shift(31)

    outcomes = world.settle_all()
    world.review_next(world.cleo, verdict="reject", answers=BAD)
    clock.shift(31)
    outcomes += world.settle_all()

    final = FinalLabel.objects.get()
    assert outcomes == ["tie_break", "final"]
    assert (final.source, final.verdict, final.is_bad) == ("majority", "reject", True)


def test_a_tie_break_that_breaks_nothing_goes_to_adjudication(world, clock):
    label_twice(world, second="reject", second_answers=BAD)
    clock.shift(31)
    world.settle_all()
    world.review_next(world.cleo, verdict="revise", answers=GOOD)
    clock.shift(31)

    outcomes = world.settle_all()

    assert outcomes == ["dispute"]
    assert world.item("r-1").status == Item.Status.DISPUTED


def test_an_escalated_item_goes_to_a_person(world, clock):
    world.ingest(chat_row())
    world.review_next(world.ana, verdict="escalate")
    clock.shift(31)

    assert world.settle_all() == ["dispute"]


def test_a_take_back_stops_the_clock(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    take_back(hand_out, now=world.now)
    clock.shift(60)

    assert world.settle_all() == []


def test_an_owner_settles_a_dispute_with_a_reason(world, clock):
    entry = make_dispute(world, clock)

    final = decide(world, entry, world.olga)

    assert (final.source, final.verdict, final.is_bad) == ("adjudicated", "reject", True)
    assert final.adjudication.reason == "The refund window is wrong."
    assert QueueEntry.objects.get(pk=entry.pk).state == QueueEntry.State.SETTLED
    assert list(disputes_of(world.project, world.olga, now=world.now)) == []


def test_whoever_labelled_the_item_may_not_settle_it(world, clock):
    entry = make_dispute(world, clock)

    with pytest.raises(NotAllowed):
        decide(world, entry, world.ana)


def test_the_second_adjudicator_is_told_and_changes_nothing(world, clock):
    entry = make_dispute(world, clock)
    decide(world, entry, world.olga)

    with pytest.raises(Conflict):
        decide(world, entry, world.ada, verdict="approve", answers=GOOD)

    assert FinalLabel.objects.get().verdict == "reject"


def test_an_adjudication_without_a_reason_is_refused_by_field(world, clock):
    entry = make_dispute(world, clock)

    with pytest.raises(Invalid) as refusal:
        decide(world, entry, world.olga, reason=" ", error_category="", verdict="escalate")

    assert set(refusal.value.complaints) == {"reason", "error_category", "verdict"}
