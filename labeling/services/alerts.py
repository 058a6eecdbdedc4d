"""Alerts: a queue whose items are overdue is told of once, and again when it is over. No item is decided by it."""

from datetime import datetime

from django.db import transaction

from labeling.models import Alert, Project, Queue, User
from labeling.policy.alerts import alert_change
from labeling.queries.alerts import late_since, lateness_of
from labeling.services.events import record_event
from labeling.services.outbox import tell_alert


@transaction.atomic
def watch_queue(queue_id: int, *, now: datetime) -> str:
    """Open or close the alert of one queue, as its overdue items ask for. Returns which, or nothing.

    Locks the queue, so that two workers take turns and the second finds it done; the unique open alert refuses what
    the lock would miss. What is to be sent is written with it. Safe to repeat.
    """
    queue = Queue.objects.select_for_update(of=("self",), no_key=True).select_related("project").get(pk=queue_id)
    lateness = lateness_of(queue, now=now)
    latest = queue.alerts.order_by("-opened_at").first()
    change = alert_change(
        is_open=latest is not None and latest.closed_at is None,
        is_late=lateness.oldest is not None and lateness.oldest.due_at <= late_since(queue.project, now=now),
        is_overdue=lateness.oldest is not None,
        closed_at=latest.closed_at if latest else None,
        now=now,
    )
    if change == "open":
        latest = Alert.objects.create(
            queue=queue,
            opened_at=now,
            n_items=lateness.n_overdue,
            oldest_item=lateness.oldest.item,
            oldest_due_at=lateness.oldest.due_at,
        )
    elif change == "close":
        latest.closed_at = now
        latest.save(update_fields=["closed_at"])
    else:
        return ""
    latest.queue = queue
    record_event(
        "alert.opened" if change == "open" else "alert.closed",
        project=queue.project,
        now=now,
        alert_id=latest.pk,
        queue_id=queue.pk,
        n_items=latest.n_items,
    )
    tell_alert(latest, now=now)
    return change


@transaction.atomic
def set_alert_delay(project: Project, *, seconds: int, actor: User, now: datetime) -> None:
    """How long items are overdue before people are told. Safe to repeat."""
    Project.objects.filter(pk=project.pk).update(alert_after_seconds=seconds)
    record_event("alert.delay_changed", project=project, now=now, actor=actor, seconds=seconds)
