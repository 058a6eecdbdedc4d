"""The embedded default really runs its clock, comes back after a killed worker, and leaves no orphans."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

from tests.services_live.breakable import desks_of
from tests.services_live.stand import ROOT, children_of, run_manage, wait_until_alive
from tests.world import chat_row

SEED = """
from datetime import timedelta
from django.utils import timezone
from labeling.policy.rubrics import GivenAnswer, Submission
from labeling.services.ingest import ingest_rows
from labeling.services.queues import hand_out_next, take_seat
from labeling.services.reviews import submit_review
from tests.world import GOOD, World, chat_row

world = World()
world.set_queue(overlap=1, gold_share=0.1)
world.make_gold(chat_row("gold"))
past = timezone.now() - timedelta(hours=2)
world.ingest(chat_row("finished"), chat_row("left lying"))
for user in (world.ana, world.ben):
    take_seat(world.queue, world.rater(user), now=past)
    hand_out = hand_out_next(world.queue, world.rater(user), now=past)
    if user == world.ana:
        given = {key: GivenAnswer("" if value == "n/a" else value, value == "n/a") for key, value in GOOD.items()}
        submit_review(hand_out, revision=1, submission=Submission(given, "approve"), active_ms=1, now=past)
sampled = {"mode": "sampled", "reason": "A test."}
world.publish(requires=["judge_vote_share"], reason="Hold what has no verdicts.", cold_start=sampled)
row = chat_row("held", judge_verdicts=[], stakes="low")
ingest_rows(world.project, [(1, row)], door="api", batch=None, now=past)
"""
STATE = """
import json
from labeling.models import *
print(json.dumps({
    "final": FinalLabel.objects.count(),
    "leased": Slot.objects.filter(state="leased").count(),
    "held": Item.objects.filter(status="awaiting").count(),
    "unsealed": Event.objects.filter(project__isnull=False, seal__isnull=True).count(),
    "planted": Slot.objects.filter(reserved_for__isnull=False).count(),
    "beats": Heartbeat.objects.count(),
}))
"""
SETTLED = {"final": 1, "leased": 0, "held": 0, "unsealed": 0, "planted": 2, "beats": 1}
PATIENCE_SECONDS = 40


def environment_of(folder: Path) -> dict[str, str]:
    environment = {**os.environ, "REVIEWAPP_VAR": str(folder), "REVIEWAPP_DEMO": "1", "PYTHONPATH": str(ROOT)}
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    return environment


@contextmanager
def up(environment):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        wait_until_alive("127.0.0.1", port)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=40)


def ask(environment, script):
    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


def wait_for(environment, expected):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := ask(environment, STATE)) != expected and time.monotonic() < deadline:
        time.sleep(0.5)
    return state


def named_children_of(process) -> dict[str, int]:
    """The pids of the web and the worker child, by name."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in children_of(process.pid)}
    return {"worker" if "worker" in command.split("\0") else "web": pid for pid, command in commands.items()}


def desk_of(children: dict[str, int]) -> int:
    """The process that answers presses: it begins with the first request, here whether anybody is alive."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (desks := desks_of(children["web"])) and time.monotonic() < deadline:
        time.sleep(0.1)
    return desks[0]


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_leases_holds_finality_gold_and_seals_happen_by_themselves(tmp_path):
    environment = environment_of(tmp_path)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", SEED)
    before = ask(environment, STATE)

    with up(environment):
        after = wait_for(environment, SETTLED)

    assert (before["final"], before["leased"], before["held"]) == (0, 1, 1)
    assert after == SETTLED


def test_a_killed_worker_comes_back_and_does_what_was_due(tmp_path):
    environment = environment_of(tmp_path)
    run_manage(environment, "migrate", "-v0")

    with up(environment) as process:
        time.sleep(6)  # a worker that dies within five seconds of its start ends the installation, on purpose
        os.kill(named_children_of(process)["worker"], signal.SIGKILL)
        run_manage(environment, "shell", "-v0", "-c", SEED)
        after = wait_for(environment, SETTLED)

    assert after == SETTLED


def test_killing_the_parent_leaves_no_process_behind(tmp_path):
    environment = environment_of(tmp_path)
    run_manage(environment, "migrate", "-v0")

    with up(environment) as process:
        children = named_children_of(process)
        children["desk"] = desk_of(children)
        process.kill()
        process.wait()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(map(is_running, children.values())) and time.monotonic() < deadline:
            time.sleep(0.2)

    assert set(children) == {"web", "worker", "desk"}
    assert not any(map(is_running, children.values()))


def test_asked_to_end_the_desk_answers_what_is_under_way_and_ends_with_the_web_process(tmp_path):
    environment = environment_of(tmp_path)
    run_manage(environment, "migrate", "-v0")

    with up(environment) as process:
        desk = desk_of(named_children_of(process))
        time.sleep(3)  # until it answers
        for signum in (signal.SIGINT, signal.SIGTERM):
            os.kill(desk, signum)
        time.sleep(0.5)
        outlives_signals = is_running(desk)

    assert outlives_signals
    assert not is_running(desk)


def test_a_killed_import_run_again_ends_in_the_same_rows(tmp_path):
    n_rows = 4_000
    environment = environment_of(tmp_path)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", "from tests.world import World\nWorld()")
    path = tmp_path / "rows.jsonl"
    with path.open("w") as rows:
        rows.writelines(json.dumps(chat_row(f"item-{number}")) + "\n" for number in range(n_rows))
    command = [sys.executable, str(ROOT / "manage.py"), "ingest", "shop", str(path), "--json"]
    count = "import json\nfrom labeling.models import *\nprint(json.dumps(Item.objects.count()))"

    first = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    while not 0 < (n_stored := ask(environment, count)) < n_rows and first.poll() is None:
        time.sleep(0.1)
    first.kill()
    first.wait()
    again = json.loads(run_manage(environment, "ingest", "shop", str(path), "--json"))
    whole = (
        "import json\nfrom labeling.models import *\n"
        "print(json.dumps([m.objects.count() for m in (Item, ItemPayload, RoutingDecision, QueueEntry)]))"
    )

    assert 0 < n_stored < n_rows
    assert again["read"] == n_rows
    assert again["counts"]["created"] + again["counts"]["unchanged"] == n_rows
    assert again["counts"]["unchanged"] >= n_stored
    assert ask(environment, whole) == [n_rows] * 4
