"""`make bench-large`: the desk, the queue page, the policy page and ingest at ten million items beside ten thousand.

Two installations on PostgreSQL, each with a web process and a worker, are asked in turn, so that a noisy machine is as
noisy for both. What is printed is the median of each and their ratio: to reach is 2 at most, for ingest 0.7 at least.
"""

import argparse
import contextlib
import json
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.desk import cpu_seconds
from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import (
    ROOT,
    Browser,
    Stand,
    environment_of,
    make,
    run_manage,
    seeded,
    web_and_worker,
)
from tests.services_live.test_stress import ANSWERS, DESK

N_ROUNDS = 50
N_PAGES = 15
N_DELIVERIES = 8
AT_ONCE = 1_000
WORKER_SECONDS = 30
PAGES = {"admin's home": "/", "queue page": "/p/{slug}/queues/", "policy page": "/p/{slug}/routing/"}


@dataclass
class Installation:
    """One of the two: its server, what it was seeded with, and the seconds that each kind of work took."""

    stand: Stand
    seed: dict
    worker_pid: int
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def timed(self, name: str, work: Callable[[], None]) -> None:
        start = time.perf_counter()
        work()
        self.seconds.setdefault(name, []).append(time.perf_counter() - start)

    def label(self, number: int) -> None:
        """One reviewer draws their first item, submits it, and so has the next."""
        with closing(Browser(self.stand.host, self.stand.port, session=self.seed["sessions"][number])) as browser:
            self.timed("start page", lambda: browser.get("/"))
            browser.as_htmx = True
            found: list[tuple[int, str, str]] = []
            hand_outs = f"/queues/{self.seed['queue_id']}/hand-outs/"
            self.timed("next item", lambda: found.append(browser.post(hand_outs, {})))
            fields = {**ANSWERS, "revision": "1", "active_ms": "4000"}
            for _ in range(3):
                path = found[-1][1]
                address = f"/review/{DESK.match(path)[1]}/"
                self.timed("submit and next", lambda address=address: found.append(browser.post(address, fields)))
                assert found[-1][0] == 200, found[-1]

    def read(self, name: str) -> None:
        with closing(Browser(self.stand.host, self.stand.port, session=self.seed["admin"])) as browser:
            status, _, page = browser.get(PAGES[name].format(slug=self.seed["slug"]))
            assert status == 200, page[-2000:]

    def deliver(self) -> None:
        from tests.world import chat_row

        # What was kept is measured again, and would know them from the last time.
        name = f"sent-{uuid.uuid4().hex[:8]}"
        rows = [chat_row(f"{name}-{row}", stakes="low") for row in range(AT_ONCE)]
        body = json.dumps(rows).encode()

        def send() -> None:
            counts = self.stand.deliver(self.seed["slug"], self.seed["secret"], body)
            assert counts["created"] == AT_ONCE, counts

        self.timed("ingest of 1,000", send)


@contextlib.contextmanager
def installed(n_items: int, *, database: str, kept: Path | None) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory() as made:
        path = kept / str(n_items) if kept else Path(made)
        with filled(path, n_items, database=database, is_kept=bool(kept)) as environment:
            seed = json.loads((path / "seed.json").read_text())
            size = f", {seed['bytes'] / 1e9:.2f} GB" if seed["bytes"] else ""
            say(f"{n_items:,} items{size}, made in {seed['seconds']:.0f} s")
            with web_and_worker(environment, path / "server.log") as (stand, worker_pid):
                yield Installation(stand, seed, worker_pid)


@contextlib.contextmanager
def filled(path: Path, n_items: int, *, database: str, is_kept: bool) -> Iterator[dict[str, str]]:
    """The environment of an installation with so many items; one that was kept is brought up to date instead."""
    script = f"N_ITEMS = {n_items}\n{(ROOT / 'tests/bench/large_seed.py').read_text()}"
    if not is_kept:
        with seeded(path, database=database, seed=script) as environment:
            yield environment
        return
    environment = environment_of(path, kept_database(path, n_items, database))
    if not (path / "seed.json").exists():
        make(environment, script)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "collectstatic", "--noinput", "-v0")
    yield environment


def kept_database(path: Path, n_items: int, database: str) -> str:
    path.mkdir(parents=True, exist_ok=True)
    if database == "sqlite":
        return f"sqlite:///{path / 'live.sqlite3'}"
    base, name = os.environ["LIVE_POSTGRES_URL"], f"bench_large_{n_items}"
    if not (path / "seed.json").exists():
        for statement in (f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"):
            subprocess.run(["psql", f"{base}/postgres", "-q", "-c", statement], check=True)
    return f"{base}/{name}"


def compare(small: Installation, large: Installation) -> None:
    both = (small, large)
    for number in range(N_ROUNDS):
        for one in both:
            one.label(number)
    for name in PAGES:
        for _ in range(N_PAGES):
            for one in both:
                one.timed(name, lambda one=one, name=name: one.read(name))
    for _ in range(N_DELIVERIES):
        for one in both:
            one.deliver()
    say(f"{'milliseconds':<18}{'small':>10}{'large':>10}{'ratio':>8}")
    for name in small.seconds:
        few, many = (1000 * median(one.seconds[name]) for one in both)
        if name.startswith("ingest"):
            say(f"{name:<18}{few:>10.1f}{many:>10.1f}{few / many:>8.2f}  (rate; at least 0.7)")
        else:
            say(f"{name:<18}{few:>10.1f}{many:>10.1f}{many / few:>8.2f}  (at most 2)")


def say(line: str) -> None:
    print(line, flush=True)


def say_idle_cost(small: Installation, large: Installation) -> None:
    """What a worker costs that has nothing to do: its clocks look at tables of any size."""
    before = [cpu_seconds(one.worker_pid) for one in (small, large)]
    time.sleep(WORKER_SECONDS)
    shares = [
        (cpu_seconds(one.worker_pid) - was) / WORKER_SECONDS for one, was in zip((small, large), before, strict=True)
    ]
    say(f"an idle worker takes {shares[0]:.1%} of a core on the small one, {shares[1]:.1%} on the large one")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench large", description=__doc__)
    arguments.add_argument("--items", type=int, default=10_000_000)
    arguments.add_argument("--few", type=int, default=10_000)
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    arguments.add_argument("--keep", type=Path, help="a folder; what was made is measured again the next time")
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    os.environ.setdefault("LIVE_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
    import django

    django.setup()
    with ExitStack() as stack:
        small, large = (
            stack.enter_context(installed(n_items, database=given.database, kept=given.keep))
            for n_items in (given.few, given.items)
        )
        say(f"fixed task {fixed_task_ms():.0f} ms")
        say_idle_cost(small, large)
        compare(small, large)
        say(f"fixed task {fixed_task_ms():.0f} ms")


if __name__ == "__main__":
    main()
