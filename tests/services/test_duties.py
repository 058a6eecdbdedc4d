"""Duties and qualifications: who may draw, and that nobody else does."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Duty, Event, HandOut, Membership, Qualification, Queue
from labeling.policy.assignment import EmptyQueue, Rotation
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.days import day_of
from labeling.services.absences import enter_absence
from labeling.services.duties import NewDuty, grant_qualification, set_duties, withdraw_qualification
from labeling.services.projects import remove_member
from labeling.services.queues import hand_out_next
from tests.world import chat_row


def today(world):
    return day_of(world.now)


def give_duties(world, *duties, rotation=None, reason="A rota."):
    set_duties(world.queue, duties, rotation=rotation or Rotation(), reason=reason, actor=world.ada, now=world.now)
    world.queue.refresh_from_db()


def regular(world, user, **more):
    return NewDuty(world.rater(user), **more)


def backup(world, user, of):
    return NewDuty(world.rater(user), stands_in_for=world.rater(of))


def qualify(world, user, *, n_days=30, actor=None, reason="Trained."):
    return grant_qualification(
        world.queue,
        world.rater(user),
        reason=reason,
        last_day=today(world) + timedelta(days=n_days),
        actor=actor or world.olga,
        now=world.now,
    )


def test_a_queue_without_duties_is_everybodys(world):
    world.ingest(chat_row("r-1"))

    assert isinstance(world.hand_out(world.cleo), HandOut)


def test_with_duties_only_they_may_draw(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    give_duties(world, regular(world, world.ana))

    hers, his = world.hand_out(world.ana), world.hand_out(world.ben)

    assert isinstance(hers, HandOut)
    assert his == EmptyQueue("off_duty")


def test_regulars_take_turns_and_are_told_when(world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    give_duties(world, regular(world, world.ana), regular(world, world.ben), rotation=Rotation(1, 7, today(world)))

    early = world.hand_out(world.ben)
    clock.shift(timedelta(days=7))
    in_time, over = world.hand_out(world.ben), world.hand_out(world.ana)

    assert early == EmptyQueue("off_duty", day=today(world))
    assert isinstance(in_time, HandOut)
    assert over == EmptyQueue("off_duty", day=today(world) + timedelta(days=7))


def test_what_somebody_holds_stays_theirs_when_their_duty_ends(world):
    world.ingest(chat_row("r-1"))
    held = world.hand_out(world.ana)

    give_duties(world, regular(world, world.ben))

    assert world.hand_out(world.ana) == held
    assert world.submit(held).outcome == "counted"


def test_a_backup_draws_only_while_the_person_they_stand_in_for_is_away(world, clock):
    world.ingest(chat_row("r-1"))
    give_duties(world, regular(world, world.ana), backup(world, world.cleo, of=world.ana))

    before = world.hand_out(world.cleo)
    enter_absence(
        [world.rater(world.ana)], first_day=today(world), last_day=today(world), actor=world.ana, now=world.now
    )
    meanwhile = world.hand_out(world.cleo)
    world.submit(meanwhile)
    clock.shift(timedelta(days=1))
    after = world.hand_out(world.cleo)

    assert before == EmptyQueue("off_duty")
    assert isinstance(meanwhile, HandOut)
    assert after == EmptyQueue("off_duty")


def test_a_queue_whose_people_left_does_not_open_to_everybody(world):
    world.ingest(chat_row("r-1"))
    give_duties(world, regular(world, world.ana))

    remove_member(
        membership=Membership.objects.get(user=world.ana, role=Membership.Role.REVIEWER), actor=world.ada, now=world.now
    )

    assert world.hand_out(world.ben) == EmptyQueue("off_duty")


def test_an_own_cap_lowers_the_queues_and_never_raises_it(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    give_duties(world, regular(world, world.ana, daily_cap=1), regular(world, world.ben, daily_cap=9))
    world.set_queue(daily_cap=1)
    world.review_next(world.ana)
    world.set_queue(daily_cap=2)

    hers, his = world.hand_out(world.ana), world.hand_out(world.ben)

    assert hers == EmptyQueue("cap")
    assert isinstance(his, HandOut)


def test_a_claim_takes_as_many_statements_with_duties_as_without(world, django_assert_num_queries):
    def claim():
        return hand_out_next(Queue.objects.get(pk=world.queue.pk), world.rater(world.ana), now=world.now)

    world.ingest(*(chat_row(f"r-{number}") for number in range(4)))
    world.review_next(world.ana)  # freezes the rubric version
    world.review_next(world.ana)  # reads it for the last time
    with CaptureQueriesContext(connection) as without:
        world.submit(claim())
    give_duties(world, regular(world, world.ana), regular(world, world.ben), backup(world, world.cleo, of=world.ben))
    world.set_queue(needs_qualification=True)
    qualify(world, world.ana)

    with django_assert_num_queries(len(without)):
        world.submit(claim())


def test_setting_duties_again_replaces_them_and_the_trail_says_why(world):
    give_duties(world, regular(world, world.ana), regular(world, world.ben))
    give_duties(world, regular(world, world.cleo), reason="Ana and Ben moved on.")

    assert [duty.reviewer.name for duty in Duty.objects.all()] == ["cleo"]
    event = Event.objects.filter(kind="queue.duties_set").latest("id")
    assert event.subject["reason"] == "Ana and Ben moved on."
    assert event.subject["duties"] == [f"{world.rater(world.cleo).pk} regular"]


@pytest.mark.parametrize(
    ("wanted", "rotation", "field"),
    [
        (["ana", "ana"], Rotation(), "duties"),
        (["ana"], Rotation(2, 7), "on_duty"),
        (["ana", "ben"], Rotation(1, 7), "rotation_starts_on"),
    ],
)
def test_duties_that_make_no_sense_are_refused(world, wanted, rotation, field):
    with pytest.raises(Invalid) as refusal:
        give_duties(world, *(regular(world, getattr(world, name)) for name in wanted), rotation=rotation)

    assert field in refusal.value.complaints
    assert not Duty.objects.exists()


def test_a_backup_stands_in_for_a_regular_and_for_nobody_else(world):
    with pytest.raises(Invalid):
        give_duties(world, regular(world, world.ana), backup(world, world.ben, of=world.cleo))


def test_duties_need_a_reason(world):
    with pytest.raises(Invalid):
        give_duties(world, regular(world, world.ana), reason=" ")


def test_only_the_qualified_draw_from_a_queue_that_asks_for_it(world):
    world.ingest(chat_row("r-1"))
    world.set_queue(needs_qualification=True)
    qualify(world, world.ana)

    hers, his = world.hand_out(world.ana), world.hand_out(world.ben)

    assert isinstance(hers, HandOut)
    assert his == EmptyQueue("not_qualified")


def test_a_qualification_holds_on_its_last_day_and_not_on_the_next(world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.set_queue(needs_qualification=True)
    qualify(world, world.ana, n_days=1)

    clock.shift(timedelta(days=1))
    last_day = world.hand_out(world.ana)
    world.submit(last_day)
    clock.shift(timedelta(days=1))

    assert isinstance(last_day, HandOut)
    assert world.hand_out(world.ana) == EmptyQueue("not_qualified")


def test_withdrawing_ends_every_qualification_of_that_person_for_that_queue(world):
    world.set_queue(needs_qualification=True)
    shorter, longer = qualify(world, world.ana, n_days=1), qualify(world, world.ana, n_days=90)

    withdraw_qualification(shorter, reason="The rubric changed.", actor=world.olga, now=world.now)

    longer.refresh_from_db()
    assert longer.withdrawal_reason == "The rubric changed."
    assert world.hand_out(world.ana) == EmptyQueue("not_qualified")
    with pytest.raises(Conflict):
        withdraw_qualification(longer, reason="Again.", actor=world.ada, now=world.now)


@pytest.mark.parametrize("change", [{"n_days": -1}, {"reason": ""}])
def test_a_qualification_needs_a_reason_and_a_day_to_come(world, change):
    with pytest.raises(Invalid):
        qualify(world, world.ana, **change)

    assert not Qualification.objects.exists()


def test_nobody_qualifies_themself(world):
    world.join(world.olga, Membership.Role.REVIEWER)

    with pytest.raises(Invalid):
        qualify(world, world.olga, actor=world.olga)
