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
# Each may have a press on its way to the desk.
N_WEB_THREADS = 8
# A press writes twice at most, and waits 20 seconds for its turn: whoever takes longer than both hangs.
LONGEST_PRESS_SECONDS = 60
LOOK_SECONDS = 0.2
PAUSE_SECONDS = 2
LONG_PAUSE_SECONDS = 30
COMMAND = (sys.executable, "-m", "reviewapp.desk")
TOO_LATE: Answer = (
    "503 Service Unavailable",
    [("Content-Type", "text/plain; charset=utf-8"), ("Retry-After", "5"), ("Cache-Control", "no-store")],
    b"The desk did not answer in time. Nothing that was saved is lost; please press once more.\n",
)


class DeskProcess:
    """The process that answers presses, as the web process knows it.

    It begins with the first request, and anew when it ended. While it is not there, presses are answered where they
    came in; so is one that it died over, since a press that comes twice is stored once. One that it hung over is left
    to whoever pressed: here it would hang, too.
    """

    def __init__(self, command: Sequence[str] = COMMAND):
        self.command = command
        self.has_begun = False
        self.pipes: SimpleQueue[Connection] | None = None
        self.process: subprocess.Popen | None = None
        self.is_hanging = False
        self.n_waiting = 0
        self.waiting_since = 0.0
        self.lock = threading.Lock()

    def answer(self, environ: dict[str, Any], body: bytes) -> Answer | None:
        """What it answers; nothing where it is not there, fails or dies over it."""
        pipes = self.pipes
        if pipes is None:
            return None
        pipe, answer, is_answered = pipes.get(), None, False
        self.count(1)
        try:
            with suppress(EOFError, OSError):
                pipe.send(({name: value for name, value in environ.items() if isinstance(value, str)}, body))
                answer, is_answered = pipe.recv(), True
        finally:
            self.count(-1)
            if not is_answered:
                pipe.close()  # what comes too late must never be taken for the answer to another press
            pipes.put(pipe)
        return answer if is_answered or not self.is_hanging else TOO_LATE

    def count(self, change: int) -> None:
        """A press comes or goes. Time is counted from when the desk last answered anybody."""
        with self.lock:
            if self.n_waiting == 0 or change < 0:
                self.waiting_since = time.monotonic()
            self.n_waiting += change

    def begin(self) -> None:
        """Have it running from now on, for as long as this process runs."""
        if self.has_begun:
            return
        with self.lock:
            if not self.has_begun:
                self.has_begun = True
                threading.Thread(target=self.keep, name="desk", daemon=True).start()

    def keep(self) -> None:
        while self.has_begun:
            was_ready = False
            try:
                was_ready = self.run_once()
                logger.warning("The desk's process ended (exit %s); it begins again.", self.process.returncode)
            except Exception:
                logger.exception("The desk's process cannot be begun; presses are answered by this one.")
            time.sleep(PAUSE_SECONDS if was_ready else LONG_PAUSE_SECONDS)

    def run_once(self) -> bool:
        """From its beginning to its end; whether it was ever ready."""
        pairs = [Pipe() for _ in range(N_WEB_THREADS)]
        ends = [str(theirs.fileno()) for _, theirs in pairs]
        self.process = subprocess.Popen([*self.command, *ends], pass_fds=[int(end) for end in ends])
        for _, theirs in pairs:
            theirs.close()  # or its end would not be noticed
        with suppress(EOFError, OSError):
            pairs[0][0].recv()  # it says so once it is ready
            pipes: SimpleQueue[Connection] = SimpleQueue()
            for ours, _ in pairs:
                pipes.put(ours)
            self.is_hanging, self.pipes = False, pipes
        was_ready = self.pipes is not None
        while self.process.poll() is None:
            if self.n_waiting and time.monotonic() - self.waiting_since > LONGEST_PRESS_SECONDS:
                self.is_hanging = True
                self.process.kill()
            time.sleep(LOOK_SECONDS)
        self.pipes = None
        return was_ready


def answered_at(
    desk: DeskProcess, application: Callable[..., Iterable[bytes]], presses: Presses
) -> Callable[..., Iterable[bytes]]:
    """The same application, whose presses are answered at the desk where that is possible."""

    def in_turn(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        desk.begin()
        if not is_press(environ):
            return application(environ, start_response)
        body = read_ahead(environ)
        with presses.one_more():
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
