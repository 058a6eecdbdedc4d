"""`python -m tests.bench report`: one agreement report of five questions, computed anew beside somebody who writes.

5 people on every item, every pair of them, slices by intent and stakes, weeks, 1,000 replicates. The time is that of
`make_agreement_run`, reading included, in a process of its own, whose peak memory it is. Beside it a second process
writes a row every 10 ms, once without and once with the run, and says how long its longest write took.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import ROOT, Browser, Stand, free_port, seeded, server_command, wait_until_alive

RUN = """
import json, resource, time
from django.utils import timezone
from labeling.models import RubricVersion
from labeling.services.agreement import make_agreement_run
version = RubricVersion.objects.select_related("rubric__project").get(pk={version_id})
before, start = time.process_time(), time.perf_counter()
run = make_agreement_run(version, now=timezone.now(), seed={seed})
print(json.dumps({{
    "seconds": time.perf_counter() - start,
    "cpu_seconds": time.process_time() - before,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "n_labels": sum(one["n_values"] for one in run.numbers["questions"]),
    "n_slices": sum("p_lower" in one for one in run.numbers["questions"][0]["slices"]),
    "n_pairs": len(run.numbers["questions"][0]["pairs"]),
    "numbers_kb": len(json.dumps(run.numbers)) / 1000,
}}))
"""
WRITE = """
import json, sys, time
from django.utils import timezone
from labeling.models import Heartbeat
waits = []
print("ready", flush=True)
end = time.perf_counter() + {seconds}
while time.perf_counter() < end:
    start = time.perf_counter()
    Heartbeat.objects.update_or_create(name="bench", defaults={{"beaten_at": timezone.now()}})
    waits.append(time.perf_counter() - start)
    time.sleep(0.01)
print(json.dumps(sorted(waits)[-3:]))
"""


class Writer:
    """Somebody who writes meanwhile; what they waited longest, in milliseconds."""

    def __init__(self, environment: dict[str, str], *, seconds: float):
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", WRITE.format(seconds=seconds)]
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().strip() == "ready"

    def longest_ms(self) -> float:
        return 1000 * json.loads(self.process.communicate()[0].strip().splitlines()[-1])[-1]


def measure(*, database: str, n_items: int) -> None:
    script = f"N_ITEMS = {n_items}\n{(ROOT / 'tests/bench/report_seed.py').read_text()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with seeded(path, database=database, seed=script) as environment:
            seed = json.loads((path / "seed.json").read_text())
            stand = Stand("127.0.0.1", free_port(), environment, path / "server.log")
            alone = Writer(environment, seconds=8).longest_ms()
            for number in range(2):
                noise = fixed_task_ms()
                writer = Writer(environment, seconds=20)
                found = stand.ask(RUN.format(version_id=seed["version_id"], seed=number))
                print(
                    f"{database:<11}{found['n_labels']:>10,}{found['seconds']:>9.1f}{found['cpu_seconds']:>8.1f}"
                    f"{found['peak_mb']:>9.0f}{writer.longest_ms():>12.0f}{alone:>10.0f}{found['n_pairs']:>7}"
                    f"{found['n_slices']:>8}{found['numbers_kb']:>9.0f}{noise:>10.0f}",
                    flush=True,
                )
            print_pages(stand, seed, path)


def print_pages(stand: Stand, seed: dict, path: Path) -> None:
    with stand.log.open("wb") as sink:
        server = subprocess.Popen(server_command(stand.port), env=stand.environment, cwd=ROOT, stdout=sink, stderr=sink)
        try:
            wait_until_alive(stand.host, stand.port)
            with closing(Browser(stand.host, stand.port, session=seed["session"])) as browser:
                spent = []
                for _ in range(6):
                    start = time.perf_counter()
                    status, _, page = browser.get(f"/p/{seed['slug']}/agreement/?version={seed['version_id']}")
                    spent.append(1000 * (time.perf_counter() - start))
                    assert status == 200, page[:300]
                print(f"{'':<11}the page: {median(spent):.0f} ms, the first time {spent[0]:.0f} ms")
        finally:
            server.terminate()
            server.wait(timeout=30)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench report", description=__doc__)
    arguments.add_argument("--items", type=int, default=40_000)
    arguments.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    print(
        f"{'database':<11}{'labels':>10}{'seconds':>9}{'cpu s':>8}{'peak MB':>9}{'longest ms':>12}{'alone ms':>10}"
        f"{'pairs':>7}{'slices':>8}{'kB kept':>9}{'noise ms':>10}"
    )
    for database in given.database:
        measure(database=database, n_items=given.items)


if __name__ == "__main__":
    main()
