"""Who goes first where SQLite lets one writer in at a time: whoever presses a key at the desk.

A worker or a command stores a file of outputs in transactions of a quarter of a second, one right behind another. Ten
reviewers waited nine seconds for each press meanwhile, since who looks whether the database is free hardly ever finds
the millisecond in which it is. So presses say that they are there, by a lock on a file beside the database, and whoever
has just written for long gives way to them for as long as that took: the two share the time.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

# Below that, giving way would cost more than it gives.
SHORT_SECONDS = 0.02
LONGEST_COURTESY_SECONDS = 0.5
LOOK_AGAIN_SECONDS = 0.002
SUFFIX = "-desk"


def is_file(database: str) -> bool:
    """Whether it lies on a disk, where something may lie beside it."""
    return not database.startswith((":memory:", "file:"))


class Presses:
    """The presses at the desk of one database, in all processes of this machine."""

    def __init__(self, database: str):
        self.path = database + SUFFIX if is_file(database) else ""
        self.n_here = 0
        self.said = -1
        self.counting = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """A press is there, from when it came in until it is answered."""
        self.count(1)
        try:
            yield
        finally:
            self.count(-1)

    def count(self, change: int) -> None:
        with self.counting:
            self.n_here += change
            if self.path and self.n_here == max(change, 0):
                self.say_so(is_anybody=self.n_here > 0)

    def say_so(self, *, is_anybody: bool) -> None:
        with suppress(OSError):  # a full disk, say: nobody gives way, and the press goes on
            if self.said < 0:
                self.said = os.open(self.path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self.said, fcntl.LOCK_SH if is_anybody else fcntl.LOCK_UN)

    def is_any(self) -> bool:
        if not self.path:
            return False
        try:
            with open(self.path, "rb") as file:  # closed, the lock is gone
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # no press was ever told of here
            return False
        return False

    def give_way(self, until: float) -> None:
        """Wait while there are presses, at most until then (`time.monotonic`)."""
        while time.monotonic() < until and self.is_any():
            time.sleep(LOOK_AGAIN_SECONDS)


@cache
def presses_of(database: str) -> Presses:
    return Presses(database)


class Desk(threading.local):
    """Whether this thread is the one that presses are answered in, and so gives way to none."""

    is_here = False


desk = Desk()


def sit_down() -> None:
    desk.is_here = True
