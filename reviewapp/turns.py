"""Presses at the reviewers' desk, one after another, in a process that does nothing else (`desk.py`).

Threads share one interpreter, and after each statement to SQLite another one is let in: while a delivery is read or a
report counted a press waits, and eight presses at once took a quarter more of the processor than the same in a row.
Each thread has its connection, too, which forgets all that it has read as soon as another one has written. So the web
process takes the requests in and hands on those that write for a desk. PostgreSQL is waited for elsewhere, so there
they go on side by side.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from io import BytesIO
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from reviewapp.desk import Answer
from reviewapp.sqlite.line import Presses

logger = logging.getLogger(__name__)

PRESSES = "/review/"
LARGEST_PRESS_BYTES = 1024 * 1024
# As many presses may be on their way to the desk; the web process has as many threads.
N_LINES = 8
# Twice what a press waits for somebody else's long transaction, and more: a desk that takes longer hangs.
LONGEST_WAIT_SECONDS = 60
PAUSE_SECONDS = 2
COMMAND = (sys.executable, "-m", "reviewapp.desk")


class Desk:
    """The process that answers presses, as the web process knows it.

    It begins with the first request, and anew when it ended. While it is not there, presses are answered where they
    came in; so is one that it left without an answer, since a press that comes twice is stored once.
    """

    def __init__(self, command: Sequence[str] = COMMAND):
        self.command = command
        self.lines: SimpleQueue[Connection] | None = None
        self.process: subprocess.Popen | None = None
        self.is_kept = False
        self.beginning = threading.Lock()

    def answer(self, environ: dict[str, Any], body: bytes) -> Answer | None:
        """What it answers; nothing where it is not there, or ended before it did."""
        lines = self.lines
        if lines is None:
            return None
        line, answer = lines.get(), None
        try:
            with suppress(EOFError, OSError):
                line.send(({name: value for name, value in environ.items() if isinstance(value, str)}, body))
                if not line.poll(LONGEST_WAIT_SECONDS):
                    self.process.kill()
                answer = line.recv()
        finally:
            if answer is None:
                line.close()  # what comes too late must never be taken for the answer to another press
            lines.put(line)
        return answer

    def begin(self) -> None:
        """Have it running from now on, for as long as this process runs."""
        if self.is_kept:
            return
        with self.beginning:
            if not self.is_kept:
                self.is_kept = True
                threading.Thread(target=self.keep, name="desk", daemon=True).start()

    def keep(self) -> None:
        while self.is_kept:
            try:
                code = self.run_once()
                logger.warning("The desk's process ended (exit %s); it begins again.", code)
            except OSError:
                logger.exception("The desk's process could not be begun; presses are answered by this one.")
            time.sleep(PAUSE_SECONDS)

    def run_once(self) -> int:
        """Its exit code."""
        pairs = [Pipe() for _ in range(N_LINES)]
        ends = [str(theirs.fileno()) for _, theirs in pairs]
        self.process = subprocess.Popen([*self.command, *ends], pass_fds=[int(end) for end in ends])
        for _, theirs in pairs:
            theirs.close()  # or its end would not be noticed
        with suppress(EOFError, OSError):
            pairs[0][0].recv()  # it says so once it is ready
            lines: SimpleQueue[Connection] = SimpleQueue()
            for ours, _ in pairs:
                lines.put(ours)
            self.lines = lines
        code = self.process.wait()
        self.lines = None
        return code


def answered_at(
    desk: Desk, application: Callable[..., Iterable[bytes]], presses: Presses
) -> Callable[..., Iterable[bytes]]:
    """The same application, whose presses are answered at the desk where that is possible."""

    def in_turn(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        desk.begin()
        if not is_press(environ):
            return application(environ, start_response)
        with presses.one_more():
            body = read_ahead(environ)
            answer = None if body is None else desk.answer(environ, body)
            if answer is None:
                return application(environ, start_response)
        status, headers, content = answer
        start_response(status, headers)
        return [content]

    return in_turn


def is_press(environ: dict[str, Any]) -> bool:
    """Whether it writes for a reviewer's desk. A body that no desk sends is left to whoever refuses it."""
    length = environ.get("CONTENT_LENGTH") or "0"
    is_form = length.isdecimal() and int(length) <= LARGEST_PRESS_BYTES
    return is_form and environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(PRESSES)


def read_ahead(environ: dict[str, Any]) -> bytes | None:
    """Take the body in first: nobody waits for a browser that is slow to send. Nothing of one that was cut off: the
    application meets that again and answers it."""
    try:
        body = environ["wsgi.input"].read()
    except OSError:
        return None
    environ["wsgi.input"] = BytesIO(body)
    return body
