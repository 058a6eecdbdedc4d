"""From SQLite to PostgreSQL: every row or nothing; and what was hashed, sealed and shown stays what it was."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.services_live.stand import ROOT, run_manage

# Keys in an order that PostgreSQL does not keep, numbers that it spells otherwise, and an id that a deleted row had.
SEED = """
from django.utils import timezone
from labeling.models import Job
from labeling.services.agreement import make_agreement_run
from labeling.services.calibration import make_calibration_runs
from labeling.services.events import record_event, seal_events
from labeling.services.jobs import add_job
from labeling.models import JudgeVersion
from tests.world import BAD, GOOD, World, chat_row

world = World()
world.set_queue(overlap=2, seeding_secret="1")
record = {"total": 12, "by": "Ana", "lines": [{"sku": "K-1", "n": 2}]}
for number in range(4):
    respelt = {"amount": 1e16, "low": -0.0} if number == 1 else {}  # told in digits there, so not on a page here
    row = chat_row(f"r-{number}", metadata={"zone": "Malta", "by": "naïve \U0001f600", **respelt})
    row["context"]["record"] = record
    world.ingest(row)
for user in (world.ana, world.ben):
    for number in range(4):
        is_bad = number == 0 and user == world.ben
        world.review_next(user, verdict="reject" if is_bad else "approve", answers=BAD if is_bad else GOOD)
world.settle_all()
make_agreement_run(world.rubric, now=timezone.now(), replicates=50)
for judge in JudgeVersion.objects.all():
    make_calibration_runs(judge.pk, clock=timezone.now)
Job.objects.all().delete()
add_job("ingest_upload", 1, project=world.project, now=timezone.now()).delete()
record_event("queue.changed", project=world.project, now=timezone.now(), actor=world.ada, zone="a", by=["b"], n=1)
seal_events(world.project, now=timezone.now())
"""
STATE = """
import json
from django.db import transaction, IntegrityError, connection
from django.test import Client
from django.utils import timezone
from labeling.models import *
from labeling.queries.audit import verify_chain
from labeling.queries.blinding import newest_proofs, proof_of
from labeling.services.agreement import make_agreement_run
from labeling.services.calibration import make_calibration_runs
from labeling.services.jobs import add_job

project = Project.objects.get()
chain, proofs = verify_chain(project), newest_proofs(project)
before = (AgreementRun.objects.count(), CalibrationRun.objects.count())
now = timezone.now()
for run in AgreementRun.objects.all():
    make_agreement_run(run.rubric_version, now=now, replicates=50)
for judge in JudgeVersion.objects.all():
    make_calibration_runs(judge.pk, clock=timezone.now)
client = Client(HTTP_HOST="localhost")
client.force_login(User.objects.get(username="ada"))
item = Item.objects.get(external_id="r-0")
paths = [f"/p/shop/items/{item.pk}/", "/p/shop/audit/", "/p/shop/routing/policies/1/"]
pages = {path: client.get(path).content.decode() for path in paths}
pages["numbers"] = b"".join(client.get("/p/shop/agreement/1/files/numbers/?format=csv").streaming_content).decode()
try:
    with transaction.atomic():
        Event.objects.update(kind="changed")
    guarded = False
except IntegrityError:
    guarded = True
print(json.dumps({
    "chain": [chain.holds, chain.n_checked, chain.n_unsealed],
    "proofs": [proofs.n_tried, proofs.broken],
    "as_now": [proof_of(one.hand_out).is_as_now for one in Review.objects.all()],
    "runs": before,
    "runs_after": (AgreementRun.objects.count(), CalibrationRun.objects.count()),
    "pages": {path: page.split("<main", 1)[-1] for path, page in pages.items()},
    "guarded": guarded,
    "next_job": add_job("ingest_upload", 1, project=None, now=now).pk,
}))
"""


def environment_on(url: str, folder: Path) -> dict[str, str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
        "REVIEWAPP_DEMO": "1",
        "REVIEWAPP_VAR": str(folder),
        "DATABASE_URL": url,
        "DEBUG": "1",  # pages without collected static files
    }
    environment.pop("REDIS_URL", None)
    return environment


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """An SQLite database with labels, runs and a sealed chain."""
    folder = tmp_path_factory.mktemp("filled")
    environment = environment_on(f"sqlite:///{folder / 'source.sqlite3'}", folder)
    run_manage(environment, "migrate", "-v0")
    run_manage(environment, "shell", "-v0", "-c", SEED)
    return folder / "source.sqlite3"


@pytest.fixture
def source(filled, tmp_path) -> Path:
    with closing(sqlite3.connect(filled)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(filled, tmp_path / "source.sqlite3"))


def psql(statement: str, *, database: str = "postgres") -> str:
    url = f"{os.environ['LIVE_POSTGRES_URL']}/{database}"
    return subprocess.run(["psql", url, "-qAtc", statement], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """The name of an empty PostgreSQL database on this release's migrations, to make others like it."""
    if "LIVE_POSTGRES_URL" not in os.environ:
        pytest.skip("LIVE_POSTGRES_URL names no PostgreSQL server")
    name = f"live_{uuid.uuid4().hex[:12]}"
    # Ordering by language, as most servers have it: nothing may rest on the order of bytes.
    psql(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'")
    url = f"{os.environ['LIVE_POSTGRES_URL']}/{name}"
    run_manage(environment_on(url, tmp_path_factory.mktemp("migrated")), "migrate", "-v0")
    yield name
    psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def target(migrated, tmp_path):
    name = f"live_{uuid.uuid4().hex[:12]}"
    psql(f"CREATE DATABASE {name} TEMPLATE {migrated} LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'")
    yield environment_on(f"{os.environ['LIVE_POSTGRES_URL']}/{name}", tmp_path)
    psql(f"DROP DATABASE {name} WITH (FORCE)")


def move(target: dict[str, str], source: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), "move", "--from", f"sqlite:///{source}", *options]
    return subprocess.run(command, env=target, cwd=ROOT, capture_output=True, text=True, check=False)


def ask(environment: dict[str, str], script: str):
    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


def n_users(target: dict[str, str]) -> int:
    return int(psql("SELECT count(*) FROM labeling_user", database=target["DATABASE_URL"].rsplit("/", 1)[1]))


def change(source: Path, *statements: str) -> None:
    """Write past the application, as only a broken or older one could."""
    with closing(sqlite3.connect(source, isolation_level=None)) as opened:
        for statement in statements:
            opened.execute(statement)


def test_after_a_move_everything_is_what_it_was(source, target, tmp_path):
    moved = move(target, source)
    again = move(target, source, "--compare")
    before = ask(environment_on(f"sqlite:///{source}", tmp_path), STATE)

    after = ask(target, STATE)

    assert moved.returncode == 0, moved.stderr
    assert "no difference" in moved.stdout
    assert [line for line in again.stdout.splitlines() if line.startswith("labeling_")] == [
        line for line in moved.stdout.splitlines() if line.startswith("labeling_")
    ]
    assert after == before
    assert after["chain"][0]
    assert after["chain"][1] > 20
    assert after["proofs"] == [8, []]
    assert after["as_now"] == [True] * 8
    assert after["runs_after"] == after["runs"]
    assert after["runs"][0] == 1
    assert after["guarded"]
    assert after["next_job"] == 2


def test_a_target_with_rows_is_refused_and_named(source, target):
    assert move(target, source).returncode == 0

    again = move(target, source)

    assert again.returncode == 1
    assert "The target has rows in labeling_user" in again.stderr


def test_a_source_that_somebody_has_open_is_refused_and_told_what_to_do(source, target):
    with closing(sqlite3.connect(source)) as opened:
        opened.execute("SELECT count(*) FROM labeling_item").fetchone()

        refused = move(target, source)

    assert refused.returncode == 1
    assert "is in use" in refused.stderr
    assert "manage.py backup" in refused.stderr
    assert n_users(target) == 0


def test_a_source_on_other_migrations_is_refused(source, target):
    change(source, "DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")

    refused = move(target, source)

    assert refused.returncode == 1
    assert "The source lacks" in refused.stderr
    assert n_users(target) == 0


def test_what_postgresql_does_not_take_is_named_row_by_row_and_nothing_is_moved(source, target):
    change(
        source,
        "UPDATE labeling_project SET name = 'Shop' || char(0)",
        "UPDATE labeling_rubric SET name = printf('%.200c', 'x') WHERE id = 2",
        """UPDATE labeling_itempayload SET context = '{"a": "\\u0000"}' WHERE item_id = 3""",
    )

    refused = move(target, source)

    assert refused.returncode == 1
    assert "labeling_project 1, name: holds a NUL character" in refused.stderr
    assert "labeling_rubric 2, name: has 200 characters" in refused.stderr
    assert "labeling_itempayload 3, context: holds a NUL character" in refused.stderr
    assert n_users(target) == 0


def test_a_row_that_points_at_nothing_is_named_and_nothing_is_moved(source, target):
    change(source, "DELETE FROM labeling_queue WHERE id = 1")

    refused = move(target, source)

    assert refused.returncode == 1
    assert "what its own rules forbid" in refused.stderr
    assert "(queue_id)=(1)" in refused.stderr
    assert n_users(target) == 0


def test_a_difference_is_told_with_its_table_its_key_and_its_column(source, target):
    assert move(target, source).returncode == 0
    change(source, "UPDATE labeling_user SET last_name = 'Z ' WHERE id = 3")

    compared = move(target, source, "--compare")

    assert compared.returncode == 1
    assert "labeling_user 3 differs in last_name." in compared.stderr


def test_a_row_that_is_missing_is_told(source, target):
    assert move(target, source).returncode == 0
    change(source, "INSERT INTO labeling_heartbeat VALUES ('x', '2026-01-01 00:00:00')")

    compared = move(target, source, "--compare")

    assert compared.returncode == 1
    assert "labeling_heartbeat 'x' is missing in the target." in compared.stderr


def test_a_row_too_many_is_told(source, target):
    assert move(target, source).returncode == 0
    database = target["DATABASE_URL"].rsplit("/", 1)[1]
    n_rows = int(psql("SELECT count(*) FROM labeling_heartbeat", database=database))
    psql("INSERT INTO labeling_heartbeat VALUES ('x', '2026-01-01 00:00:00+00')", database=database)

    compared = move(target, source, "--compare")

    assert compared.returncode == 1
    assert f"labeling_heartbeat has {n_rows + 1} rows in the target, and {n_rows} in the source." in compared.stderr


def test_a_move_that_is_killed_leaves_an_empty_target(source, target):
    command = [sys.executable, str(ROOT / "manage.py"), "move", "--from", f"sqlite:///{source}", "-v2"]
    with subprocess.Popen(command, env=target, cwd=ROOT, stderr=subprocess.PIPE, text=True) as moving:
        assert any("comparing labeling_review" in line for line in moving.stderr)
        moving.kill()

    assert n_users(target) == 0
    assert move(target, source).returncode == 0
