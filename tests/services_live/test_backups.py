"""A backup that is made while people label holds every label confirmed before it, and comes back whole."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.services_live.stand import ROOT, database_url, run_manage, seeded
from tests.services_live.writer import KEPT, SEED, writing

README = (ROOT / "README.md").read_text(encoding="utf-8")


def ask(environment, script):
    import json

    return json.loads(run_manage(environment, "shell", "-v0", "-c", script).strip().splitlines()[-1])


def manage(environment, *command):
    command = [sys.executable, str(ROOT / "manage.py"), *map(str, command)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def expect_whole(environment, before) -> list[int]:
    """What was confirmed before the backup is there with its answers, and it verifies. All reviews that are in it."""
    kept = ask(environment, KEPT)

    assert set(before) <= set(kept["reviews"])
    assert kept["answers"] == 4 * len(kept["reviews"])
    assert re.search(r"shop: [1-9][\d,]* events verified", run_manage(environment, "check_chain"))
    assert f"All {len(kept['reviews'])} reviews rebuild" in run_manage(environment, "check_shown", "shop")
    assert manage(environment, "migrate", "--check").returncode == 0
    return kept["reviews"]


@pytest.fixture
def on_sqlite(tmp_path):
    with seeded(tmp_path, database="sqlite", seed=SEED) as environment:
        yield environment


def elsewhere(environment, folder: Path):
    folder.mkdir()
    return {**environment, "DATABASE_URL": f"sqlite:///{folder / 'own.sqlite3'}"}


def test_sqlite_comes_back_with_every_label_confirmed_before_the_backup(on_sqlite, tmp_path):
    kept_in = tmp_path / "backup.sqlite3"
    restored = elsewhere(on_sqlite, tmp_path / "restored")
    with writing(on_sqlite) as writer:
        before = writer.wait_for(15)

        run_manage(on_sqlite, "backup", str(kept_in))
        told = run_manage(restored, "restore", str(kept_in))

        assert "events verified" in told
        assert not Path(f"{kept_in}-wal").exists()
        assert kept_in.stat().st_mode & 0o077 == 0
        writer.wait_for_one_that_is_not_in(expect_whole(restored, before))


def test_a_restore_never_overwrites_a_database_or_what_is_left_of_one(on_sqlite, tmp_path):
    kept_in = tmp_path / "backup.sqlite3"
    run_manage(on_sqlite, "backup", str(kept_in))
    half = elsewhere(on_sqlite, tmp_path / "half")
    (tmp_path / "half" / "own.sqlite3-wal").write_bytes(b"left")

    over = manage(on_sqlite, "restore", kept_in)
    beside = manage(half, "restore", kept_in)
    again = manage(on_sqlite, "backup", kept_in)

    assert [one.returncode for one in (over, beside, again)] == [2, 2, 2]
    assert all("is there already and never overwritten" in one.stderr for one in (over, beside, again))
    assert "own.sqlite3-wal" in beside.stderr
    assert not (tmp_path / "half" / "own.sqlite3").exists()


def test_where_there_is_no_database_there_is_nothing_to_back_up(tmp_path):
    nowhere = elsewhere(dict(os.environ, REVIEWAPP_DEMO="1", REVIEWAPP_VAR=str(tmp_path)), tmp_path / "nowhere")

    told = manage(nowhere, "backup", tmp_path / "backup.sqlite3")

    assert told.returncode == 2
    missing = tmp_path / "nowhere" / "own.sqlite3"
    assert told.stderr.strip() == f"CommandError: There is no database {missing} to back up."


def test_a_damaged_or_a_newer_file_is_not_restored(on_sqlite, tmp_path):
    kept_in = tmp_path / "backup.sqlite3"
    run_manage(on_sqlite, "backup", str(kept_in))
    newer, damaged = tmp_path / "newer.sqlite3", tmp_path / "damaged.sqlite3"
    for one in (newer, damaged):
        one.write_bytes(kept_in.read_bytes())
    with closing(sqlite3.connect(newer, isolation_level=None)) as opened:
        opened.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('labeling', '9999_later', '2030-01-01')"
        )
    with damaged.open("r+b") as pages:
        pages.seek(20 * 4096)
        pages.write(b"\xff" * 40 * 4096)
    target = elsewhere(on_sqlite, tmp_path / "target")

    told = {one.stem: manage(target, "restore", one) for one in (newer, damaged)}

    assert told["newer"].returncode == 2
    assert "of a newer release, with labeling.9999_later" in told["newer"].stderr
    assert told["damaged"].returncode in (1, 2)
    assert re.search("is damaged|is malformed", told["damaged"].stderr)
    assert list((tmp_path / "target").iterdir()) == []


SEALED = """
from django.utils import timezone
from labeling.models import Project
from labeling.services.events import seal_events
seal_events(Project.objects.get(), now=timezone.now())
"""


def test_a_backup_that_somebody_changed_is_not_restored_and_told_by_name(on_sqlite, tmp_path):
    kept_in = tmp_path / "backup.sqlite3"
    run_manage(on_sqlite, "shell", "-v0", "-c", SEALED)
    run_manage(on_sqlite, "backup", str(kept_in))

    def restored_after(change) -> subprocess.CompletedProcess[str]:
        changed = tmp_path / f"{change.__name__}.sqlite3"
        shutil.copy(kept_in, changed)
        with closing(sqlite3.connect(changed, isolation_level=None)) as opened:
            change(opened)
        return manage(target, "restore", changed)

    def event_rewritten(opened):
        (guard,) = opened.execute("SELECT sql FROM sqlite_master WHERE name = 'event_is_never_changed'").fetchone()
        opened.execute("DROP TRIGGER event_is_never_changed")
        opened.execute("UPDATE labeling_event SET kind = 'x' WHERE id = (SELECT max(event_id) FROM labeling_eventseal)")
        opened.execute(guard)

    def objects_changed(opened):
        opened.execute("DROP TRIGGER review_is_never_deleted")
        opened.execute("DROP TABLE labeling_heartbeat")
        opened.execute("CREATE TRIGGER later AFTER INSERT ON labeling_review BEGIN DELETE FROM labeling_alert; END")
        opened.execute("DROP TRIGGER event_is_never_changed")
        opened.execute("CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON labeling_event BEGIN SELECT 1; END")

    target = elsewhere(on_sqlite, tmp_path / "target")
    rewritten, changed = restored_after(event_rewritten), restored_after(objects_changed)

    assert (rewritten.returncode, changed.returncode) == (1, 1)
    assert re.search(r"The audit chain of shop breaks at event \d+: its content was changed", rewritten.stderr)
    assert "table labeling_heartbeat is missing; trigger review_is_never_deleted is missing" in changed.stderr
    assert "trigger later is none of this application" in changed.stderr
    assert "trigger event_is_never_changed was made otherwise" in changed.stderr
    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.parametrize("release", ["0032", "0026"])
def test_a_backup_of_an_older_release_is_restored_to_be_migrated(tmp_path, release):
    older, kept_in = elsewhere(dict(os.environ, REVIEWAPP_DEMO="1"), tmp_path / "older"), tmp_path / "backup.sqlite3"
    older["REVIEWAPP_VAR"] = str(tmp_path)
    run_manage(older, "migrate", "-v0")
    run_manage(older, "migrate", "-v0", "labeling", release)
    run_manage(older, "backup", str(kept_in))
    target = elsewhere(older, tmp_path / "target")

    told = manage(target, "restore", kept_in)

    assert told.returncode == 0, told.stderr
    assert "run: manage.py migrate, check_chain" in told.stdout
    run_manage(target, "migrate", "-v0")


def commands_of_the_readme() -> list[str]:
    """The lines with which the README backs PostgreSQL up and restores it."""
    return re.findall(r"^    (pg_dump .+|createdb .+|pg_restore .+)$", README, re.MULTILINE)


def test_postgresql_comes_back_by_the_commands_of_the_readme(tmp_path):
    if "LIVE_POSTGRES_URL" not in os.environ:
        pytest.skip("LIVE_POSTGRES_URL names no PostgreSQL server")
    dump, create, restore = commands_of_the_readme()
    with seeded(tmp_path, database="postgresql", seed=SEED) as environment, database_url(tmp_path, "postgresql") as new:
        names = {"DATABASE_URL": environment["DATABASE_URL"], "NEW_DATABASE_URL": new}

        def run(line):
            subprocess.run(["bash", "-ec", line], env={**environment, **names}, cwd=tmp_path, check=True)

        with writing(environment) as writer:
            before = writer.wait_for(15)

            run(dump)
            run(restore)  # the empty database is there: database_url has made it, as `createdb` would

            assert create.startswith("createdb ")
            writer.wait_for_one_that_is_not_in(expect_whole({**environment, "DATABASE_URL": new}, before))
