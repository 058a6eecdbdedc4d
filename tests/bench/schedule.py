"""What it takes to lay a reviewer's next turns ready: gold, repeats and the pause rule, however much waits.

`python -m tests.bench schedule --waiting 10000 1000000` prints a row for each; every number is the median of some runs.
Steps of a clock run in the worker; what a claim adds is measured with the desk.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from tests.bench.desk import fill
from tests.bench.noise import fixed_task_ms
from tests.services_live.stand import ROOT, standing

STEPS = ("claim", "plant gold", "plant repeats", "pause rule", "find seats")


def measure(*, database: str, n_waiting: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with standing(path, database=database, n_reviewers=2, n_items=1, overlap=1) as stand:
            fill(stand, n_waiting=n_waiting)
            found = path / "schedule.json"
            script = (ROOT / "tests/bench/schedule_steps.py").read_text()
            stand.run("shell", "-v0", "-c", f"FOUND = {str(found)!r}\n{script}")
            return json.loads(found.read_text())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--waiting", type=int, nargs="+", default=[10_000])
    arguments.add_argument("--database", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    given = arguments.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    import django

    django.setup()
    print(f"{'database':<11}{'waiting':>10}" + "".join(f"{f'{step} ms':>18}" for step in STEPS) + f"{'noise ms':>12}")
    for database in given.database:
        for n_waiting in given.waiting:
            noise = fixed_task_ms()
            found = measure(database=database, n_waiting=n_waiting)
            row = "".join(f"{found[step]:>18.2f}" for step in STEPS)
            print(f"{database:<11}{n_waiting:>10,}{row}{noise:>12.0f}", flush=True)


if __name__ == "__main__":
    main()
