"""An attempt at a job: its end is written down, whatever it is; a worker keeps what it runs and ends what hangs."""

import json
from random import Random

import pytest
from django.db import connection

from labeling import tasks
from labeling.management.keeper import EXIT_HUNG, Keeper
from labeling.models import IngestBatch, Item, Job
from labeling.policy.errors import Conflict
from labeling.policy.jobs import JobLimits, RanTooLong
from labeling.services import uploads
from labeling.services.attempts import Attempts
from labeling.services.jobs import JOB_LEASE_SECONDS, add_job, ask_to_stop, begin_job, try_again
from labeling.services.uploads import accept_upload
from tests.world import chat_row

LIMITS = {"ingest_upload": JobLimits("long", 600, 700)}


@pytest.fixture
def attempts():
    return Attempts()


@pytest.fixture
def job(world):
    job = add_job("ingest_upload", 7, project=world.project, now=world.now)
    return begin_job(job.pk, now=world.now, limits=LIMITS, n_places=2)


def run(attempts, job, work, world, *, hard_seconds=700):
    attempts.run(job, work, hard_seconds=hard_seconds, clock=lambda: world.now, rng=Random(1))
    job.refresh_from_db()
    return job


def test_work_that_is_through_ends_the_job_and_is_told_of_on_the_way(world, attempts, job):
    heard = []

    def work(number, *, clock, tell):
        heard.append(number)
        tell(3, 4)
        heard.append(Job.objects.get(pk=job.pk).n_done)

    run(attempts, job, work, world)

    assert heard == [7, 3]
    assert (job.state, job.place) == (Job.State.DONE, None)
    assert attempts.under_way() == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("no space left in what somebody wrote"), "OSError"),
        (ValueError(), "ValueError"),
        (Conflict("Choose another."), "Choose another."),
        (RanTooLong("It took longer than it may."), "It took longer than it may."),
    ],
)
def test_work_that_fails_comes_again_with_its_error_in_words(world, attempts, job, error, words):
    def work(number, *, clock, tell):
        raise error

    run(attempts, job, work, world)

    assert (job.state, job.last_error) == (Job.State.DUE, words)


def test_work_that_is_asked_to_stop_is_stopped(world, attempts, job):
    def work(number, *, clock, tell):
        tell(1, 4)
        ask_to_stop(job, actor=world.ada, now=world.now)
        tell(2, 4)
        raise AssertionError("it heard nothing")

    run(attempts, job, work, world)

    assert (job.state, job.n_done) == (Job.State.CANCELLED, 2)


def test_a_worker_that_ends_gives_back_what_speaks(world, attempts, job):
    def work(number, *, clock, tell):
        attempts.is_ending.set()
        tell(1, 4)

    run(attempts, job, work, world)

    assert (job.state, job.n_given_back, job.lease_until, job.due_at) == (Job.State.DUE, 1, None, world.now)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="no server that could end a connection to SQLite")
@pytest.mark.django_db(transaction=True)
def test_work_whose_connection_broke_comes_again_with_its_own_error(world, attempts, job):
    def work(number, *, clock, tell):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    run(attempts, job, work, world)

    assert (job.state, job.last_error) == (Job.State.DUE, "OperationalError 57P01")
    assert job.due_at > world.now


# --- what the worker process does -------------------------------------------------------------------------------


@pytest.fixture
def ends():
    return []


def keeper_of(attempts, world, ends):
    return Keeper(attempts, clock=lambda: world.now, end_process=ends.append)


def test_a_worker_keeps_the_lease_of_work_that_says_nothing(world, clock, attempts, job, ends):
    with attempts.noted((job.pk, 1), 700):
        clock.shift(JOB_LEASE_SECONDS - 1)
        keeper_of(attempts, world, ends).look()

    job.refresh_from_db()
    assert (job.lease_until - world.now).total_seconds() == JOB_LEASE_SECONDS
    assert ends == []


@pytest.mark.django_db(transaction=True)
def test_work_past_its_hard_limit_ends_the_worker_and_says_why(attempts, ends, monkeypatch):
    seconds = [0.0]
    attempts = Attempts(steady_clock=lambda: seconds[0])
    told = []
    keeper = Keeper(attempts, clock=lambda: None, end_process=ends.append)
    monkeypatch.setattr("labeling.management.keeper.put_off_job", lambda *job, **why: told.append(why["error"]))
    monkeypatch.setattr(attempts, "give_back", lambda *, now: told.append("the others"))

    with attempts.noted((1, 1), 700):
        seconds[0] = 701
        keeper.look()

    assert ends == [EXIT_HUNG]
    assert told == ["It did not say how far it was and took longer than it may; its worker was ended.", "the others"]


def test_a_database_that_is_away_does_not_end_the_keeping(attempts, world, ends, monkeypatch, caplog):
    monkeypatch.setattr(attempts, "keep", lambda *, now: 1 / 0)

    keeper_of(attempts, world, ends).look()

    assert "next look tries again" in caplog.text
    assert ends == []


# --- an upload, through the tasks -------------------------------------------------------------------------------


@pytest.fixture
def upload(world, monkeypatch):
    monkeypatch.setattr(uploads, "CHUNK_ROWS", 2)
    content = "\n".join(json.dumps(chat_row(f"u-{number}")) for number in range(5)).encode()
    return accept_upload(
        world.project, file_name="a.jsonl", file_format="jsonl", content=content, sent_by=world.ada, now=world.now
    )


def test_a_stopped_upload_keeps_its_rows_and_run_again_ends_in_the_same(world, upload, monkeypatch):
    job, real = Job.objects.get(), uploads.ingest_rows

    def stopping(*arguments, **names):
        if not Job.objects.get(pk=job.pk).stop_asked_at:
            ask_to_stop(job, actor=world.ada, now=world.now)
        return real(*arguments, **names)

    monkeypatch.setattr(uploads, "ingest_rows", stopping)
    tasks.run_job(job.pk)
    job.refresh_from_db()
    n_stored = Item.objects.count()

    again = try_again(job, actor=world.ada, now=world.now)
    monkeypatch.setattr(uploads, "ingest_rows", real)
    tasks.run_job(again.pk)

    again.refresh_from_db()
    assert (job.state, job.n_done, job.n_all, n_stored) == (Job.State.CANCELLED, 2, 5, 2)
    assert (again.state, again.n_done, again.n_all) == (Job.State.DONE, 5, 5)
    assert IngestBatch.objects.get().outcome["counts"]["created"] == Item.objects.count() == 5


def test_the_clock_tells_a_worker_of_what_is_due(world, upload, monkeypatch):
    told = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, queue: told.append((args, queue)))

    tasks.dispatch_jobs()
    tasks.dispatch_jobs()

    assert told == [((Job.objects.get().pk,), "long")]


def test_a_broker_that_is_away_costs_a_job_no_attempt(world, clock, upload, monkeypatch):
    def fails(args, queue):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.run_job, "apply_async", fails)
    with pytest.raises(ConnectionError):
        tasks.dispatch_jobs()
    clock.shift(JOB_LEASE_SECONDS + 1)
    told = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, queue: told.append(args))

    tasks.dispatch_jobs()

    assert len(told) == 1
    assert Job.objects.get().n_attempts == 0
