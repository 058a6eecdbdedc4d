"""Gold: unpredictable, reserved, never final, and the same to the database as any other turn."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import EntryPurpose, GoldCase, HandOut, Item, Review, RubricVersion, Slot
from labeling.policy.errors import Conflict, Invalid
from labeling.services.gold import create_gold_case, plant_gold
from labeling.services.queues import expire_leases, hand_out_next, postpone, take_seat
from tests.world import BAD, GOOD, chat_row


def is_gold(hand_out):
    return hand_out.entry.purpose.purpose == EntryPurpose.Purpose.GOLD


def with_gold(world, *, share, n_gold=6, n_live=6):
    world.set_queue(gold_share=share)
    for number in range(n_gold):
        world.make_gold(chat_row(f"g-{number}"))
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_live)))


def test_gold_turns_hand_out_gold_and_live_turns_do_not(world):
    with_gold(world, share=1.0)

    hand_out = world.hand_out(world.ana)

    assert is_gold(hand_out)


def test_gold_alone_is_never_handed_out(world):
    with_gold(world, share=1.0, n_live=0)

    assert world.hand_out(world.ana).reason == "done"


def test_everybody_can_get_the_same_gold_case_and_nobody_twice(world):
    with_gold(world, share=1.0, n_gold=1)

    hers, his = world.hand_out(world.ana), world.hand_out(world.ben)
    world.submit(hers)
    next_of_hers = world.hand_out(world.ana)

    assert is_gold(hers)
    assert is_gold(his)
    assert not is_gold(next_of_hers)


def test_postponed_gold_stays_away_for_as_long_as_a_live_item(world, clock):
    with_gold(world, share=1.0, n_gold=1)
    gold = world.hand_out(world.ana)

    postpone(gold, now=world.now)
    at_once = world.hand_out(world.ana)
    world.submit(at_once)
    world.set_queue(gold_share=0.0)
    clock.shift(31 * 60)
    later = world.hand_out(world.ana)

    assert not is_gold(at_once)
    assert later.slot == gold.slot


def test_gold_left_lying_comes_back_at_once_even_when_nothing_else_is_left(world, clock):
    with_gold(world, share=1.0, n_gold=1, n_live=1)
    gold = world.hand_out(world.ana)
    world.review_next(world.ben)
    world.review_next(world.ben)
    world.set_queue(gold_share=0.0)
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)

    again = world.hand_out(world.ana)

    assert is_gold(gold)
    assert again.slot == gold.slot
    assert again.token != gold.token


def test_postponed_gold_is_said_to_be_postponed_when_nothing_else_is_left(world):
    with_gold(world, share=1.0, n_gold=1, n_live=1)
    postpone(world.hand_out(world.ana), now=world.now)
    world.review_next(world.ana)

    assert world.hand_out(world.ana).reason == "postponed"


def test_gold_that_asks_another_rubric_version_than_the_pool_is_kept_back(world):
    with_gold(world, share=1.0, n_live=0)
    rater = world.rater(world.ana)
    take_seat(world.queue, rater, now=world.now)
    n_planted = plant_gold(world.queue, rater, now=world.now)
    made = {"created_by": world.olga, "created_at": world.now, "in_use_from": world.now}
    RubricVersion.objects.create(rubric=world.rubric.rubric, number=2, **made)
    world.ingest(chat_row("r-1"))

    hand_out = hand_out_next(world.queue, rater, now=world.now)

    assert n_planted == 4
    assert not is_gold(hand_out)


def test_planting_twice_adds_nothing(world):
    with_gold(world, share=0.5)
    take_seat(world.queue, world.rater(world.ana), now=world.now)

    n_first = plant_gold(world.queue, world.rater(world.ana), now=world.now)
    n_second = plant_gold(world.queue, world.rater(world.ana), now=world.now)

    assert (n_first, n_second) == (4, 0)
    assert Slot.objects.filter(reserved_for=world.rater(world.ana)).count() == 4


def test_a_gold_review_is_stored_like_any_other_and_settles_nothing(world, clock):
    with_gold(world, share=1.0)
    submitted = world.review_next(world.ana, verdict="reject", answers=BAD)
    clock.shift(31)

    outcomes = world.settle_all()

    assert submitted.outcome == "counted"
    assert "final" not in outcomes
    assert Review.objects.get().entry.item.status == Item.Status.REFERENCE


def test_handing_out_gold_runs_the_same_statements_as_handing_out_live(world):
    with_gold(world, share=1.0)
    take_seat(world.queue, world.rater(world.ana), now=world.now)
    take_seat(world.queue, world.rater(world.ben), now=world.now)
    plant_gold(world.queue, world.rater(world.ana), now=world.now)

    def statements_for(user):
        with CaptureQueriesContext(connection) as captured:
            hand_out = hand_out_next(world.queue, world.rater(user), now=world.now)
        assert isinstance(hand_out, HandOut)
        statements = [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
        return is_gold(hand_out), [re.sub(r"'[^']*'|\d+", "?", sql) for sql in statements]

    (gold_or_not, gold_statements), (live_or_not, live_statements) = map(statements_for, (world.ana, world.ben))

    assert (gold_or_not, live_or_not) == (True, False)
    assert [sql[:80] for sql in gold_statements] == [sql[:80] for sql in live_statements]


def test_gold_answers_must_be_complete(world):
    with pytest.raises(Invalid) as refusal:
        world.make_gold(chat_row(), answers={"correct": "yes"})

    assert "tone" in refusal.value.complaints
    assert GoldCase.objects.count() == 0


def test_an_item_that_people_have_in_review_cannot_become_gold(world):
    world.ingest(chat_row())

    with pytest.raises(Conflict):
        create_gold_case(
            item=world.item("r-1"),
            version=world.rubric,
            verdict="approve",
            answers=GOOD,
            explanation="Right.",
            author=world.olga,
            now=world.now,
        )


def test_gold_made_of_shipped_traffic_leaves_the_item_shipped(world):
    world.ingest(chat_row())
    Item.objects.update(status=Item.Status.SHIPPED)
    item = world.item("r-1")
    item.entries.all().delete()

    case = create_gold_case(
        item=item,
        version=world.rubric,
        verdict="approve",
        answers=GOOD,
        explanation="Right.",
        author=world.olga,
        now=world.now,
    )

    assert world.item("r-1").status == Item.Status.SHIPPED
    assert case.item != item
    assert (case.item.status, case.item.payload.texts) == (Item.Status.REFERENCE, item.payload.texts)
