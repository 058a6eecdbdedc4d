"""How late the work of each clock is: since when the oldest thing waits that one of them should have done."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min, Q, QuerySet

from labeling.models import Event, EventSeal, Job, Project, Sending, Slot
from labeling.queries.jobs import entries_to_settle, late_jobs

# Events get their ids when they are written and are seen when they are committed: one that took long lies behind others
# that are sealed. So far behind the last seal they are looked for; all of the trail would be walked otherwise.
SEALED_LATE = 1_000
# Counting stops here: with millions, one more says nothing new, and asking costs the same every time.
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Lag:
    """One kind of work by the clock; `since` is when its oldest undone piece was due, None when nothing is late."""

    key: str
    words: str
    since: datetime | None
    seconds: float


def lags(*, now: datetime) -> list[Lag]:
    """How late each clock's work is. One bounded query for each; sealing takes two for each project."""
    return [
        lag("jobs", "Jobs that were asked for", late_jobs(now=now), "due_at", now=now),
        lag("settling", "Labels that become final", entries_to_settle(now=now), "settle_at", now=now),
        lag("leases", "Turns that ran out", leases_to_end(now=now), "lease_until", now=now),
        lag("sending", "Webhooks and letters", sendings_to_send(now=now), "due_at", now=now),
        sealing_lag(now=now),
    ]


def lag(key: str, words: str, late: QuerySet, due: str, *, now: datetime) -> Lag:
    return lag_since(key, words, late.order_by().aggregate(since=Min(due))["since"], now=now)


def lag_since(key: str, words: str, since: datetime | None, *, now: datetime) -> Lag:
    return Lag(key, words, since, max(0.0, round((now - since).total_seconds(), 1)) if since else 0.0)


def leases_to_end(*, now: datetime) -> QuerySet[Slot]:
    return Slot.objects.filter(state=Slot.State.LEASED, lease_until__lt=now)


def sendings_to_send(*, now: datetime) -> QuerySet[Sending]:
    """What should be on its way by now. Letters lie without a mail server, and that is not the clock's fault."""
    due = Sending.objects.filter(due_at__lte=now).filter(Q(webhook=None) | Q(webhook__off_at=None))
    return due if settings.MAIL_SERVER is not None else due.exclude(webhook=None)


def sealing_lag(*, now: datetime) -> Lag:
    oldest = (
        unsealed_events(project).aggregate(since=Min("happened_at"))["since"] for project in Project.objects.all()
    )
    return lag_since("sealing", "Events put into the chain", min(filter(None, oldest), default=None), now=now)


def unsealed_events(project: Project) -> QuerySet[Event]:
    """The project's events that the sealer has yet to chain, found from the chain's end."""
    last = EventSeal.objects.filter(project=project).order_by("-sequence").values_list("event_id", flat=True).first()
    return Event.objects.filter(project=project, id__gt=(last or 0) - SEALED_LATE, seal__isnull=True).order_by()


def counted(rows: QuerySet) -> int:
    """How many rows there are, at most `MOST_COUNTED`."""
    return rows.order_by()[:MOST_COUNTED].count()


def jobs_by_state() -> dict[str, int]:
    """A job row is an upload, a report or an examination, and they are asked for by people: thousands, not millions."""
    return {state: counted(Job.objects.filter(state=state)) for state in Job.State.values}
