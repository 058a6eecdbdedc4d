"""Blind repeats: what somebody labelled comes to them once more, weeks later and among their other work."""

from datetime import datetime

from django.db import transaction

from labeling.models import REPEAT_ROUND, EntryPurpose, Rater, Seat
from labeling.policy.seeding import items_to_repeat
from labeling.queries.repeats import items_labelled_before, n_repeats_lying
from labeling.services.entries import add_reserved_turn, locked_shared_entry, version_for


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
    for item_id in sorted(chosen):
        entry = locked_shared_entry(
            item_id,
            queue=queue,
            version_id=version.pk,
            round=REPEAT_ROUND,
            purpose=EntryPurpose.Purpose.REPEAT,
            now=now,
        )
        add_reserved_turn(entry, reviewer_id=reviewer.pk)
    return len(chosen)
