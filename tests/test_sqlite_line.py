"""Threads of one process stand in line to write, instead of looking again and again whether SQLite is free."""

import threading

import pytest
from django.db import OperationalError

from reviewapp.sqlite.base import DatabaseWrapper


@pytest.fixture
def connect(tmp_path, settings, django_db_blocker):
    """Connections to one file, as the threads of a web process have them. They wait for a tenth of a second."""
    opened = []

    def new():
        own = {**settings.DATABASES["default"], "NAME": str(tmp_path / "own.sqlite3"), "AUTOCOMMIT": True}
        own |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
        own["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 0.1}
        opened.append(DatabaseWrapper(own))
        opened[-1].inc_thread_sharing()
        return opened[-1]

    with django_db_blocker.unblock():
        yield new
        for one in opened:
            one.close()


def begin(connection):
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def write(connection, table="ours"):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} (id integer)")


def test_whoever_waits_is_let_in_when_the_one_before_is_done(connect):
    first, second = connect(), connect()
    second.settings_dict["OPTIONS"]["timeout"] = 20
    has_begun = threading.Event()

    def follow():
        begin(second)
        has_begun.set()
        second.commit()

    begin(first)
    write(first)
    follower = threading.Thread(target=follow)
    follower.start()
    assert not has_begun.wait(0.05)
    first.commit()

    assert has_begun.wait(10)
    follower.join()


@pytest.mark.parametrize("ending", ["commit", "rollback", "close"])
def test_however_a_transaction_ends_the_next_one_may_begin(connect, ending):
    first, second = connect(), connect()
    begin(first)
    write(first)
    getattr(first, ending)()

    begin(second)

    assert second.has_turn
    second.rollback()


def test_whoever_waited_too_long_finds_the_lock_of_sqlite(connect):
    first, second, third = connect(), connect(), connect()
    begin(first)
    write(first)

    with pytest.raises(OperationalError, match="locked"):
        begin(second)

    first.commit()
    begin(third)
    assert third.has_turn
    third.rollback()


def test_only_its_owner_can_read_a_new_database_and_what_lies_beside_it(connect, tmp_path):
    first = connect()
    with first.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=WAL")
    write(first)

    made = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}

    assert made == dict.fromkeys(("own.sqlite3", "own.sqlite3-wal", "own.sqlite3-shm"), "0o600")
