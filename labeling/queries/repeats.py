"""What may come to a reviewer once more, blind, and whose stock of repeats is low."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from labeling.models import REPEAT_ROUND, Queue, QueueEntry, Rater, Recusal, Review, Slot
from labeling.policy.seeding import MOST_REPEATED_FROM, REPEAT_STOCK
from labeling.queries.ratings import END, counts_at

MOST_AT_ONCE = 100


def n_repeats_lying(queue: Queue, reviewer: Rater) -> int:
    return Slot.objects.filter(
        queue=queue, reserved_for=reviewer, state=Slot.State.OPEN, entry__round=REPEAT_ROUND
    ).count()


def items_labelled_before(queue: Queue, reviewer: Rater, *, version_id: int, now: datetime) -> list[int]:
    """The newest items that somebody labelled blind in a queue under a rubric version, long enough ago, settled since
    and never repeated to them. What is in question is labelled by others first, and what is kept from them, as what
    they saw the judge on, lies ready for nothing."""
    repeated = Slot.objects.filter(
        reserved_for=reviewer, entry__item=OuterRef("entry__item"), entry__queue=queue, entry__round=REPEAT_ROUND
    )
    kept_away = Recusal.objects.filter(item=OuterRef("entry__item"), reviewer=reviewer)
    old_enough = Review.objects.filter(
        ~Exists(repeated),
        ~Exists(kept_away),
        counts_at(END),
        reviewer=reviewer,
        submitted_at__lte=now - timedelta(days=queue.repeat_days),
        entry__queue=queue,
        entry__rubric_version=version_id,
        entry__state=QueueEntry.State.SETTLED,
    )
    return list(old_enough.order_by("-submitted_at").values_list("entry__item_id", flat=True)[:MOST_REPEATED_FROM])


def seats_to_repeat(*, now: datetime) -> list[int]:
    """The seats with too few repeats laid ready and a label old enough to be repeated; in no fixed order, or those with
    nothing left to repeat would stand before all others for ever."""
    found: list[int] = []
    for queue in Queue.objects.filter(repeat_share__gt=0, is_open=True).order_by("id"):
        old_enough = Review.objects.filter(
            reviewer=OuterRef("reviewer"),
            submitted_at__lte=now - timedelta(days=queue.repeat_days),
            entry__queue=queue,
        )
        enough = Slot.objects.filter(
            queue=queue, reserved_for=OuterRef("reviewer"), state=Slot.State.OPEN, entry__round=REPEAT_ROUND
        )[REPEAT_STOCK - 1 : REPEAT_STOCK]
        seats = queue.seats.filter(Exists(old_enough)).exclude(Exists(enough))
        found += seats.order_by("?").values_list("id", flat=True)[:MOST_AT_ONCE]
    return found
