"""The process in which presses at the desk are answered: `python -m reviewapp.desk 5 6 7`, begun by `turns.py`.

The numbers are the ends of its pipes to the web process, which sends one request at a time through each. Asked to stop,
like all processes of an installation at once, it goes on: what is under way is answered, and then the web process ends,
and this one with it.
"""

import logging
import selectors
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from io import BytesIO
from multiprocessing.connection import Connection
from typing import Any

from reviewapp.processes import die_with_parent

logger = logging.getLogger(__name__)

READY = "ready"

Head = tuple[str, list[tuple[str, str]]]
Answer = tuple[str, list[tuple[str, str]], bytes]


def answer_presses(application: Callable[..., Iterable[bytes]], pipes: Sequence[Connection]) -> None:
    """One after another, until the other ends are closed."""
    with selectors.DefaultSelector() as waiting, suppress(EOFError, OSError):
        for pipe in pipes:
            waiting.register(pipe, selectors.EVENT_READ, pipe)
        pipes[0].send(READY)
        while True:
            for ready, _ in waiting.select():
                ready.data.send(answer_to(application, *ready.data.recv()))


def answer_to(application: Callable[..., Iterable[bytes]], environ: dict[str, Any], body: bytes) -> Answer | None:
    """Nothing where the application fails: the web process, which asks its own, tells the browser."""
    try:
        return asked(application, environ, body)
    except Exception:
        logger.exception("A press could not be answered at the desk.")
        return None


def asked(application: Callable[..., Iterable[bytes]], environ: dict[str, Any], body: bytes) -> Answer:
    heads: list[Head] = []
    environ |= {"wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.multithread": False}
    parts = application(environ, lambda status, headers, *_: heads.append((status, headers)))
    try:
        content = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, headers = heads[-1]  # the last one counts, as in PEP 3333
    return status, headers, content


def main(ends: Sequence[str]) -> None:
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    die_with_parent(signal.SIGKILL)
    from reviewapp.sqlite.line import sit_down
    from reviewapp.wsgi import pages

    sit_down()
    answer_presses(pages, [Connection(int(end)) for end in ends])


if __name__ == "__main__":
    main(sys.argv[1:])
