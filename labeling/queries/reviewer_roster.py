"""Who sits at a queue, whether they are paused, on probation or qualified, and how much they have done today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from labeling.models import Project, Qualification, Queue, Rater, Review, StandingPeriod
from labeling.policy.instruments import N_WEEKS
from labeling.queries.days import day_of, last_midnight
from labeling.queries.duties import lower_cap, seated_reviewers_of


@dataclass(frozen=True, slots=True)
class Load:
    """How much somebody submitted today and in the week from Monday on, beside what a day may hold."""

    n_today: int
    n_this_week: int
    daily_cap: int


def panel_members(queue: Queue) -> list[Rater]:
    """Who has a seat at a queue and still reviews in the project, by name."""
    raters = seated_reviewers_of(queue).select_related("user")
    return sorted(raters, key=lambda one: (one.user.shown_name.casefold(), one.pk))


def open_periods(queue: Queue) -> dict[int, StandingPeriod]:
    periods = StandingPeriod.objects.filter(queue=queue, ended_at__isnull=True)
    return {one.reviewer_id: one for one in periods}


def ends_of_pauses(queue: Queue) -> dict[int, datetime]:
    """When each came back from their newest pause: known answers count since then."""
    ended = StandingPeriod.objects.filter(queue=queue, state=StandingPeriod.State.PAUSED, ended_at__isnull=False)
    return dict(ended.order_by("ended_at", "id").values_list("reviewer_id", "ended_at"))


def qualified_for(queue: Queue, *, now: datetime) -> set[int]:
    held = Qualification.objects.filter(queue=queue, last_day__gte=day_of(now), withdrawn_at__isnull=True)
    return set(held.values_list("reviewer_id", flat=True))


def loads_of(queue: Queue, members: Sequence[Rater], *, now: datetime) -> dict[int, Load]:
    """Everything that was submitted, as it counts for the cap. Two queries."""
    today = last_midnight(now)
    # Half a day on and back to midnight: a day of summer time has 23 hours, or 25.
    monday = last_midnight(today - timedelta(days=day_of(now).weekday()) + timedelta(hours=12))
    rows = Review.objects.filter(
        entry__queue=queue, reviewer__in=members, submitted_at__gte=monday, withdrawal__isnull=True
    )
    is_today = Count("id", filter=Q(submitted_at__gte=today))
    counted = {
        reviewer_id: (n_today, n_this_week)
        for reviewer_id, n_today, n_this_week in rows.order_by()
        .values_list("reviewer_id")
        .annotate(n_today=is_today, n_this_week=Count("id"))
    }
    own_caps = dict(queue.duties.values_list("reviewer_id", "daily_cap"))
    return {one.pk: Load(*counted.get(one.pk, (0, 0)), lower_cap(queue, own_caps.get(one.pk))) for one in members}


def busiest_queue_of(project: Project, *, now: datetime) -> Queue | None:
    """The queue in which most was reviewed lately; the first one before anything was."""
    lately = Q(entries__reviews__submitted_at__gt=now - timedelta(weeks=N_WEEKS))
    counted = project.queues.annotate(n_lately=Count("entries__reviews", filter=lately))
    return counted.order_by("-n_lately", "name", "id").first()
