"""Submissions, drafts and take-backs: no label is lost, doubled or counted beyond its item's slots."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import Answer, Draft, Event, HandOut, Review, RubricVersion, Slot
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.jobs import due_entries
from labeling.queries.reviews import submission_of
from labeling.services.projects import remove_member
from labeling.services.queues import expire_leases, postpone
from labeling.services.reviews import save_draft, take_back
from tests.world import GOOD, chat_row, pair_row


def lose_lease(world, clock):
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)


def test_a_review_keeps_its_answers_and_finishes_its_slot(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    submitted = world.submit(hand_out, verdict="approve")

    answers = {answer.criterion.key: answer for answer in submitted.review.answers.all()}
    assert submitted.outcome == "counted"
    assert {key: answer.value for key, answer in answers.items()} == {**GOOD, "grounded": ""}
    assert answers["grounded"].is_not_applicable
    assert Slot.objects.get().state == Slot.State.DONE


def test_the_same_submit_twice_is_one_review(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    first, second = world.submit(hand_out), world.submit(hand_out)

    assert (first.outcome, second.outcome) == ("counted", "repeated")
    assert first.review == second.review
    assert Review.objects.count() == 1


def test_the_first_label_freezes_the_rubric_version(world):
    world.ingest(chat_row())

    world.review_next(world.ana)

    assert RubricVersion.objects.get(pk=world.rubric.pk).frozen_at == world.now


@pytest.mark.django_db(transaction=False)
def test_the_database_refuses_to_change_a_frozen_version(world):
    world.ingest(chat_row())
    world.review_next(world.ana)

    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        RubricVersion.objects.filter(pk=world.rubric.pk).update(instructions="Be lenient.")


def test_the_database_refuses_to_change_or_delete_an_answer(world):
    world.ingest(chat_row())
    world.review_next(world.ana)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Answer.objects.update(value="no")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Answer.objects.all()._raw_delete("default")


def test_the_database_refuses_a_slot_beyond_the_entry(world):
    world.ingest(chat_row())
    entry = world.entry("r-1")

    with pytest.raises(DatabaseError, match="no further slot"), transaction.atomic():
        Slot.objects.create(entry=entry, slot_no=2, queue=entry.queue, priority=1, due_at=entry.due_at)


def test_the_database_refuses_a_second_counted_review_of_a_slot(world):
    world.ingest(chat_row())
    review = world.review_next(world.ana).review

    with pytest.raises(DatabaseError, match="already has a review"), transaction.atomic():
        Review.objects.create(
            hand_out=review.hand_out,
            revision=2,
            entry=review.entry,
            slot=review.slot,
            reviewer=review.reviewer,
            verdict="reject",
            blind_state="blind",
            submitted_at=world.now,
        )


def test_an_incomplete_review_is_refused_by_field_and_nothing_is_stored(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    with pytest.raises(Invalid) as refusal:
        world.submit(hand_out, verdict="reject", note=" ", answers={"correct": "perhaps"})

    assert set(refusal.value.complaints) == {"correct", "complete", "tone", "grounded", "note"}
    assert Review.objects.count() == 0
    assert Slot.objects.get().state == Slot.State.LEASED


def test_an_unknown_criterion_is_refused_by_name(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    with pytest.raises(Invalid) as refusal:
        world.submit(hand_out, answers={**GOOD, "politeness": "4"})

    assert list(refusal.value.complaints) == ["politeness"]


def test_a_late_submit_counts_while_its_slot_is_free(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    lose_lease(world, clock)

    submitted = world.submit(hand_out)

    assert submitted.outcome == "counted"
    assert Slot.objects.get().reviewer == world.rater(world.ana)


def test_a_late_submit_after_somebody_else_got_the_turn_is_kept_as_extra(world, clock):
    world.ingest(chat_row())
    hers = world.hand_out(world.ana)
    lose_lease(world, clock)
    his = world.hand_out(world.ben)

    late, in_time = world.submit(hers), world.submit(his)

    assert (late.outcome, in_time.outcome) == ("extra", "counted")
    assert late.review.slot is None
    assert Event.objects.filter(kind="review.kept_as_extra").count() == 1


def test_a_draft_outlives_the_lease(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    save_draft(hand_out, content={"answer-correct": "yes"}, now=world.now)
    lose_lease(world, clock)

    again = world.hand_out(world.ana)

    assert Draft.objects.get(entry=again.entry, reviewer=again.reviewer).content == {"answer-correct": "yes"}


def test_a_tab_that_stood_open_saves_no_draft_once_the_item_is_submitted_in_another(world, clock):
    world.ingest(chat_row())
    older = world.hand_out(world.ana)
    lose_lease(world, clock)
    newer = world.hand_out(world.ana)
    world.submit(newer)

    with pytest.raises(Conflict):
        save_draft(older, content={"answer-correct": "no"}, now=world.now)

    assert newer.token != older.token
    assert submission_of(older, now=world.now).take_back.token == newer.token


def test_taking_back_within_the_grace_gives_the_turn_and_the_work_back(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out, note="too quick")
    clock.shift(29)

    take_back(hand_out, now=world.now)

    slot = Slot.objects.get()
    draft = Draft.objects.get()
    assert (slot.state, slot.reviewer) == (Slot.State.LEASED, world.rater(world.ana))
    assert draft.content == {
        "verdict": "approve",
        "note": "too quick",
        "answer-correct": "yes",
        "answer-complete": "4",
        "answer-tone": "4",
        "answer-grounded": "n/a",
    }


def test_a_changed_review_is_the_next_revision_and_the_first_stays_readable(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    first = world.submit(hand_out).review
    take_back(hand_out, now=world.now)

    second = world.submit(hand_out, verdict="reject", revision=2).review

    assert second.supersedes == first
    assert second.slot == first.slot
    assert list(Review.objects.filter(withdrawal__isnull=True)) == [second]


def test_taking_back_after_the_grace_is_refused(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    clock.shift(31)

    with pytest.raises(Conflict, match="over"):
        take_back(hand_out, now=world.now)


def test_taking_back_twice_is_one_withdrawal(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)

    assert take_back(hand_out, now=world.now) == take_back(hand_out, now=world.now)


def test_a_taken_back_turn_that_is_left_lying_goes_to_the_next_person_and_a_late_change_is_extra(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    take_back(hand_out, now=world.now)
    lose_lease(world, clock)
    his = world.hand_out(world.ben)
    world.submit(his)

    late = world.submit(hand_out, verdict="reject", revision=2)

    assert late.outcome == "extra"
    counted = Review.objects.filter(slot__isnull=False, withdrawal__isnull=True)
    assert [review.reviewer for review in counted] == [world.rater(world.ben)]


def test_a_late_review_that_is_taken_back_does_not_stop_the_queue(world, clock):
    world.ingest(chat_row())
    hers = world.hand_out(world.ana)
    lose_lease(world, clock)
    world.hand_out(world.ben)
    lose_lease(world, clock)
    world.submit(hers)
    take_back(hers, now=world.now)
    lose_lease(world, clock)

    assert isinstance(world.hand_out(world.cleo), HandOut)


def test_a_late_review_in_another_slot_can_be_taken_back_and_put_off(world, clock):
    world.set_queue(overlap=2)
    world.ingest(chat_row())
    hers = world.hand_out(world.ana)
    lose_lease(world, clock)
    world.hand_out(world.ben)
    world.submit(hers)
    take_back(hers, now=world.now)

    held = world.hand_out(world.ana)
    postpone(hers, now=world.now)

    assert held == hers
    assert {slot.state for slot in world.slots("r-1")} == {"leased", "open"}


def test_an_extra_review_does_not_start_the_grace_of_a_settled_item_anew(world, clock):
    world.ingest(chat_row())
    hers = world.hand_out(world.ana)
    lose_lease(world, clock)
    world.review_next(world.ben)
    clock.shift(31)
    world.settle_all()

    submitted = world.submit(hers)
    clock.shift(31)

    assert submitted.outcome == "extra"
    assert due_entries(now=world.now) == []


def test_a_pair_is_stored_by_canonical_side_whatever_order_was_shown(world):
    world.ingest(*(pair_row(f"r-{number}") for number in range(12)))
    seen = set()
    for _ in range(12):
        hand_out = world.hand_out(world.ana, world.pair_queue)
        review = world.submit(hand_out, answers={"preference": "a"}, verdict="", note="").review
        seen.add((hand_out.order_shown, review.answers.get().value))

    assert seen == {("ab", "a"), ("ba", "b")}


def test_an_owner_who_labels_is_stored_as_not_blind(world):
    world.join(world.olga, "reviewer")
    world.ingest(chat_row())

    review = world.review_next(world.olga).review

    assert review.blind_state == "not_blind"


def test_who_gave_back_an_owners_role_still_does_not_label_blind(world):
    membership = world.join(world.ana, "owner")
    remove_member(membership=membership, actor=world.ada, now=world.now)
    world.ingest(chat_row())

    review = world.review_next(world.ana).review

    assert review.blind_state == "not_blind"


def test_the_database_refuses_an_answer_to_another_rubrics_question(world):
    world.ingest(chat_row())
    review = world.review_next(world.ana).review
    foreign = world.preference_rubric.criteria.get()
    type(world.preference_rubric).objects.filter(pk=world.preference_rubric.pk).update(frozen_at=world.now)

    with pytest.raises(DatabaseError, match="another rubric version"), transaction.atomic():
        Answer.objects.create(review=review, criterion=foreign, value="a")


def test_the_database_refuses_a_review_by_somebody_who_does_not_hold_the_slot(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    with pytest.raises(DatabaseError, match="held by somebody else"), transaction.atomic():
        Review.objects.create(
            hand_out=hand_out,
            entry=hand_out.entry,
            slot=hand_out.slot,
            reviewer=world.rater(world.ben),
            verdict="approve",
            blind_state="blind",
            submitted_at=world.now,
        )
