"""The connection of this thread, after something went wrong."""

from django.db import close_old_connections, connection


def leave_broken_connection() -> None:
    """Let go of a connection that broke, so that what is written next opens another one. Outside any transaction; one
    that is open is its owner's."""
    if not connection.in_atomic_block:
        close_old_connections()
