"""Attempts at jobs in this process: running one, what its end means for the row, and keeping the row meanwhile."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any

from labeling.models import Job
from labeling.policy.errors import Refused
from labeling.policy.jobs import JobStopped, RanTooLong, StopAsked, TakenOverByAnother, Tell, WorkerEnds
from labeling.services.connections import leave_broken_connection
from labeling.services.jobs import cancel_job, end_job, give_back_job, keep_job, put_off_job, report_progress
from reviewapp.logs import told_with, words_of_error

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Attempt = tuple[int, int]


class Attempts:
    """The attempts that this process is at: which, since when by the steady clock, and whether they are to end."""

    def __init__(self, *, steady_clock: Callable[[], float] = time.monotonic) -> None:
        self.steady_clock = steady_clock
        self.deadlines: dict[Attempt, float] = {}
        self.lock = threading.Lock()
        self.is_ending = threading.Event()

    def run(self, job: Job, work: Callable[..., Any], *, hard_seconds: float, clock: Clock, rng: Random) -> None:
        """One attempt at a job that was begun, and the end of it in its row, in a transaction of its own.

        Whatever is raised ends the attempt, not the worker: what fails comes again later, what was asked to stop is
        stopped, and what this worker has no time for any more is given back.
        """
        job_id, attempt = job.pk, job.n_attempts
        with told_with(job=job_id, attempt=attempt), self.noted((job_id, attempt), hard_seconds):
            try:
                work(*job.arguments, clock=clock, tell=self.teller_of(job, clock))
            except Exception as error:  # noqa: BLE001 – it ends the attempt, not the worker, and is logged there
                # A connection that broke in the middle would keep the attempt's end from its row.
                leave_broken_connection()
                self.note_end(job, error, clock=clock, rng=rng)
            else:
                end_job(job_id, attempt=attempt, now=clock())

    def note_end(self, job: Job, error: Exception, *, clock: Clock, rng: Random) -> None:
        job_id, attempt = job.pk, job.n_attempts
        if isinstance(error, StopAsked):
            cancel_job(job_id, attempt=attempt, now=clock())
        elif isinstance(error, WorkerEnds):
            give_back_job(job_id, attempt=attempt, now=clock())
        elif isinstance(error, TakenOverByAnother):
            logger.info("Left %s: another attempt goes on with it.", job)
        else:
            trace = None if isinstance(error, JobStopped) else error
            logger.error("Attempt %d at %s failed.", attempt, job, exc_info=trace)
            put_off_job(job_id, attempt=attempt, error=in_words(error), now=clock(), rng=rng)

    @contextmanager
    def noted(self, attempt: Attempt, hard_seconds: float) -> Iterator[None]:
        with self.lock:
            self.deadlines[attempt] = self.steady_clock() + hard_seconds
        try:
            yield
        finally:
            with self.lock:
                self.deadlines.pop(attempt, None)

    def teller_of(self, job: Job, clock: Clock) -> Tell:
        def tell(n_done: int, n_all: int | None) -> None:
            if self.is_ending.is_set():
                raise WorkerEnds(f"the worker ends; job {job.pk} goes on with the next one")
            report_progress(job.pk, attempt=job.n_attempts, n_done=n_done, n_all=n_all, now=clock())

        return tell

    def under_way(self) -> list[Attempt]:
        with self.lock:
            return list(self.deadlines)

    def past_hard_limit(self) -> list[Attempt]:
        with self.lock:
            return [attempt for attempt, deadline in self.deadlines.items() if deadline < self.steady_clock()]

    def keep(self, *, now: datetime) -> None:
        """Renew the leases of what runs here, whether or not it speaks. A compare-and-set each."""
        for job_id, attempt in self.under_way():
            keep_job(job_id, attempt=attempt, now=now)

    def give_back(self, *, now: datetime) -> None:
        """Let the next worker go on at once with what still runs here. A transaction each, safe to repeat."""
        for job_id, attempt in self.under_way():
            give_back_job(job_id, attempt=attempt, now=now)


def in_words(error: Exception) -> str:
    """What a page may show of an error: our own sentences as they are; of any other its kind, as in the log."""
    return str(error) if isinstance(error, (Refused, RanTooLong)) else words_of_error(error)
