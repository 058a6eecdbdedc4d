"""`manage.py worker`: run due work. With Redis, start as many as you like; without, one beside the web process."""

import logging
import warnings

from celery.beat import EmbeddedService, Scheduler
from celery.exceptions import SecurityWarning
from django.conf import settings
from django.core.management.base import BaseCommand

from labeling.tasks import CLOCK
from reviewapp.celery import app


class Command(BaseCommand):
    help = "Run the jobs and the clock that starts them."

    def add_arguments(self, parser):
        parser.add_argument("--no-clock", action="store_true", help="leave the clock to another worker (Redis only)")

    def handle(self, *, no_clock: bool, **options):
        app.conf.beat_schedule = {
            name: {"task": f"labeling.tasks.{name}", "schedule": seconds, "options": {"expires": 4 * seconds}}
            for name, seconds in CLOCK.items()
        }
        logging.getLogger("celery.beat").setLevel(logging.WARNING)
        # Celery warns root of pickled messages; ours are JSON only, and containers often run as root.
        warnings.simplefilter("ignore", SecurityWarning)
        if not (no_clock and settings.REDIS_URL):
            # A thread, not a process: the memory broker exists in this process only.
            EmbeddedService(app, max_interval=0.5, thread=True, scheduler_cls=Scheduler).start()
        # Two of the threads may be waiting for somebody's web server, others for judges; two go on with the work.
        worker = app.Worker(
            pool="threads",
            concurrency=4 + settings.JUDGE_CALLS_AT_ONCE,
            loglevel="WARNING",
            without_gossip=True,
            without_mingle=True,
            quiet=True,
        )
        worker.start()
        self.exit_code = worker.exitcode
