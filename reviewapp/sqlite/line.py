"""The line of those who want to write to one SQLite file: the threads of a process, and the processes of a machine.

It is a line and no lock: whoever stood in it for too long, or cannot stand in it, still finds SQLite's own.
"""

import fcntl
import os
import threading
import time

LOOK_AGAIN_SECONDS = 0.0005


class Line:
    """One database's line. Its processes meet at a file beside the database, which the kernel frees when one dies."""

    def __init__(self, meeting_file: str | None):
        self.meeting_file = meeting_file
        self.threads = threading.Lock()
        self.descriptor: int | None = None

    def wait(self, seconds: float) -> bool:
        """Whether it is this thread's turn among its own; then it has waited for the other processes too."""
        until = time.monotonic() + seconds
        if not self.threads.acquire(timeout=seconds):
            return False
        if self.meeting_file is not None:
            self.descriptor = turn_at(self.meeting_file, until=until)
        return True

    def leave(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
        self.threads.release()


def turn_at(meeting_file: str, *, until: float) -> int | None:
    """The opened file, to be closed when the turn is over; None for whoever goes on without.

    Opened for each turn, or a forked child would share its parent's. Looked at again and again, since a wait in the
    kernel knows no longest time.
    """
    try:
        descriptor = os.open(meeting_file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # a folder that cannot be written to has no writers either
        return None
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(LOOK_AGAIN_SECONDS)
                continue
        except OSError:  # a file system that knows no such turns
            pass
        os.close(descriptor)
        return None
