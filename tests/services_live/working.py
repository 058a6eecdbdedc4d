"""Worker processes on a database of their own: started, killed, told to end, and with a clock that jumps."""

import json
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.services_live.stand import ROOT, run_manage

N_ROWS = 6_000
SEED = f"""
import json
from django.utils import timezone
from labeling.services.uploads import accept_upload
from tests.world import World, chat_row

world = World()
rows = "\\n".join(json.dumps(chat_row(f"r-{{number}}")) for number in range({N_ROWS}))
accept_upload(
    world.project, file_name="rows.jsonl", file_format="jsonl", content=rows.encode(), sent_by=world.ada,
    now=timezone.now(),
)
"""
STATE = """
import json
from labeling.models import *
job = Job.objects.get()
print(json.dumps({
    "state": job.state, "n_done": job.n_done, "n_attempts": job.n_attempts, "n_given_back": job.n_given_back,
    "items": Item.objects.count(), "counts": IngestBatch.objects.get().outcome["counts"],
    "events": Event.objects.filter(kind="items.ingested").count(),
}))
"""
WHOLE = {"created": N_ROWS, "unchanged": 0, "conflict": 0, "invalid": 0}
PATIENCE_SECONDS = 180
# A worker whose wall clock jumps ahead by an hour, back by two, and so on; the steady clock is the machine's.
JUMPING = """
import os, sys, threading, time
import time_machine
os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
import django
django.setup()
from django.core.management import call_command

def jump():
    shift = 3600
    while True:
        traveller = time_machine.travel(time_machine.escape_hatch.time.time() + shift, tick=True)
        traveller.start()
        time.sleep(4)
        traveller.stop()
        shift = -shift

threading.Thread(target=jump, daemon=True).start()
call_command("worker")
"""
# A worker for which an import is a call that never returns, and three seconds are too long.
HANGING = """
import os, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
import django
django.setup()
from django.core.management import call_command
from labeling import tasks
from labeling.policy.jobs import JobLimits

tasks.JOBS["ingest_upload"] = lambda batch_id, *, clock, tell: threading.Event().wait()
tasks.LIMITS["ingest_upload"] = JobLimits("long", seconds=2, hard_seconds=3)
call_command("worker")
"""

# A worker whose connection to the broker breaks once, in the middle of a job, in a way that Celery takes for the end.
BREAKING = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
import django
django.setup()
from django.core.management import call_command
from kombu.transport.memory import Transport
from labeling.management.commands import worker
from labeling.models import Job

worker.SHORTEST_LIFE_SECONDS = 0
drain = Transport.drain_events

def drain_or_break(*arguments, **named):
    if "HAS_BROKEN" not in os.environ and Job.objects.filter(state="running", n_done__gt=0).exists():
        os.environ["HAS_BROKEN"] = "1"
        raise AttributeError("'NoneType' object has no attribute 'client'")
    return drain(*arguments, **named)

Transport.drain_events = drain_or_break
call_command("worker")
"""


@contextmanager
def working(environment, *arguments, command=None, log):
    """A worker for as long as the block runs; what it says goes to a file."""
    command = command or [sys.executable, str(ROOT / "manage.py"), "worker", *arguments]
    with log.open("ab") as sink:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=sink, stderr=sink)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def ask(environment, script=STATE):
    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


def wait_for(environment, is_so, *, script=STATE):
    """The state once it is so; a wait that is too long ends with what there was instead."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so(state := ask(environment, script)):
        assert time.monotonic() < deadline, state
        time.sleep(0.2)
    return state


@contextmanager
def throwaway_redis(port):
    """A Redis of the test's own, which it may empty, kill and start again: `start` and `stop`."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    servers = []

    def start():
        command = [program, "--port", str(port), "--save", "", "--appendonly", "no"]
        servers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))

    def stop():
        while servers:
            server = servers.pop()
            server.kill()
            server.wait()

    start()
    try:
        yield start, stop
    finally:
        stop()
