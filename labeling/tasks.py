"""The pipeline on one page: what runs later or on a clock. Each task is one service call for each row that is due.

Every task is idempotent and finds its work in the tables, so a lost message or a killed worker costs a few seconds.
"""

from celery import shared_task
from django.utils.timezone import now

from labeling.models import Project, Seat
from labeling.queries.jobs import due_entries, job_by_id
from labeling.services import adjudication, events, gold, jobs, queues, routing, uploads

# What a job row may name, and the service it runs.
JOBS = {"ingest_upload": uploads.ingest_upload}

# Seconds between two runs of each repeating task. A run that could not start in time is dropped: the next finds more.
CLOCK = {
    "dispatch_jobs": 0.5,
    "settle_entries": 1,
    "expire_leases": 2,
    "route_items": 2,
    "plant_gold": 3,
    "seal_events": 5,
}


@shared_task
def dispatch_jobs():
    """Uploads and everything else that was asked for: send each due job row to a worker."""
    for job in jobs.claim_due_jobs(now=now()):
        run_job.delay(job.pk)


@shared_task
def run_job(job_id):
    """Run one job row; one that fails comes again later, and stays visible when it never succeeds."""
    job = job_by_id(job_id)
    try:
        JOBS[job.task](*job.arguments, clock=now)
    except Exception as error:
        jobs.put_off_job(job_id, error=repr(error), now=now())
        raise
    jobs.end_job(job_id, now=now())


@shared_task
def route_items():
    """Items that came before a policy, whose hold ran out, or that no queue took: decide and queue them."""
    for project in Project.objects.all():
        routing.route_unrouted(project, now=now())
        routing.release_holds(project, now=now())
        routing.open_missing_entries(project, now=now())


@shared_task
def plant_gold():
    """Lay gold ready for everybody who has a seat in a queue."""
    for seat in Seat.objects.select_related("queue__rubric", "reviewer"):
        gold.plant_gold(seat.queue, seat.reviewer, now=now())


@shared_task
def expire_leases():
    """Turns that were left lying go to somebody else; the draft stays."""
    queues.expire_leases(now=now())


@shared_task
def settle_entries():
    """Items whose reviews are all in become final, get a tie-break, or go to adjudication."""
    for entry_id in due_entries(now=now()):
        adjudication.settle_entry(entry_id, now=now())


@shared_task
def seal_events():
    """Chain what happened, project by project, and note that the worker lives."""
    for project in Project.objects.all():
        events.seal_events(project, now=now())
    jobs.beat("worker", now=now())
