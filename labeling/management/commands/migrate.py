"""`manage.py migrate`: Django's own, which on PostgreSQL gives up rather than make everybody wait behind it."""

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from labeling.migrations._live import waiting_at_most

LOCK_SECONDS = 10
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code; its words are in the server's language


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-seconds",
            type=int,
            default=LOCK_SECONDS,
            help="how long a change may wait for a table (PostgreSQL); 0 waits for ever, and all others behind it",
        )

    def handle(self, *args, lock_seconds: int = LOCK_SECONDS, **options):
        if lock_seconds < 0:
            raise CommandError(f"--lock-seconds is 0 or more, not {lock_seconds}.", returncode=2)
        connection = connections[options["database"]]
        try:
            with waiting_at_most(connection, f"{lock_seconds}s"):
                super().handle(*args, **options)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            raise CommandError(
                f"Somebody kept a table locked for longer than {lock_seconds} s. The migrations before it are applied;"
                " stop long exports and reports, and run this again.",
                returncode=1,
            ) from error
