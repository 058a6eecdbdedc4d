"""`python -m tests.bench team`: two hundred reviewers who think, then fifty who do not, on the scaled mode.

PostgreSQL and Redis, two web processes and a worker. Think times are exponential with a mean of ten seconds, from a
seed. To reach: no error, no item handed to two, 95 of 100 answers (submit and next item) within half a second.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.desk import Loop, fill, run_loop
from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import ROOT, Browser, Stand, seeded, web_and_worker
from tests.services_live.test_stress import ANSWERS, DESK, REPORT

N_PROCESSES = 2
MOST_SITTING_SECONDS = 20


def review(stand: Stand, session: str, queue_id: int, loop: Loop, *, reviewer: int, think: float) -> None:
    """Think, save a draft as the page does, submit, which brings the next; until the time is up."""
    dice = random.Random(f"team-{reviewer}")
    fields = {**ANSWERS, "revision": "1", "active_ms": "4000"}
    with closing(Browser(stand.host, stand.port, session=session)) as browser:
        # They come in over some seconds, as people do, and not in one.
        time.sleep(dice.random() * MOST_SITTING_SECONDS)
        browser.get("/")
        _, path, _ = browser.post(f"/queues/{queue_id}/hand-outs/", {})
        browser.as_htmx = True
        while time.perf_counter() < loop.deadline:
            found = DESK.match(path)
            if found is None:
                loop.problems.append(f"no item at {path}")
                return
            loop.took(found[1], reviewer)
            time.sleep(dice.expovariate(1 / think))
            browser.post(f"/review/{found[1]}/draft/", ANSWERS)
            start = time.perf_counter()
            status, path, page = browser.post(f"/review/{found[1]}/", fields)
            loop.seconds.append(time.perf_counter() - start)
            if status != 200:
                loop.problems.append(f"{status} at {path}: {page[:100]}")
                return


def run_thinking(stand: Stand, seed: dict, *, n_reviewers: int, think: float, seconds: float) -> Loop:
    loop = Loop(n_reviewers)
    loop.deadline = time.perf_counter() + seconds
    with ThreadPoolExecutor(n_reviewers) as pool:
        ends = [
            pool.submit(review, stand, session, seed["queue_id"], loop, reviewer=number, think=think)
            for number, session in enumerate(seed["sessions"][:n_reviewers])
        ]
        for end in ends:
            end.result()
    return loop


@contextlib.contextmanager
def team_of(n_people: int, *, n_waiting: int, redis_url: str) -> Iterator[tuple[Stand, dict]]:
    """A scaled installation with so many waiting items of two reviews each."""
    script = f"N_REVIEWERS, N_ITEMS, OVERLAP = {n_people}, 1, 1\n{(ROOT / 'tests/services_live/seed.py').read_text()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with seeded(path, database="postgresql", seed=script, REDIS_URL=redis_url) as environment:
            seed = json.loads((path / "seed.json").read_text())
            fill(Stand("127.0.0.1", 0, environment, path / "server.log"), n_waiting=n_waiting)
            with web_and_worker(environment, path / "server.log", n_processes=N_PROCESSES) as (stand, _):
                yield stand, seed


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench team", description=__doc__)
    arguments.add_argument("--reviewers", type=int, default=200)
    arguments.add_argument("--think", type=float, default=10, help="mean seconds between an item and its submission")
    arguments.add_argument("--seconds", type=float, default=300)
    arguments.add_argument("--waiting", type=int, default=10_000)
    arguments.add_argument("--redis", default="redis://127.0.0.1:6379/9")
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    os.environ.setdefault("LIVE_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
    import django

    django.setup()
    with team_of(given.reviewers, n_waiting=given.waiting, redis_url=given.redis) as (stand, seed):
        noise = fixed_task_ms()
        loop = run_thinking(stand, seed, n_reviewers=given.reviewers, think=given.think, seconds=given.seconds)
        in_order = sorted(1000 * one for one in loop.seconds)
        print(
            f"{given.reviewers} reviewers, each {given.think:g} s: {len(in_order):,} labels in {given.seconds:g} s, "
            f"submit and next {median(in_order):.0f} ms, p95 {in_order[int(0.95 * len(in_order))]:.0f}, "
            f"slowest {in_order[-1]:.0f}; {len(loop.problems)} errors or double hand-outs (task: {noise:.0f} ms)"
        )
        closed = run_loop(stand, seed, n_reviewers=50, seconds=20)
        print(
            f"50 without a thought: {closed['labels_a_second']:.1f} labels a second, p95 {closed['p95_ms']:.0f} ms, "
            f"{closed['cpu_ms_a_label']:.1f} ms of web CPU a label, {len(closed['problems'])} problems"
        )
        found = stand.ask(REPORT)
        kept = {name: found[name] for name in ("over_overlap", "twice_by_one", "extra")}
        twice = [token for token, n in found["reviews_by_token"].items() if n > 1]
        print(f"in the database: {kept}, {len(twice)} hand-outs reviewed twice; fixed task {fixed_task_ms():.0f} ms")
        for problem in [*loop.problems, *closed["problems"]][:5]:
            print(f"    {problem}")
        return int(bool(loop.problems or closed["problems"] or twice or kept["over_overlap"] or kept["twice_by_one"]))


if __name__ == "__main__":
    sys.exit(main())
