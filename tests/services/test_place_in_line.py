"""Whoever labelled the front of a long line looks on from where they were, and misses nothing for it."""

import pytest

from labeling.models import Seat
from labeling.services import queues
from labeling.services.queues import expire_leases
from tests.world import chat_row


@pytest.fixture
def line(world, monkeypatch):
    """Ana labelled the first three of a line, each of which waits for a second person; her next look keeps a place."""
    monkeypatch.setattr(queues, "MOST_PASSED_OVER", 3)
    monkeypatch.setattr(queues, "TURNS_BETWEEN_LOOKS", 1)
    world.set_queue(overlap=2)
    world.ingest(*[chat_row(f"front-{number}") for number in range(3)])
    for _ in range(3):
        world.review_next(world.ana)
    world.ingest(chat_row("next"), chat_row("after"), chat_row("last"))
    world.review_next(world.ana)
    return world


def seat_of_ana(world) -> Seat:
    return Seat.objects.get(queue=world.queue, reviewer=world.rater(world.ana))


def external_id_of(hand_out) -> str:
    return hand_out.entry.item.external_id


def test_a_place_is_kept_by_whoever_passed_over_many(line):
    kept = seat_of_ana(line).place_slot

    assert kept == line.slots("next")[0].pk


def test_nobody_else_keeps_one(line):
    line.hand_out(line.ben)

    assert Seat.objects.get(queue=line.queue, reviewer=line.rater(line.ben)).place_until is None


def test_the_line_goes_on_from_the_place(line):
    assert external_id_of(line.hand_out(line.ana)) == "after"


def test_what_comes_in_before_the_place_waits_a_minute_for_her_and_for_nobody_else(line, clock):
    line.ingest(chat_row("urgent", stakes="high"))

    hers, his = line.hand_out(line.ana), line.hand_out(line.ben)
    line.submit(hers)
    clock.shift(queues.PLACE_SECONDS + 1)
    next_of_hers = line.hand_out(line.ana)

    assert [external_id_of(one) for one in (hers, his, next_of_hers)] == ["after", "urgent", "urgent"]


def test_what_lies_before_the_place_comes_at_once_where_nothing_is_behind_it(line):
    line.ingest(chat_row("urgent", stakes="high"))
    for _ in range(2):
        line.review_next(line.ana)

    last = line.hand_out(line.ana)

    assert external_id_of(last) == "urgent"


def test_a_place_is_given_up_once_the_front_is_gone(line, clock):
    for _ in range(4):
        line.review_next(line.ben)
    clock.shift(queues.PLACE_SECONDS + 1)
    expire_leases(now=line.now)

    line.hand_out(line.ana)

    assert seat_of_ana(line).place_until is None
