"""Jobs survive a worker that dies, one that kills every worker ends where it is seen, and each can be stopped."""

from datetime import timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction

from labeling.models import Event, Job
from labeling.policy.errors import Conflict
from labeling.policy.jobs import MOST_ATTEMPTS, JobLimits, RanTooLong, StopAsked, TakenOverByAnother
from labeling.services import jobs
from labeling.services.jobs import (
    JOB_LEASE_SECONDS,
    add_job,
    ask_to_stop,
    begin_job,
    cancel_job,
    end_job,
    give_back_job,
    keep_job,
    put_off_job,
    report_progress,
    send_due_jobs,
    try_again,
)

LIMITS = {"ingest_upload": JobLimits("long", seconds=600, hard_seconds=700), "quick": JobLimits("short", 10, 20)}


def add(world, task="ingest_upload", number=1):
    return add_job(task, number, project=world.project, now=world.now)


def send(world, *, n_places=2):
    return [job.pk for job in send_due_jobs(now=world.now, limits=LIMITS, n_places=n_places)]


def begin(world, job, *, n_places=2):
    return begin_job(job.pk, now=world.now, limits=LIMITS, n_places=n_places)


def report(world, job, *, attempt=1, n_done=1, n_all=None):
    report_progress(job.pk, attempt=attempt, n_done=n_done, n_all=n_all, now=world.now)


def fail(world, job, *, attempt=1, error="no such file"):
    put_off_job(job.pk, attempt=attempt, error=error, now=world.now, rng=Random(1))


def again(job):
    job.refresh_from_db()
    return job


def test_a_worker_is_told_of_a_job_once(world):
    job = add(world)

    assert (send(world), send(world)) == ([job.pk], [])


def test_of_two_that_look_for_due_jobs_at_the_same_time_one_tells_a_worker(world, monkeypatch):
    job = add(world)
    due = list(jobs.jobs_to_send(LIMITS, now=world.now))
    monkeypatch.setattr(jobs, "jobs_to_send", lambda *_, **__: due)

    assert (send(world), send(world)) == ([job.pk], [])


def test_a_job_whose_message_was_lost_is_told_of_again(world, clock):
    job = add(world)
    send(world)
    clock.shift(JOB_LEASE_SECONDS + 1)

    assert send(world) == [job.pk]


def test_of_two_workers_that_were_told_of_a_job_one_begins(world):
    job = add(world)

    first, second = begin(world, job), begin(world, job)

    assert (first.n_attempts, second) == (1, None)
    assert again(job).state == Job.State.RUNNING


def test_of_two_workers_that_read_a_waiting_job_at_the_same_time_one_begins(world, monkeypatch):
    job, others = add(world), []

    def meanwhile(n_places):
        monkeypatch.undo()
        others.append(begin(world, job))
        return 2

    monkeypatch.setattr(jobs, "free_place", meanwhile)
    late = begin(world, job)

    assert (others[0].n_attempts, late) == (1, None)
    assert again(job).place == 1


def test_a_place_that_another_job_took_meanwhile_leaves_this_one_waiting(world, monkeypatch):
    first, second = add(world), add(world, number=2)

    def meanwhile(n_places):
        monkeypatch.undo()
        begin(world, first)
        return 1

    monkeypatch.setattr(jobs, "free_place", meanwhile)

    assert begin(world, second) is None
    assert (again(second).state, again(second).lease_until) == (Job.State.DUE, None)
    assert begin(world, second).place == 2


def test_a_worker_that_dies_leaves_its_job_to_the_next(world, clock):
    job = add(world)
    begin(world, job)
    clock.shift(JOB_LEASE_SECONDS + 1)

    told = send(world)

    assert told == [job.pk]
    assert again(job).last_error == "its worker ended in the middle"
    assert begin(world, job).n_attempts == 2


def test_a_worker_that_lives_keeps_its_job_though_the_work_is_silent(world, clock):
    job = add(world)
    begin(world, job)
    clock.shift(JOB_LEASE_SECONDS - 1)
    is_kept = keep_job(job.pk, attempt=1, now=world.now)
    clock.shift(JOB_LEASE_SECONDS - 1)

    assert (is_kept, send(world)) == (True, [])


def test_a_slow_worker_does_not_end_what_a_later_attempt_took_over(world, clock):
    job = add(world)
    begin(world, job)
    clock.shift(JOB_LEASE_SECONDS + 1)
    send(world)
    begin(world, job)

    is_ended, is_kept = end_job(job.pk, attempt=1, now=world.now), keep_job(job.pk, attempt=1, now=world.now)
    fail(world, job, attempt=1, error="too late")

    again(job)
    assert (is_ended, is_kept) == (False, False)
    assert (job.state, job.n_attempts, job.last_error) == (Job.State.RUNNING, 2, "its worker ended in the middle")


def test_a_failed_job_comes_again_twice_as_late_each_time_and_not_with_its_fellows(world):
    jobs = [add(world, number=number) for number in range(2)]
    rng, waits = Random(1), []
    for job in jobs:
        begin(world, job)
        put_off_job(job.pk, attempt=1, error="no such file", now=world.now, rng=rng)
        waits.append((again(job).due_at - world.now).total_seconds())

    assert all(7 <= wait <= 13 for wait in waits)
    assert waits[0] != waits[1]
    assert (jobs[0].state, jobs[0].last_error, jobs[0].place) == (Job.State.DUE, "no such file", None)


def test_a_job_that_kills_every_worker_ends_failed(world, clock):
    job = add(world)
    for _ in range(MOST_ATTEMPTS):
        send(world)
        begin(world, job)
        clock.shift(JOB_LEASE_SECONDS + 1)

    told = send(world)

    again(job)
    assert told == []
    assert (job.state, job.n_attempts, job.last_error) == (Job.State.FAILED, MOST_ATTEMPTS, "its worker died each time")


def test_a_job_that_fails_each_time_ends_failed(world):
    job = add(world)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        begin(world, job)
        fail(world, job, attempt=attempt)

    assert again(job).state == Job.State.FAILED


def test_a_worker_that_gives_a_job_back_costs_it_no_attempt(world):
    job = add(world)
    for attempt in range(1, MOST_ATTEMPTS + 2):
        begin(world, job)
        give_back_job(job.pk, attempt=attempt, now=world.now)

    assert send(world) == [job.pk]
    assert begin(world, job).n_attempts == MOST_ATTEMPTS + 2


# --- how many run at once ---------------------------------------------------------------------------------------


def test_no_more_long_jobs_run_than_there_are_places(world):
    jobs = [add(world, number=number) for number in range(4)]

    told = send(world)
    begun = [begin(world, job) for job in jobs]

    assert told == [jobs[0].pk, jobs[1].pk]
    assert [job.place if job else None for job in begun] == [1, 2, None, None]


def test_a_short_job_does_not_wait_for_long_ones(world):
    for number in range(3):
        add(world, number=number)
    short = add(world, "quick")

    assert short.pk in send(world)


def test_a_place_is_free_again_once_its_job_ended(world):
    first, second = add(world, number=1), add(world, number=2)
    begin(world, first, n_places=1)
    waiting = send(world, n_places=1)

    end_job(first.pk, attempt=1, now=world.now)

    assert (waiting, send(world, n_places=1)) == ([], [second.pk])


def test_the_database_gives_a_place_to_one_job(world):
    first, second = add(world, number=1), add(world, number=2)
    begin(world, first)

    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=second.pk).update(state=Job.State.RUNNING, place=1)


def test_a_job_of_a_version_that_is_gone_stops_nobody_else(world):
    add(world, "knit_a_scarf")
    job = add(world)

    assert send(world) == [job.pk]


# --- progress and stopping --------------------------------------------------------------------------------------


def test_progress_is_noted_and_holds_the_lease(world, clock):
    job = add(world)
    begin(world, job)
    clock.shift(20)

    report(world, job, n_done=3, n_all=7)

    again(job)
    assert (job.n_done, job.n_all) == (3, 7)
    assert job.lease_until == world.now + timedelta(seconds=JOB_LEASE_SECONDS)


def test_more_done_than_there_was_to_do_is_all(world):
    job = add(world)
    begin(world, job)

    report(world, job, n_done=9, n_all=7)

    assert (again(job).n_done, job.n_all) == (9, 9)


def test_a_job_that_is_asked_to_stop_hears_it_when_it_next_tells(world):
    job = add(world)
    begin(world, job)
    report(world, job, n_done=1, n_all=7)

    ask_to_stop(job, actor=world.ada, now=world.now)
    with pytest.raises(StopAsked):
        report(world, job, n_done=2, n_all=7)
    is_stopped = cancel_job(job.pk, attempt=1, now=world.now)

    again(job)
    assert is_stopped
    assert (job.state, job.n_done, job.place, job.stop_asked_by) == (Job.State.CANCELLED, 2, None, world.ada)
    assert Event.objects.get(kind="job.stop_asked").subject == {"job_id": job.pk, "task": "ingest_upload"}


def test_a_job_that_waits_is_stopped_at_once_and_asked_twice_is_asked_once(world):
    job = add(world)

    ask_to_stop(job, actor=world.ada, now=world.now)

    assert again(job).state == Job.State.CANCELLED
    assert send(world) == []
    with pytest.raises(Conflict, match="ended already"):
        ask_to_stop(job, actor=world.ada, now=world.now)


def test_a_job_that_runs_is_asked_to_stop_once(world):
    job = add(world)
    begin(world, job)

    for _ in range(2):
        ask_to_stop(job, actor=world.ada, now=world.now)

    assert Event.objects.filter(kind="job.stop_asked").count() == 1


@pytest.mark.parametrize("end", ["its worker dies", "it fails", "it is given back"])
def test_what_was_asked_to_stop_does_not_come_again(world, clock, end):
    job = add(world)
    begin(world, job)
    ask_to_stop(job, actor=world.ada, now=world.now)

    if end == "its worker dies":
        clock.shift(JOB_LEASE_SECONDS + 1)
        send(world)
    elif end == "it fails":
        fail(world, job)
    else:
        give_back_job(job.pk, attempt=1, now=world.now)

    assert again(job).state == Job.State.CANCELLED


def test_an_attempt_past_its_time_limit_hears_it(world, clock):
    job = add(world)
    begin(world, job)
    clock.shift(LIMITS["ingest_upload"].seconds + 1)

    with pytest.raises(RanTooLong):
        report(world, job)


def test_an_attempt_that_was_taken_over_hears_it(world, clock):
    job = add(world)
    begin(world, job)
    clock.shift(JOB_LEASE_SECONDS + 1)
    send(world)
    begin(world, job)

    with pytest.raises(TakenOverByAnother):
        report(world, job, attempt=1)


def test_a_job_that_ended_is_reported_no_more(world):
    job = add(world)
    begin(world, job)
    end_job(job.pk, attempt=1, now=world.now)

    with pytest.raises(TakenOverByAnother):
        report(world, job)


def test_what_was_stopped_is_tried_again_as_a_job_of_its_own(world):
    job = add(world)
    ask_to_stop(job, actor=world.ada, now=world.now)

    new = try_again(job, actor=world.ada, now=world.now)

    assert (new.task, new.arguments, new.project, new.state) == (job.task, job.arguments, world.project, Job.State.DUE)
    assert again(job).state == Job.State.CANCELLED
    with pytest.raises(Conflict, match="under way already"):
        try_again(job, actor=world.ada, now=world.now)


def test_what_neither_failed_nor_was_stopped_is_not_tried_again(world):
    job = add(world)

    with pytest.raises(Conflict, match="nothing to try again"):
        try_again(job, actor=world.ada, now=world.now)
