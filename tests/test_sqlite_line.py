"""Whoever wants to write stands in line, threads and processes alike, instead of waiting longer at each look."""

import subprocess
import sys
import threading

import pytest
from django.db import IntegrityError, OperationalError
from django.utils import timezone

from reviewapp.sqlite.base import DatabaseWrapper
from reviewapp.sqlite.line import Line

OTHER_PROCESS = """
import sys
from reviewapp.sqlite.line import Line
Line(sys.argv[1]).wait(5)
print("in front", flush=True)
sys.stdin.read()
"""


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


@pytest.fixture
def other_process(tmp_path):
    """Another process whose turn it is; it ends when its input does, or when it is killed."""
    command = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path / "line")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "in front\n"
        yield process
        process.kill()


def test_processes_stand_in_the_same_line(other_process, tmp_path):
    line, has_turn = Line(str(tmp_path / "line")), threading.Event()

    def follow():
        line.wait(20)
        has_turn.set()
        line.leave()

    follower = threading.Thread(target=follow)
    follower.start()
    assert not has_turn.wait(0.05)
    other_process.kill()  # whoever dies in front holds nobody up

    assert has_turn.wait(10)
    follower.join()


def test_whoever_waited_too_long_for_another_process_goes_on_without(other_process, tmp_path):
    line = Line(str(tmp_path / "line"))

    assert line.wait(0.05)
    assert line.descriptor is None
    line.leave()


def test_a_line_in_a_folder_that_nobody_may_write_to_holds_nobody_up(tmp_path):
    line = Line(str(tmp_path / "missing" / "line"))

    assert line.wait(5)
    line.leave()


def test_a_cursor_without_listeners_raises_the_errors_that_one_with_them_does(connect):
    connection = connect()
    write(connection)
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX only_one ON ours (id)")

        with pytest.raises(IntegrityError):
            cursor.executemany("INSERT INTO ours VALUES (%s)", [(1,), (1,)])
        with pytest.raises(OperationalError, match="no such table"):
            cursor.execute("SELECT 1 FROM theirs")


def test_whoever_listens_hears_every_statement(connect):
    connection, heard = connect(), []

    def listen(execute, sql, params, many, context):
        heard.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen), connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    assert heard == ["SELECT 1"]


def test_times_come_back_as_they_went_in(connect):
    operations, now = connect().ops, timezone.now()

    stored = operations.adapt_datetimefield_value(now)

    assert stored == str(now.replace(tzinfo=None))
    assert operations.convert_datetimefield_value(now.replace(tzinfo=None), None, operations.connection) == now
    assert operations.convert_datetimefield_value(stored, None, operations.connection) == now
