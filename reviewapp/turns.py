"""Presses at the reviewers' desk, one after another, in one thread.

The threads of a process share one interpreter, and each statement to SQLite lets another one in: eight presses at once
took a quarter more of the processor, for changing places, than the same eight in a row. In a row but each in a thread
of its own, they took as much again: every thread has its connection to the database, which forgets all that it has
read as soon as another one has written. PostgreSQL is waited for elsewhere, so there they go on side by side.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import Any

from reviewapp.sqlite.line import Presses, sit_down

DESK = "/review/"
LARGEST_PRESS_BYTES = 1024 * 1024
LONGEST_WAIT_SECONDS = 20


def one_press_at_a_time(
    application: Callable[..., Iterable[bytes]], presses: Presses
) -> Callable[..., Iterable[bytes]]:
    """The same application, whose desk takes presses in turn in a thread that does nothing else. Whoever waited too
    long goes in all the same: it is a line and no lock."""
    desk = ThreadPoolExecutor(1, thread_name_prefix="desk", initializer=sit_down)

    def in_turn(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not is_press(environ):
            return application(environ, start_response)
        read_ahead(environ)
        with presses.one_more():
            press = desk.submit(application, environ, start_response)
            with suppress(TimeoutError):
                return press.result(LONGEST_WAIT_SECONDS)
            return application(environ, start_response) if press.cancel() else press.result()

    return in_turn


def is_press(environ: dict[str, Any]) -> bool:
    """Whether it writes for a reviewer's desk. A body that no desk sends is left to whoever refuses it."""
    length = environ.get("CONTENT_LENGTH") or "0"
    is_form = length.isdecimal() and int(length) <= LARGEST_PRESS_BYTES
    return is_form and environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(DESK)


def read_ahead(environ: dict[str, Any]) -> None:
    """Take the body in first: nobody waits for a browser that is slow to send."""
    with suppress(OSError):  # the application meets it again and answers it
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read())
