"""Being away: nothing is handed out, what is held goes back, and what was begun is kept."""

from datetime import timedelta

import pytest

from labeling.models import Absence, Draft, Event, HandOut, Slot
from labeling.policy.assignment import EmptyQueue
from labeling.policy.errors import Invalid
from labeling.queries.days import day_of
from labeling.services.absences import begin_absence, cancel_absence, enter_absence
from labeling.services.reviews import save_draft
from labeling.tasks import begin_absences
from tests.world import chat_row


def send_away(world, user, *, first=0, last=2, **more):
    today = day_of(world.now)
    days = {"first_day": today + timedelta(days=first), "last_day": today + timedelta(days=last)}
    (absence,) = enter_absence([world.rater(user)], **days, actor=user, now=world.now, **more)
    return absence


def test_nothing_is_handed_to_somebody_who_is_away(world):
    world.ingest(chat_row("r-1"))
    absence = send_away(world, world.ana)

    assert world.hand_out(world.ana) == EmptyQueue("away", day=absence.last_day)


def test_the_first_and_the_last_day_belong_to_it(world, clock):
    world.ingest(chat_row("r-1"))
    send_away(world, world.ana, first=1, last=2)

    reasons = []
    for _ in range(4):
        outcome = world.hand_out(world.ana)
        reasons.append(getattr(outcome, "reason", "handed out"))
        if isinstance(outcome, HandOut):
            world.submit(outcome)
            world.ingest(chat_row(f"another-{len(reasons)}"))
        clock.shift(timedelta(days=1))

    assert reasons == ["handed out", "away", "away", "handed out"]


def test_what_they_hold_goes_back_at_once_and_the_draft_stays(world):
    world.ingest(chat_row("r-1"))
    held = world.hand_out(world.ana)
    save_draft(held, content={"note": "half of it"}, now=world.now)

    absence = send_away(world, world.ana)

    absence.refresh_from_db()
    assert absence.begun_at == world.now
    assert Draft.objects.get().content == {"note": "half of it"}
    assert world.hand_out(world.ben).slot_id == held.slot_id


def test_a_planned_absence_takes_what_they_hold_when_its_day_comes(world, clock):
    world.ingest(chat_row("r-1"))
    send_away(world, world.ana, first=1)
    world.hand_out(world.ana)

    begin_absences()
    before = Slot.objects.get().state
    clock.shift(timedelta(days=1))
    begin_absences()

    assert (before, Slot.objects.get().state) == ("leased", "open")


def test_beginning_twice_gives_back_once(world, clock):
    absence = send_away(world, world.ana, first=1)
    clock.shift(timedelta(days=1))

    begin_absence(absence.pk, now=world.now)
    begin_absence(absence.pk, now=world.now)

    assert Event.objects.filter(kind="absence.begun").count() == 1


def test_a_review_sent_after_the_turn_went_back_counts_while_nobody_has_it(world):
    world.ingest(chat_row("r-1"))
    held = world.hand_out(world.ana)
    send_away(world, world.ana)

    assert world.submit(held).outcome == "counted"


def test_gold_laid_ready_waits_for_them(world, clock):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(gold_share=1.0)
    held = world.hand_out(world.ana)

    send_away(world, world.ana, last=0)
    clock.shift(timedelta(days=1))

    assert world.hand_out(world.ana).entry_id == held.entry_id


def test_a_cancelled_absence_is_over_at_once(world):
    world.ingest(chat_row("r-1"))
    absence = send_away(world, world.ana)

    assert cancel_absence(absence, actor=world.ana, now=world.now)
    assert not cancel_absence(absence, actor=world.ada, now=world.now)
    assert isinstance(world.hand_out(world.ana), HandOut)


@pytest.mark.parametrize(("first", "last"), [(2, 1), (-3, -1), (0, 400)])
def test_days_that_make_no_sense_are_refused(world, first, last):
    with pytest.raises(Invalid):
        send_away(world, world.ana, first=first, last=last)

    assert not Absence.objects.exists()


def test_the_same_days_are_entered_once(world):
    send_away(world, world.ana)

    with pytest.raises(Invalid):
        send_away(world, world.ana, first=2, last=5)


def test_the_reason_is_theirs_and_no_event_tells_it(world):
    send_away(world, world.ana, reason="a bad back")

    assert not any("bad back" in str(event.subject) for event in Event.objects.all())
