"""Qualifying at the same moment: two tabs begin once, two people wait for nobody, and a result is written once."""

import pytest
from django.db import connection

from labeling.models import SCREEN_ROUND, TRAINING_ROUND, Event, GoldCase, Qualification, QueueEntry, Screening, Slot
from labeling.policy.errors import Conflict
from labeling.services.gold import retire_gold_case
from labeling.services.reviews import take_back
from labeling.services.screenings import begin_screening, end_screening
from tests.services.qualifying import ask_for_qualification, begin, go_through, make_case, take
from tests.services.test_races import again, at_once
from tests.world import World

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time: races are for PostgreSQL"
)
N_ROUNDS = 5


@pytest.fixture
def world(transactional_db):
    return World()


def test_of_four_tabs_one_begins(world):
    ask_for_qualification(world)

    errors = at_once(*[lambda: begin(world, world.ana)] * 4)

    assert errors == [None] * 4
    assert Screening.objects.count() == 1
    assert Slot.objects.filter(entry__round__in=[TRAINING_ROUND, SCREEN_ROUND]).count() == 7
    assert Event.objects.filter(kind="screening.begun").count() == 1


def test_three_people_who_begin_at_once_do_not_block_each_other(world):
    for number in range(N_ROUNDS):
        queue = world.make_queue(f"queue-{number}", f"Queue {number}", world.rubric, kinds=(f"kind-{number}",))
        type(queue).objects.filter(pk=queue.pk).update(needs_qualification=True, n_training=1, n_screen=1)
        queue.refresh_from_db()
        make_cases(world, number)

        errors = at_once(
            *(
                lambda who=who, queue=queue: begin_screening(queue, world.rater(who), now=world.now)
                for who in world.reviewers
            )
        )

        assert errors == [None] * 3
        entries = QueueEntry.objects.filter(queue=queue)
        assert sum(entries.values_list("n_slots", flat=True)) == Slot.objects.filter(queue=queue).count() == 6


def make_cases(world, number):
    for use in (GoldCase.Use.TRAINING, GoldCase.Use.SCREEN):
        make_case(world, f"{use}-{number}", use=use)


def test_of_four_clocks_one_writes_the_result(world, clock):
    ask_for_qualification(world)
    begun = begin(world, world.ana)
    go_through(world, world.ana, n_turns=7)
    clock.shift(31)

    errors = at_once(*[lambda: end_screening(begun.pk, now=world.now)] * 4)

    assert errors == [None] * 4
    assert Qualification.objects.count() == 1
    assert Event.objects.filter(kind="screening.ended").count() == 1


def test_a_take_back_and_the_end_never_both_happen(world, clock):
    ask_for_qualification(world, n_training=0, n_screen=1)
    for who in world.reviewers:
        begun = begin(world, who)
        hand_out = take(world, who)
        world.submit(hand_out, verdict="reject")
        still_in_time = world.now
        clock.shift(31)

        _, refused = at_once(
            lambda pk=begun.pk: end_screening(pk, now=world.now),
            lambda one=hand_out, at=still_in_time: take_back(again(one), now=at),
        )

        begun.refresh_from_db()
        is_taken_back = hand_out.reviews.filter(withdrawal__isnull=False).exists()
        assert is_taken_back == (refused is None)
        assert is_taken_back != (begun.ended_at is not None)
        assert refused is None or isinstance(refused, Conflict)


def test_a_case_that_is_retired_meanwhile_never_lies_ready(world):
    ask_for_qualification(world, n_training=0, n_screen=1, n_cases=(0, 3))
    for who, case in zip(world.reviewers, GoldCase.objects.order_by("id"), strict=True):
        retire = {"case": case, "actor": world.olga, "now": world.now}

        errors = at_once(lambda who=who: begin(world, who), lambda retire=retire: retire_gold_case(**retire))

        assert [one for one in errors if one is not None and not isinstance(one, Conflict)] == []
        lying = Slot.objects.filter(state=Slot.State.OPEN, entry__purpose__gold_case__retired_at__isnull=False)
        assert not lying.exists()
