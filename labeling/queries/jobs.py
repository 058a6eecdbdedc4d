"""Work that is due, found in the tables."""

from datetime import datetime

from labeling.models import Job, QueueEntry

MOST_AT_ONCE = 200


def job_by_id(job_id: int) -> Job:
    return Job.objects.get(pk=job_id)


def due_entries(*, now: datetime) -> list[int]:
    """The entries whose take-back grace is over."""
    due = QueueEntry.objects.filter(settle_at__lte=now).order_by("settle_at")
    return list(due.values_list("id", flat=True)[:MOST_AT_ONCE])
