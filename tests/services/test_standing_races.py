"""A pause that meets submissions, settling and another pause at the same moment."""

import pytest
from django.db import connection

from labeling.models import HandOut, QuestionedReview, QueueEntry, Review, Seat, Slot, StandingPeriod
from labeling.policy.errors import Conflict
from labeling.services.adjudication import settle_entry
from labeling.services.queues import hand_out_next
from labeling.services.repeats import plant_repeats
from labeling.services.reviews import take_back
from labeling.services.standing import clear_standing, look_at_answers, pause
from tests.services.standing import answer_known
from tests.services.test_races import again, at_once
from tests.world import World, chat_row

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time: races are for PostgreSQL"
)
N_ROUNDS = 6


@pytest.fixture
def world(transactional_db):
    return World()


def test_a_label_submitted_while_its_reviewer_is_paused_is_in_question_or_not_counted(world, clock):
    world.set_queue(overlap=2)
    answer_known(world, clock, world.ana, [True] * 3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(4 * N_ROUNDS)))
    ana = world.rater(world.ana)
    errors = []

    for _ in range(N_ROUNDS):
        world.review_next(world.ana)
        hers, his = again(world.hand_out(world.ana)), again(world.hand_out(world.ben))
        errors += at_once(
            lambda one=hers: world.submit(one),
            lambda one=his: world.submit(one),
            lambda: pause(world.queue, ana, reason="Too fast.", actor=world.olga, now=world.now),
            lambda: hand_out_next(world.queue, ana, now=world.now),
        )
        period = StandingPeriod.objects.get(ended_at__isnull=True)
        counted = Review.objects.filter(reviewer=ana, slot__isnull=False, entry__purpose__purpose="live")
        questioned = QuestionedReview.objects.filter(settled_at__isnull=True)
        assert set(counted.values_list("id", flat=True)) == set(questioned.values_list("review", flat=True))
        assert not Slot.objects.filter(reviewer=ana, state="leased").exists()
        clear_standing(period, reason="Once more.", actor=world.olga, now=world.now)

    assert [error for error in errors if error and not isinstance(error, Conflict)] == []


def test_of_two_looks_at_once_one_pauses(world, clock):
    answer_known(world, clock, world.ana, [False] * 20)
    seat_id = Seat.objects.get(reviewer=world.rater(world.ana)).pk

    errors = at_once(*[lambda: look_at_answers(seat_id, now=world.now)] * 4)

    assert errors == [None] * 4
    assert StandingPeriod.objects.count() == 1


def test_a_pause_and_the_settling_of_what_it_questions_do_not_block_each_other(world, clock):
    answer_known(world, clock, world.ana, [True] * 3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(8)))
    for _ in range(8):
        world.review_next(world.ana)
    clock.shift(60)
    due = list(QueueEntry.objects.filter(settle_at__lte=world.now).order_by("-id").values_list("id", flat=True))

    errors = at_once(
        lambda: pause(world.queue, world.rater(world.ana), reason="Too fast.", actor=world.olga, now=world.now),
        lambda: [settle_entry(entry_id, now=world.now) for entry_id in due],
    )

    assert errors == [None, None]
    assert QuestionedReview.objects.filter(settled_at__isnull=True).count() == 8
    assert not QueueEntry.objects.filter(purpose__purpose="live", state="settled").exists()


def test_two_workers_plant_a_repeat_once(world, clock):
    world.set_queue(repeat_share=0.5)
    world.ingest(*(chat_row(f"r-{number}") for number in range(4)))
    for _ in range(4):
        assert isinstance(world.hand_out(world.ana), HandOut)
        world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()
    clock.shift(20 * 24 * 3600)
    seat_id = Seat.objects.get(reviewer=world.rater(world.ana)).pk

    errors = at_once(*[lambda: plant_repeats(seat_id, now=world.now)] * 4)

    assert errors == [None] * 4
    assert Slot.objects.filter(entry__round=0).count() == 2


def test_a_take_back_at_the_moment_of_a_pause_leaves_nothing_to_answer_anew(world, clock):
    answer_known(world, clock, world.ana, [True] * 3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(2 * N_ROUNDS)))
    ana = world.rater(world.ana)
    errors = []

    for _ in range(N_ROUNDS):
        hers = world.hand_out(world.ana)
        world.submit(hers)
        errors += at_once(
            lambda one=hers: take_back(again(one), now=world.now),
            lambda: pause(world.queue, ana, reason="Too fast.", actor=world.olga, now=world.now),
        )
        period = StandingPeriod.objects.get(ended_at__isnull=True)
        assert not Slot.objects.filter(reviewer=ana, state="leased").exists()
        clear_standing(period, reason="Once more.", actor=world.olga, now=world.now)

    assert [error for error in errors if error and not isinstance(error, Conflict)] == []


def test_a_label_that_comes_late_at_the_moment_of_a_pause_is_in_question_or_not_counted(world, clock):
    answer_known(world, clock, world.ana, [True] * 3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(4 * N_ROUNDS)))
    ana = world.rater(world.ana)
    errors = []

    for _ in range(3 * N_ROUNDS):
        hers = world.hand_out(world.ana)
        Slot.objects.filter(pk=hers.slot_id).update(state="open", reviewer=None, lease_until=None)
        errors += at_once(
            lambda one=hers: world.submit(again(one)),
            lambda: pause(world.queue, ana, reason="Too fast.", actor=world.olga, now=world.now),
        )
        period = StandingPeriod.objects.get(ended_at__isnull=True)
        counted = Review.objects.filter(reviewer=ana, slot__isnull=False, entry__purpose__purpose="live")
        questioned = QuestionedReview.objects.filter(settled_at__isnull=True)
        assert set(counted.values_list("id", flat=True)) == set(questioned.values_list("review", flat=True))
        clear_standing(period, reason="Once more.", actor=world.olga, now=world.now)

    assert [error for error in errors if error and not isinstance(error, Conflict)] == []
