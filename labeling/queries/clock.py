"""What time it is: the database server's time, which all web processes and workers of an installation share.

A worker whose own clock is an hour ahead would else expire leases an hour early, one that is behind would leave work
lying, and a page would call a worker silent whose clock is not its own. SQLite has no server: web and worker are on one
machine, whose clock is the only one there is.
"""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """One short question to the database server, inside or outside a transaction."""
    return read_clock()


def read_clock() -> Any:
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        # Not now(), which stands still within a transaction.
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
