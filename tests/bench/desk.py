"""Labels a second at the desk: reviewers in a closed loop, each saving a draft before the submit that brings the next.

`python -m tests.bench.desk --waiting 10000 100000 --reviewers 1 10 50 --database sqlite` prints a row for each.
"""

import argparse
import json
import math
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import ROOT, Browser, Stand, children_of, standing
from tests.services_live.test_stress import ANSWERS, DESK

HEARTBEAT_SECONDS = 60
LONGEST_START = 120
N_OWN = 5_000
SERVER_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Loop:
    """What the reviewers of one run saw together."""

    n_reviewers: int
    deadline: float = math.inf
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    held_by: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self):
        self.everybody_sits = threading.Barrier(self.n_reviewers + 1, timeout=LONGEST_START)

    def took(self, token: str, reviewer: int) -> None:
        with self.lock:
            if self.held_by.setdefault(token, reviewer) != reviewer:
                self.problems.append(f"{token} was handed to two")


def review(stand: Stand, session: str, queue_id: int, loop: Loop, *, reviewer: int) -> None:
    """Sit down; then, once everybody has: save a draft as the page does, submit, which brings the next item, and send a
    heartbeat a minute."""
    fields = {**ANSWERS, "revision": "1", "active_ms": "4000"}
    with closing(Browser(stand.host, stand.port, session=session)) as browser:
        browser.get("/")
        _, path, _ = browser.post(f"/queues/{queue_id}/hand-outs/", {})
        browser.as_htmx = True
        loop.everybody_sits.wait()
        last_beat = time.perf_counter()
        while time.perf_counter() < loop.deadline:
            token = DESK.match(path)[1]
            loop.took(token, reviewer)
            start = time.perf_counter()
            status, _, page = browser.post(f"/review/{token}/draft/", ANSWERS)
            if start - last_beat > HEARTBEAT_SECONDS:
                browser.post(f"/review/{token}/heartbeat/", {})
                last_beat = start
            if status == 200:
                status, path, page = browser.post(f"/review/{token}/", fields)
            if status != 200:
                loop.problems.append(f"{status} at {path}: {page[:100]}")
                return
            loop.seconds.append(time.perf_counter() - start)


def cpu_seconds(pid: int) -> float:
    """Of a process and its children, by the kernel's count."""
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / SERVER_TICKS + sum(map(cpu_seconds, children_of(pid)))


def run_loop(stand: Stand, seed: dict, *, n_reviewers: int, seconds: float) -> dict:
    loop = Loop(n_reviewers)
    # The last ones: the first has labelled the front of the line.
    sessions = seed["sessions"][::-1][:n_reviewers]
    with ThreadPoolExecutor(n_reviewers) as pool:
        ends = [
            pool.submit(review, stand, session, seed["queue_id"], loop, reviewer=number)
            for number, session in enumerate(sessions)
        ]
        loop.everybody_sits.wait()
        cpu_before, start = cpu_seconds(stand.server_pid), time.perf_counter()
        loop.deadline = start + seconds
    for end in ends:
        end.result()
    spent = time.perf_counter() - start
    n_labels = len(loop.seconds)
    in_order = sorted(loop.seconds)
    return {
        "labels_a_second": n_labels / spent,
        "median_ms": 1000 * median(in_order),
        "p95_ms": 1000 * in_order[int(0.95 * (n_labels - 1))],
        "cpu_ms_a_label": 1000 * (cpu_seconds(stand.server_pid) - cpu_before) / n_labels,
        "problems": loop.problems,
    }


def fill(stand: Stand, *, n_waiting: int) -> None:
    script = (ROOT / "tests/bench/fill.py").read_text()
    stand.run("shell", "-v0", "-c", f"N_WAITING, N_OWN = {n_waiting}, {min(N_OWN, n_waiting // 2)}\n{script}")


def measure(*, database: str, n_waiting: int, reviewers: list[int], seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with standing(path, database=database, n_reviewers=max(reviewers) + 1, n_items=1, overlap=1) as stand:
            seed = json.loads((path / "seed.json").read_text())
            fill(stand, n_waiting=n_waiting)
            for n_reviewers in reviewers:
                print_row(stand, seed, database, n_waiting, str(n_reviewers), n_reviewers, seconds)
            seed["sessions"] = seed["sessions"][:1]
            print_row(stand, seed, database, n_waiting, f"1, after {N_OWN:,}", 1, seconds)


def print_row(
    stand: Stand, seed: dict, database: str, n_waiting: int, who: str, n_reviewers: int, seconds: float
) -> None:
    before = fixed_task_ms()
    found = run_loop(stand, seed, n_reviewers=n_reviewers, seconds=seconds)
    print(
        f"{database:<11}{n_waiting:>10,}{who:>16}{found['labels_a_second']:>10.1f}{found['median_ms']:>10.1f}"
        f"{found['p95_ms']:>10.1f}{found['cpu_ms_a_label']:>10.1f}{len(found['problems']):>10}{before:>12.0f}",
        flush=True,
    )
    for problem in found["problems"][:3]:
        print(f"    {problem}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--waiting", type=int, nargs="+", default=[10_000, 100_000])
    arguments.add_argument("--reviewers", type=int, nargs="+", default=[1, 10, 50])
    arguments.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    arguments.add_argument("--seconds", type=float, default=10)
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    print(
        f"{'database':<11}{'waiting':>10}{'reviewers':>16}{'labels/s':>10}{'median ms':>10}{'p95 ms':>10}{'cpu ms':>10}"
        f"{'problems':>10}{'noise ms':>12}"
    )
    for database in given.database:
        for n_waiting in given.waiting:
            measure(database=database, n_waiting=n_waiting, reviewers=given.reviewers, seconds=given.seconds)


if __name__ == "__main__":
    main()
