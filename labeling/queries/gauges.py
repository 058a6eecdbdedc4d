"""What `/metrics` tells, counted in the tables at the time of asking: names of queues, never of people or items."""

from datetime import datetime

from django.db.models import Count, Max, OuterRef, Subquery

from labeling.formats.prometheus import Gauge, Sample
from labeling.models import Heartbeat, Project, Queue, Sending, Slot
from labeling.queries.alerts import entries_to_work_on, overdue_entries
from labeling.queries.health import n_overdue_jobs
from labeling.queries.lags import counted, jobs_by_state, lags, unsealed_events


def gauges(*, now: datetime) -> list[Gauge]:
    """Every gauge that the tables answer: two queries for each queue, four for each project and a few more.

    Each is bounded and goes over an index, but for the leases: people hold a few each, so all are counted in one.
    """
    return [
        *queue_gauges(now=now),
        Gauge("jobs", "Job rows by state.", [Sample(n, {"state": state}) for state, n in jobs_by_state().items()]),
        Gauge(
            "jobs_overdue",
            "Jobs that nobody has begun or taken up for a minute, though there is a place.",
            [Sample(n_overdue_jobs(now=now))],
        ),
        Gauge("heartbeat_age_seconds", "How long ago a worker's clock last ticked.", heartbeat_ages(now=now)),
        Gauge(
            "lag_seconds",
            "How late the oldest undone work of each clock is.",
            [Sample(one.seconds, {"clock": one.key}) for one in lags(now=now)],
        ),
        Gauge(
            "sendings",
            "Webhook messages and letters that wait or have failed.",
            [
                Sample(counted(Sending.objects.filter(due_at__isnull=False)), {"state": "waiting"}),
                Sample(counted(Sending.objects.filter(state=Sending.State.FAILED)), {"state": "failed"}),
            ],
        ),
        Gauge(
            "events_unsealed",
            "Events that are not in the chain yet.",
            [Sample(counted(unsealed_events(one)), {"project": one.slug}) for one in Project.objects.order_by("slug")],
        ),
    ]


def queue_gauges(*, now: datetime) -> list[Gauge]:
    first = entries_to_work_on().filter(queue=OuterRef("pk"))
    queues = list(
        Queue.objects.select_related("project")
        .annotate(first_due_at=Subquery(first.values("due_at")[:1]), since=Subquery(first.values("created_at")[:1]))
        .order_by("project__slug", "slug")
    )
    leases = dict(
        Slot.objects.filter(state=Slot.State.LEASED).order_by().values_list("queue").annotate(n_leases=Count("id"))
    )
    labels = {queue.pk: {"project": queue.project.slug, "queue": queue.slug} for queue in queues}

    def per_queue(name, words, value_of):
        return Gauge(f"queue_{name}", words, [Sample(value_of(queue), labels[queue.pk]) for queue in queues])

    return [
        per_queue("open_turns", "Turns that any reviewer may take now.", lambda queue: counted(open_turns(queue))),
        per_queue(
            "overdue",
            "Items past their due time on which somebody has still to work.",
            lambda queue: counted(overdue_entries(now=now).filter(queue=queue)),
        ),
        per_queue("leases", "Turns that somebody holds.", lambda queue: leases.get(queue.pk, 0)),
        per_queue(
            "late_seconds",
            "How long the item that is due first has been overdue.",
            lambda queue: seconds_since(queue.first_due_at, now=now),
        ),
        per_queue(
            "wait_seconds",
            "How long the item that is due first has waited.",
            lambda queue: seconds_since(queue.since, now=now),
        ),
    ]


def open_turns(queue: Queue):
    """Gold and repeats are kept for one person each, so they are not among them."""
    return Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for__isnull=True)


def seconds_since(at: datetime | None, *, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds()) if at else 0.0


def heartbeat_ages(*, now: datetime) -> list[Sample]:
    beats = Heartbeat.objects.order_by("name").values_list("name").annotate(last=Max("beaten_at"))
    return [Sample((now - last).total_seconds(), {"name": name}) for name, last in beats]
