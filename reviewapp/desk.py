"""The process in which presses at the desk are answered: `python -m reviewapp.desk 5 6 7`, started by `turns.py`.

The numbers are the ends of its lines to the web process, which hands it one request a line. It ends with the web
process, and by no signal that is sent to both: a press that is under way is answered first.
"""

import selectors
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection
from typing import Any

READY = "ready"

Answer = tuple[str, list[tuple[str, str]], bytes]


def answer_presses(application: Callable[..., Iterable[bytes]], lines: Sequence[Connection]) -> None:
    """One after another, until the other ends are closed."""
    with selectors.DefaultSelector() as waiting, suppress(EOFError, OSError):
        for line in lines:
            waiting.register(line, selectors.EVENT_READ, line)
        lines[0].send(READY)
        while True:
            for ready, _ in waiting.select():
                ready.data.send(answer_to(application, *ready.data.recv()))


def answer_to(application: Callable[..., Iterable[bytes]], environ: dict[str, Any], body: bytes) -> Answer:
    heads: list[tuple[str, list[tuple[str, str]]]] = []
    environ |= {"wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": False}
    parts = application(environ, lambda status, headers, *_: heads.append((status, headers)))
    try:
        content = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return *heads[-1], content


def main(ends: Sequence[str]) -> None:
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    from reviewapp.sqlite.line import sit_down
    from reviewapp.wsgi import pages

    sit_down()
    answer_presses(pages, [Connection(int(end)) for end in ends])


if __name__ == "__main__":
    main(sys.argv[1:])
