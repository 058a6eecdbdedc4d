"""Releasing turns: the next reviewer gets the item, the draft stays, and what was submitted is not touched."""

import pytest

from labeling.models import Draft, Event, HandOut, Slot
from labeling.policy.errors import Conflict, Invalid
from labeling.services.hand_outs import release_turn, release_turns_of
from labeling.services.queues import change_queue, expire_leases
from labeling.services.reviews import save_draft
from tests.world import chat_row


def release(world, hand_out, *, reason="Ana went home.", lease_no=None):
    slot = Slot.objects.select_related("queue__project").get(pk=hand_out.slot_id)
    slot.reviewer_id = hand_out.reviewer_id  # as the page read it, before whatever happened meanwhile
    lease_no = hand_out.lease_no if lease_no is None else lease_no
    release_turn(slot, lease_no=lease_no, reason=reason, actor=world.ada, now=world.now)


@pytest.fixture
def held(world):
    world.ingest(chat_row("r-1"))
    return world.hand_out(world.ana)


def test_a_released_turn_goes_to_the_next_reviewer_and_the_draft_stays(world, held):
    save_draft(held, content={"note": "half of it"}, now=world.now)

    release(world, held)

    assert world.hand_out(world.ben).slot_id == held.slot_id
    assert Draft.objects.get().content == {"note": "half of it"}
    event = Event.objects.get(kind="turn.released")
    assert (event.actor, event.subject["reason"]) == (world.ada, "Ana went home.")
    assert event.subject["slot_id"] == held.slot_id


def test_a_turn_that_was_submitted_meanwhile_is_not_touched(world, held):
    world.submit(held)

    with pytest.raises(Conflict):
        release(world, held)

    assert Slot.objects.get().state == Slot.State.DONE
    assert not Event.objects.filter(kind="turn.released").exists()


def test_a_turn_that_somebody_else_has_by_now_is_not_touched(world, held, clock):
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)
    his = world.hand_out(world.ben)

    with pytest.raises(Conflict):
        release(world, held)

    assert Slot.objects.get().reviewer == his.reviewer


def test_a_review_sent_after_the_release_counts_while_the_turn_is_free(world, held):
    release(world, held)

    assert world.submit(held).outcome == "counted"


def test_a_review_sent_after_the_turn_was_given_away_is_kept_as_extra(world, held):
    release(world, held)
    world.hand_out(world.ben)

    assert world.submit(held).outcome == "extra"


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_release_needs_a_reason(world, held, reason):
    with pytest.raises(Invalid):
        release(world, held, reason=reason)
    with pytest.raises(Invalid):
        release_turns_of(held.reviewer, reason=reason, actor=world.ada, now=world.now)

    assert Slot.objects.get().state == Slot.State.LEASED


def test_all_of_one_person_are_released_and_nobody_elses(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hers, his = world.hand_out(world.ana), world.hand_out(world.ben)

    n_released = release_turns_of(hers.reviewer, reason="Ana left.", actor=world.ada, now=world.now)
    n_again = release_turns_of(hers.reviewer, reason="Ana left.", actor=world.ada, now=world.now)

    assert (n_released, n_again) == (1, 0)
    assert Slot.objects.get(state=Slot.State.LEASED).pk == his.slot_id
    assert Event.objects.get(kind="turn.released").subject["entry_ids"] == [hers.entry_id]


def test_gold_is_released_like_anything_else_and_comes_back_to_its_reviewer(world):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(gold_share=1.0)
    held = world.hand_out(world.ana)

    release(world, held)

    assert held.entry.item.external_id == "g-1"
    assert world.hand_out(world.ana).slot_id == held.slot_id


def change(world, *, reason="Fewer people today.", **settings):
    return change_queue(world.queue, reason=reason, actor=world.ada, now=world.now, **settings)


def test_a_queue_is_changed_with_what_and_why_in_the_trail(world):
    changes = change(world, daily_cap=60, name="Support replies", is_open=False)

    world.queue.refresh_from_db()
    assert (world.queue.daily_cap, world.queue.is_open) == (60, False)
    event = Event.objects.get(kind="queue.changed")
    assert event.subject["changes"] == changes == ["daily_cap: 120 → 60", "is_open: True → False"]
    assert event.subject["reason"] == "Fewer people today."


def test_changing_nothing_writes_nothing(world):
    assert change(world, daily_cap=120) == []
    assert not Event.objects.filter(kind="queue.changed").exists()


def test_a_change_needs_a_reason(world):
    with pytest.raises(Invalid):
        change(world, reason=" ", daily_cap=60)


def test_another_overlap_holds_for_what_comes_in_from_now_on(world):
    world.ingest(chat_row("before"))
    change(world, overlap=2)
    world.ingest(chat_row("after"))

    assert [len(world.slots(name)) for name in ("before", "after")] == [1, 2]


def test_a_closed_queue_lets_what_is_held_be_submitted(world, held):
    change(world, is_open=False)
    world.queue.refresh_from_db()

    assert isinstance(world.hand_out(world.ana), HandOut)
    assert world.submit(held).outcome == "counted"
    assert world.hand_out(world.ana).reason == "closed"
