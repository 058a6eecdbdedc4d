"""The desk while outputs come in, on SQLite: from a file by a command, and from two services through the API.

`python -m tests.bench busy` prints a row for each, beside the same desk alone and how fast the outputs came.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.bench.desk import fill, run_loop
from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import ROOT, Stand, standing

N_WAITING = 10_000
N_SERVICES = 2
ROWS_A_DELIVERY = 500
COLUMNS = (
    f"{'while':<24}{'labels/s':>10}{'median ms':>11}{'p95 ms':>9}{'items in/s':>14}{'problems':>10}{'noise ms':>10}"
)
TOKEN = """
import json
from django.utils.timezone import now
from labeling.models import Project
from labeling.services.projects import create_token
project = Project.objects.get()
actor = project.memberships.first().user
_, secret = create_token(project=project, name="busy", scopes=["items:write"], actor=actor, now=now())
print(json.dumps([project.slug, secret]))
"""


@contextmanager
def nothing(stand: Stand, n_rows: int) -> Iterator[None]:
    yield


@contextmanager
def a_file(stand: Stand, n_rows: int) -> Iterator[None]:
    """The command that stores it, for as long as the block runs and at most until its end."""
    from tests.world import chat_row

    slug, path = stand.ask(TOKEN)[0], Path(stand.environment["REVIEWAPP_VAR"]) / "rows.jsonl"
    with path.open("w") as rows:
        rows.writelines(json.dumps(chat_row(f"file-{number}")) + "\n" for number in range(n_rows))
    command = [sys.executable, str(ROOT / "manage.py"), "ingest", slug, str(path)]
    with subprocess.Popen(command, env=stand.environment, cwd=ROOT, stdout=subprocess.DEVNULL) as storing:
        try:
            wait_for_items(stand)
            yield
            if storing.poll() is not None:
                print("    the file ended before the reviewers did: give it more --rows")
        finally:
            storing.terminate()


@contextmanager
def two_services(stand: Stand, n_rows: int) -> Iterator[None]:
    """Each delivers, waits for the answer and delivers again."""
    from tests.world import chat_row

    slug, secret = stand.ask(TOKEN)
    is_over = threading.Event()

    def deliver(service: int) -> None:
        number = 0
        while not is_over.is_set():
            rows = [chat_row(f"service-{service}-{number + one}") for one in range(ROWS_A_DELIVERY)]
            stand.deliver(slug, secret, json.dumps(rows).encode())
            number += ROWS_A_DELIVERY

    with ThreadPoolExecutor(N_SERVICES) as pool:
        ends = [pool.submit(deliver, service) for service in range(N_SERVICES)]
        try:
            wait_for_items(stand)
            yield
        finally:
            is_over.set()
        for end in ends:
            end.result()


def wait_for_items(stand: Stand) -> None:
    before = n_items(stand)
    while n_items(stand) == before:
        time.sleep(0.2)


def n_items(stand: Stand) -> int:
    return stand.ask("from labeling.models import Item; print(Item.objects.count())")


def print_row(stand: Stand, seed: dict, given: argparse.Namespace, name: str, work) -> None:
    with work(stand, given.rows):
        noise, before, start = fixed_task_ms(), n_items(stand), time.perf_counter()
        found = run_loop(stand, seed, n_reviewers=given.reviewers, seconds=given.seconds)
        n_came = (n_items(stand) - before) / (time.perf_counter() - start)
    print(
        f"{name:<24}{found['labels_a_second']:>10.1f}{found['median_ms']:>11.0f}{found['p95_ms']:>9.0f}"
        f"{n_came:>14,.0f}{len(found['problems']):>10}{noise:>10.0f}",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reviewers", type=int, default=10)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--seconds", type=float, default=15)
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with standing(path, database="sqlite", n_reviewers=given.reviewers + 1, n_items=1, overlap=1) as stand:
            seed = json.loads((path / "seed.json").read_text())
            fill(stand, n_waiting=N_WAITING)
            print(COLUMNS)
            for name, work in (("nothing comes in", nothing), ("two services", two_services), ("a file", a_file)):
                print_row(stand, seed, given, name, work)


if __name__ == "__main__":
    main()
