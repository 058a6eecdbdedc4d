"""The Celery app: Redis where there is one, else a broker in the worker's own memory.

Nothing is lost with either: tasks carry ids only, and what is undone is found again from the tables.
"""

import logging
import os
import sys
import threading
import time
from types import MappingProxyType

from celery import Celery, signals
from django.conf import settings
from django.db import close_old_connections
from kombu import Queue

from reviewapp.logs import about, note_lost_thread

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

# What takes long waits apart from what does not, so that a worker can be kept for either.
SHORT, LONG = QUEUES = ("short", "long")

app = Celery("reviewapp")
app.conf.update(
    broker_url=settings.REDIS_URL or "memory://localhost//",
    # The memory transport polls; at Celery's default of one second a due job would wait that long.
    broker_transport_options={"unacked_restore_throttle": 1, "visibility_timeout": 3600, "socket_connect_timeout": 5}
    if settings.REDIS_URL
    else {"polling_interval": 0.05},
    # For ever, a few seconds apart: a broker that is away is waited for, and the clock goes on meanwhile.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue=SHORT,
    task_create_missing_queues=False,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_redirect_stdouts=False,
    worker_hijack_root_logger=False,
    timezone="UTC",
)
if settings.DATABASES["default"]["ENGINE"] != "reviewapp.sqlite":
    # Celery closes a thread's connection before and after each task, several times a second. They are kept instead, and
    # looked after as those of web requests are: see `begin_task`.
    app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks(["labeling"])

logger = logging.getLogger("reviewapp.tasks")


@signals.setup_logging.connect
def keep_our_logging(**told):
    """Celery sets up none of its own as long as somebody hears this: its handlers would print what tasks were given."""
    threading.excepthook = note_lost_thread


@signals.task_prerun.connect
def begin_task(task, args, **told):
    """Every line from here on tells the task, and the job where it runs one.

    A connection that is too old, or whose server has gone, is let go first, so that a restart costs a task at most.
    """
    name = task.name.rpartition(".")[2]
    fields = {"task": name, "begun": time.perf_counter()}
    if name == "run_job":
        fields["job"] = args[0] if args else None
    about.set(fields)
    close_old_connections()


@signals.task_postrun.connect
def end_task(task, state, **told):
    """One line for each task. Turns of messages and of judges are many, so only their failures are told loudly."""
    fields = about.get()
    milliseconds = round(1000 * (time.perf_counter() - fields["begun"]), 1)
    is_a_turn = "job" not in fields and state == "SUCCESS"
    logger.log(
        logging.DEBUG if is_a_turn else logging.INFO,
        "task",
        extra={"fields": {"status": state.lower() if state else None, "ms": milliseconds}},
    )
    about.set(MappingProxyType({}))
    close_old_connections()
