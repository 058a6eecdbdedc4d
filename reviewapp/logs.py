"""The log: one line for each thing that happened, with ids and never content.

What a message of ours says is written with ids only. What libraries say is another matter: an exception quotes the row
that it could not store, a refused address holds a reviewer's token, a failed task repeats its arguments. So of their
messages the words are kept and what was put into them is left out, and of an exception its kind, what the database
itself calls the trouble, and the lines of code that it came through.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from labeling.policy.errors import Refused

Fields = dict[str, Any]
OWN_LOGGERS = ("labeling", "reviewapp")
MOST_FRAMES = 30

# What every line is told with while a request or a task is under way: its id, whose it is, which job it runs.
about: ContextVar[Fields | MappingProxyType] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def told_with(**fields: Any) -> Iterator[Fields]:
    """Every line of the block is told with these fields, and with what is added to them meanwhile."""
    known = {**about.get(), **fields}
    token = about.set(known)
    try:
        yield known
    finally:
        about.reset(token)


class Lines(logging.StreamHandler):
    """Writes to standard error. A line that cannot be written is lost: a full disk must not stop anybody's label.

    The standard handler would try to tell of it on standard error too, with all that was to be left out.
    """

    def handleError(self, record: logging.LogRecord) -> None:
        pass


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields_of(record), default=str)


class LineFormatter(logging.Formatter):
    """The same for eyes: time, level, logger, words, then whatever else is known."""

    def format(self, record: logging.LogRecord) -> str:
        fields = fields_of(record)
        lines = fields.pop("lines", [])
        head = " ".join(str(fields.pop(name)) for name in ("time", "level", "logger", "event"))
        tail = "".join(f" {name}={json.dumps(value, default=str)}" for name, value in fields.items())
        return "\n    ".join([head + tail, *lines])


def fields_of(record: logging.LogRecord) -> Fields:
    at = datetime.fromtimestamp(record.created, UTC)
    told = {
        "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": words_of_record(record),
        **about.get(),
        **getattr(record, "fields", {}),
        **(told_error(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}),
    }
    return {name: value for name, value in told.items() if value is not None and name != "begun"}


def words_of_record(record: logging.LogRecord) -> str:
    """The message. Of a library's, only what it wrote itself: `Error handling request %s`, without the address."""
    if record.name.partition(".")[0] in OWN_LOGGERS:
        return record.getMessage()
    if record.name == "django.request" and record.msg == "%s: %s":
        return HTTPStatus(record.status_code).phrase  # and a page's address
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    # Without arguments it may have been put together before; some of Django's are an exception's own words. Gunicorn
    # quotes what it refuses, a cookie or a password, without handing the exception over: it is the one being handled.
    error = record.exc_info[1] if record.exc_info else sys.exc_info()[1]
    is_quoting = error is not None and str(error) and str(error) in record.msg
    return type(error).__name__ if is_quoting else " ".join(record.msg.split())


def told_error(error: BaseException) -> Fields:
    """An exception without its words."""
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {**kind_of_error(error), "lines": [f"{one.filename}:{one.lineno} in {one.name}" for one in frames]}


def kind_of_error(error: BaseException) -> Fields:
    """Its class, and what PostgreSQL calls it: a code and a constraint's name, never the values it quotes."""
    fields: Fields = {"error": type(error).__name__}
    cause = error.__cause__
    if getattr(cause, "sqlstate", None):
        fields |= {"sqlstate": cause.sqlstate, "constraint": cause.diag.constraint_name}
    if isinstance(error, OSError) and error.errno:
        fields["errno"] = error.errno
    return fields


def note_lost_thread(lost: threading.ExceptHookArgs) -> None:
    """A thread that ended by an exception: Python itself would print all of its words."""
    name = lost.thread.name if lost.thread else "unknown"
    told = (lost.exc_type, lost.exc_value, lost.exc_traceback)
    logging.getLogger("reviewapp").error("A thread ended by an error: %s.", name, exc_info=told)


def words_of_error(error: BaseException) -> str:
    """What may be kept of an error in a table: a refusal's own words, which were written for people, else its kind."""
    if isinstance(error, Refused):
        return f"{type(error).__name__}: {error}"
    return " ".join(str(value) for value in kind_of_error(error).values() if value)
