"""Which queues are late, now and before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from labeling.models import Alert, EntryPurpose, Project, Queue, QueueEntry
from labeling.policy.alerts import alert_change


@dataclass(frozen=True, slots=True)
class Lateness:
    """What is overdue in one queue at one moment. `oldest` is None when nothing is."""

    n_overdue: int
    oldest: QueueEntry | None


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that is not over, with what is overdue by now."""

    alert: Alert
    n_overdue: int
    oldest_due_at: datetime | None


def overdue_entries(*, now: datetime) -> QuerySet[QueueEntry]:
    """Live entries past their due time on which somebody has still to work, longest overdue first.

    That is a reviewer or, for a disputed one, whoever decides it: the producer waits for either. Gold stands ready for
    ever and is never late; what has a time to settle is only waiting out its grace.
    """
    return entries_to_work_on().filter(due_at__lt=now)


def entries_to_work_on() -> QuerySet[QueueEntry]:
    """Live entries on which somebody has still to work, first due first."""
    # Said as the index unsettled_by_due_time says it: SQLite takes a partial index for no other wording.
    return (
        QueueEntry.objects.filter(settle_at__isnull=True, purpose__purpose=EntryPurpose.Purpose.LIVE)
        .exclude(state=QueueEntry.State.SETTLED)
        .order_by("due_at", "id")
    )


def queues_to_alert(*, now: datetime) -> list[int]:
    """The queues whose alert opens or closes now. One query, which reads the oldest overdue entry of each queue."""
    oldest = overdue_entries(now=now).filter(queue=OuterRef("pk")).values("due_at")[:1]
    latest = Alert.objects.filter(queue=OuterRef("pk")).order_by("-opened_at")
    queues = Queue.objects.select_related("project").annotate(
        oldest_due_at=Subquery(oldest),
        alert_opened_at=Subquery(latest.values("opened_at")[:1]),
        alert_closed_at=Subquery(latest.values("closed_at")[:1]),
    )
    return [
        queue.pk
        for queue in queues.order_by("pk")
        if alert_change(
            is_open=queue.alert_opened_at is not None and queue.alert_closed_at is None,
            is_late=queue.oldest_due_at is not None and queue.oldest_due_at <= late_since(queue.project, now=now),
            is_overdue=queue.oldest_due_at is not None,
            closed_at=queue.alert_closed_at,
            now=now,
        )
    ]


def late_since(project: Project, *, now: datetime) -> datetime:
    """Due times before this have been missed for so long that people are told."""
    return now - timedelta(seconds=project.alert_after_seconds)


def lateness_of(queue: Queue, *, now: datetime) -> Lateness:
    overdue = overdue_entries(now=now).filter(queue=queue)
    return Lateness(overdue.order_by().count(), overdue.select_related("item").first())


def alerts_of(project: Project) -> QuerySet[Alert]:
    return Alert.objects.filter(queue__project=project).select_related("queue", "oldest_item").order_by("-id")


def open_alerts_of(project: Project, *, now: datetime) -> list[OpenAlert]:
    """The alerts that are not over. Two queries, however many."""
    overdue = overdue_entries(now=now).filter(queue__project=project).order_by().values("queue")
    late = {row["queue"]: row for row in overdue.annotate(n=Count("id"), oldest_due_at=Min("due_at"))}
    return [
        OpenAlert(alert, late.get(alert.queue_id, {}).get("n", 0), late.get(alert.queue_id, {}).get("oldest_due_at"))
        for alert in alerts_of(project).filter(closed_at__isnull=True)
    ]


def past_alerts_of(project: Project) -> QuerySet[Alert]:
    return alerts_of(project).filter(closed_at__isnull=False)
