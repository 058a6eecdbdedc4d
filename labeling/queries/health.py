"""Whether the installation can do its work, answered from the tables."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max

from labeling.models import Heartbeat
from labeling.queries.jobs import late_jobs
from labeling.queries.lags import Lag, counted, lags

# The worker beats every five seconds; a minute without one is a dead or a drowning worker.
OLDEST_HEARTBEAT_SECONDS = 60
LATEST_JOB_SECONDS = 60
LATEST_CLOCK_SECONDS = 60


@dataclass(slots=True)
class Readiness:
    """What was found, and in `problems` what is wrong, in words.

    A web process is ready as long as it can show pages and store labels: for that it needs the database and nothing
    else. Were a silent worker or a broker enough, a load balancer would take away every web process at once.
    """

    database: str = "ok"
    migrations: str = "applied"
    worker_heartbeat_age_seconds: float | None = None
    n_overdue_jobs: int | None = None
    lags: list[Lag] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def lag_seconds(self) -> dict[str, float]:
        """By clock, 0.0 until it is a problem: anybody may ask, and a label that becomes final a moment later than
        another would tell its reviewer which of the two was gold."""
        return {lag.key: lag.seconds if lag.seconds > LATEST_CLOCK_SECONDS else 0.0 for lag in self.lags}

    @property
    def can_serve(self) -> bool:
        return self.database == "ok" and self.migrations == "applied"


def readiness(*, clock: Callable[[], datetime]) -> Readiness:
    """Look at the database, its migrations, the worker's heartbeat and the work that is late. Never raises for a dead
    database, which the clock may have to ask, too."""
    found = Readiness()
    try:
        if is_read_only():
            found.database = "unwritable"
            found.problems.append("The database takes no writes: no label can be stored.")
        n_missing = n_missing_migrations()
        if n_missing:
            found.migrations = f"{n_missing} missing"
            found.problems.append(f"{n_missing} migrations are not applied; run `manage.py migrate`.")
        else:
            now = clock()
            look_at_worker(found, now=now)
            look_at_lags(found, now=now)
    except DatabaseError:
        # The message may name a host or an account; this page is open to anybody.
        found.database, found.migrations = "unreachable", "unknown"
        found.problems.append("The database does not answer.")
    return found


def is_read_only() -> bool:
    """Whether PostgreSQL refuses writes: a standby that a failover left behind, or a server set to read only. It shows
    pages and counts beats all the same, so nothing else here would notice."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone()[0] == "on"


def n_missing_migrations(database: str = DEFAULT_DB_ALIAS) -> int:
    executor = MigrationExecutor(connections[database])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def look_at_worker(found: Readiness, *, now: datetime) -> None:
    beaten_at = Heartbeat.objects.aggregate(last=Max("beaten_at"))["last"]
    found.n_overdue_jobs = n_overdue_jobs(now=now)
    if found.n_overdue_jobs:
        jobs = "1 job is" if found.n_overdue_jobs == 1 else f"{found.n_overdue_jobs} jobs are"
        found.problems.append(f"{jobs} overdue by more than {LATEST_JOB_SECONDS} seconds.")
    if beaten_at is None:
        found.problems.append("No worker has reported yet; start one with `manage.py up` or `manage.py worker`.")
        return
    found.worker_heartbeat_age_seconds = round((now - beaten_at).total_seconds(), 1)
    if found.worker_heartbeat_age_seconds > OLDEST_HEARTBEAT_SECONDS:
        found.problems.append(
            f"The worker last reported {found.worker_heartbeat_age_seconds:.0f} seconds ago. Labels are stored; items, "
            "reports and messages wait until one runs again: start `manage.py worker`, or `manage.py up` anew."
        )


def is_worker_silent(*, now: datetime) -> bool:
    return not Heartbeat.objects.filter(beaten_at__gte=now - timedelta(seconds=OLDEST_HEARTBEAT_SECONDS)).exists()


def look_at_lags(found: Readiness, *, now: datetime) -> None:
    found.lags = lags(now=now)
    for lag in found.lags:
        # Jobs are told of above, by number; one slow receiver of webhooks holds up nothing but its own messages.
        if lag.key not in ("jobs", "sending") and lag.seconds > LATEST_CLOCK_SECONDS:
            found.problems.append(f"{lag.words}: the oldest is {lag.seconds:.0f} seconds late.")


def n_overdue_jobs(*, now: datetime) -> int:
    """Jobs nobody has begun though there is a place, and jobs whose worker died and that nobody has taken up again."""
    return counted(late_jobs(now=now - timedelta(seconds=LATEST_JOB_SECONDS)))
