"""`python -m tests.bench shards`: one agreement run of many items, by one process and by workers that share its parts.

5 people on every item, five questions, 1,000 replicates, on PostgreSQL and a Redis of its own. Each line is a database
of its own, copied from the same seed: from the request to the saved run, as whoever asked waits for it, and the peak
memory of the largest process. Every run has to be the first, number for number.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from tests.bench.noise import fixed_task_ms
from tests.bench.report import RUN
from tests.services_live.stand import ROOT, free_port, run_manage, seeded
from tests.services_live.test_run_shards import ASK
from tests.services_live.working import throwaway_redis, working

FOUND = """
import json
from labeling.models import AgreementRun, RunShard
run = None if RunShard.objects.exists() else AgreementRun.objects.first()
print(json.dumps(run and [run.input_hash, json.dumps(run.numbers, sort_keys=True)]))
"""


def ask(environment: dict[str, str], script: str):
    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


@contextmanager
def copy_of(environment: dict[str, str], name: str):
    """The same installation on a copy of its database."""
    base, original = environment["DATABASE_URL"].rsplit("/", 1)
    psql = ["psql", f"{base}/postgres", "-q", "-c"]
    subprocess.run([*psql, f"CREATE DATABASE {original}_{name} TEMPLATE {original}"], check=True)
    try:
        yield {**environment, "DATABASE_URL": f"{base}/{original}_{name}"}
    finally:
        subprocess.run([*psql, f"DROP DATABASE {original}_{name} WITH (FORCE)"], check=True)


def peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def alone(environment: dict[str, str], version_id: int) -> tuple[float, float]:
    found = ask(environment, RUN.format(version_id=version_id, seed=0))
    return found["seconds"], found["peak_mb"]


def by_workers(environment: dict[str, str], version_id: int, *, n: int, log: Path) -> tuple[float, float]:
    port = free_port()
    with throwaway_redis(port), ExitStack() as stack:
        environment = {**environment, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        started = [
            stack.enter_context(working(environment, *(["--no-clock"] if number else []), log=log))
            for number in range(n)
        ]
        time.sleep(10)  # a worker takes some seconds to start; here it is not asked how many
        start = time.perf_counter()
        run_manage(environment, "shell", "-v0", "-c", ASK.format(version_id=version_id))
        while ask(environment, FOUND) is None:
            time.sleep(0.5)
        return time.perf_counter() - start, max(peak_mb(one.pid) for one in started)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench shards", description=__doc__)
    arguments.add_argument("--items", type=int, default=100_000)
    arguments.add_argument("--items-of-part", type=int, default=10_000)
    arguments.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    os.environ.setdefault("LIVE_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
    import django

    django.setup()
    seed = f"N_ITEMS = {given.items}\n{(ROOT / 'tests/bench/report_seed.py').read_text()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        parts = str(given.items_of_part)
        with seeded(path, database="postgresql", seed=seed, RUN_SHARD_ITEMS=parts) as environment:
            version_id = json.loads((path / "seed.json").read_text())["version_id"]
            print(
                f"{given.items:,} items, {parts} a part\n{'counted by':<16}{'seconds':>9}{'peak MB':>9}{'noise ms':>10}"
            )
            runs = set()
            for n in (0, *given.workers):
                noise = fixed_task_ms()
                with copy_of(environment, f"by_{n}") as own:
                    seconds, megabytes = (
                        by_workers(own, version_id, n=n, log=path / "log") if n else alone(own, version_id)
                    )
                    found = ask(own, FOUND)
                runs.add(tuple(found))
                name = f"{n} worker{'s' if n > 1 else ''}" if n else "one process"
                print(f"{name:<16}{seconds:>9.1f}{megabytes:>9.0f}{noise:>10.0f}", flush=True)
            print(f"{len(runs)} different run; numbers {sha256(found[1].encode()).hexdigest()[:16]}")
            assert len(runs) == 1


if __name__ == "__main__":
    main()
