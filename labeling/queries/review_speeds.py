"""How fast reviews are made in each queue, and when in the week people make them: measured, where enough were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from labeling.models import Project
from labeling.queries.queue_health import counted_reviews
from labeling.stats.averages import estimate_mean
from labeling.stats.results import Estimate

LOOKED_BACK = timedelta(days=28)
MOST_REVIEWS = 20_000
# Fewer say too little of how long a review takes, or when people work.
LEAST_REVIEWS = 30
HOURS_OF_WEEK = 7 * 24


@dataclass(frozen=True, slots=True)
class ReviewSpeeds:
    """What the newest counted reviews of the last four weeks say of each queue, by its id.

    minutes : active minutes of a review: the mean, since a median would leave the long ones out of the hours
    at_work : (168,) people at work in each hour of the week from Monday on, on average over the weeks looked at; who
        submits in an hour is at work in it, in equal parts where they do in several queues
    """

    minutes: Mapping[int, Estimate] = field(default_factory=dict)
    at_work: Mapping[int, Sequence[float]] = field(default_factory=dict)


def review_speeds(project: Project, *, now: datetime) -> ReviewSpeeds:
    """One query."""
    reviews = counted_reviews(project, since=now - LOOKED_BACK).order_by("-submitted_at")
    columns = ("entry__queue", "reviewer", "submitted_at", "active_ms")
    rows = list(reviews.values_list(*columns)[:MOST_REVIEWS])
    timed: dict[int, list[float]] = {}
    for queue_id, _, _, active_ms in rows:
        if active_ms:
            timed.setdefault(queue_id, []).append(active_ms / 60_000)
    return ReviewSpeeds(
        {queue_id: estimate_mean(minutes) for queue_id, minutes in timed.items() if len(minutes) >= LEAST_REVIEWS},
        people_at_work([row[:3] for row in rows], now=now),
    )


def people_at_work(rows: Sequence[tuple[int, int, datetime]], *, now: datetime) -> dict[int, list[float]]:
    """Of the queues where enough was reviewed over at least a week."""
    if not rows:
        return {}
    n_weeks = max(1.0, (now - min(at for *_, at in rows)) / timedelta(weeks=1))
    counts: dict[int, int] = {}
    queues_of: dict[tuple[int, datetime], set[int]] = {}
    for queue_id, reviewer_id, at in rows:
        counts[queue_id] = counts.get(queue_id, 0) + 1
        hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
        queues_of.setdefault((reviewer_id, hour), set()).add(queue_id)
    at_work = {queue_id: [0.0] * HOURS_OF_WEEK for queue_id, n in counts.items() if n >= LEAST_REVIEWS}
    for (_, hour), queue_ids in queues_of.items():
        for queue_id in queue_ids & at_work.keys():
            at_work[queue_id][24 * hour.weekday() + hour.hour] += 1 / (len(queue_ids) * n_weeks)
    return at_work
