"""Two people at the same row at the same moment: nobody waits for somebody who waits for them."""

import threading
from datetime import timedelta
from random import Random

import pytest
from django.db import connection, connections

from labeling.models import Alert, GoldCase, HandOut, Item, QueueEntry, Review, Sending, Slot
from labeling.policy.errors import Conflict
from labeling.policy.sendings import Outcome
from labeling.services.adjudication import settle_entry
from labeling.services.alerts import watch_queue
from labeling.services.gold import create_gold_case, plant_gold, retire_gold_case
from labeling.services.queues import expire_leases, hand_out_next, postpone, take_seat
from labeling.services.reviews import save_draft, take_back
from labeling.services.sendings import claim_next_sending, record_attempt
from labeling.services.webhooks import create_webhook, send_test, switch_off, switch_on
from tests.world import GOOD, World, chat_row

N_ROUNDS = 10
pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time: races are for PostgreSQL"
)


@pytest.fixture
def world(transactional_db):
    return World()


def at_once(*actions):
    """Run all of them in threads of their own that start together; what each raised, or None."""
    start, errors = threading.Barrier(len(actions)), [None] * len(actions)

    def run(number, action):
        try:
            start.wait()
            action()
        except Exception as error:  # noqa: BLE001 - the test says which errors are fine
            errors[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def again(hand_out):
    """The same hand-out as another request reads it."""
    return HandOut.objects.select_related("slot__queue__project", "entry__rubric_version", "reviewer").get(
        pk=hand_out.pk
    )


def test_submit_postpone_and_draft_of_one_item_do_not_block_each_other(world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(N_ROUNDS)))
    errors = []

    for _ in range(N_ROUNDS):
        first, second, third = (again(world.hand_out(world.ana)) for _ in range(3))
        errors += at_once(
            lambda one=first: world.submit(one),
            lambda one=second: postpone(one, now=world.now),
            lambda one=third: save_draft(one, content={"note": "unsent"}, now=world.now),
        )

    # A draft that comes after the submission is refused, which is no deadlock.
    assert [error for error in errors if error and not isinstance(error, Conflict)] == []
    assert Review.objects.filter(slot__isnull=False).count() == N_ROUNDS


def test_a_late_submit_does_not_block_those_who_are_handed_the_item(world):
    world.set_queue(overlap=2)
    world.ingest(*(chat_row(f"r-{number}") for number in range(N_ROUNDS)))
    others = [world.rater(world.ben), world.rater(world.cleo)]
    for rater in others:
        take_seat(world.queue, rater, now=world.now)
    errors = []

    for _ in range(N_ROUNDS):
        hers = world.hand_out(world.ana)
        if not isinstance(hers, HandOut):
            break
        Slot.objects.filter(pk=hers.slot_id).update(lease_until=world.now - timedelta(seconds=1))
        expire_leases(now=world.now)
        late = again(hers)
        errors += at_once(
            lambda one=late: world.submit(one),
            *(lambda rater=rater: hand_out_next(world.queue, rater, now=world.now) for rater in others),
        )
        for user in (world.ben, world.cleo):
            held = world.hand_out(user)
            if isinstance(held, HandOut):
                world.submit(held)

    assert [error for error in errors if error] == []


def test_worker_and_page_plant_gold_for_one_reviewer_once(world):
    for number in range(6):
        world.make_gold(chat_row(f"g-{number}"))
    world.set_queue(gold_share=1.0)
    rater = world.rater(world.ana)
    take_seat(world.queue, rater, now=world.now)

    errors = at_once(*[lambda: plant_gold(world.queue, rater, now=world.now)] * 4)

    assert errors == [None] * 4
    assert Slot.objects.filter(reserved_for=rater).count() == 4


def test_of_four_who_promote_an_item_at_once_one_makes_the_case(world):
    world.ingest(chat_row())
    QueueEntry.objects.all().delete()
    Item.objects.update(status=Item.Status.SHIPPED)
    item = world.item("r-1")

    errors = at_once(
        *[
            lambda: create_gold_case(
                item=item,
                version=world.rubric,
                verdict="approve",
                answers=GOOD,
                explanation="Right.",
                author=world.olga,
                now=world.now,
            )
        ]
        * 4
    )

    assert sorted(type(error).__name__ for error in errors) == ["Conflict"] * 3 + ["NoneType"]
    assert (GoldCase.objects.count(), Item.objects.filter(status=Item.Status.REFERENCE).count()) == (1, 1)


def test_no_gold_is_planted_that_somebody_retires_meanwhile(world):
    world.set_queue(gold_share=1.0)
    rater = world.rater(world.ana)
    take_seat(world.queue, rater, now=world.now)
    errors = []

    for number in range(N_ROUNDS):
        case = world.make_gold(chat_row(f"g-{number}"))
        errors += at_once(
            lambda: plant_gold(world.queue, rater, now=world.now),
            lambda case=case: retire_gold_case(case=case, actor=world.olga, now=world.now),
        )

    assert errors == [None] * 2 * N_ROUNDS
    assert not Slot.objects.filter(state=Slot.State.OPEN).exists()


def test_the_same_submit_four_times_at_once_is_one_review(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    errors = at_once(*[lambda: world.submit(again(hand_out))] * 4)

    assert errors == [None] * 4
    assert Review.objects.count() == 1


def test_the_same_take_back_four_times_at_once_is_one_withdrawal(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)

    errors = at_once(*[lambda: take_back(again(hand_out), now=world.now)] * 4)

    assert errors == [None] * 4
    assert Slot.objects.get().state == Slot.State.LEASED


def test_of_four_workers_one_sends_a_message(world):
    webhook, _ = create_webhook(
        project=world.project, name="x", url="https://x.example/", hears=[], actor=world.ada, now=world.now
    )
    claimed = []

    for _ in range(N_ROUNDS):
        send_test(webhook, actor=world.ada, now=world.now)
        errors = at_once(*[lambda: claimed.append(claim_next_sending(webhook.pk, now=world.now))] * 4)
        assert errors == [None] * 4

    taken = [one.sending_id for one in claimed if one is not None]
    assert len(taken) == len(set(taken)) == N_ROUNDS


def test_recording_switching_off_and_settling_do_not_block_each_other(world):
    webhook, _ = create_webhook(
        project=world.project, name="x", url="https://x.example/", hears=["final_label"], actor=world.ada, now=world.now
    )
    errors = []

    for number in range(N_ROUNDS):
        world.ingest(chat_row(f"r-{number}"))
        world.review_next(world.ana)
        entry = world.entry(f"r-{number}")
        type(entry).objects.filter(pk=entry.pk).update(settle_at=world.now)
        send_test(webhook, actor=world.ada, now=world.now)
        outgoing = claim_next_sending(webhook.pk, now=world.now)
        errors += at_once(
            lambda one=outgoing: record_attempt(one, Outcome(1, status=500), now=world.now, rng=Random(1)),
            lambda: switch_off(webhook, actor=world.ada, now=world.now),
            lambda pk=entry.pk: settle_entry(pk, now=world.now),
        )
        switch_on(webhook, actor=world.ada, now=world.now)

    assert [error for error in errors if error] == []
    assert not Sending.objects.filter(state=Sending.State.SENDING).exists()


def test_two_workers_open_one_alert(world):
    world.ingest(chat_row())
    later = world.now + timedelta(days=3)

    errors = at_once(*[lambda: watch_queue(world.queue.pk, now=later)] * 4)

    assert errors == [None] * 4
    assert Alert.objects.count() == 1
