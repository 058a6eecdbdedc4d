"""The Celery app: Redis where there is one, else a broker in the worker's own memory.

Nothing is lost with either: tasks carry ids only, and what is undone is found again from the tables.
"""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")

app = Celery("reviewapp")
app.conf.update(
    broker_url=settings.REDIS_URL or "memory://localhost//",
    # The memory transport polls; at Celery's default of one second a due job would wait that long.
    broker_transport_options={"unacked_restore_throttle": 1, "visibility_timeout": 3600}
    if settings.REDIS_URL
    else {"polling_interval": 0.05},
    broker_connection_retry_on_startup=True,
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_redirect_stdouts=False,
    worker_hijack_root_logger=False,
    timezone="UTC",
)
app.autodiscover_tasks(["labeling"])
