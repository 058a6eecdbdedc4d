"""Blind repeats: what somebody labelled comes to them once more, weeks later and among their other work."""

from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import REPEAT_ROUND, EntryPurpose, Item, Queue, QueueEntry, Rater, Seat, Slot
from labeling.policy.seeding import items_to_repeat
from labeling.queries.repeats import items_labelled_before, n_repeats_lying
from labeling.services.entries import new_slot, version_for

DUE = timedelta(hours=24)


@transaction.atomic
def plant_repeats(seat_id: int, *, now: datetime) -> int:
    """Lay repeats ready for one reviewer: a reserved turn on items they labelled long ago; how many were added.

    Locks the seat, so that two workers never plant the same item, and each entry before adding its slot, which others
    who labelled the item share. Safe to repeat: what lies ready is enough, and nothing is repeated twice.
    """
    seat = Seat.objects.select_for_update(no_key=True, of=("self",)).select_related("queue__rubric").get(pk=seat_id)
    queue, reviewer = seat.queue, Rater(pk=seat.reviewer_id)
    n_lying = n_repeats_lying(queue, reviewer)
    version = version_for(queue)
    chosen = items_to_repeat(
        queue.seeding_secret,
        reviewer_id=reviewer.pk,
        item_ids=items_labelled_before(queue, reviewer, version_id=version.pk, now=now),
        n_lying=n_lying,
    )
    for item in Item.objects.filter(pk__in=chosen).order_by("id"):
        plant_repeat(item, queue=queue, version_id=version.pk, reviewer_id=reviewer.pk, now=now)
    return len(chosen)


def plant_repeat(item: Item, *, queue: Queue, version_id: int, reviewer_id: int, now: datetime) -> None:
    entry, is_new = QueueEntry.objects.get_or_create(
        item=item,
        queue=queue,
        rubric_version_id=version_id,
        round=REPEAT_ROUND,
        defaults={"overlap": 1, "n_slots": 0, "due_at": now + DUE, "created_at": now},
    )
    if is_new:
        EntryPurpose.objects.create(entry=entry, purpose=EntryPurpose.Purpose.REPEAT)
    entry = QueueEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    QueueEntry.objects.filter(pk=entry.pk).update(n_slots=entry.n_slots + 1)
    slot = new_slot(entry, slot_no=entry.n_slots + 1, state=Slot.State.OPEN, reserved_for_id=reviewer_id)
    slot.save(force_insert=True)
