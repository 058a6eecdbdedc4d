"""Counts of large projects: made by the worker, the same numbers as counted at once, and said to be of then."""

import json
from datetime import timedelta

import pytest

from labeling import tasks
from labeling.models import Tally
from labeling.queries import tallies
from labeling.queries.tallies import COUNTINGS, QUEUES, ROUTING, STATUSES, counted, tallies_to_count
from labeling.services.tallies import count_again
from tests.views.desks import text_of
from tests.world import chat_row


@pytest.fixture
def busy(world):
    """Outputs that were shipped, wait and are final, under a policy that ships some."""
    world.publish(cold_start={"mode": "sampled", "reason": "A test that ships."})
    world.ingest(*(chat_row(f"r-{number}", stakes=("high", "low")[number % 2]) for number in range(12)))
    world.review_next(world.ana)
    return world


@pytest.fixture
def large(busy, monkeypatch):
    monkeypatch.setattr(tallies, "LARGE", 5)
    return busy


@pytest.mark.parametrize("counting", COUNTINGS.values(), ids=COUNTINGS)
def test_what_was_remembered_is_what_was_counted(busy, clock, counting):
    at_once = counting.count(busy.project, busy.now)

    through_json = json.loads(json.dumps(counting.as_json(at_once)))

    assert counting.adapter.validate_python(through_json) == at_once


def test_a_large_project_is_counted_by_the_worker_and_its_pages_say_when(large, clock, client):
    counted_at = large.now
    tasks.count_large_projects()
    large.ingest(chat_row("later"))
    clock.shift(40)

    shown = {counting.name: counted(counting, large.project, now=large.now) for counting in COUNTINGS.values()}

    assert {one.counted_at for one in shown.values()} == {counted_at}
    assert sum(shown["statuses"].numbers.by_status.values()) == 12
    client.force_login(large.ada)
    for path in ("/", "/p/shop/", "/p/shop/queues/", "/p/shop/routing/"):
        assert "counts a project of so many items now and then" in client.get(path).content.decode(), path


def test_the_page_of_queues_says_how_old_the_oldest_of_its_numbers_are(large, clock, client):
    count_again(large.project.pk, "statuses", clock=lambda: large.now)
    clock.shift(3 * 3600)
    count_again(large.project.pk, "queues", clock=lambda: large.now)
    client.force_login(large.ada)

    page = text_of(client.get("/p/shop/queues/"))

    assert "Counted 2 November 2026, 09:00 UTC , 3 hours ago." in page


def test_a_project_of_few_items_is_counted_when_somebody_looks(busy, client):
    tasks.count_large_projects()

    assert not Tally.objects.exists()
    assert counted(STATUSES, busy.project, now=busy.now).is_remembered is False
    client.force_login(busy.ada)
    assert "counts a project of so many items now and then" not in client.get("/p/shop/queues/").content.decode()


def test_it_is_counted_again_after_a_minute_and_less_often_when_counting_takes_long(large, clock):
    tasks.count_large_projects()
    Tally.objects.filter(name="queues").update(seconds=30)
    soon = tallies_to_count(now=large.now + timedelta(seconds=59))
    after_a_minute = tallies_to_count(now=large.now + timedelta(seconds=61))
    after_ten = tallies_to_count(now=large.now + timedelta(seconds=601))

    assert soon == []
    assert {name for _, name in after_a_minute} == {"routing", "statuses"}
    assert {name for _, name in after_ten} == set(COUNTINGS)


def test_a_queue_that_is_newer_than_the_count_says_so(large, client):
    count_again(large.project.pk, "queues", clock=lambda: large.now)
    large.make_queue("second", "Second looks", large.rubric, kinds=("plan",))
    client.force_login(large.ada)

    page = client.get("/p/shop/queues/").content.decode()

    assert "Second looks" in page
    assert "newer than the count" in page


def test_what_a_worker_that_is_gone_left_is_not_believed_for_ever(large, clock):
    tasks.count_large_projects()
    clock.shift(7 * 3600)

    assert counted(QUEUES, large.project, now=large.now).is_remembered is False


def test_numbers_of_another_shape_are_counted_anew(large):
    count_again(large.project.pk, "routing", clock=lambda: large.now)
    Tally.objects.filter(name="routing").update(numbers={"lately": 3})

    assert counted(ROUTING, large.project, now=large.now).is_remembered is False
