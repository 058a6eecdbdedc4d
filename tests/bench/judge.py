"""`python -m tests.bench judge`: a judge's calibration run on 200,000 verdicts and 50,000 labels, and its page.

100,000 items with two verdicts each, all routed, a quarter of them labelled by two people and final. The time is that
of `make_calibration_run`, reading included, in a process that has numpy and scipy loaded, as a worker has after its
first run; SQLite, 1,000 replicates. The run must take under 5 s and the page under 300 ms; the machine's noise stands
beside.
"""

import argparse
import json
import os
import subprocess
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
from labeling.models import JudgeVersion, RubricVersion
from labeling.queries.judges import criteria_to_compare
from labeling.services.calibration import make_calibration_run
import labeling.services.calibration_numbers, scipy.optimize, scipy.sparse
version = RubricVersion.objects.select_related("rubric__project").get(pk={version_id})
judge = JudgeVersion.objects.select_related("project").get(pk={judge_id})
before, start = time.process_time(), time.perf_counter()
run = make_calibration_run(judge, version, now=timezone.now(), seed={seed})
spent, cpu = time.perf_counter() - start, time.process_time() - before
start = time.perf_counter()
criteria_to_compare(judge, version, until=timezone.now(), part="development")
print(json.dumps({{
    "seconds": spent,
    "cpu_seconds": cpu,
    "reading_seconds": time.perf_counter() - start,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "n_labels": run.numbers["criteria"][0]["n_labels"],
    "n_verdicts": judge.verdicts.count(),
    "numbers_kb": len(json.dumps(run.numbers)) / 1000,
}}))
"""


def measure(*, database: str, n_items: int) -> None:
    script = f"N_ITEMS = {n_items}\n{(ROOT / 'tests/bench/judge_seed.py').read_text()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with seeded(path, database=database, seed=script) as environment:
            seed = json.loads((path / "seed.json").read_text())
            stand = Stand("127.0.0.1", free_port(), environment, path / "server.log")
            for number in range(3):
                noise = fixed_task_ms()
                found = stand.ask(RUN.format(version_id=seed["version_id"], judge_id=seed["judge_id"], seed=number))
                print(
                    f"{database:<11}{found['n_verdicts']:>10,}{seed['n_labels']:>9,}{found['n_labels']:>14,}"
                    f"{found['seconds']:>9.1f}{found['cpu_seconds']:>8.1f}{found['reading_seconds']:>10.1f}"
                    f"{found['peak_mb']:>9.0f}{found['numbers_kb']:>9.0f}{noise:>10.0f}",
                    flush=True,
                )
            print_page(stand, seed)


def print_page(stand: Stand, seed: dict) -> None:
    with stand.log.open("wb") as sink:
        server = subprocess.Popen(server_command(stand.port), env=stand.environment, cwd=ROOT, stdout=sink, stderr=sink)
        try:
            wait_until_alive(stand.host, stand.port)
            with closing(Browser(stand.host, stand.port, session=seed["session"])) as browser:
                spent = []
                for _ in range(8):
                    start = time.perf_counter()
                    status, _, page = browser.get(f"/p/{seed['slug']}/judges/{seed['judge_id']}/")
                    spent.append(1000 * (time.perf_counter() - start))
                    assert status == 200, page[:300]
                noise = fixed_task_ms()
                print(
                    f"{'':<11}the page: {median(spent):.0f} ms, the first time {spent[0]:.0f} ms; noise {noise:.0f} ms"
                )
        finally:
            server.terminate()
            server.wait(timeout=30)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench judge", description=__doc__)
    arguments.add_argument("--items", type=int, default=100_000)
    arguments.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    print(
        f"{'database':<11}{'verdicts':>10}{'labels':>9}{'in this part':>14}{'seconds':>9}{'cpu s':>8}{'reading':>10}"
        f"{'peak MB':>9}{'kB kept':>9}{'noise ms':>10}"
    )
    for database in given.database:
        measure(database=database, n_items=given.items)


if __name__ == "__main__":
    main()
