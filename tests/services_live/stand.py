"""A real server on a database of its own, and reviewers who talk to it over HTTP as a browser would."""

import http.client
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[2]
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
START_SECONDS = 40


@dataclass(frozen=True)
class Stand:
    """One running installation: where it answers, what it was seeded with and where it writes its log."""

    host: str
    port: int
    environment: dict[str, str]
    log: Path
    server_pid: int = 0

    def run(self, *command: str) -> str:
        return run_manage(self.environment, *command)

    def ask(self, script: str):
        """What a few lines of Python print as JSON, run beside the server on the same database."""
        return json.loads(self.run("shell", "-v0", "-c", script).strip().splitlines()[-1])

    def deliver(self, slug: str, secret: str, body: bytes) -> dict[str, int]:
        """Send a JSON list of rows through the API; how many of them were created, unchanged and so on."""
        url = f"http://{self.host}:{self.port}/api/v1/projects/{slug}/items"
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)) as answer:
            return json.load(answer)["counts"]


def run_manage(environment: dict[str, str], *command: str) -> str:
    finished = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return finished.stdout


@contextmanager
def standing(tmp_path: Path, *, database: str, n_reviewers: int, n_items: int, overlap: int, **settings: str):
    """A seeded server for as long as the block runs; `database` is sqlite or postgresql."""
    arguments = f"N_REVIEWERS, N_ITEMS, OVERLAP = {n_reviewers}, {n_items}, {overlap}\n"
    seed = arguments + (ROOT / "tests/services_live/seed.py").read_text()
    with seeded(tmp_path, database=database, seed=seed, **settings) as environment:
        log, port = tmp_path / "server.log", free_port()
        with log.open("wb") as sink:
            server = subprocess.Popen(server_command(port), env=environment, cwd=ROOT, stdout=sink, stderr=sink)
            try:
                wait_until_alive("127.0.0.1", port)
                yield Stand("127.0.0.1", port, environment, log, server.pid)
            finally:
                server.terminate()
                server.wait(timeout=30)


@contextmanager
def seeded(tmp_path: Path, *, database: str, seed: str, **settings: str):
    """The environment of an installation on a database of its own, on which the script `seed` has run."""
    with database_url(tmp_path, database) as url:
        environment = environment_of(tmp_path, url, **settings)
        make(environment, seed)
        yield environment


def environment_of(folder: Path, url: str, **settings: str) -> dict[str, str]:
    """What an installation is started with. No broker unless `settings` name one."""
    return {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
        "REVIEWAPP_DEMO": "1",
        "REVIEWAPP_VAR": str(folder),
        "DATABASE_URL": url,
        **settings,
    }


def make(environment: dict[str, str], seed: str) -> None:
    """The tables, the static files, and what the script `seed` writes."""
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "collectstatic", "--noinput", "-v0")
    run_manage(environment, "shell", "-v0", "-c", seed)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server_command(port: int, *, n_processes: int = 1) -> list[str]:
    from labeling.management.commands.up import web_command

    return web_command("127.0.0.1", port, n_processes)


@contextmanager
def web_and_worker(environment: dict[str, str], log: Path, *, n_processes: int = 1):
    """A web server and a worker for as long as the block runs: the stand, and the worker's process id."""
    port = free_port()
    commands = [server_command(port, n_processes=n_processes), [sys.executable, str(ROOT / "manage.py"), "worker"]]
    with log.open("wb") as sink:
        children = [
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=sink, stderr=sink) for command in commands
        ]
        try:
            wait_until_alive("127.0.0.1", port)
            yield Stand("127.0.0.1", port, environment, log, children[0].pid), children[1].pid
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(timeout=60)


@contextmanager
def database_url(tmp_path: Path, database: str):
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'live.sqlite3'}"
        return
    name = f"live_{uuid.uuid4().hex[:12]}"
    base = os.environ["LIVE_POSTGRES_URL"]
    psql = ["psql", f"{base}/postgres", "-q", "-c"]
    subprocess.run([*psql, f"CREATE DATABASE {name}"], check=True)
    try:
        yield f"{base}/{name}"
    finally:
        subprocess.run([*psql, f"DROP DATABASE {name} WITH (FORCE)"], check=True)


def wait_until_alive(host: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with closing(Browser(host, port, session="")) as browser:
                if browser.get("/healthz")[0] == 200:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not come up")


def children_of(pid: int) -> list[int]:
    """The processes that any of its threads began."""
    with suppress(FileNotFoundError):  # it has ended meanwhile
        lists = [thread / "children" for thread in Path(f"/proc/{pid}/task").iterdir()]
        return [int(child) for one in lists for child in one.read_text().split()]
    return []


class Browser:
    """One reviewer's connection: keeps cookies, follows redirects, sends forms with their CSRF token."""

    def __init__(self, host: str, port: int, *, session: str):
        self.connection = http.client.HTTPConnection(host, port, timeout=60)
        self.cookies = {"sessionid": session} if session else {}
        self.headers: dict[str, str] = {}
        self.n_requests = 0
        self.as_htmx = False

    def close(self) -> None:
        self.connection.close()

    def get(self, path: str) -> tuple[int, str, str]:
        return self.request("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str, str]:
        return self.request("POST", path, urlencode({**fields, "csrfmiddlewaretoken": self.csrf}))

    def request(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """The status, the final path and the page; redirects are followed as a browser does."""
        for _ in range(5):
            status, headers, page = self.exchange(method, path, body)
            if found := CSRF.search(page):
                self.csrf = found[1]
            if status not in (301, 302, 303):
                return status, headers.get("HX-Push-Url", path), page
            method, body, path = "GET", None, urlsplit(headers["Location"]).path
        raise AssertionError(f"redirected in circles at {path}")

    def exchange(self, method: str, path: str, body: str | None):
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if self.as_htmx:
            headers["HX-Request"] = "true"
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        # A server closes what was idle for long; a browser notices and opens another.
        if self.connection.sock and select.select([self.connection.sock], [], [], 0)[0]:
            self.connection.close()
        self.connection.request(method, path, body=body, headers=headers)
        with self.connection.getresponse() as response:
            page = response.read().decode(errors="replace")
        self.n_requests += 1
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.headers, page

    def headers_for(self, body: str | None) -> dict[str, str]:
        headers = {**self.headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers
