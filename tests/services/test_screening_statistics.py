"""What was answered to qualify is no label: nothing that counts labels, work or disputes hears of it."""

import pytest

from labeling.models import Alert, FinalLabel, GoldCase, Item, QueueEntry, Review, Sending
from labeling.queries.adjudication import counted_reviews as reviews_of_entry
from labeling.queries.alerts import overdue_entries, queues_to_alert
from labeling.queries.exports import label_rows
from labeling.queries.home import waiting_for
from labeling.queries.jobs import due_entries, seats_to_plant
from labeling.queries.judges import items_entered
from labeling.queries.known_answers import known_answers
from labeling.queries.label_pages import EVERYTHING, PRODUCTION, WITH_GOLD, counted_reviews
from labeling.queries.projects import overview_of
from labeling.queries.queue_health import queue_health
from labeling.queries.queue_loads import queue_loads
from labeling.queries.ratings import (
    answers_that_count,
    n_excluded_by_reason,
    reviews_that_count,
    unsettled_items_in,
    verdicts_that_count,
)
from labeling.queries.repeats import seats_to_repeat
from labeling.queries.standing import answers_that_count as known_answers_that_count
from labeling.services.repeats import plant_repeats
from labeling.services.webhooks import create_webhook
from labeling.tasks import settle_entries, watch_due_times
from tests.services.qualifying import ask_for_qualification, begin, go_through, screen
from tests.world import chat_row


@pytest.fixture
def screened(world, clock):
    """Ana trained and screened, half of it wrong, Ben is in the middle of it, and a day went by."""
    create_webhook(
        project=world.project,
        name="The helpdesk",
        url="https://hooks.example.com/labels",
        hears=["label_finalized", "due_breached"],
        actor=world.ada,
        now=world.now,
    )
    ask_for_qualification(world, n_training=2, n_screen=6)
    screen(world, world.ana, clock, n_wrong=3)
    begin(world, world.ben)
    go_through(world, world.ben, n_turns=3)
    clock.shift(2 * 24 * 3600)
    settle_entries()
    watch_due_times()
    return world


def test_statistics_leave_it_out_under_its_own_reason(screened):
    excluded = n_excluded_by_reason(screened.rubric, until=screened.now)

    assert (Review.objects.count(), excluded["training"]) == (11, 11)
    assert sum(excluded.values()) == 11
    for rows in (reviews_that_count, answers_that_count, verdicts_that_count):
        assert not rows(screened.rubric, until=screened.now).exists()


def test_nothing_is_settled_disputed_or_told_to_anybody(screened):
    assert not FinalLabel.objects.exists()
    assert not QueueEntry.objects.exclude(state=QueueEntry.State.SETTLED).exists()
    assert not QueueEntry.objects.filter(settle_at__isnull=False).exists()
    assert not Item.objects.exclude(status=Item.Status.REFERENCE).exists()
    assert not Sending.objects.exists()
    assert due_entries(now=screened.now) == []
    assert unsettled_items_in(screened.project.pk) == set()


def test_nothing_of_it_is_late(screened):
    assert not overdue_entries(now=screened.now).exists()
    assert queues_to_alert(now=screened.now) == []
    assert not Alert.objects.exists()


def test_it_is_nobodys_backlog_and_no_queue_keeps_up_with_it(screened):
    loads = queue_loads(screened.project)
    health = queue_health(screened.project, loads, now=screened.now)[screened.queue.pk]
    overview = overview_of(screened.project, now=screened.now)

    load = next(one.numbers for one in loads if one.queue == screened.queue)
    assert (load.live.n_turns, load.gold.n_turns, load.n_items_waiting, load.n_items_disputed) == (0, 0, 0, 0)
    assert (health.n_waiting, sum(day.n_in + day.n_out for day in health.days)) == (0, 0)
    assert (overview.n_disputes, overview.n_overdue, overview.oldest_waiting) == (0, 0, None)


def test_it_waits_for_nobody_on_their_home(screened):
    (row,) = [one for one in waiting_for(screened.cleo, now=screened.now) if one.queue == screened.queue]

    assert (row.n_waiting, row.reason.reason) == (0, "not_qualified")


def test_no_export_tells_of_it(screened, clock):
    clock.shift(60)

    counts = [counted_reviews(screened.project, purposes=one).count() for one in (PRODUCTION, WITH_GOLD, EVERYTHING)]

    assert counts == [0, 0, 0]
    assert list(label_rows(screened.project, screened.now)) == []


def test_no_judge_is_measured_on_it(screened):
    assert items_entered(screened.rubric, until=screened.now) == {}
    assert not reviews_of_entry(QueueEntry.objects.first()).filter(entry__purpose__purpose="live").exists()


def test_no_known_answer_of_it_counts_as_live_gold(screened):
    assert known_answers(until=screened.now) == []
    assert known_answers_that_count(screened.queue, screened.rater(screened.ana), now=screened.now) == []


def test_its_cases_are_not_planted_and_its_items_not_repeated(screened, clock):
    screened.set_queue(gold_share=1.0, repeat_share=0.5, repeat_days=1)
    clock.shift(30 * 24 * 3600)

    n_to_plant = len(seats_to_plant())
    for seat_id in seats_to_repeat(now=screened.now):
        plant_repeats(seat_id, now=screened.now)

    assert n_to_plant == 0
    assert not QueueEntry.objects.filter(round=0).exists()


def test_live_work_beside_it_counts_as_ever(screened, clock):
    screened.set_queue(needs_qualification=False)
    screened.ingest(chat_row("live"))
    screened.review_next(screened.cleo)
    clock.shift(31)
    settle_entries()

    assert FinalLabel.objects.count() == 1
    assert reviews_that_count(screened.rubric, until=screened.now).count() == 1
    assert GoldCase.objects.filter(retired_at__isnull=False).count() == 0
