"""The installation as its admins see it: whether it works, how late it is, how large it is, and what runs."""

import platform
from dataclasses import dataclass
from datetime import datetime

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import QuerySet

from labeling.models import Heartbeat, Item, Project, Sending
from labeling.queries.gauges import open_turns
from labeling.queries.health import OLDEST_HEARTBEAT_SECONDS, Readiness, readiness
from labeling.queries.lags import MOST_COUNTED, counted, jobs_by_state
from labeling.queries.sendings import with_attempts

# A page is read, so it shows no more of them; a webhook's own page has them all.
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Beat:
    """When a worker's clock last reported."""

    name: str
    at: datetime
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Installation:
    """What one look at the tables says of the whole installation; nothing in it names another project."""

    found: Readiness
    beats: list[Beat]
    n_jobs: dict[str, int]
    database_bytes: int
    is_vacuumed: bool
    versions: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in one project. Counting stops at `most`."""

    n_unrouted: int
    n_awaiting: int
    n_open_turns: int
    n_sendings: int
    n_failed: int
    most: int = MOST_COUNTED


def installation(*, now: datetime) -> Installation:
    return Installation(
        found=readiness(clock=lambda: now),
        beats=[
            Beat(beat.name, beat.beaten_at, (now - beat.beaten_at).total_seconds() > OLDEST_HEARTBEAT_SECONDS)
            for beat in Heartbeat.objects.order_by("name")
        ],
        n_jobs=jobs_by_state(),
        database_bytes=database_bytes(),
        is_vacuumed=is_vacuumed(),
        versions=versions(),
    )


def database_bytes() -> int:
    is_postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database())"
            if is_postgres
            else "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        )
        return cursor.fetchone()[0]


def is_vacuumed() -> bool:
    """Whether the database clears away what was changed and counts what it holds. SQLite does so as it writes;
    PostgreSQL by its autovacuum, without which each turn at the desk reads past all that were taken before."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on'")
        return cursor.fetchone()[0]


def versions() -> list[tuple[str, str]]:
    """What runs here, each with its version: the first lines of a good report of a fault."""
    migration = MigrationRecorder.Migration.objects.filter(app="labeling").order_by("-name").first()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()")
        database = f"{connection.display_name} {cursor.fetchone()[0]}"
    return [
        ("Reviewapp", settings.VERSION),
        ("Migration", migration.name if migration else "none"),
        ("Database", database),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
    ]


def backlog_of(project: Project) -> Backlog:
    of_project = Sending.objects.filter(project=project)
    return Backlog(
        n_unrouted=counted(project.items.filter(status=Item.Status.UNROUTED)),
        n_awaiting=counted(project.items.filter(status=Item.Status.AWAITING)),
        n_open_turns=sum(counted(open_turns(queue)) for queue in project.queues.all()),
        n_sendings=counted(of_project.filter(due_at__isnull=False)),
        n_failed=counted(of_project.filter(state=Sending.State.FAILED)),
    )


def failed_sendings_of(project: Project) -> QuerySet[Sending]:
    """The newest messages of a project that nobody got, whoever they were for."""
    failed = project.sendings.filter(state=Sending.State.FAILED).select_related("webhook", "recipient")
    return with_attempts(failed)[:MOST_SHOWN]
