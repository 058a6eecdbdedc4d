"""Job rows: work that survives a killed worker and an emptied broker."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from labeling.models import Heartbeat, Job

JOB_LEASE_SECONDS = 300
MOST_ATTEMPTS = 5


def add_job(task: str, *arguments: Any, now: datetime) -> Job:
    """Write a job row, inside the transaction of what makes it necessary."""
    return Job.objects.create(task=task, arguments=list(arguments), due_at=now, created_at=now)


@transaction.atomic
def claim_due_jobs(*, now: datetime, at_most: int = 20) -> list[Job]:
    """Take due jobs, and those whose worker died, each by compare-and-set; two dispatchers never share one."""
    lease_until = now + timedelta(seconds=JOB_LEASE_SECONDS)
    waiting = Q(state=Job.State.DUE, due_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    claimed = []
    for job in Job.objects.filter(waiting).order_by("due_at")[:at_most]:
        n_claimed = (
            Job.objects.filter(pk=job.pk, n_attempts=job.n_attempts)
            .filter(waiting)
            .update(state=Job.State.RUNNING, lease_until=lease_until, n_attempts=F("n_attempts") + 1)
        )
        if n_claimed:
            claimed.append(job)
    return claimed


def end_job(job_id: int, *, now: datetime) -> None:
    """Mark a job done. Safe to repeat."""
    Job.objects.filter(pk=job_id).update(state=Job.State.DONE, ended_at=now, lease_until=None, last_error="")


@transaction.atomic
def put_off_job(job_id: int, *, error: str, now: datetime) -> None:
    """A job that failed comes again later, twice as late each time; after the last attempt it stays failed, seen."""
    job = Job.objects.select_for_update().get(pk=job_id)
    job.last_error = error[:500]
    job.lease_until = None
    if job.n_attempts >= MOST_ATTEMPTS:
        job.state, job.ended_at = Job.State.FAILED, now
    else:
        job.state, job.due_at = Job.State.DUE, now + timedelta(seconds=5 * 2**job.n_attempts)
    job.save()


def beat(name: str, *, now: datetime) -> None:
    """Note that a repeating task lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beaten_at": now})
