"""Threads of one process stand in line to write, and whoever has just written for long gives way to the desk."""

import threading
import time

import pytest
from django.db import OperationalError

from reviewapp.sqlite import line
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


@pytest.fixture
def presses(tmp_path):
    """Those of another process, which has its own hold on the file."""
    return line.Presses(str(tmp_path / "own.sqlite3"))


@pytest.fixture
def long_writer(connect):
    """Who has just held the database for ten minutes, as far as it knows."""
    writer = connect()
    writer.turn_ended = time.monotonic()
    writer.turn_began = writer.turn_ended - 600
    return writer


@pytest.fixture
def begun_by(connect):
    """Set as soon as a writer has begun, in a thread of its own."""
    threads = []

    def start(writer):
        has_begun = threading.Event()

        def work():
            begin(writer)
            has_begun.set()
            writer.rollback()

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return has_begun

    yield start
    for thread in threads:
        thread.join(10)


def test_who_wrote_for_long_lets_a_press_go_first(long_writer, presses, begun_by, monkeypatch):
    monkeypatch.setattr("reviewapp.sqlite.base.LONGEST_COURTESY_SECONDS", 60)
    with presses.one_more(), presses.one_more():
        has_begun = begun_by(long_writer)
        assert not has_begun.wait(0.1)

    assert has_begun.wait(10)


def test_who_gave_way_for_as_long_as_it_wrote_goes_on(long_writer, presses, begun_by, monkeypatch):
    monkeypatch.setattr("reviewapp.sqlite.base.LONGEST_COURTESY_SECONDS", 0.05)

    with presses.one_more():
        assert begun_by(long_writer).wait(10)


def test_a_press_that_comes_while_somebody_stands_in_line_goes_first(
    connect, long_writer, presses, begun_by, monkeypatch
):
    monkeypatch.setattr("reviewapp.sqlite.base.LONGEST_COURTESY_SECONDS", 60)
    long_writer.settings_dict["OPTIONS"]["timeout"] = 20
    before = connect()
    begin(before)
    has_begun = begun_by(long_writer)
    time.sleep(0.05)

    with presses.one_more():
        before.rollback()
        assert not has_begun.wait(0.1)

    assert has_begun.wait(10)


@pytest.mark.parametrize(("seconds", "courtesy"), [(line.SHORT_SECONDS / 2, 0), (0.25, 0.25), (600, 0.5)])
def test_courtesy_is_as_long_as_the_writing_was_or_not_worth_it(connect, seconds, courtesy):
    writer = connect()
    writer.turn_ended = writer.turn_began + seconds

    assert writer.courtesy_seconds == courtesy


def test_who_wrote_a_while_ago_owes_nothing_any_more(long_writer, presses, monkeypatch, begun_by):
    monkeypatch.setattr("reviewapp.sqlite.base.LONGEST_COURTESY_SECONDS", 60)
    long_writer.turn_began -= 61
    long_writer.turn_ended -= 61

    with presses.one_more():
        assert begun_by(long_writer).wait(10)


def test_the_desk_gives_way_to_none(long_writer, presses, begun_by, monkeypatch):
    monkeypatch.setattr("reviewapp.sqlite.base.LONGEST_COURTESY_SECONDS", 60)
    monkeypatch.setattr(line.Desk, "is_here", True)

    with presses.one_more():
        assert begun_by(long_writer).wait(10)


def test_writing_is_measured_and_waiting_for_the_database_is_not(connect):
    before, writer = connect(), connect()
    writer.settings_dict["OPTIONS"]["timeout"] = 20
    begin(before)
    before.leave_line()  # as another process, which stands in no line of ours
    threading.Timer(0.1, before.rollback).start()
    begin(writer)
    writer.rollback()
    waited = writer.turn_ended - writer.turn_began
    begin(writer)
    time.sleep(0.03)
    writer.rollback()

    assert waited < 0.1
    assert writer.turn_ended - writer.turn_began >= 0.03


def test_nobody_keeps_the_line_whose_look_at_the_presses_fails(connect, long_writer, monkeypatch):
    def fail(presses):
        raise MemoryError

    monkeypatch.setattr(line.Presses, "give_way", lambda presses, until: None)
    monkeypatch.setattr(line.Presses, "is_any", fail)
    with pytest.raises(MemoryError):
        begin(long_writer)
    monkeypatch.undo()

    other = connect()
    begin(other)
    assert other.has_turn
    other.rollback()


def test_the_last_of_two_presses_ends_the_courtesy(presses, tmp_path):
    elsewhere = line.Presses(str(tmp_path / "own.sqlite3"))
    with presses.one_more():
        with presses.one_more():
            pass
        after_one = elsewhere.is_any()

    assert (after_one, elsewhere.is_any()) == (True, False)


def test_looking_for_presses_makes_no_file(presses, tmp_path):
    assert not presses.is_any()
    assert not (tmp_path / "own.sqlite3-desk").exists()


def test_a_press_goes_on_where_it_can_tell_nobody(tmp_path):
    presses = line.Presses(str(tmp_path / "no such folder" / "own.sqlite3"))

    with presses.one_more():
        assert not presses.is_any()


def test_who_presses_can_be_read_by_the_owner_alone(presses, tmp_path):
    with presses.one_more():
        pass

    assert oct((tmp_path / "own.sqlite3-desk").stat().st_mode & 0o777) == "0o600"
