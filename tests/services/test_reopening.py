"""A final label can be re-opened: it stays as history, and somebody else settles the item anew."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import EntryPurpose, Event, FinalLabel, Item, Membership, QueueEntry, Reopening, Sending, Slot
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.queries.adjudication import disputes_of
from labeling.queries.deliveries import final_label_of, release_now
from labeling.queries.exports import final_rows
from labeling.queries.labels import final_labels_of
from labeling.services.adjudication import adjudicate, settle_entry
from labeling.services.reopening import reopen
from labeling.services.webhooks import create_webhook
from tests.services.ruling import RULING, escalated, rule, settled
from tests.world import GOOD, action_row, chat_row

# --- re-opening -------------------------------------------------------------------------------------------------------


def test_a_reopened_label_is_history_and_the_item_disputed(world, clock):
    final = settled(world, clock)

    reopen(final, opener=world.olga, reason=" A customer complained. ", now=world.now)

    assert Reopening.objects.get().reason == "A customer complained."
    assert (world.item("r-1").status, world.entry("r-1").state) == (Item.Status.DISPUTED, "disputed")
    assert Event.objects.get(kind="entry.reopened").subject["final_label_id"] == final.pk
    assert list(final_labels_of(world.project)) == []
    assert [entry.is_reopened for entry in disputes_of(world.project, world.olga, now=world.now)] == [True]


def test_a_reopened_item_has_as_much_time_as_it_had_first(world, clock):
    final = settled(world, clock)
    was_given = final.entry.due_at - final.entry.created_at
    clock.shift(30 * 24 * 3600)

    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    assert world.entry("r-1").due_at == world.now + was_given


def test_without_a_reason_nothing_is_reopened(world, clock):
    final = settled(world, clock)

    with pytest.raises(Invalid):
        reopen(final, opener=world.olga, reason="  ", now=world.now)

    assert world.item("r-1").status == Item.Status.FINAL


def test_the_second_who_reopens_is_told_and_changes_nothing(world, clock):
    final = settled(world, clock)
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    with pytest.raises(Conflict):
        reopen(final, opener=world.ada, reason="Another one.", now=world.now)

    assert Reopening.objects.get().reopened_by == world.olga


def test_an_old_label_is_not_reopened_over_the_one_that_stands(world, clock):
    final = settled(world, clock)
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)
    rule(world, world.ada)

    with pytest.raises(Conflict):
        reopen(final, opener=world.olga, reason="Once more.", now=world.now)


def test_the_worker_does_not_settle_what_was_reopened_by_itself(world, clock):
    final = settled(world, clock)
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    assert settle_entry(final.entry_id, now=world.now) == "skipped"


def test_the_next_label_is_a_new_revision_and_the_only_one_that_stands(world, clock):
    final = settled(world, clock)
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    anew = rule(world, world.ada)
    clock.shift(60)

    assert (anew.revision, anew.verdict) == (2, "reject")
    assert FinalLabel.objects.get(pk=final.pk).verdict == "approve"
    assert list(final_labels_of(world.project)) == [anew]
    assert final_label_of(world.item("r-1")) == anew
    assert [(row["verdict"], row["revision"]) for row in final_rows(world.project, world.now)] == [("reject", 2)]


def test_the_database_lets_one_final_label_of_an_entry_stand(world, clock):
    final = settled(world, clock)
    another = FinalLabel(
        entry=final.entry,
        item=final.item,
        revision=2,
        verdict="reject",
        source="single",
        is_bad=True,
        decided_at=world.now,
    )

    with pytest.raises(DatabaseError, match="re-open it first"), transaction.atomic():
        another.save(force_insert=True)


def test_a_reopening_is_never_changed(world, clock):
    reopen(settled(world, clock), opener=world.olga, reason="A complaint.", now=world.now)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Reopening.objects.update(reason="None.")


def test_webhooks_are_told_each_final_label_as_an_event_of_its_own(world, clock):
    create_webhook(
        project=world.project, name="x", url="https://x.example/", hears=["final_label"], actor=world.ada, now=world.now
    )
    final = settled(world, clock)
    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    anew = rule(world, world.ada)

    told = list(Sending.objects.order_by("pk").values_list("subject", flat=True))
    assert told == [f"final_label:{final.pk}", f"final_label:{anew.pk}"]
    assert '"revision":2' in Sending.objects.latest("pk").body


# --- independence -----------------------------------------------------------------------------------------------------


def test_whoever_settled_it_before_does_not_settle_it_again(world, clock):
    world.ingest(chat_row())
    world.review_next(world.ana, verdict="escalate")
    clock.shift(31)
    world.settle_all()
    first = rule(world, world.olga)
    reopen(first, opener=world.olga, reason="A complaint.", now=world.now)

    with pytest.raises(NotAllowed, match="You settled this before"):
        rule(world, world.olga, verdict="approve", answers=GOOD)

    assert rule(world, world.ada, verdict="approve", answers=GOOD).revision == 2


def test_where_nobody_else_is_left_it_is_said_whom_to_ask(world, clock):
    world.ingest(chat_row())
    world.review_next(world.ana, verdict="escalate")
    clock.shift(31)
    world.settle_all()
    reopen(rule(world, world.olga), opener=world.olga, reason="A complaint.", now=world.now)
    reopen(rule(world, world.ada), opener=world.olga, reason="Another one.", now=world.now)

    with pytest.raises(NotAllowed, match="ask ada for another eval owner"):
        rule(world, world.olga)

    assert world.entry("r-1").state == QueueEntry.State.DISPUTED


def test_whoever_wrote_the_output_does_not_settle_it(world, clock):
    escalated(world, clock, author="olga")

    with pytest.raises(NotAllowed, match="wrote or commissioned"):
        rule(world, world.olga)


def test_whoever_labelled_it_in_another_round_does_not_settle_it(world, clock):
    world.join(world.ana, Membership.Role.OWNER)
    entry = escalated(world, clock, user=world.ben)
    elsewhere = QueueEntry.objects.create(
        queue=entry.queue,
        item=entry.item,
        rubric_version=entry.rubric_version,
        round=2,
        overlap=1,
        n_slots=1,
        due_at=entry.due_at,
        created_at=world.now,
    )
    EntryPurpose.objects.create(entry=elsewhere, purpose="live")
    Slot.objects.create(entry=elsewhere, slot_no=1, queue=entry.queue, state="open", priority=1, due_at=entry.due_at)
    world.review_next(world.ana)

    with pytest.raises(NotAllowed, match="You labelled"):
        adjudicate(entry, adjudicator=world.ana, now=world.now, **RULING)


# --- a pending action -------------------------------------------------------------------------------------------------


def test_a_reopened_action_is_not_cleared_and_says_that_it_had_been(world, clock):
    world.ingest(action_row("r-1"))
    world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()
    item = world.item("r-1")
    assert release_now(item.pk).release.is_cleared

    reopen(FinalLabel.objects.get(), opener=world.olga, reason="A complaint.", now=world.now)
    reopened = release_now(item.pk)
    rule(world, world.ada)
    refused = release_now(item.pk)

    assert (reopened.release.outcome, reopened.was_cleared_before) == ("undecided", True)
    assert "decided again" in reopened.release.reason
    assert (refused.release.outcome, refused.was_cleared_before) == ("refused", True)
