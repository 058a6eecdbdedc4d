"""Job rows: work that survives a killed worker and an emptied broker, says how far it is and can be stopped."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from labeling.models import Heartbeat, Job, Project, User
from labeling.policy.errors import Conflict
from labeling.policy.jobs import (
    MOST_ATTEMPTS,
    JobLimits,
    RanTooLong,
    StopAsked,
    TakenOverByAnother,
    next_attempt_at,
)
from labeling.queries.jobs import (
    is_under_way,
    jobs_of_the_dead,
    jobs_to_send,
    n_places_spoken_for,
    places_taken,
)
from labeling.services.events import record_event

# A living worker renews the leases of what it runs every few seconds, whether or not the work speaks.
JOB_LEASE_SECONDS = 30
MOST_LOOKED_AT = 200
DIED = "its worker ended in the middle"
DIED_EACH_TIME = "its worker died each time"
NOT_RUNNING: dict[str, Any] = {"lease_until": None, "limit_at": None, "place": None}


def add_job(task: str, *arguments: Any, project: Project | None, now: datetime) -> Job:
    """Write a job row, inside the transaction of what makes it necessary."""
    return Job.objects.create(task=task, arguments=list(arguments), project=project, due_at=now, created_at=now)


@transaction.atomic
def send_due_jobs(*, now: datetime, limits: Mapping[str, JobLimits], n_places: int, at_most: int = 20) -> list[Job]:
    """The jobs that a dispatcher has to tell a worker of, also those whose worker died.

    Each is marked by compare-and-set, so two dispatchers never share one; when no worker has begun it in time, it is
    told of again. Of long jobs no more are sent than there are places for, so that those behind wait in the table.
    """
    take_back_from_the_dead(now=now)
    n_free, sent = n_places - n_places_spoken_for(limits, now=now), []
    for job in jobs_to_send(limits, now=now)[:MOST_LOOKED_AT]:
        needs_place = limits[job.task].queue == "long"
        if (needs_place and n_free <= 0) or len(sent) == at_most:
            continue
        held = Job.objects.filter(pk=job.pk, state=Job.State.DUE, lease_until=job.lease_until)
        if held.update(lease_until=now + timedelta(seconds=JOB_LEASE_SECONDS)):
            n_free -= needs_place
            sent.append(job)
    return sent


def take_back_from_the_dead(*, now: datetime) -> None:
    """Jobs whose lease ran out wait again. One that killed its worker five times stays failed, where it is seen,
    instead of killing the next; one that was asked to stop is stopped. An update each, safe to repeat."""
    dead = jobs_of_the_dead(now=now)
    dead.filter(stop_asked_at__isnull=False).update(state=Job.State.CANCELLED, ended_at=now, **NOT_RUNNING)
    spent = dead.filter(n_attempts__gte=F("n_given_back") + MOST_ATTEMPTS)
    spent.update(state=Job.State.FAILED, ended_at=now, last_error=DIED_EACH_TIME, **NOT_RUNNING)
    dead.filter(stop_asked_at=None).update(state=Job.State.DUE, due_at=now, last_error=DIED, **NOT_RUNNING)


def begin_job(job_id: int, *, now: datetime, limits: Mapping[str, JobLimits], n_places: int) -> Job | None:
    """Begin the next attempt at a waiting job; None when it is not to be begun here and now.

    One compare-and-set: of two workers that were told of it one begins. A long job needs one of `n_places`, and the
    unique constraint gives each to one job; without a place it goes back to waiting.
    """
    job = Job.objects.filter(pk=job_id, state=Job.State.DUE, task__in=list(limits)).first()
    if job is None:
        return None
    limit = limits[job.task]
    held = Job.objects.filter(pk=job_id, state=Job.State.DUE, n_attempts=job.n_attempts)
    place = free_place(n_places) if limit.queue == "long" else None
    if limit.queue == "long" and place is None:
        held.update(lease_until=None)
        return None
    job.state, job.place, job.n_attempts = Job.State.RUNNING, place, job.n_attempts + 1
    job.begun_at, job.limit_at = now, now + timedelta(seconds=limit.seconds)
    job.lease_until = now + timedelta(seconds=JOB_LEASE_SECONDS)
    begun = {name: getattr(job, name) for name in ("state", "n_attempts", "begun_at", *NOT_RUNNING)}
    try:
        with transaction.atomic():
            return job if held.update(**begun) == 1 else None
    except IntegrityError:  # another worker was faster with this place
        held.update(lease_until=None)
        return None


def free_place(n_places: int) -> int | None:
    taken = places_taken()
    return next((place for place in range(1, n_places + 1) if place not in taken), None)


def report_progress(job_id: int, *, attempt: int, n_done: int, n_all: int | None, now: datetime) -> None:
    """Note how far a running attempt is, and renew its lease, by compare-and-set. Safe to repeat.

    Raises `JobStopped`, each kind by name: somebody asked to stop, the attempt ran past its time limit (both are noted
    with how far it came), or another attempt has taken over or the job has ended, of which nothing is noted.
    """
    running = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, n_attempts=attempt)
    if n_all is not None:
        n_all = max(n_all, n_done)
    lease_until = now + timedelta(seconds=JOB_LEASE_SECONDS)
    goes_on = running.filter(stop_asked_at=None).exclude(limit_at__lt=now)
    if goes_on.update(n_done=n_done, n_all=n_all, lease_until=lease_until):
        return
    running.update(n_done=n_done, n_all=n_all)
    job = running.first()
    if job is None:
        raise TakenOverByAnother(f"another attempt goes on with job {job_id}")
    if job.stop_asked_at is not None:
        raise StopAsked(f"somebody asked job {job_id} to stop")
    raise RanTooLong("It took longer than it may; what was done by then is kept.")


def keep_job(job_id: int, *, attempt: int, now: datetime) -> bool:
    """Renew the lease of an attempt whose worker lives, though it may not speak. One compare-and-set."""
    running = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, n_attempts=attempt)
    return running.update(lease_until=now + timedelta(seconds=JOB_LEASE_SECONDS)) == 1


def end_job(job_id: int, *, attempt: int, now: datetime) -> bool:
    """Mark a job done, unless a later attempt has taken it over. One compare-and-set, safe to repeat."""
    running = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, n_attempts=attempt)
    return running.update(state=Job.State.DONE, ended_at=now, last_error="", **NOT_RUNNING) == 1


def cancel_job(job_id: int, *, attempt: int, now: datetime) -> bool:
    """End an attempt that was asked to stop and did. One compare-and-set, safe to repeat."""
    asked = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, n_attempts=attempt, stop_asked_at__isnull=False)
    return asked.update(state=Job.State.CANCELLED, ended_at=now, **NOT_RUNNING) == 1


@transaction.atomic
def give_back_job(job_id: int, *, attempt: int, now: datetime) -> bool:
    """A worker that ends lets the next one go on at once; no attempt is lost by it. One compare-and-set; what was
    asked to stop meanwhile is stopped."""
    if cancel_job(job_id, attempt=attempt, now=now):
        return False
    running = Job.objects.filter(pk=job_id, state=Job.State.RUNNING, n_attempts=attempt, stop_asked_at=None)
    given_back = {"state": Job.State.DUE, "due_at": now, "n_given_back": F("n_given_back") + 1}
    return running.update(**given_back, **NOT_RUNNING) == 1


@transaction.atomic
def put_off_job(job_id: int, *, attempt: int, error: str, now: datetime, rng: Random) -> None:
    """A job that failed comes again later, twice as late each time; after the last attempt it stays failed, seen.

    Locks the job; an attempt that was taken over by a later one changes nothing, and what was asked to stop meanwhile
    does not come again.
    """
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state != Job.State.RUNNING or job.n_attempts != attempt:
        return
    due_at = next_attempt_at(attempt - job.n_given_back, now=now, rng=rng)
    if job.stop_asked_at is not None:
        becomes = {"state": Job.State.CANCELLED, "ended_at": now}
    elif due_at is None:
        becomes = {"state": Job.State.FAILED, "ended_at": now}
    else:
        becomes = {"state": Job.State.DUE, "due_at": due_at}
    Job.objects.filter(pk=job_id).update(last_error=error[:500], **becomes, **NOT_RUNNING)


@transaction.atomic
def ask_to_stop(job: Job, *, actor: User, now: datetime) -> Job:
    """Ask a job to stop; one that waits is stopped at once, one that runs when it next says how far it is.

    Locks the job. Asked a second time nothing changes; refused once it has ended.
    """
    job = Job.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    if job.state not in (Job.State.DUE, Job.State.RUNNING):
        raise Conflict("This job has ended already; there is nothing to stop.")
    if job.stop_asked_at is not None:
        return job
    job.stop_asked_at, job.stop_asked_by = now, actor
    if job.state == Job.State.DUE:
        job.state, job.ended_at = Job.State.CANCELLED, now
    job.save(update_fields=["stop_asked_at", "stop_asked_by", "state", "ended_at"])
    record_event("job.stop_asked", project=job.project, now=now, actor=actor, job_id=job.pk, task=job.task)
    return job


@transaction.atomic
def try_again(job: Job, *, actor: User, now: datetime) -> Job:
    """Ask anew for what failed or was stopped: a new row, since what became of the old one stays to be read.

    Locks the old job, so that of two presses one makes a job. While the same is under way nothing is added; refused
    for a job that did not fail and was not stopped.
    """
    job = Job.objects.select_for_update(of=("self",)).select_related("project").get(pk=job.pk)
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise Conflict("This job did not fail and was not stopped; there is nothing to try again.")
    if is_under_way(job.task, job.arguments):
        raise Conflict("The same is under way already.")
    record_event("job.asked_again", project=job.project, now=now, actor=actor, job_id=job.pk, task=job.task)
    return add_job(job.task, *job.arguments, project=job.project, now=now)


def beat(name: str, *, now: datetime) -> None:
    """Note that a repeating task lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beaten_at": now})
