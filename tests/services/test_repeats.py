"""What somebody labelled comes to them once more, blind and weeks later, and is measured apart."""

from datetime import timedelta

import pytest

from labeling.models import EntryPurpose, Event, FinalLabel, HandOut, QueueEntry, Review, Seat, Slot
from labeling.queries.label_pages import PRODUCTION, counted_reviews
from labeling.queries.ratings import END, n_excluded_by_reason, reviews_that_count
from labeling.queries.repeats import seats_to_repeat
from labeling.services.repeats import plant_repeats as plant
from labeling.tasks import plant_repeats
from tests.world import chat_row

Purpose = EntryPurpose.Purpose


def label(world, clock, user, *external_ids: str) -> None:
    for external_id in external_ids:
        world.ingest(chat_row(external_id))
        world.review_next(user)
        clock.shift(31)
    world.settle_all()


@pytest.fixture
def labelled(world, clock):
    """Ana labelled three items fifteen days ago, and every turn of hers may be a repeat."""
    world.set_queue(repeat_share=1.0)
    label(world, clock, world.ana, "r-1", "r-2", "r-3")
    clock.shift(timedelta(days=15))
    return world


def seat_of(world, user) -> Seat:
    return Seat.objects.get(queue=world.queue, reviewer=world.rater(user))


def repeated_to(world, user) -> list[str]:
    slots = Slot.objects.filter(reserved_for=world.rater(user), entry__round=0)
    return sorted(slots.values_list("entry__item__external_id", flat=True))


def test_two_repeats_lie_ready_and_no_more(labelled):
    plant_repeats()
    plant_repeats()

    assert len(repeated_to(labelled, labelled.ana)) == 2
    assert seats_to_repeat(now=labelled.now) == []


def test_a_label_younger_than_the_queue_asks_for_is_not_repeated(world, clock):
    world.set_queue(repeat_share=1.0)
    label(world, clock, world.ana, "r-1")
    clock.shift(timedelta(days=13))

    assert seats_to_repeat(now=world.now) == []
    assert plant(seat_of(world, world.ana).pk, now=world.now) == 0


def test_a_repeat_comes_among_live_work_and_never_alone(labelled):
    plant_repeats()

    alone = labelled.hand_out(labelled.ana)
    labelled.ingest(chat_row("r-4"))
    among = labelled.hand_out(labelled.ana)

    assert alone.reason == "done"
    assert among.entry.purpose.purpose == Purpose.REPEAT
    assert among.entry.item.external_id in ("r-1", "r-2", "r-3")


def test_nothing_is_repeated_twice_to_the_same_person(labelled, clock):
    labelled.ingest(*(chat_row(f"more-{number}") for number in range(5)))
    met = []
    for _ in range(4):
        plant_repeats()
        hand_out = labelled.hand_out(labelled.ana)
        if hand_out.entry.purpose.purpose == Purpose.REPEAT:
            met.append(hand_out.entry.item.external_id)
        labelled.submit(hand_out)
        clock.shift(31)

    assert sorted(met) == ["r-1", "r-2", "r-3"]


def test_a_repeat_comes_to_whoever_labelled_it_and_to_nobody_else(labelled):
    plant_repeats()
    labelled.ingest(chat_row("r-4"))

    assert labelled.hand_out(labelled.ben).entry.item.external_id == "r-4"


def test_a_repeat_starts_with_an_empty_form(labelled):
    plant_repeats()
    labelled.ingest(chat_row("r-4"))
    hand_out = labelled.hand_out(labelled.ana)

    assert hand_out.entry.drafts.count() == 0
    assert labelled.submit(hand_out).outcome == "counted"


def test_a_repeat_settles_nothing_and_counts_nowhere_but_apart(labelled, clock):
    plant_repeats()
    labelled.ingest(chat_row("r-4"))
    repeat = labelled.submit(labelled.hand_out(labelled.ana), verdict="approve").review
    clock.shift(31)
    labelled.settle_all()

    assert FinalLabel.objects.filter(entry=repeat.entry_id).count() == 0
    assert repeat not in reviews_that_count(labelled.rubric, until=END)
    assert n_excluded_by_reason(labelled.rubric, until=END)["repeat"] == 1
    assert repeat not in counted_reviews(labelled.project, purposes=PRODUCTION)


def test_a_queue_without_repeats_lays_none_ready(labelled):
    labelled.set_queue(repeat_share=0.0)

    assert seats_to_repeat(now=labelled.now) == []


def test_what_comes_back_comes_at_once_as_anything_does(labelled, clock):
    plant_repeats()
    labelled.ingest(chat_row("r-4"))
    hand_out = labelled.hand_out(labelled.ana)
    Slot.objects.filter(pk=hand_out.slot_id).update(state="open", reviewer=None, lease_until=None)
    labelled.set_queue(repeat_share=0.0)

    assert labelled.hand_out(labelled.ana).entry_id == hand_out.entry_id


def test_an_item_that_two_people_labelled_is_one_entry_with_a_turn_for_each(world, clock):
    world.set_queue(repeat_share=1.0, overlap=2)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben)
    clock.shift(31)
    world.settle_all()
    clock.shift(timedelta(days=15))

    plant_repeats()

    entry = QueueEntry.objects.get(round=0)
    assert (entry.n_slots, entry.slots.count()) == (2, 2)


def test_the_share_of_repeats_is_about_what_the_queue_asks_for(world, clock):
    world.set_queue(repeat_share=0.3)
    label(world, clock, world.ana, *(f"r-{number}" for number in range(40)))
    clock.shift(timedelta(days=15))
    world.ingest(*(chat_row(f"new-{number}") for number in range(100)))

    purposes = []
    for _ in range(100):
        plant_repeats()
        hand_out = world.hand_out(world.ana)
        purposes.append(hand_out.entry.purpose.purpose)
        world.submit(hand_out)
        clock.shift(1)

    assert 18 <= purposes.count(Purpose.REPEAT) <= 42
    assert isinstance(hand_out, HandOut)
    assert Review.objects.count() == 140
    assert not Event.objects.filter(kind="entry.dispute").exists()
