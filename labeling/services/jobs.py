"""Job rows: work that survives a killed worker and an emptied broker."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from labeling.models import Heartbeat, Job
from labeling.queries.jobs import jobs_to_claim

JOB_LEASE_SECONDS = 300
MOST_ATTEMPTS = 5


def add_job(task: str, *arguments: Any, now: datetime) -> Job:
    """Write a job row, inside the transaction of what makes it necessary."""
    return Job.objects.create(task=task, arguments=list(arguments), due_at=now, created_at=now)


@transaction.atomic
def claim_due_jobs(*, now: datetime, at_most: int = 20) -> list[Job]:
    """Take due jobs, and those whose worker died, each by compare-and-set; two dispatchers never share one.

    A job that killed its worker five times stays failed, where it is seen, instead of killing the next.
    """
    claimed = []
    for job in jobs_to_claim(now=now)[:at_most]:
        held = Job.objects.filter(pk=job.pk, state=job.state, n_attempts=job.n_attempts)
        if job.n_attempts >= MOST_ATTEMPTS:
            held.update(state=Job.State.FAILED, ended_at=now, lease_until=None, last_error="its worker died each time")
            continue
        lease_until = now + timedelta(seconds=JOB_LEASE_SECONDS)
        if held.update(state=Job.State.RUNNING, lease_until=lease_until, n_attempts=F("n_attempts") + 1):
            job.n_attempts += 1
            claimed.append(job)
    return claimed


def end_job(job_id: int, *, attempt: int, now: datetime) -> bool:
    """Mark a job done, unless a later attempt has taken it over. One compare-and-set, safe to repeat."""
    running = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, n_attempts=attempt)
    return running.update(state=Job.State.DONE, ended_at=now, lease_until=None, last_error="") == 1


@transaction.atomic
def put_off_job(job_id: int, *, attempt: int, error: str, now: datetime) -> None:
    """A job that failed comes again later, twice as late each time; after the last attempt it stays failed, seen.

    Locks the job; an attempt that was taken over by a later one changes nothing.
    """
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state != Job.State.RUNNING or job.n_attempts != attempt:
        return
    job.last_error = error[:500]
    job.lease_until = None
    if attempt >= MOST_ATTEMPTS:
        job.state, job.ended_at = Job.State.FAILED, now
    else:
        job.state, job.due_at = Job.State.DUE, now + timedelta(seconds=5 * 2**attempt)
    job.save()


def beat(name: str, *, now: datetime) -> None:
    """Note that a repeating task lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beaten_at": now})
