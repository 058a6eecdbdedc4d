"""`make bench-peers`: labels a second of ours beside Label Studio, Potato and Phoenix, on the same work in one run.

The drivers and their loop lie outside this repository, in a folder that REVIEWAPP_PEERS names (by default
`../shared/bench/peers`). Each peer is installed from the package index into an environment of its own under
REVIEWAPP_PEERS_HOME (by default `var/peers`); all listen on 127.0.0.1 only.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.services_live.stand import ROOT, standing
from tests.services_live.test_stress import ANSWERS

DRIVERS = Path(os.environ.get("REVIEWAPP_PEERS", "") or ROOT.parent / "shared/bench/peers")
HOME = Path(os.environ.get("REVIEWAPP_PEERS_HOME", "") or ROOT / "var/peers")
PACKAGES = {"label-studio": "label-studio==1.23.2", "potato": "potato-annotation", "phoenix": "arize-phoenix"}
# The ratio that the desk must reach over each, with one reviewer and with more.
TARGETS = {"label-studio": (15, 40), "potato": (5, 5), "phoenix": (2, 2)}
TOKEN = "benchtoken0123456789"
START_SECONDS = 120
REVIEWERS = (1, 10, 50)
COLUMNS = (
    f"{'program':<14}{'reviewers':>10}{'labels/s':>10}{'p50 ms':>9}{'p95 ms':>9}{'cpu ms':>8}{'errors':>8}{'double':>8}"
)


def environment_of(peer: str) -> Path:
    """The folder with the peer's programs; installed the first time."""
    folder = HOME / peer
    if not (folder / "installed").exists():
        print(f"Installing {PACKAGES[peer]} ...", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", PACKAGES[peer]], check=True)
        (folder / "installed").touch()
    return folder / "bin"


@contextlib.contextmanager
def serving(command: list[str], *, folder: Path, url: str, headers: dict[str, str] | None = None, **settings: str):
    """A peer's server, from its first good answer on, for as long as the block runs."""
    # Ours would be taken for theirs: two of them are Django as well.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "REVIEWAPP_"))}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env={**environment, **settings}, stdout=log, stderr=log)
        try:
            wait_for(url, headers or {}, server)
            yield server.pid
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for(url: str, headers: dict[str, str], server: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5).status == 200:
                return
        time.sleep(0.5)
    raise RuntimeError(f"{url} did not answer; its log says why")


def drive(name: str, *arguments: str, out: Path | None = None) -> dict:
    """Run one driver; what it wrote to --out, or its last line."""
    more = ["--out", str(out)] if out else []
    finished = subprocess.run(
        [sys.executable, str(DRIVERS / name), *arguments, *more], check=True, capture_output=True, text=True
    )
    return json.loads(out.read_text() if out else finished.stdout.strip().splitlines()[-1])


def loop_options(base: str, pid: int, given: argparse.Namespace) -> list[str]:
    return [
        *("--base", base, "--server-pid", str(pid), "--repeats", str(given.repeats)),
        *("--concurrency", ",".join(map(str, REVIEWERS))),
        *("--max-labels", str(given.labels), "--max-s", str(given.seconds)),
    ]


def measure_label_studio(folder: Path, given: argparse.Namespace) -> list[dict]:
    base, program = "http://127.0.0.1:8401", str(environment_of("label-studio") / "label-studio")
    command = [
        *(program, "start", "--no-browser", "--port", "8401", "--data-dir", str(folder)),
        *("--username", "admin@localhost.dev", "--password", "benchpass1", "--user-token", TOKEN),
    ]
    settings = {"LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "COLLECT_ANALYTICS": "False"}
    answer = {"Authorization": f"Token {TOKEN}"}
    with serving(command, folder=folder, url=f"{base}/api/projects/", headers=answer, **settings) as pid:
        known = ["--base", base, "--token", TOKEN]
        project = str(drive("ls_bench.py", "setup", *known)["project"])
        drive("ls_bench.py", "ingest", *known, "--project", project, "--n", str(given.waiting))
        options = loop_options(base, pid, given)
        found = drive("ls_bench.py", "loop", "--token", TOKEN, "--project", project, *options, out=folder / "out.json")
    return found["runs"]


def measure_potato(folder: Path, given: argparse.Namespace) -> list[dict]:
    base, program = "http://127.0.0.1:8402", str(environment_of("potato") / "potato")
    drive_without_answer("potato_setup.py", str(folder), str(given.waiting), "--port", "8402")
    command = [program, "start", str(folder / "config.yaml"), "-p", "8402"]
    with serving(command, folder=folder, url=f"{base}/") as pid:
        found = drive("potato_bench.py", "loop", *loop_options(base, pid, given), out=folder / "out.json")
    return found["runs"]


def drive_without_answer(name: str, *arguments: str) -> None:
    subprocess.run([sys.executable, str(DRIVERS / name), *arguments], check=True)


def measure_phoenix(folder: Path, given: argparse.Namespace) -> list[dict]:
    base, program = "http://127.0.0.1:8403", str(environment_of("phoenix") / "phoenix")
    settings = {"PHOENIX_WORKING_DIR": str(folder), "PHOENIX_PORT": "8403", "PHOENIX_GRPC_PORT": "8404"}
    settings |= {"PHOENIX_HOST": "127.0.0.1", "PHOENIX_TELEMETRY_ENABLED": "false"}
    with serving([program, "serve"], folder=folder, url=f"{base}/healthz", **settings) as pid:
        drive("phoenix_bench.py", "ingest", "--base", base, "--n", str(given.waiting))
        found = drive("phoenix_bench.py", "loop", *loop_options(base, pid, given), out=folder / "out.json")
    return found["runs"]


def measure_ours(folder: Path, given: argparse.Namespace) -> list[dict]:
    with standing(folder, database="sqlite", n_reviewers=max(REVIEWERS), n_items=1, overlap=1) as stand:
        fill = (ROOT / "tests/bench/fill.py").read_text()
        stand.run("shell", "-v0", "-c", f"N_WAITING, N_OWN = {given.waiting}, 0\n{fill}")
        seed = json.loads((folder / "seed.json").read_text())
        given = argparse.Namespace(**vars(given))
        given.base, given.server_pid = f"http://{stand.host}:{stand.port}", [stand.server_pid]
        given.concurrency, given.max_labels, given.max_s = list(REVIEWERS), given.labels, given.seconds
        return asyncio.run(loop_of_ours(seed, given))


async def loop_of_ours(seed: dict, given: argparse.Namespace) -> list[dict]:
    from common import repeat_loops

    async def make(n_reviewers: int) -> list[OurReviewer]:
        return [
            await OurReviewer(given.base, session, seed["queue_id"]).sit() for session in seed["sessions"][:n_reviewers]
        ]

    return await repeat_loops(make, given, given.server_pid)


class OurReviewer:
    """Saves a draft and submits, as the desk's page does; the answer to a submit is the next item."""

    def __init__(self, base: str, session: str, queue_id: int):
        from common import Http

        self.http = Http(base, {"HX-Request": "true"})
        self.http.cookies["sessionid"] = session
        self.queue_id, self.token = queue_id, ""

    async def sit(self) -> "OurReviewer":
        page = (await self.http.ok("GET", "/")).text()
        self.http.headers["X-CSRFToken"] = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        return self

    async def post(self, path: str, fields: dict[str, str]):
        from common import form

        return await self.http.ok("POST", path, body=form(fields), ctype="application/x-www-form-urlencoded")

    async def next(self) -> tuple[str, None] | None:
        if not self.token:
            self.token = token_from(await self.post(f"/queues/{self.queue_id}/hand-outs/", {}))
        return (self.token, None) if self.token else None

    async def submit(self, token: str, _: None) -> None:
        await self.post(f"/review/{token}/draft/", ANSWERS)
        self.token = ""
        fields = {**ANSWERS, "revision": "1", "active_ms": "4000"}
        self.token = token_from(await self.post(f"/review/{token}/", fields))

    async def close(self) -> None:
        await self.http.close()


def token_from(answer) -> str:
    path = answer.header("HX-Push-Url", "")
    return path.split("/")[2] if path.startswith("/review/") else ""


def rows_of(program: str, runs: list[dict]) -> Iterator[dict]:
    """The median run of each number of reviewers."""
    for n_reviewers in REVIEWERS:
        found = sorted((run for run in runs if run["reviewers"] == n_reviewers), key=lambda run: run["labels_per_s"])
        if found:
            yield {"program": program, **found[len(found) // 2]}


def print_row(row: dict) -> None:
    cpu = 1000 * row["server_cpu_s"] / row["labels"] if row["labels"] else float("nan")
    print(
        f"{row['program']:<14}{row['reviewers']:>10}{row['labels_per_s']:>10.1f}{row['p50_ms'] or 0:>9.0f}"
        f"{row['p95_ms'] or 0:>9.0f}{cpu:>8.1f}{row['errors']:>8}{row['dup_handed'] + row['handed_after_labelled']:>8}"
        f"   fixed task {row['calib_ms']:.0f} ms",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(prog="bench-peers", description=__doc__)
    arguments.add_argument("--peers", nargs="*", choices=PACKAGES, default=list(PACKAGES))
    arguments.add_argument("--waiting", type=int, default=10_000)
    arguments.add_argument("--labels", type=int, default=200, help="a run with one reviewer; twice as many with more")
    arguments.add_argument("--seconds", type=float, default=40, help="longest run")
    arguments.add_argument("--repeats", type=int, default=1)
    given = arguments.parse_args()
    if not (DRIVERS / "common.py").exists():
        sys.exit(f"The drivers are not in {DRIVERS}; REVIEWAPP_PEERS names their folder.")
    sys.path.insert(0, str(DRIVERS))
    prepare_django()
    measures = {"label-studio": measure_label_studio, "potato": measure_potato, "phoenix": measure_phoenix}
    print(COLUMNS)
    found = {}
    for program, measure in {"reviewapp": measure_ours, **{peer: measures[peer] for peer in given.peers}}.items():
        with tempfile.TemporaryDirectory() as folder:
            for row in rows_of(program, measure(Path(folder), given)):
                found[program, row["reviewers"]] = row["labels_per_s"]
                print_row(row)
    print_ratios(found, given.peers)


def prepare_django() -> None:
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()


def print_ratios(found: dict, peers: list[str]) -> None:
    for peer in peers:
        for n_reviewers in REVIEWERS:
            ratio = found["reviewapp", n_reviewers] / (found.get((peer, n_reviewers)) or float("nan"))
            target = TARGETS[peer][n_reviewers > 1]
            print(f"{ratio:>6.1f} × {peer} with {n_reviewers} (to reach: {target} ×)")


if __name__ == "__main__":
    main()
