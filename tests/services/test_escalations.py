"""For whom a dispute waits: whoever it was escalated or handed over to; and which dispute comes first."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Event, HandOver, Membership, QueueEntry
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.verdicts import VerdictDetails
from labeling.queries.adjudication import disputes_of
from labeling.queries.escalations import addressees_of, n_waiting_for
from labeling.services.reopening import hand_over, reopen
from tests.services.ruling import disputed, escalated, rule
from tests.world import chat_row


def waiting_for(world, user):
    return n_waiting_for(user, [world.project]).get(world.project.pk, 0)


# --- for whom it waits ------------------------------------------------------------------------------------------------


def test_a_role_and_a_person_are_told_and_nobody_else(world, clock):
    entry = escalated(world, clock, to="admin")
    assert (waiting_for(world, world.ada), waiting_for(world, world.olga)) == (1, 0)

    hand_over(entry, to=f"person-{world.olga.pk}", reason="She knows the policy.", actor=world.ada, now=world.now)

    assert (waiting_for(world, world.ada), waiting_for(world, world.olga)) == (0, 1)
    assert Event.objects.get(kind="entry.handed_over").subject["to_user_id"] == world.olga.pk


def test_a_dispute_that_nobody_escalated_waits_for_nobody_in_particular(world, clock):
    entry = disputed(world, clock)

    assert addressees_of([entry]) == {entry.pk: []}
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
