"""`manage.py move --from sqlite:///FILE`: everything from SQLite into the empty PostgreSQL that DATABASE_URL names."""

import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, connections

from labeling.management.chains import tell_chains
from labeling.policy.errors import Refused
from labeling.queries.moving import ComparedTable
from labeling.services.moving import compare_everything, move_everything

SOURCE = "source"
PREFIX = "sqlite:///"


class Command(BaseCommand):
    help = "Copy every row of an SQLite database into the empty PostgreSQL of DATABASE_URL, and compare all of them."

    def add_arguments(self, parser: ArgumentParser):
        parser.add_argument(
            "--from",
            required=True,
            dest="source",
            help="sqlite:///var/reviewapp.sqlite3; four slashes before a full path",
        )
        parser.add_argument("--compare", action="store_true", help="only compare what was moved before; change nothing")

    def handle(self, *, source: str, compare: bool, verbosity: int, **options):
        if connection.vendor != "postgresql":
            raise CommandError(
                "Set DATABASE_URL to the PostgreSQL to move to; run `manage.py migrate` there first.", returncode=2
            )
        tell = self.stderr.write if verbosity > 1 else lambda words: None
        begun = time.monotonic()
        open_source(source)
        try:
            compared = (compare_everything if compare else move_everything)(SOURCE, tell=tell)
        except Refused as error:
            raise CommandError(f"{error}\nNothing was changed in the target.", returncode=1) from error
        finally:
            connections[SOURCE].close()
        self.report(compared, seconds=time.monotonic() - begun, verb="compared" if compare else "moved and compared")
        tell_chains(self.stdout)

    def report(self, compared: list[ComparedTable], *, seconds: float, verb: str) -> None:
        self.stdout.write(f"{'table':<42}{'rows':>12}  digest of every value")
        for one in (one for one in compared if one.n_rows):
            self.stdout.write(f"{one.name:<42}{one.n_rows:>12,}  {one.digest}")
        n_rows = sum(one.n_rows for one in compared)
        n_empty = sum(one.n_rows == 0 for one in compared)
        self.stdout.write(
            f"{n_rows:,} rows {verb} in {seconds:,.0f} s, no difference; {n_empty} tables are empty in both databases."
        )


def open_source(url: str) -> None:
    """Open the SQLite file for reading, and for nobody else: what is written meanwhile would stay behind."""
    path = Path(url.removeprefix(PREFIX))
    if not url.startswith(PREFIX) or not path.is_file():
        raise CommandError(
            f"There is no SQLite database at {path.absolute()}; write --from {PREFIX} and its whole path.",
            returncode=2,
        )
    wanted = {
        "ENGINE": "reviewapp.sqlite",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "DEFERRED",
            "timeout": 2,
            "init_command": "PRAGMA locking_mode=EXCLUSIVE; PRAGMA query_only=ON; PRAGMA cache_size=-20000;",
        },
    }
    connections.databases[SOURCE] = connections.configure_settings({"default": {}, SOURCE: wanted})[SOURCE]
    try:
        with connections[SOURCE].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master")
            cursor.fetchone()
    except OperationalError as error:
        raise CommandError(
            f"{path} is in use ({error}): stop `manage.py up` and everything else that has it open."
            " To try a move while people work, move a copy made by `manage.py backup`.",
            returncode=1,
        ) from error
