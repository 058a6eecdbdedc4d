"""Django's SQLite with a line for the threads of one process that want to write, and a memory for placeholders.

SQLite lets one writer in at a time, and whoever finds it busy looks again after 1, 2, 5, … 100 ms: with ten reviewers
one in twenty waited three times as long. Here a thread is woken when the one before it is done. It is a line and no
lock: whoever stood in it for too long, or comes from another process, still finds SQLite's own.
"""

import os
import threading
import time
from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from django.db.backends.sqlite3 import base

from reviewapp.sqlite.line import LONGEST_COURTESY_SECONDS, SHORT_SECONDS, desk, is_file, presses_of

LINES: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
LONGEST_REMEMBERED = 10_000


class Cursor(base.SQLiteCursorWrapper):
    """Turns each statement's `%s` into `?` once; looking for them again took a twentieth of a desk's time."""

    def convert_query(self, query, *, param_names=None):
        if param_names is not None or len(query) > LONGEST_REMEMBERED:
            return super().convert_query(query, param_names=param_names)
        return with_question_marks(query)


class BareCursor(Cursor):
    """What Django's `CursorWrapper` does for a statement, in one step: refuse it in a broken transaction, and raise
    Django's errors for SQLite's."""

    database: "DatabaseWrapper"

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def execute(self, query, params=None):
        self.database.validate_no_broken_transaction()
        with self.database.wrap_database_errors:
            return super().execute(query, params)

    def executemany(self, query, param_list):
        self.database.validate_no_broken_transaction()
        with self.database.wrap_database_errors:
            return super().executemany(query, param_list)


def make_private(name: str) -> None:
    """Make a database that is not there yet, readable by its owner alone: sessions and gold are in it, and SQLite would
    let every account of the machine read it. What it keeps beside a database gets the permissions of that."""
    if not is_file(name):
        return
    with suppress(OSError):  # it is there, or SQLite says better why it cannot be
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


@lru_cache(maxsize=1_000)
def with_question_marks(query: str) -> str:
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseOperations(base.DatabaseOperations):
    """Times as Django stores and reads them, without asking the settings about each: a press reads sixty of them."""

    def convert_datetimefield_value(self, value, expression, connection):
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=connection.timezone)
        return super().convert_datetimefield_value(value, expression, connection)

    def adapt_datetimefield_value(self, value):
        if isinstance(value, datetime) and value.tzinfo is self.connection.timezone:
            return str(value.replace(tzinfo=None))
        return super().adapt_datetimefield_value(value)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    has_turn = False
    turn_began = turn_ended = 0.0

    def get_new_connection(self, conn_params):
        make_private(str(conn_params["database"]))
        return super().get_new_connection(conn_params)

    def create_cursor(self, name=None):
        return self.connection.cursor(factory=Cursor)

    def cursor(self):
        """Where nobody listens to the statements, a cursor without the layers that tell of them."""
        if self.queries_logged or self.execute_wrappers:
            return super().cursor()
        self.ensure_connection()
        self.validate_thread_sharing()
        cursor = self.connection.cursor(factory=BareCursor)
        cursor.database = self
        return cursor

    def _start_transaction_under_autocommit(self):
        try:
            self.wait_for_turn()
            super()._start_transaction_under_autocommit()
        except BaseException:
            self.leave_line()
            raise
        self.turn_began = time.monotonic()

    def wait_for_turn(self) -> None:
        """Stand in line. Whoever has just written for long lets presses go first, for as long as that took."""
        presses, until = presses_of(str(self.settings_dict["NAME"])), self.turn_ended + self.courtesy_seconds
        while True:
            presses.give_way(until)
            self.has_turn = self.line.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5))
            if not self.has_turn or time.monotonic() >= until or not presses.is_any():
                return
            self.leave_line()

    @property
    def courtesy_seconds(self) -> float:
        seconds = self.turn_ended - self.turn_began
        return 0 if seconds < SHORT_SECONDS or desk.is_here else min(seconds, LONGEST_COURTESY_SECONDS)

    def _commit(self):
        super()._commit()  # one that fails is rolled back
        self.end_turn()

    def _rollback(self):
        try:
            super()._rollback()
        finally:
            self.end_turn()

    def _close(self):
        try:
            super()._close()
        finally:
            self.end_turn()

    @property
    def line(self) -> threading.Lock:
        return LINES[str(self.settings_dict["NAME"])]

    def end_turn(self) -> None:
        if self.has_turn:
            self.turn_ended = time.monotonic()
            self.leave_line()

    def leave_line(self) -> None:
        if self.has_turn:
            self.has_turn = False
            self.line.release()
