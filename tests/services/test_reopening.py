"""A final label can be re-opened: it stays as history, and somebody else settles the item anew."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labeling.models import (
    EntryPurpose,
    Event,
    FinalLabel,
    GapCase,
    GuidelineGap,
    HandOver,
    Item,
    Membership,
    QueueEntry,
    Reopening,
    Sending,
    Slot,
)
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.queries.adjudication import disputes_of
from labeling.queries.deliveries import final_label_of, release_now
from labeling.queries.escalations import addressees_of, n_waiting_for
from labeling.queries.exports import final_rows
from labeling.queries.labels import final_labels_of
from labeling.services.adjudication import adjudicate, settle_entry
from labeling.services.reopening import hand_over, reopen
from labeling.services.webhooks import create_webhook
from tests.world import BAD, GOOD, action_row, chat_row

RULING = {
    "verdict": "reject",
    "answers": BAD,
    "reason": "The window is wrong.",
    "error_category": "reviewer_error",
    "has_guideline_gap": False,
}


def settled(world, clock, **submission):
    world.ingest(chat_row())
    world.review_next(world.ana, **submission)
    clock.shift(31)
    world.settle_all()
    return FinalLabel.objects.get()


def rule(world, adjudicator, **changes):
    return adjudicate(world.entry("r-1"), adjudicator=adjudicator, now=world.now, **{**RULING, **changes})


def escalated(world, clock, to="", user=None, **row):
    world.ingest(chat_row(**row))
    world.review_next(user or world.ana, verdict="escalate", details=VerdictDetails(escalated_to=to))
    clock.shift(31)
    world.settle_all()
    return QueueEntry.objects.get(state=QueueEntry.State.DISPUTED)


def waiting_for(world, user):
    return n_waiting_for(user, [world.project]).get(world.project.pk, 0)


# --- re-opening -------------------------------------------------------------------------------------------------------


def test_a_reopened_label_is_history_and_the_item_disputed(world, clock):
    final = settled(world, clock)

    reopen(final, opener=world.olga, reason=" A customer complained. ", now=world.now)

    assert Reopening.objects.get().reason == "A customer complained."
    assert (world.item("r-1").status, world.entry("r-1").state) == (Item.Status.DISPUTED, "disputed")
    assert Event.objects.get(kind="entry.reopened").subject["final_label_id"] == final.pk
    assert list(final_labels_of(world.project)) == []
    assert [entry.is_reopened for entry in disputes_of(world.project, world.olga, now=world.now)] == [True]


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


# --- what an adjudication carries -------------------------------------------------------------------------------------


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


# --- for whom it waits ------------------------------------------------------------------------------------------------


def test_a_role_and_a_person_are_told_and_nobody_else(world, clock):
    entry = escalated(world, clock, to="admin")
    assert (waiting_for(world, world.ada), waiting_for(world, world.olga)) == (1, 0)

    hand_over(entry, to=f"person-{world.olga.pk}", reason="She knows the policy.", actor=world.ada, now=world.now)

    assert (waiting_for(world, world.ada), waiting_for(world, world.olga)) == (0, 1)
    assert Event.objects.get(kind="entry.handed_over").subject["to_user_id"] == world.olga.pk


def test_a_dispute_that_nobody_escalated_waits_for_nobody_in_particular(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row())
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(31)
    world.settle_all()

    assert addressees_of([world.entry("r-1")]) == {world.entry("r-1").pk: []}
    assert waiting_for(world, world.olga) == 0


def test_a_person_who_has_left_falls_back_to_their_role(world, clock):
    entry = escalated(world, clock, to=f"person-{world.olga.pk}")
    Membership.objects.filter(user=world.olga).delete()

    [addressee] = addressees_of([entry])[entry.pk]

    assert (addressee.role, addressee.person, addressee.has_fallen_back) == ("owner", None, True)


def test_a_person_who_labelled_it_falls_back_to_their_role(world, clock):
    world.join(world.cleo, Membership.Role.OWNER)
    world.set_queue(overlap=2)
    world.ingest(chat_row())
    to_cleo = VerdictDetails(escalated_to=f"person-{world.cleo.pk}")
    world.review_next(world.ana, verdict="escalate", details=to_cleo)
    world.review_next(world.cleo)
    clock.shift(31)
    world.settle_all()

    [addressee] = addressees_of([world.entry("r-1")])[world.entry("r-1").pk]

    assert (addressee.shown_name, addressee.has_fallen_back) == ("An eval owner", True)
    assert (waiting_for(world, world.cleo), waiting_for(world, world.olga)) == (0, 1)


def test_an_escalation_that_was_answered_waits_for_nobody_after_a_reopening(world, clock):
    entry = escalated(world, clock, to="owner")
    final = rule(world, world.olga)
    clock.shift(1)

    reopen(final, opener=world.olga, reason="A complaint.", now=world.now)

    assert addressees_of([entry])[entry.pk] == []


def test_a_hand_over_keeps_the_due_time_and_needs_a_reason_and_a_dispute(world, clock):
    entry = escalated(world, clock)
    due_at = entry.due_at
    with pytest.raises(Invalid):
        hand_over(entry, to="owner", reason=" ", actor=world.ada, now=world.now)
    with pytest.raises(Invalid):
        hand_over(entry, to=f"person-{world.ben.pk}", reason="Because.", actor=world.ada, now=world.now)
    hand_over(entry, to="owner", reason="Because.", actor=world.ada, now=world.now)
    assert QueueEntry.objects.get(pk=entry.pk).due_at == due_at
    rule(world, world.olga)

    with pytest.raises(Conflict):
        hand_over(entry, to="admin", reason="Because.", actor=world.ada, now=world.now)

    assert HandOver.objects.count() == 1


def test_more_disputes_take_no_more_queries(world, clock):
    counts = []
    for start in (0, 3):
        world.ingest(*(chat_row(f"r-{start + n}") for n in range(3)))
        for _ in range(3):
            to_olga = VerdictDetails(escalated_to=f"person-{world.olga.pk}")
            world.review_next(world.ana, verdict="escalate", details=to_olga)
        clock.shift(31)
        world.settle_all()
        with CaptureQueriesContext(connection) as captured:
            assert waiting_for(world, world.olga) == start + 3
        counts.append(len(captured))

    assert counts[0] == counts[1]


# --- worst first ------------------------------------------------------------------------------------------------------


def test_disputes_stand_by_stakes_then_overdue_then_how_far_apart_then_due(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    for name, stakes, second in (
        ("near", "medium", "revise"),
        ("far", "medium", "reject"),
        ("high", "high", "revise"),
        ("late", "medium", "revise"),
    ):
        world.ingest(chat_row(name, stakes=stakes))
        world.review_next(world.ana, note="Fine.")
        world.review_next(world.ben, verdict=second, note="No.")
    clock.shift(60)
    world.settle_all()
    QueueEntry.objects.filter(item__external_id="late").update(due_at=world.now)
    clock.shift(1)

    order = [entry.item.external_id for entry in disputes_of(world.project, world.olga, now=world.now)]

    assert order == ["high", "late", "far", "near"]


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
