"""The first thirty migrations and the one that stands for them make the same tables."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from labeling.management.sqlite_schema import Made, parts_made

ROOT = Path(__file__).resolve().parents[1]
# Django takes the one that stands for many wherever it can; this takes the many.
ONE_BY_ONE = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
executor.loader.replace_migrations = False
executor.loader.build_graph()
executor.migrate([("labeling", "0030_add_traffic_fits"), ("sessions", "0001_initial")])
"""
AT_ONCE = "from django.core.management import call_command; call_command('migrate', 'labeling', '{name}', verbosity=0)"


def made_by(folder: Path, script: str) -> set[Made]:
    folder.mkdir()
    file = folder / "made.sqlite3"
    environment = {
        **os.environ,
        "REVIEWAPP_DEMO": "1",
        "REVIEWAPP_VAR": str(folder),
        "DATABASE_URL": f"sqlite:///{file}",
    }
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", script]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    with closing(sqlite3.connect(file)) as opened:
        return {one for one in parts_made(opened.cursor()) if "labeling" in one[1] or one[0] == "trigger"}


@pytest.mark.slow
def test_the_one_migration_makes_what_the_thirty_made(tmp_path):
    one_by_one = made_by(tmp_path / "thirty", ONE_BY_ONE)
    at_once = made_by(tmp_path / "one", AT_ONCE.format(name="0001_squashed_0030_the_tables"))

    assert len(one_by_one) > 400
    assert at_once == one_by_one
