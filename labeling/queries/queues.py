"""What waits, for whom, and why a queue is empty. No query here can tell gold from live."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from labeling.models import HandOut, Item, Postponement, Queue, Rater, Review, Slot
from labeling.policy.assignment import EmptyQueue, explain_empty


def open_slots_for(queue: Queue, reviewer: Rater, *, now: datetime) -> QuerySet[Slot]:
    """The pool as one reviewer may draw from it, first in line first.

    Not an item they ever held or reviewed: independence is per item, whatever entry it came in.
    """
    held = Slot.objects.filter(entry__item_id=OuterRef("entry__item_id"), reviewer=reviewer)
    reviewed = Review.objects.filter(entry__item_id=OuterRef("entry__item_id"), reviewer=reviewer)
    postponed = Postponement.objects.filter(entry_id=OuterRef("entry_id"), reviewer=reviewer, until__gt=now)
    return (
        Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for__isnull=True)
        .filter(~Exists(held), ~Exists(reviewed), ~Exists(postponed))
        .order_by("priority", "due_at", "id")
    )


def reserved_slots_for(queue: Queue, reviewer: Rater, *, version_id: int | None, now: datetime) -> QuerySet[Slot]:
    """What lies ready for one reviewer alone: first what came back to them, then what asks this rubric version."""
    fits = Q(lease_no__gt=0) | Q(entry__rubric_version_id=version_id)
    return open_reserved_slots(queue, reviewer, now=now).filter(fits).order_by("-lease_no", "id")


def slots_that_came_back(queue: Queue, reviewer: Rater, *, now: datetime) -> QuerySet[Slot]:
    """Reserved slots that the reviewer was handed before, which wait for them like anything in the pool."""
    return open_reserved_slots(queue, reviewer, now=now).filter(lease_no__gt=0)


def open_reserved_slots(queue: Queue, reviewer: Rater, *, now: datetime) -> QuerySet[Slot]:
    postponed = Postponement.objects.filter(entry_id=OuterRef("entry_id"), reviewer=reviewer, until__gt=now)
    return Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for=reviewer).filter(~Exists(postponed))


def current_hand_out(queue: Queue, reviewer: Rater) -> HandOut | None:
    """What this reviewer holds now. A lease that ran out is still theirs until the sweep gives it away."""
    slot = Slot.objects.filter(queue=queue, reviewer=reviewer, state=Slot.State.LEASED).order_by("lease_until").first()
    if slot is None:
        return None
    return HandOut.objects.filter(entry_id=slot.entry_id, reviewer=reviewer).latest("id")


def n_reviews_today(queue: Queue, reviewer: Rater, *, now: datetime) -> int:
    """How many reviews they submitted since midnight. Gold counts like anything else, or the count would tell."""
    return Review.objects.filter(
        reviewer=reviewer, submitted_at__gte=last_midnight(now), entry__queue=queue, withdrawal__isnull=True
    ).count()


def last_midnight(now: datetime) -> datetime:
    """When the day began, in the installation's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


def reason_for_empty(queue: Queue, reviewer: Rater, *, n_today: int, now: datetime) -> EmptyQueue:
    for_me = Q(reserved_for__isnull=True) | Q(reserved_for=reviewer)
    unfinished = Slot.objects.filter(for_me, queue=queue)
    came_back = slots_that_came_back(queue, reviewer, now=now)
    postponed_until = Postponement.objects.filter(
        reviewer=reviewer, until__gt=now, entry__slots__in=unfinished.filter(state=Slot.State.OPEN)
    ).aggregate(at=Min("until"))["at"]
    mine = Slot.objects.filter(entry_id=OuterRef("entry_id"), reviewer=reviewer)
    held_until = unfinished.filter(state=Slot.State.LEASED).filter(~Exists(mine)).aggregate(at=Min("lease_until"))["at"]
    return explain_empty(
        is_open=queue.is_open,
        n_today=n_today,
        daily_cap=queue.daily_cap,
        is_any_left_for_me=open_slots_for(queue, reviewer, now=now).exists() or came_back.exists(),
        held_until=max(held_until, now + timedelta(seconds=5)) if held_until else None,
        postponed_until=postponed_until,
    )


def queue_for(item: Item, queues: Sequence[Queue]) -> Queue | None:
    """The first queue that names the item's kind, else the first that takes any."""
    named = [queue for queue in queues if item.kind in queue.kinds]
    open_to_all = [queue for queue in queues if not queue.kinds]
    return next(iter(named + open_to_all), None)
