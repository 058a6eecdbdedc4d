"""Long work: how it says how far it is, why it ends before it is through, and when a failed job comes again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

# How a long service says how far it is: so many done of so many, None while nobody knows. It is called between
# transactions, and may raise `JobStopped`, which the service lets through: what it has stored by then stays.
Tell = Callable[[int, int | None], None]

# The kinds of jobs, by the names that their rows have: services ask for them, pages show them, workers run them.
UPLOAD_TASK = "ingest_upload"
AGREEMENT_TASK = "make_agreement_run"
HELP_TASK = "count_run_shards"
CALIBRATION_TASK = "make_calibration_runs"
EXAMINATION_TASK = "examine_judge"
MOST_ATTEMPTS = 5
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 600.0
JITTER = 0.3


def tell_nobody(n_done: int, n_all: int | None) -> None:
    """For whoever runs a long service by hand."""


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Where a job waits and how long one attempt may take.

    Past `seconds` the next word on progress ends the attempt; past `hard_seconds` its whole worker process is ended,
    since a thread that never speaks cannot be stopped.
    """

    queue: Literal["short", "long"]
    seconds: int
    hard_seconds: int


class JobStopped(Exception):
    """This attempt is to end now; the work goes on later, elsewhere or not at all, as the kind of it says."""


class StopAsked(JobStopped):
    """Somebody asked for it."""


class TakenOverByAnother(JobStopped):
    """A later attempt goes on with the job, or it has ended: nothing of this one counts any more."""


class RanTooLong(JobStopped):
    """The attempt is past its time limit."""


class WorkerEnds(JobStopped):
    """The worker is told to end and gives back what it runs; no attempt is lost by it."""


def next_attempt_at(n_failed: int, *, now: datetime, rng: Random) -> datetime | None:
    """When a job that failed so many times comes again; None when that was the last.

    Twice as late each time; the jitter keeps what failed together from coming back together.
    """
    if n_failed >= MOST_ATTEMPTS:
        return None
    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (max(n_failed, 1) - 1))
    return now + timedelta(seconds=wait * rng.uniform(1 - JITTER, 1 + JITTER))
