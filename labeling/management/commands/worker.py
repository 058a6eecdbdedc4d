"""`manage.py worker`: run due work. With Redis, start as many as you like; without, one beside the web process."""

import logging
import os
import sys
import time
import warnings
from collections.abc import Callable

from celery.exceptions import SecurityWarning
from celery.platforms import EX_FAILURE
from celery.signals import worker_shutting_down
from celery.worker import WorkController
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labeling import tasks
from labeling.management.commands.up import refuse_to_start_unmigrated
from labeling.management.keeper import Keeper
from labeling.management.ticker import Ticker, threads_for_the_clock
from labeling.queries.clock import now
from reviewapp.celery import QUEUES, app

logger = logging.getLogger(__name__)

# Of the short ones two may be waiting for somebody's web server, others for judges; two go on with the work.
SHORT_THREADS = 4
CLOCK_THREADS = 8
# One that breaks sooner would break again at once: whoever started it is told.
SHORTEST_LIFE_SECONDS = 5


class Command(BaseCommand):
    help = "Run the jobs and the clock that starts them."

    def add_arguments(self, parser):
        parser.add_argument("--no-clock", action="store_true", help="leave the clock to another worker (Redis only)")
        parser.add_argument("--queues", default=",".join(QUEUES), help="short, long or short,long (Redis only)")

    def handle(self, *, no_clock: bool, queues: str, **options):
        chosen = read_queues(queues)
        refuse_to_start_unmigrated()
        # Celery warns root of pickled messages; ours are JSON only, and containers often run as root.
        warnings.simplefilter("ignore", SecurityWarning)
        ticker = Ticker(tasks.CLOCK, tasks.tick, threads=threads_for_the_clock(CLOCK_THREADS), sparing=tasks.SPARING)
        keeper = Keeper(tasks.ATTEMPTS, clock=now)
        keeper.start()

        began = time.monotonic()

        def end_soon(**signal):
            ticker.is_ending.set()  # or it would find what is given back, and tell this worker of it
            keeper.end_process = os._exit
            keeper.end_soon()

        def end_broken() -> None:
            if keeper.attempts.is_ending.is_set():  # told to end already, and the broker with it
                return
            end_soon()
            if time.monotonic() - began >= SHORTEST_LIFE_SECONDS:
                keeper.end_process = begin_anew

        worker_shutting_down.connect(end_soon, weak=False)
        if not (no_clock and settings.REDIS_URL):
            ticker.start()
        worker = worker_that_tells(end_broken)(
            pool="threads",
            queues=chosen,
            concurrency=sum(n_threads(queue) for queue in chosen),
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            quiet=True,
        )
        logger.info("The worker begins, for %s jobs.", " and ".join(chosen))
        worker.start()
        ticker.stop()
        if keeper.end_process is begin_anew:
            begin_anew(worker.exitcode)
        if worker.exitcode:
            sys.exit(worker.exitcode)


def worker_that_tells(end_broken: Callable[[], None]) -> type[WorkController]:
    """Celery's worker, which tells that it ends because something broke, before it waits for what still runs.

    A connection to Redis that is lost at the wrong moment is such a thing: kombu raises an AttributeError while it
    closes what was lost, and Celery takes that for the end of the worker.
    """

    class Worker(app.Worker):
        def stop(self, in_sighandler: bool = False, exitcode: int | None = None) -> None:
            if exitcode == EX_FAILURE:
                end_broken()
            super().stop(in_sighandler=in_sighandler, exitcode=exitcode)

    return Worker


def begin_anew(exit_code: int) -> None:
    """The same process from its first line; what it ran was given back. Whoever watches over it sees no end."""
    logger.warning("The connection to the broker broke (exit %s); this worker begins anew.", exit_code)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def read_queues(named: str) -> list[str]:
    chosen = [name.strip() for name in named.split(",") if name.strip()]
    if not chosen or not set(chosen) <= set(QUEUES):
        raise CommandError(f"--queues names {', '.join(QUEUES)} or both, not {named!r}.", returncode=2)
    if set(chosen) != set(QUEUES) and not settings.REDIS_URL:
        raise CommandError("Without REDIS_URL there is one worker, which has to serve both queues.", returncode=2)
    return chosen


def n_threads(queue: str) -> int:
    """Long jobs have threads of their own: no more of them run than the table has places for."""
    if queue == "long":
        return settings.LONG_JOBS_AT_ONCE
    return SHORT_THREADS + settings.JUDGE_CALLS_AT_ONCE
