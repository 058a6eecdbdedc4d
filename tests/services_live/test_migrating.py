"""A database in use goes forward over the last migrations with everything that is in it, on both databases."""

import json
import os
import subprocess
import sys

import pytest

from tests.services_live.stand import ROOT, run_manage, seeded

# Far enough back that tables, columns, indexes and triggers came since.
EARLIER = "0026"
SEED = """
from django.utils import timezone
from labeling.services.agreement import make_agreement_run
from labeling.services.events import seal_events
from tests.world import BAD, World, action_row, chat_row, pair_row

world = World()
world.set_queue(overlap=2, gold_share=0.5)
world.make_gold(chat_row("gold"))
world.ingest(*(chat_row(f"r-{number}") for number in range(6)), action_row(), pair_row())
for user in (world.ana, world.ben):
    for number in range(4):
        world.review_next(user, **({"verdict": "reject", "answers": BAD} if number == 2 else {}))
world.settle_all()
make_agreement_run(world.rubric, now=timezone.now(), replicates=10)
seal_events(world.project, now=timezone.now())
"""
ROWS = """
import hashlib, json
from django.db import connection
with connection.cursor() as cursor:
    names = [one for one in connection.introspection.table_names(cursor) if one.startswith("labeling_")]
    rows = {}
    for name in names:
        cursor.execute(f"SELECT * FROM {name} LIMIT 0")
        columns = sorted(one[0] for one in cursor.description)
        columns = KEPT.get(name, columns) if KEPT else columns
        if KEPT and name not in KEPT:
            continue
        cursor.execute(f"SELECT {', '.join(map(connection.ops.quote_name, columns))} FROM {name}")
        rows[name] = [columns, sorted(repr([str(value) for value in row]) for row in cursor.fetchall())]
print(json.dumps(rows))
"""
GOES_ON = """
import json
from django.db import DatabaseError, transaction
from django.utils import timezone
from labeling.models import *
from labeling.queries.audit import verify_chain
from tests.world import World, chat_row
world = World.__new__(World)
world.project, world.queue = Project.objects.get(), Queue.objects.get(slug="support")
world.ingest(chat_row("later"))
world.review_next(User.objects.get(username="cleo"))
try:
    with transaction.atomic():
        Review.objects.update(note="changed")
    guarded = False
except DatabaseError:
    guarded = True
print(json.dumps([verify_chain(world.project).holds, guarded, Item.objects.filter(external_id="later").exists()]))
"""


def ask(environment, script):
    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_on_the_way_forward_and_work_goes_on(tmp_path, database):
    if database == "postgresql" and "LIVE_POSTGRES_URL" not in os.environ:
        pytest.skip("LIVE_POSTGRES_URL names no PostgreSQL server")
    with seeded(tmp_path, database=database, seed=SEED) as environment:
        run_manage(environment, "migrate", "-v0", "labeling", EARLIER)
        before = ask_raw(environment, {})

        run_manage(environment, "migrate", "-v0")

        after = ask_raw(environment, {name: columns for name, (columns, _) in before.items()})
        assert len(before["labeling_review"][1]) == 8
        assert len(before["labeling_answer"][1]) >= 24
        assert after == before
        assert ask(environment, GOES_ON) == [True, True, True]


def ask_raw(environment, kept):
    """Rows as the database has them: the models are those of the newest migration and cannot read an older one."""
    command = [sys.executable, "-c", f"import django; django.setup()\nKEPT = {kept!r}\n{ROWS}"]
    finished = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    return json.loads(finished.stdout)


def test_a_migration_that_has_to_wait_for_a_table_gives_up_and_says_so(tmp_path):
    if "LIVE_POSTGRES_URL" not in os.environ:
        pytest.skip("LIVE_POSTGRES_URL names no PostgreSQL server")
    import psycopg

    with seeded(tmp_path, database="postgresql", seed=SEED) as environment:
        run_manage(environment, "migrate", "-v0", "labeling", EARLIER)
        with psycopg.connect(environment["DATABASE_URL"]) as busy:
            busy.execute("LOCK TABLE labeling_project IN ACCESS EXCLUSIVE MODE")
            command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--lock-seconds", "1"]

            refused = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

        assert refused.returncode == 1
        assert "Somebody kept a table locked for longer than 1 s." in refused.stderr
        run_manage(environment, "migrate", "-v0")
