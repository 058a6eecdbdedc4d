"""`python -m tests.bench faults`: interruptions by the hundred on one database, and what was lost or doubled."""

import argparse
import os
import sys
import tempfile
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench faults", description=__doc__)
    parser.add_argument("--interruptions", type=int, default=1000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--log", type=Path, help="where to write one line an interruption")
    given = parser.parse_args()
    os.environ.setdefault("REVIEWAPP_DEMO", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("REVIEWAPP_VAR", folder)
        import django

        django.setup()
        from tests.services_live.faults import run_and_print

        return run_and_print(
            database=given.database, n_interruptions=given.interruptions, seed=given.seed, log=given.log
        )


if __name__ == "__main__":
    sys.exit(main())
