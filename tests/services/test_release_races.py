"""Somebody takes a turn away, or goes away, at the moment it is submitted or handed out."""

import pytest
from django.db import connection

from labeling.models import Absence, Event, HandOut, Review, Slot
from labeling.policy.errors import Conflict, Invalid
from labeling.services.absences import cancel_absence, enter_absence
from labeling.services.hand_outs import release_turn, release_turns_of
from labeling.services.queues import hand_out_next, take_seat
from tests.services.test_races import again, at_once
from tests.world import World, chat_row

N_ROUNDS = 10
pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time: races are for PostgreSQL"
)


@pytest.fixture
def world(transactional_db):
    return World()


def test_a_turn_is_submitted_or_released_and_counted_once_either_way(world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(N_ROUNDS)))
    errors, submitted = [], []

    for _ in range(N_ROUNDS):
        hers = world.hand_out(world.ana)
        one, slot = again(hers), Slot.objects.select_related("queue__project").get(pk=hers.slot_id)
        errors += at_once(
            lambda one=one: submitted.append(world.submit(one).outcome),
            lambda slot=slot: release_turn(
                slot, lease_no=slot.lease_no, reason="A race.", actor=world.ada, now=world.now
            ),
        )

    assert [error for error in errors if error and not isinstance(error, Conflict)] == []
    assert submitted == ["counted"] * N_ROUNDS
    assert Slot.objects.filter(state=Slot.State.DONE).count() == N_ROUNDS
    n_released = Event.objects.filter(kind="turn.released").count()
    assert n_released + sum(isinstance(error, Conflict) for error in errors) == N_ROUNDS


def test_a_release_while_somebody_else_waits_gives_the_turn_to_one_of_them(world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(N_ROUNDS)))
    ben, outcomes, errors = world.rater(world.ben), [], []
    take_seat(world.queue, ben, now=world.now)

    for _ in range(N_ROUNDS):
        hers = world.hand_out(world.ana)
        if not isinstance(hers, HandOut):
            break
        release_turns_of(hers.reviewer, reason="A race.", actor=world.ada, now=world.now)
        late = again(hers)
        errors += at_once(
            lambda one=late: outcomes.append(world.submit(one).outcome),
            lambda: hand_out_next(world.queue, ben, now=world.now),
        )
        held = world.hand_out(world.ben)
        if isinstance(held, HandOut):
            world.submit(held)

    assert [error for error in errors if error] == []
    assert set(outcomes) <= {"counted", "extra"}
    assert not Slot.objects.exclude(state=Slot.State.DONE).exists()
    counted = Review.objects.filter(slot__isnull=False)
    assert counted.count() == counted.values("slot").distinct().count() == N_ROUNDS


def test_whoever_goes_away_while_they_submit_blocks_nobody(world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(N_ROUNDS)))
    day = world.now.date()
    submitted = []

    for _ in range(N_ROUNDS):
        late = again(world.hand_out(world.ana))
        errors = at_once(
            lambda one=late: submitted.append(world.submit(one).outcome),
            lambda: enter_absence(
                [world.rater(world.ana)], first_day=day, last_day=day, actor=world.ana, now=world.now
            ),
        )
        assert errors == [None, None]
        cancel_absence(Absence.objects.get(cancelled_at__isnull=True), actor=world.ana, now=world.now)

    assert submitted == ["counted"] * N_ROUNDS


def test_the_same_days_sent_four_times_at_once_are_entered_once(world):
    ana, day = world.rater(world.ana), world.now.date()

    errors = at_once(*[lambda: enter_absence([ana], first_day=day, last_day=day, actor=world.ana, now=world.now)] * 4)

    assert sum(isinstance(error, Invalid) for error in errors) == 3
    assert Absence.objects.count() == 1


def test_whoever_goes_away_while_they_are_handed_an_item_holds_nothing(world):
    world.ingest(chat_row())
    ana = world.rater(world.ana)
    take_seat(world.queue, ana, now=world.now)
    day = world.now.date()

    for _ in range(N_ROUNDS):
        errors = at_once(
            lambda: hand_out_next(world.queue, ana, now=world.now),
            lambda: enter_absence([ana], first_day=day, last_day=day, actor=world.ana, now=world.now),
        )
        n_held = Slot.objects.filter(state=Slot.State.LEASED).count()
        cancel_absence(Absence.objects.get(cancelled_at__isnull=True), actor=world.ana, now=world.now)

        assert errors == [None, None]
        assert n_held == 0
