"""`python -m tests.bench storm`: half an hour in which web, workers, Redis, PostgreSQL, logs and clocks fail in turn.

Fifty people label, a producer sends a hundred items a second, an owner uploads files and asks for reports. Printed is
what was confirmed to them, what is stored, and everything that differs. The same seed draws the same faults.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

MOST_SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench storm", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=10)
    given = parser.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("REVIEWAPP_VAR", folder)
        import django

        django.setup()
        from tests.services_live.storm import run_storm, table_of

        report = run_storm(Path(folder), minutes=given.minutes, seed=given.seed)
    print(table_of(report))
    for problem in report.problems[:MOST_SHOWN]:
        print(problem)
    return int(bool(report.problems or report.n_lost or report.people.n_doubled or report.people.n_over_overlap))


if __name__ == "__main__":
    sys.exit(main())
