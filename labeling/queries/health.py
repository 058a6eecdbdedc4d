"""Whether the installation can do its work, answered from the tables."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Q

from labeling.models import Heartbeat, Job

# The worker beats every five seconds; a minute without one is a dead or a drowning worker.
OLDEST_HEARTBEAT_SECONDS = 60
LATEST_JOB_SECONDS = 60


@dataclass(slots=True)
class Readiness:
    """What was found, and in `problems` what is wrong, in words. Ready is having no problems."""

    database: str = "ok"
    migrations: str = "applied"
    worker_heartbeat_age_seconds: float | None = None
    n_overdue_jobs: int | None = None
    problems: list[str] = field(default_factory=list)


def readiness(*, now: datetime) -> Readiness:
    """Look at the database, its migrations, the worker's heartbeat and the jobs. Never raises for a dead database."""
    found = Readiness()
    try:
        n_missing = n_missing_migrations()
        if n_missing:
            found.migrations = f"{n_missing} missing"
            found.problems.append(f"{n_missing} migrations are not applied; run `manage.py migrate`.")
        else:
            look_at_worker(found, now=now)
    except DatabaseError:
        # The message may name a host or an account; this page is open to anybody.
        found.database, found.migrations = "unreachable", "unknown"
        found.problems.append("The database does not answer.")
    return found


def n_missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def look_at_worker(found: Readiness, *, now: datetime) -> None:
    beaten_at = Heartbeat.objects.aggregate(last=Max("beaten_at"))["last"]
    found.n_overdue_jobs = n_overdue_jobs(now=now)
    if found.n_overdue_jobs:
        found.problems.append(f"{found.n_overdue_jobs} jobs are overdue by more than {LATEST_JOB_SECONDS} seconds.")
    if beaten_at is None:
        found.problems.append("No worker has reported yet; start one with `manage.py up` or `manage.py worker`.")
        return
    found.worker_heartbeat_age_seconds = round((now - beaten_at).total_seconds(), 1)
    if found.worker_heartbeat_age_seconds > OLDEST_HEARTBEAT_SECONDS:
        found.problems.append(f"The worker last reported {found.worker_heartbeat_age_seconds:.0f} seconds ago.")


def n_overdue_jobs(*, now: datetime) -> int:
    """Jobs nobody has begun, and jobs whose worker died and that nobody has taken up again."""
    latest = now - timedelta(seconds=LATEST_JOB_SECONDS)
    return Job.objects.filter(
        Q(state=Job.State.DUE, due_at__lt=latest) | Q(state=Job.State.RUNNING, lease_until__lt=latest)
    ).count()
