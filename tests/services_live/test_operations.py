"""What an installation goes through: a full disk under its log, a stop in the middle, a database that restarts."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.services_live.breakable import Ledger, Server
from tests.services_live.servers import throwaway_postgres
from tests.services_live.stand import (
    ROOT,
    Browser,
    children_of,
    free_port,
    run_manage,
    seeded,
    standing,
    wait_until_alive,
)

SEED = "N_REVIEWERS, N_ITEMS, OVERLAP = 1, 12, 1\n" + (ROOT / "tests/services_live/seed.py").read_text()
ON_DESK = re.compile(r'data-draft-url="/review/([\w-]+)/draft/"')
REVISION = re.compile(r'name="revision" value="(\d+)"')
FIELDS = {
    "answer-correct": "yes",
    "answer-complete": "4",
    "answer-tone": "4",
    "answer-grounded": "supported",
    "verdict": "approve",
}
COUNT = "import json\nfrom labeling.models import Review\nprint(json.dumps(Review.objects.count()))"
PATIENCE_SECONDS = 60


def sit_down(host, port, folder):
    """A reviewer whose desk is open."""
    seed = json.loads((folder / "seed.json").read_text())
    browser = Browser(host, port, session=seed["sessions"][0])
    browser.get("/")
    status, _, page = browser.post(f"/queues/{seed['queue_id']}/hand-outs/", {})
    assert status == 200, page
    return browser, page


def answers_of(page):
    return f"/review/{ON_DESK.search(page)[1]}/", {**FIELDS, "revision": REVISION.search(page)[1]}


def label(browser, page):
    """Answer the item on the desk; the page after it."""
    status, _, page = browser.post(*answers_of(page))
    assert (status, "Answer this question" in page) == (200, False)
    return page


def n_reviews(environment):
    return json.loads(run_manage(environment, "shell", "-v0", "-c", COUNT).strip().splitlines()[-1])


def eventually(claim):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.3)
    return claim()


# --- a full disk under the log --------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_under_the_log_stops_nobody(tmp_path):
    with (
        seeded(tmp_path, database="sqlite", seed=SEED, LOG_LEVEL="DEBUG") as environment,
        Path("/dev/full").open("w") as full,
    ):
        run_manage(environment, "web", "--build-only")
        port = free_port()
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=full, stderr=full)
        try:
            wait_until_alive("127.0.0.1", port)
            browser, page = sit_down("127.0.0.1", port, tmp_path)
            with closing(browser):
                page = label(browser, page)
                browser.get("/nowhere/")
                kill_children_of(process)
                wait_until_alive("127.0.0.1", port)
                browser.connection.close()
                label(browser, page)
            is_worked_on = eventually(lambda: settled(environment) == 1)
            is_running = process.poll() is None
        finally:
            process.terminate()
            process.wait(timeout=40)

        assert is_running
        assert is_worked_on
        assert n_reviews(environment) == 2


def kill_children_of(process):
    """The parent has to say that they ended, and starts them again."""
    time.sleep(6)  # a child that dies within five seconds of its start ends the installation, on purpose
    # With theirs: a web process that outlives its parent by a second would answer once more.
    for pid in descendants_of(process.pid):
        os.kill(pid, signal.SIGKILL)
    time.sleep(1)


def descendants_of(pid):
    children = children_of(pid)
    return [*children, *(one for child in children for one in descendants_of(child))]


def settled(environment):
    """One of the two labels is let through its grace, so that the worker has something to do."""
    script = (
        "import json\nfrom django.utils.timezone import now\nfrom labeling.models import *\n"
        "QueueEntry.objects.filter(settle_at__isnull=False).update(settle_at=now())\n"
        "print(json.dumps(min(1, FinalLabel.objects.count())))"
    )
    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


# --- a stop in the middle -------------------------------------------------------------------------------------------


def test_a_submission_under_way_at_the_stop_is_stored_and_answered(tmp_path):
    with standing(tmp_path, database="sqlite", n_reviewers=1, n_items=3, overlap=1) as stand:
        browser, page = sit_down(stand.host, stand.port, tmp_path)
        path, fields = answers_of(page)
        with closing(browser), half_sent(browser, path, fields) as send_rest:
            assert has_socket(stand.server_pid)
            os.kill(stand.server_pid, signal.SIGTERM)
            assert eventually(lambda: not has_socket(stand.server_pid))
            time.sleep(0.5)  # its child is told next; to come too early would only make this easier
            status = send_rest()

        assert status == 200
        assert n_reviews(stand.environment) == 1


@contextmanager
def half_sent(browser, path, fields):
    """A submission whose head the server has taken, as its *100 Continue* says; what is yielded sends the rest."""
    body = urlencode({**fields, "csrfmiddlewaretoken": browser.csrf}).encode()
    headers = {
        **browser.headers_for("form"),
        "Host": "127.0.0.1",
        "Content-Length": len(body),
        "Expect": "100-continue",
    }
    headers |= {"HX-Request": "true"}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    with closing(socket.create_connection((browser.connection.host, browser.connection.port), timeout=60)) as wire:
        wire.sendall(head.encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 100")

        def send_rest():
            wire.sendall(body)
            answer = http.client.HTTPResponse(wire, method="POST")
            answer.begin()
            answer.read()
            return answer.status

        yield send_rest


def has_socket(pid):
    """Whether the parent of the web processes still listens: closing its socket is the first thing that it does."""
    links = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(os.readlink(descriptor))
    return any(link.startswith("socket:") for link in links)


# --- a database that restarts -----------------------------------------------------------------------------------------


@pytest.fixture
def postgres():
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        reason = "no PostgreSQL server is installed here that could be stopped and started"
        (pytest.fail if os.environ.get("REVIEWAPP_REQUIRE_SERVICES") else pytest.skip)(reason)
    with throwaway_postgres() as server:
        yield server


BEATEN = "SELECT max(beaten_at)::text FROM labeling_heartbeat"


def test_a_database_that_restarts_is_a_pause_and_web_and_worker_go_on_by_themselves(tmp_path, postgres):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": postgres.url}
    environment |= {"REVIEWAPP_DEMO": "1", "REVIEWAPP_VAR": str(tmp_path)}
    environment.pop("REDIS_URL", None)
    for command in (("migrate", "-v0"), ("collectstatic", "--noinput", "-v0"), ("shell", "-v0", "-c", SEED)):
        run_manage(environment, *command)
    ledger = Ledger(postgres.url)
    server = Server(environment, tmp_path / "server.log")
    try:
        browser, page = sit_down(server.host, server.port, tmp_path)
        page = label(browser, page)
        assert eventually(lambda: ledger.run(BEATEN)[0][0])
        before = ledger.run(BEATEN)[0][0]

        postgres.stop()
        status, _, told = browser.post(*answers_of(page))
        postgres.start()
        label(browser, page)
        worker_goes_on = eventually(lambda: ledger.run(BEATEN)[0][0] > before)
        browser.close()
    finally:
        server.stop()

    assert (status, "Nothing that was stored is lost" in told) == (503, True)
    assert worker_goes_on
    assert ledger.run("SELECT count(*) FROM labeling_review")[0][0] == 2
    assert "Traceback" not in (tmp_path / "server.log").read_text()
