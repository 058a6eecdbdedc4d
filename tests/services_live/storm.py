"""Everything breaks in turn while people label, a producer sends and an owner imports and asks for reports.

Two web processes and two workers on PostgreSQL and Redis servers of the storm's own. Which breaks when is drawn from a
seed. Afterwards the database is asked whether it says what everybody was told.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.services_live.breakable import Ledger, Server
from tests.services_live.faults import STATE, FaultReport, compare
from tests.services_live.servers import Postgres, throwaway_postgres
from tests.services_live.stand import ROOT, environment_of, free_port, make, run_manage, wait_until_alive
from tests.services_live.storm_people import Owner, Producer, StormReviewer
from tests.services_live.working import JUMPING, throwaway_redis

N_REVIEWERS = 50
MEAN_THOUGHT = 4.0
SECONDS_BETWEEN_FAULTS = (6, 16)
REST_SECONDS = 240
FAULTS = (
    "web",
    "web child",
    "worker",
    "second worker",
    "all",
    "redis emptied",
    "redis restarted",
    "postgresql restarted",
)
AFTERWARDS = """
import json
from django.db.models import Count
from labeling.models import *
from django.utils import timezone
print(json.dumps({
    "items": list(Item.objects.filter(source_system="storm").values_list("external_id", flat=True)),
    "undecided": Item.objects.filter(status="unrouted").count(),
    "unqueued": Item.objects.filter(status="in_review", entries__isnull=True).count(),
    "jobs": dict(Job.objects.values_list("state").annotate(n=Count("id"))),
    "runs": AgreementRun.objects.count(),
    "unsealed": Event.objects.filter(project__isnull=False, seal__isnull=True).count(),
    "events": Event.objects.count(),
}))
"""


class StormServer(Server):
    """Web and workers that are killed and started again; the worker's clock may jump, and the log's disk be full."""

    def __init__(self, environment: dict[str, str], log: Path, *, dice: random.Random):
        from labeling.management.commands.up import web_command

        self.host, self.port = "127.0.0.1", free_port()
        self.environment, self.log, self.dice = environment, log, dice
        plain = [sys.executable, str(ROOT / "manage.py"), "worker"]
        self.commands = {
            "web": web_command(self.host, self.port, 2),
            "worker": plain,
            "second worker": [*plain, "--no-clock"],
        }
        self.jumping = [sys.executable, "-c", JUMPING]
        self.n_full = self.n_jumping = 0
        self.running = {name: self.start(name) for name in self.commands}
        self.one_at_a_time = threading.Lock()
        self.restart_seconds: list[float] = []
        wait_until_alive(self.host, self.port)

    def start(self, name: str):
        log, command = self.log, self.commands[name]
        if self.dice.random() < 0.5:
            self.log, self.n_full = Path("/dev/full"), self.n_full + 1
        if name == "worker" and self.dice.random() < 0.5:
            self.commands[name], self.n_jumping = self.jumping, self.n_jumping + 1
        try:
            return super().start(name)
        finally:
            self.log, self.commands[name] = log, command

    def kill_one(self, name: str) -> None:
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()
        self.running[name] = self.start(name)


class Storm:
    def __init__(self, server: StormServer, postgres: Postgres, redis, *, dice: random.Random):
        self.server, self.postgres, self.dice = server, postgres, dice
        self.start_redis, self.stop_redis, self.empty_redis = redis
        self.kinds: Counter = Counter()

    def rage(self, until: float) -> None:
        while time.monotonic() < until:
            time.sleep(self.dice.uniform(*SECONDS_BETWEEN_FAULTS))
            kind = self.dice.choice(FAULTS)
            self.kinds[kind] += 1
            self.strike(kind)

    def strike(self, kind: str) -> None:
        if kind == "web child":
            self.server.kill_web_child()
        elif kind in self.server.running:
            self.server.kill_one(kind)
        elif kind == "all":
            for name in self.server.running:
                self.server.kill_one(name)
        elif kind == "redis emptied":
            self.empty_redis()
        elif kind == "redis restarted":
            self.stop_redis()
            time.sleep(self.dice.uniform(0, 5))
            self.start_redis()
        else:
            self.postgres.stop()
            time.sleep(self.dice.uniform(0, 3))
            self.postgres.start()


@dataclass
class StormReport:
    minutes: float
    faults: Counter
    people: FaultReport
    n_items_confirmed: int
    n_items_stored: int
    n_lost: int
    n_uploads: int
    n_sent_again: int
    n_jumping: int
    n_full: int
    jobs: dict[str, int]
    n_events: int
    chain: str
    problems: list[str]


def run_storm(folder: Path, *, minutes: float, seed: int) -> StormReport:
    dice = random.Random(seed)
    with (
        throwaway_redis(redis_port := free_port()) as (start_redis, stop_redis),
        throwaway_postgres() as postgres,
    ):
        script = f"N_REVIEWERS, N_ITEMS = {N_REVIEWERS}, 300\n" + "".join(
            (ROOT / f"tests/services_live/{name}.py").read_text() + "\n" for name in ("faults_seed", "storm_seed")
        )
        environment = environment_of(folder, postgres.url, REDIS_URL=f"redis://127.0.0.1:{redis_port}/0")
        make(environment, script)
        seeds = json.loads((folder / "seed.json").read_text())
        server = StormServer(environment, folder / "server.log", dice=dice)
        try:
            storm = Storm(server, postgres, (start_redis, stop_redis, lambda: empty(redis_port)), dice=dice)
            return weather(storm, seeds, minutes=minutes, seed=seed)
        finally:
            server.stop()


def empty(port: int) -> None:
    import redis

    with closing(redis.Redis(port=port)) as client:
        client.flushall()


def weather(storm: Storm, seeds: dict, *, minutes: float, seed: int) -> StormReport:
    server, ledger = storm.server, Ledger(storm.postgres.url)
    until = time.monotonic() + 60 * minutes
    reviewers = [
        StormReviewer(number, server=server, ledger=ledger, person=person, queue_id=seeds["queue_id"], seed=seed)
        for number, person in enumerate(seeds["people"])
    ]
    url = f"http://{server.host}:{server.port}/api/v1/projects/{seeds['slug']}/items"
    producer = Producer(url, seeds["secret"], dice=random.Random(f"producer-{seed}"))
    owner = Owner(server, seeds["admin"], seeds["slug"])
    problems: list[str] = []
    work = [lambda: producer.work(until), lambda: owner.work(until), lambda: storm.rage(until)]
    work += [lambda reviewer=reviewer: label_until(reviewer, until) for reviewer in reviewers]
    with ThreadPoolExecutor(len(work)) as pool:
        ended = [pool.submit(one).exception for one in work]
    problems += [f"a script of the storm ended: {error!r}" for error in (one() for one in ended) if error]
    wait_until_alive(server.host, server.port)
    return reckon(storm, reviewers, producer, owner, problems, ledger=ledger, minutes=minutes)


def label_until(reviewer: StormReviewer, until: float) -> None:
    with closing(reviewer):
        while time.monotonic() < until:
            reviewer.label_one()
            time.sleep(reviewer.dice.expovariate(1 / MEAN_THOUGHT))


def reckon(storm: Storm, reviewers, producer: Producer, owner: Owner, problems, *, ledger, minutes) -> StormReport:
    environment = storm.server.environment
    state, after = state_at_rest(environment, ledger)
    report = FaultReport(storm.kinds)
    for reviewer in reviewers:
        compare(report, reviewer.log, user_id=reviewer.person["user_id"], state=state)
    report.n_stored, report.n_over_overlap = len(state["reviews"]), state["over_overlap"]
    counted = [one for one in state["reviews"] if one["is_counted"] and not one["is_withdrawn"]]
    by_person = Counter((one["entry"], one["user_id"]) for one in counted)
    by_note = Counter(one["note"] for one in state["reviews"])
    report.n_doubled = sum(n - 1 for n in (*by_person.values(), *by_note.values()))
    stored, confirmed = set(after["items"]), producer.confirmed | owner.confirmed
    chain = run_manage(environment, "check_chain").strip().splitlines()[-1]
    unfinished = {name: after[name] for name in ("undecided", "unqueued", "unsealed") if after[name]}
    if unfinished or state["leased"] or state["unsettled"] or state["stuck"]:
        left = {name: state[name] for name in ("leased", "unsettled", "stuck")}
        problems.append(f"still not at rest: {unfinished}, {left}")
    if set(after["jobs"]) != {"done"}:
        problems.append(f"not every job is done: {after['jobs']}")
    return StormReport(
        minutes=minutes,
        faults=storm.kinds,
        people=report,
        n_items_confirmed=len(confirmed),
        n_items_stored=len(stored),
        n_lost=len(confirmed - stored),
        n_uploads=owner.n_asked,
        n_sent_again=producer.n_again,
        n_jumping=storm.server.n_jumping,
        n_full=storm.server.n_full,
        jobs=after["jobs"],
        n_events=after["events"],
        chain=chain,
        problems=[*problems, *report.problems, *producer.problems, *owner.problems],
    )


def state_at_rest(environment: dict[str, str], ledger: Ledger) -> tuple[dict, dict]:
    """The database once every lease ran out, every grace is over and the workers have done what was due."""
    ledger.let_all_run_out()
    deadline = time.monotonic() + REST_SECONDS
    while True:
        state, after = (
            json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])
            for script in (STATE, AFTERWARDS)
        )
        is_at_rest = not (state["leased"] or state["unsettled"] or after["unsealed"] or after["unqueued"])
        if (is_at_rest and set(after["jobs"]) <= {"done", "failed"}) or time.monotonic() > deadline:
            return state, after
        time.sleep(2)


def table_of(report: StormReport) -> str:
    people = report.people
    rows = {
        "minutes": f"{report.minutes:g}",
        **report.faults,
        "starts with a full log device": report.n_full,
        "workers with a jumping clock": report.n_jumping,
        "requests people sent again": people.n_collateral,
        "labels confirmed": people.n_confirmed,
        "labels stored": people.n_stored,
        "of these, answer never read": people.n_unconfirmed_stored,
        "labels doubled": people.n_doubled,
        "entries over their overlap": people.n_over_overlap,
        "items confirmed": report.n_items_confirmed,
        "items stored": report.n_items_stored,
        "items confirmed and lost": report.n_lost,
        "deliveries sent again": report.n_sent_again,
        "uploads and reports asked for": report.n_uploads,
        "jobs": report.jobs,
        "events": report.n_events,
        "chain": report.chain,
        "problems": len(report.problems),
    }
    return "\n".join(f"{name:<32}{value}" for name, value in rows.items())
