"""Jobs survive a worker that dies, and one that kills every worker ends where it is seen."""

from labeling.models import Job
from labeling.services.jobs import MOST_ATTEMPTS, add_job, claim_due_jobs, end_job, put_off_job


def test_a_job_is_claimed_once(db, world):
    add_job("ingest_upload", 1, now=world.now)

    first, second = claim_due_jobs(now=world.now), claim_due_jobs(now=world.now)

    assert ([job.n_attempts for job in first], second) == ([1], [])


def test_a_job_whose_worker_died_is_claimed_again(world, clock):
    add_job("ingest_upload", 1, now=world.now)
    claim_due_jobs(now=world.now)
    clock.shift(301)

    assert [job.n_attempts for job in claim_due_jobs(now=world.now)] == [2]


def test_a_slow_worker_does_not_end_what_a_later_attempt_took_over(world, clock):
    job = add_job("ingest_upload", 1, now=world.now)
    claim_due_jobs(now=world.now)
    clock.shift(301)
    claim_due_jobs(now=world.now)

    is_ended = end_job(job.pk, attempt=1, now=world.now)
    put_off_job(job.pk, attempt=1, error="too late", now=world.now)

    job.refresh_from_db()
    assert not is_ended
    assert (job.state, job.n_attempts, job.last_error) == (Job.State.RUNNING, 2, "")


def test_a_failed_job_comes_again_later_each_time(world):
    job = add_job("ingest_upload", 1, now=world.now)
    claim_due_jobs(now=world.now)

    put_off_job(job.pk, attempt=1, error="no such file", now=world.now)

    job.refresh_from_db()
    assert (job.state, (job.due_at - world.now).seconds, job.last_error) == (Job.State.DUE, 10, "no such file")


def test_a_job_that_kills_every_worker_ends_failed(world, clock):
    job = add_job("ingest_upload", 1, now=world.now)
    for _ in range(MOST_ATTEMPTS + 1):
        claim_due_jobs(now=world.now)
        clock.shift(301)

    job.refresh_from_db()
    assert (job.state, job.n_attempts) == (Job.State.FAILED, MOST_ATTEMPTS)
