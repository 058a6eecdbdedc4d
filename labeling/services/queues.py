"""Handing out: leases, postponements and the sweep that gives abandoned turns back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from labeling.models import HandOut, Postponement, Project, Queue, Rater, Rubric, Seat, ShownItem, Slot, User
from labeling.policy.assignment import EmptyQueue, next_candidate
from labeling.policy.blinding import blind_item, order_for
from labeling.policy.errors import Invalid
from labeling.policy.seeding import is_gold_turn
from labeling.queries.queues import (
    current_hand_out,
    n_reviews_today,
    open_slots_for,
    reason_for_empty,
    reserved_slots_for,
)
from labeling.services.events import record_event

POSTPONE_MINUTES = 30
# How often a claim looks again after losing a slot to somebody else between looking and taking.
CLAIM_ATTEMPTS = 5


@transaction.atomic
def create_queue(
    *,
    project: Project,
    slug: str,
    name: str,
    rubric: Rubric,
    author: User,
    now: datetime,
    kinds: Sequence[str] = (),
    **settings: Any,
) -> Queue:
    """A new queue. `settings` are the fields of `Queue` that say how it hands out (overlap, gold_share, …).

    A taken slug is refused; the unique slug refuses the loser of a race, and nothing of it is stored.
    """
    if Queue.objects.filter(project=project, slug=slug).exists():
        raise Invalid({"slug": "This project already has a queue of that name."})
    queue = Queue.objects.create(
        project=project, slug=slug, name=name, rubric=rubric, kinds=list(kinds), created_at=now, **settings
    )
    record_event("queue.created", project=project, now=now, actor=author, queue_id=queue.pk)
    return queue


@transaction.atomic
def take_seat(queue: Queue, reviewer: Rater, *, now: datetime) -> bool:
    """Give a reviewer a place in a queue; True the first time. Safe to repeat."""
    _, is_new = Seat.objects.get_or_create(queue=queue, reviewer=reviewer, defaults={"taken_at": now})
    return is_new


@transaction.atomic
def hand_out_next(queue: Queue, reviewer: Rater, *, now: datetime) -> HandOut | EmptyQueue:
    """Give a reviewer their next item, or the one they hold already, or the reason why there is none.

    Locks the reviewer's seat (two tabs take turns and get the same item) and takes the slot by compare-and-set;
    whoever loses a slot looks again. Gold and live turns run the same statements. Safe to repeat: the second call
    returns what the first one handed out. Gold is drawn from what asks the same rubric version as the pool's next
    item, or its questions would tell it.
    """
    seat = Seat.objects.select_for_update(no_key=True).get(queue=queue, reviewer=reviewer)
    held = current_hand_out(queue, reviewer)
    if held is not None:
        renew_lease(held, now=now)
        return held
    n_today = n_reviews_today(queue, reviewer, now=now)
    if queue.is_open and n_today < queue.daily_cap:
        falls_on_gold = is_gold_turn(
            queue.seeding_secret, reviewer_id=reviewer.pk, turn=seat.turns, gold_share=queue.gold_share
        )
        for _ in range(CLAIM_ATTEMPTS):
            pool = first_unlocked(open_slots_for(queue, reviewer, now=now).select_related("entry"))
            version_id = pool.entry.rubric_version_id if pool else None
            reserved = first_unlocked(reserved_slots_for(queue, reviewer, version_id=version_id, now=now))
            slot = next_candidate(
                pool=pool,
                reserved=reserved,
                is_gold_turn=falls_on_gold,
                came_back=reserved is not None and reserved.lease_no > 0,
            )
            if slot is None:
                break
            if lease_slot(slot, reviewer, queue=queue, now=now):
                Seat.objects.filter(pk=seat.pk).update(turns=F("turns") + 1)
                return write_hand_out(slot, reviewer, queue=queue, now=now)
    return reason_for_empty(queue, reviewer, n_today=n_today, now=now)


def first_unlocked(slots: QuerySet[Slot]) -> Slot | None:
    if connection.features.has_select_for_update_skip_locked:
        slots = slots.select_for_update(skip_locked=True, of=("self",))
    return slots.first()


def lease_slot(slot: Slot, reviewer: Rater, *, queue: Queue, now: datetime) -> bool:
    """Compare-and-set from open to leased; then the entry's next slot opens for somebody else."""
    n_taken = Slot.objects.filter(pk=slot.pk, state=Slot.State.OPEN).update(
        state=Slot.State.LEASED,
        reviewer=reviewer,
        lease_until=now + timedelta(seconds=queue.lease_seconds),
        lease_no=F("lease_no") + 1,
    )
    if n_taken:
        open_following_slot(slot)
    return n_taken == 1


def open_following_slot(slot: Slot) -> None:
    Slot.objects.filter(entry_id=slot.entry_id, slot_no=slot.slot_no + 1, state=Slot.State.WAITING).update(
        state=Slot.State.OPEN
    )


def write_hand_out(slot: Slot, reviewer: Rater, *, queue: Queue, now: datetime) -> HandOut:
    """Record what this reviewer is shown. The page is drawn from this record, so it cannot show anything else."""
    slot = Slot.objects.select_related("entry__item__payload").get(pk=slot.pk)
    item = slot.entry.item
    shown_item = blind_item(item.kind, item.payload.context, item.payload.texts)
    shown = ShownItem(content_hash=shown_item.content_hash(), content=shown_item.canonical())
    ShownItem.objects.bulk_create([shown], ignore_conflicts=True)
    return HandOut.objects.create(
        slot=slot,
        lease_no=slot.lease_no,
        entry_id=slot.entry_id,
        reviewer=reviewer,
        shown=shown,
        order_shown=order_for(
            queue.seeding_secret, reviewer_id=reviewer.pk, item_id=item.pk, n_texts=len(shown_item.texts)
        ),
        handed_at=now,
    )


def held_slot(hand_out: HandOut) -> QuerySet[Slot]:
    """The slot of the entry that this reviewer holds now: the compare of every compare-and-set.

    Not by slot and lease: a late submission fills another slot, and taking it back leaves the reviewer with that one.
    """
    return Slot.objects.filter(entry_id=hand_out.entry_id, reviewer_id=hand_out.reviewer_id, state=Slot.State.LEASED)


def renew_lease(hand_out: HandOut, *, now: datetime) -> bool:
    """Extend a lease by its full length; False when it is gone. One statement, safe to repeat."""
    lease_seconds = hand_out.slot.queue.lease_seconds
    return held_slot(hand_out).update(lease_until=now + timedelta(seconds=lease_seconds)) == 1


@transaction.atomic
def postpone(hand_out: HandOut, *, now: datetime) -> None:
    """Give the turn back and do not offer this item to the same reviewer for a while. The draft stays.

    Compare-and-set; when the lease is gone already, only the postponement is kept. Safe to repeat.
    """
    held_slot(hand_out).update(state=Slot.State.OPEN, reviewer=None, lease_until=None)
    Postponement.objects.update_or_create(
        entry_id=hand_out.entry_id,
        reviewer_id=hand_out.reviewer_id,
        defaults={"until": now + timedelta(minutes=POSTPONE_MINUTES)},
    )


def expire_leases(*, now: datetime) -> int:
    """Open every slot whose lease ran out; drafts stay. One statement, safe to repeat and to run twice at once."""
    return Slot.objects.filter(state=Slot.State.LEASED, lease_until__lt=now).update(
        state=Slot.State.OPEN, reviewer=None, lease_until=None
    )
