"""How a queue keeps up: what is counted, what is left out, and what is undefined with a reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.queries.queue_health import N_DAYS, midnights, queue_health
from labeling.queries.queue_loads import queue_loads
from labeling.services.queues import take_seat
from labeling.services.reviews import take_back
from tests.world import BAD, chat_row, pair_row

HOUR, DAY = 3_600, 86_400


def health_of(world, queue=None):
    loads = queue_loads(world.project)
    return queue_health(world.project, loads, now=world.now)[(queue or world.queue).pk]


def ingest_some(world, n_items, prefix="r", **changes):
    world.ingest(*[chat_row(f"{prefix}-{number}", **changes) for number in range(n_items)])


def test_an_empty_queue_says_why_nothing_can_be_said(world):
    health = health_of(world)

    assert (health.n_waiting, health.median_since, health.oldest_since) == (0, None, None)
    assert health.minutes.undefined == "there is nothing to take a median of"
    assert health.days_ahead.undefined == "nobody reviewed here in the last day"
    assert [share.undefined for _, share in health.on_time] == [
        "nothing fell due in the last 7 days",
        "nothing fell due in the last 28 days",
    ]


def test_age_is_that_of_the_middle_item_and_of_the_oldest(world, clock):
    start = world.now
    for number in range(4):
        ingest_some(world, 1, prefix=f"h{number}")
        clock.shift(HOUR)

    health = health_of(world)

    assert health.oldest_since == start
    assert health.median_since == start + timedelta(hours=1.5)


def test_backlog_is_told_by_stakes_and_gold_never_waits(world):
    world.set_queue(gold_share=1.0)
    world.make_gold(chat_row("g-1"))
    ingest_some(world, 2, prefix="m")
    ingest_some(world, 1, prefix="h", stakes="high")
    take_seat(world.queue, world.rater(world.ana), now=world.now)
    world.hand_out(world.ana)

    health = health_of(world)

    assert health.n_by_stakes == [("High", 1), ("Medium", 2), ("Low", 0), ("Unstated", 0)]
    assert health.n_waiting == 3
    assert health.days[-1].n_in == 3


def test_an_item_with_all_its_reviews_waits_no_longer(world, clock):
    ingest_some(world, 2)
    world.review_next(world.ana)
    before_settling = health_of(world).n_waiting
    clock.shift(31)
    world.settle_all()

    assert (before_settling, health_of(world).n_waiting) == (1, 1)


def test_turns_are_told_by_day_and_what_was_taken_back_is_not_done(world, clock):
    world.set_queue(overlap=2)
    ingest_some(world, 2)
    world.review_next(world.ana)
    clock.shift(DAY)
    world.review_next(world.ana)
    hand_out = world.hand_out(world.ben)
    world.submit(hand_out)
    take_back(hand_out, now=world.now)

    health = health_of(world)

    assert [(day.n_in, day.n_out) for day in health.days[-2:]] == [(4, 1), (0, 1)]
    assert sum(day.n_in for day in health.days[:-2]) == 0
    assert len(health.days) == N_DAYS


def test_on_time_counts_everything_that_fell_due_also_what_still_waits(world, clock):
    ingest_some(world, 4)
    world.review_next(world.ana)
    world.review_next(world.ana)
    clock.shift(25 * HOUR)  # the medium tier is due after a day
    world.review_next(world.ana)

    (days, share), _ = health_of(world).on_time

    assert (days, share.value, share.n) == (7, 0.5, 4)
    assert 0.1 < share.low < 0.5 < share.high < 0.9


def test_an_item_in_its_tie_break_when_it_fell_due_was_not_on_time(world, clock):
    world.set_queue(overlap=2)
    ingest_some(world, 1)
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(31)
    assert world.settle_all() == ["tie_break"]
    clock.shift(25 * HOUR)

    (_, share), _ = health_of(world).on_time

    assert (share.value, share.n) == (0.0, 1)


def test_work_ahead_goes_by_the_time_and_the_pace_of_the_last_days(world, clock):
    ingest_some(world, 9)
    clock.shift(3 * DAY - 60)
    for _ in range(3):
        world.review_next(world.ana)
    clock.shift(60)

    health = health_of(world)

    # Nine seconds active each (tests/world.py), and six items left; three reviews in three days.
    assert health.minutes.value == pytest.approx(0.15)
    assert health.hours_waiting.value == pytest.approx(6 * 9 / 3_600)
    assert (health.pace.value, health.pace.n) == (1.0, 3)
    assert health.days_ahead.value == pytest.approx(6.0)
    assert health.days_ahead.flags == ("or much longer: the pace varies too much to say",)
    assert health.is_growing


def test_what_will_be_late_goes_by_the_due_times_and_the_pace(world, clock):
    ingest_some(world, 9)
    clock.shift(DAY - 60)
    for _ in range(3):
        world.review_next(world.ana)
    clock.shift(60)
    ingest_some(world, 5, prefix="s")

    late = health_of(world).late_ahead

    # Due within a day of their arrival, at three a day: the six that came first are late already, and of the five that
    # came just now those are that stand behind them.
    assert (late.value, late.n) == (11.0, 11)


def test_nothing_is_late_where_the_pace_carries_it(world, clock):
    ingest_some(world, 6)
    for _ in range(5):
        world.review_next(world.ana)
    clock.shift(HOUR)

    late = health_of(world).late_ahead

    assert (late.value, late.n) == (0.0, 1)


def test_without_a_pace_nobody_says_what_will_be_late(world):
    ingest_some(world, 2)

    assert "no pace to go by" in health_of(world).late_ahead.undefined


def test_a_day_of_the_chart_begins_at_local_midnight(settings, world):
    settings.TIME_ZONE = "Europe/Berlin"

    starts = midnights(world.now)

    with timezone.override("Europe/Berlin"):
        assert {timezone.localtime(start).hour for start in starts} == {0}
    # Fourteen days before 2 November 2026, one of which had 25 hours.
    assert starts[-1].timestamp() - starts[0].timestamp() == 13 * DAY + HOUR


def test_ten_items_cost_the_queries_of_two(world, django_assert_num_queries):
    ingest_some(world, 2)
    loads = queue_loads(world.project)
    with django_assert_num_queries(8):
        queue_health(world.project, loads, now=world.now)
    ingest_some(world, 8, prefix="more")
    world.ingest(pair_row())
    world.review_next(world.ana)

    loads = queue_loads(world.project)
    with django_assert_num_queries(8):
        queue_health(world.project, loads, now=world.now)
