"""What a reviewer's desk receives: the recorded item in its order, and nothing that tells gold from live."""

from dataclasses import fields

import pytest

from labeling.models import QueueEntry, Slot
from labeling.policy.blind_parts import Fact, Passage, Turn
from labeling.policy.blinding import BlindItem
from labeling.queries.access import hand_out_for
from labeling.queries.reviews import Desk, desk_of, shown_item, submission_of, take_back_for
from labeling.services.reviews import take_back
from tests.world import action_row, chat_row, pair_row, rag_row


def open_desk(world, user, hand_out):
    return desk_of(hand_out_for(user, hand_out.token), now=world.now)


def test_shown_item_is_the_recorded_one_with_its_shapes(world):
    world.ingest(rag_row(), action_row())
    first, second = world.hand_out(world.ana), world.hand_out(world.ben)

    items = {item.kind: item for item in (shown_item(first), shown_item(second))}

    assert all(isinstance(item, BlindItem) for item in items.values())
    assert items["rag_answer"].passages[0] == Passage("P1", "Warranty", "Kettles carry a warranty of two years.")
    assert items["pending_action"].conversation == (Turn("customer", "Please refund my order."),)
    assert Fact("name", "refund") in items["pending_action"].action


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_pair_is_shown_in_the_order_of_its_hand_out(world, order):
    world.ingest(pair_row())
    hand_out = world.hand_out(world.ana, world.pair_queue)
    hand_out.order_shown = order

    texts = shown_item(hand_out).texts

    canonical = ("Clouds get heavy and let go of their water.", "Rain is precipitation.")
    assert texts == (canonical if order == "ab" else canonical[::-1])


def test_record_reads_back_byte_for_byte(world):
    world.ingest(rag_row())
    hand_out = world.hand_out(world.ana)

    assert shown_item(hand_out).canonical() == hand_out.shown.content


def test_desk_names_no_row_of_ours_and_no_purpose():
    names = {field.name for field in fields(Desk)}

    assert names.isdisjoint({"entry", "entry_id", "item_id", "slot", "purpose", "stakes", "due_at", "hand_out"})


def test_gold_and_live_desks_cost_the_same_queries(world, django_assert_num_queries):
    world.make_gold(chat_row("g-1", output="The warranty is two years, like the policy says."))
    world.set_queue(gold_share=1.0)
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    gold = world.hand_out(world.ana)
    world.submit(gold)
    live = world.hand_out(world.ana)
    assert {gold.entry.purpose.purpose, live.entry.purpose.purpose} == {"gold", "live"}
    held_gold = world.hand_out(world.ben)
    open_desk(world, world.ana, live)  # a frozen rubric version is read once in a process

    with django_assert_num_queries(6):
        open_desk(world, world.ana, live)
    with django_assert_num_queries(6):
        open_desk(world, world.ben, held_gold)


def test_desk_is_held_until_the_lease_is_given_away(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    assert open_desk(world, world.ana, hand_out).is_held

    Slot.objects.filter(pk=hand_out.slot_id).update(state="open", reviewer=None, lease_until=None)

    assert not open_desk(world, world.ana, hand_out).is_held


def test_revision_counts_on_after_a_take_back(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    take_back(hand_out, now=world.now)

    desk = open_desk(world, world.ana, hand_out)

    assert desk.revision == 2
    assert desk.draft["answer-correct"] == "yes"


def test_submission_stands_until_it_is_taken_back(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    assert submission_of(hand_out, now=world.now) is None

    world.submit(hand_out)
    assert submission_of(hand_out_for(world.ana, hand_out.token), now=world.now).take_back is not None

    take_back(hand_out, now=world.now)
    assert submission_of(hand_out_for(world.ana, hand_out.token), now=world.now) is None


def test_take_back_is_offered_within_the_grace_only(world, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    assert take_back_for(world.queue, world.rater(world.ana), now=world.now).token == hand_out.token
    assert take_back_for(world.queue, world.rater(world.ben), now=world.now) is None

    clock.shift(31)

    assert take_back_for(world.queue, world.rater(world.ana), now=world.now) is None


def test_settled_entry_is_not_offered_back(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    QueueEntry.objects.update(state=QueueEntry.State.SETTLED)

    assert take_back_for(world.queue, world.rater(world.ana), now=world.now) is None
    assert submission_of(hand_out_for(world.ana, hand_out.token), now=world.now).take_back is None
