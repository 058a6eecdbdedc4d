"""What breaks: requests that end half-way, servers that are killed and started again, leases that run out."""

import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path

from tests.services_live.stand import ROOT, Browser, children_of, free_port, server_command, wait_until_alive

RESET = struct.pack("ii", 1, 0)


class Page(Browser):
    """A browser whose page has its script: forms are posted as htmx does, and the answer is a fragment."""

    def __init__(self, host: str, port: int, *, session: str):
        super().__init__(host, port, session=session)
        self.headers = {"HX-Request": "true"}

    def post_partly(self, path: str, body: str, *, moment: str, share: float, is_reset: bool) -> None:
        """Send a request of which a part goes out or comes back, and then the connection is gone.

        A killed browser's connection is closed in good order by its system; a cut one is reset.
        """
        content = body.encode()
        lines = [f"POST {path} HTTP/1.1", f"Host: {self.connection.host}:{self.connection.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers_for(body).items()]
        request = "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content
        if moment == "in the request":
            request = request[: len(request) - len(content) + int(len(content) * share)]
        with closing(socket.create_connection((self.connection.host, self.connection.port), timeout=60)) as wire:
            wire.sendall(request)
            if moment == "in the answer":
                wire.recv(1 + int(4000 * share))
            if is_reset:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


class Server:
    """A web and a worker process that can be killed as a machine kills: no signal that anybody could catch."""

    def __init__(self, environment: dict[str, str], log: Path):
        self.host, self.port = "127.0.0.1", free_port()
        self.environment, self.log = environment, log
        self.commands = {
            "web": server_command(self.port),
            "worker": [sys.executable, str(ROOT / "manage.py"), "worker"],
        }
        self.running = {name: self.start(name) for name in self.commands}
        self.one_at_a_time = threading.Lock()
        self.restart_seconds: list[float] = []
        wait_until_alive(self.host, self.port)

    def start(self, name: str) -> subprocess.Popen:
        with self.log.open("ab") as sink:
            return subprocess.Popen(
                self.commands[name], env=self.environment, cwd=ROOT, stdout=sink, stderr=sink, start_new_session=True
            )

    def kill(self, what: str, *, after_ms: float) -> None:
        """Kill, start again and wait until it answers. `what` is one of the moments of *server killed*."""
        with self.one_at_a_time:
            time.sleep(after_ms / 1000)
            start = time.monotonic()
            if what == "web child":
                self.kill_web_child()
            if what == "desk":
                kill(desks_of(self.running["web"].pid))
            for name in ("web", "worker"):
                if name in what.split(" and "):
                    os.killpg(self.running[name].pid, signal.SIGKILL)
                    self.running[name].wait()
                    self.running[name] = self.start(name)
            if what != "worker":
                wait_until_alive(self.host, self.port)
                self.restart_seconds.append(time.monotonic() - start)

    def kill_web_child(self) -> None:
        """Only the process that answers; gunicorn's own parent starts another."""
        kill(children_of(self.running["web"].pid))

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=30)


def desks_of(pid: int) -> list[int]:
    """The processes below it in which presses are answered: none on PostgreSQL, or before its first request."""
    return [desk for child in children_of(pid) for desk in children_of(child)]


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def serving(environment: dict[str, str], log: Path):
    server = Server(environment, log)
    try:
        yield server
    finally:
        server.stop()


HOLDER = """
SELECT slot.state, holder.user_id, slot.reserved_for_id FROM labeling_handout hand_out
JOIN labeling_slot slot ON slot.id = hand_out.slot_id
LEFT JOIN labeling_rater holder ON holder.id = slot.reviewer_id WHERE hand_out.token = ?
"""
LAPSE = """
UPDATE labeling_slot SET lease_until = '2020-01-01 00:00:00' WHERE state = 'leased'
AND id IN (SELECT slot_id FROM labeling_handout WHERE token = ?)
"""
LAPSE_ALL = "UPDATE labeling_slot SET lease_until = '2020-01-01 00:00:00' WHERE state = 'leased'"


class Ledger:
    """The database itself, behind the product's back: to let leases run out at once and to see who took them."""

    def __init__(self, url: str):
        self.url = url

    def run(self, statement: str, *parameters: str) -> list[tuple]:
        if self.url.startswith("sqlite"):
            import sqlite3

            opened = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
        else:
            import psycopg

            opened = psycopg.connect(self.url, autocommit=True)
            statement = statement.replace("?", "%s")
        with closing(opened):
            cursor = opened.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def holder_of(self, token: str) -> tuple[str, int | None, int | None]:
        """The slot of a hand-out: its state, whose it is now and for whom it is reserved."""
        return self.run(HOLDER, token)[0]

    def let_run_out(self, token: str) -> None:
        self.run(LAPSE, token)

    def let_all_run_out(self) -> None:
        self.run(LAPSE_ALL)
