"""Handing out: nobody gets what they may not, and nothing is handed out twice."""

from labeling.models import HandOut, Slot
from labeling.policy.assignment import EmptyQueue
from labeling.services.queues import expire_leases, postpone, renew_lease
from tests.world import chat_row, pair_row


def test_a_reviewer_gets_the_same_item_in_two_tabs(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))

    first, second = world.hand_out(world.ana), world.hand_out(world.ana)

    assert first == second


def test_two_reviewers_never_hold_the_only_slot_of_an_item(world):
    world.ingest(chat_row("r-1"))

    first, second = world.hand_out(world.ana), world.hand_out(world.ben)

    assert isinstance(first, HandOut)
    assert second == EmptyQueue("held", Slot.objects.get().lease_until)


def test_the_second_slot_opens_when_the_first_is_taken(world):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))

    before = [slot.state for slot in world.slots("r-1")]
    world.hand_out(world.ana)
    after = [slot.state for slot in world.slots("r-1")]

    assert (before, after) == (["open", "waiting"], ["leased", "open"])


def test_nobody_gets_both_slots_of_an_item(world):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    again = world.hand_out(world.ana)

    assert again == EmptyQueue("done")


def test_high_stakes_come_first_and_then_the_soonest_due(world):
    world.ingest(chat_row("low", stakes="low"), chat_row("medium"), chat_row("high", stakes="high"))

    order = []
    for _ in range(3):
        hand_out = world.hand_out(world.ana)
        order.append(hand_out.entry.item.external_id)
        world.submit(hand_out)

    assert order == ["high", "medium", "low"]


def test_a_lease_that_ran_out_gives_the_slot_to_somebody_else(world, clock):
    world.ingest(chat_row("r-1"))
    hers = world.hand_out(world.ana)
    clock.shift(world.queue.lease_seconds + 1)

    n_expired = expire_leases(now=world.now)
    his = world.hand_out(world.ben)

    assert n_expired == 1
    assert his.slot_id == hers.slot_id
    assert his.token != hers.token


def test_a_heartbeat_keeps_the_lease(world, clock):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)
    clock.shift(world.queue.lease_seconds - 10)

    is_held = renew_lease(hand_out, now=world.now)
    clock.shift(60)

    assert is_held
    assert expire_leases(now=world.now) == 0


def test_a_heartbeat_after_the_lease_was_given_away_says_so(world, clock):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)

    assert renew_lease(hand_out, now=world.now) is False


def test_a_postponed_item_goes_to_others_and_comes_back_later(world, clock):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)

    postpone(hand_out, now=world.now)
    at_once = world.hand_out(world.ana)
    clock.shift(31 * 60)
    later = world.hand_out(world.ana)

    assert at_once.reason == "postponed"
    assert later.slot_id == hand_out.slot_id


def test_the_daily_cap_ends_the_day_and_midnight_starts_the_next(world, clock):
    world.set_queue(daily_cap=1)
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.review_next(world.ana)

    today = world.hand_out(world.ana)
    clock.shift(24 * 3600)
    tomorrow = world.hand_out(world.ana)

    assert today == EmptyQueue("cap")
    assert isinstance(tomorrow, HandOut)


def test_whoever_holds_enough_in_other_queues_finishes_one_first(world):
    world.set_queue(most_open=1)
    world.ingest(chat_row("r-1"), pair_row("p-1"))
    held = world.hand_out(world.ana, world.pair_queue)

    refused = world.hand_out(world.ana)
    postpone(held, now=world.now)

    assert refused == EmptyQueue("open_elsewhere")
    assert isinstance(world.hand_out(world.ana), HandOut)


def test_what_somebody_holds_comes_back_to_them_whatever_else_they_hold(world):
    world.ingest(chat_row("r-1"), pair_row("p-1"))
    held = world.hand_out(world.ana)
    world.hand_out(world.ana, world.pair_queue)
    world.set_queue(most_open=1)

    assert world.hand_out(world.ana) == held
