"""What is going on in a project, and how far an empty one has come."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from labeling.models import (
    KNOWN,
    IngestBatch,
    Item,
    Membership,
    Project,
    QueueEntry,
    Review,
    RoutingPolicy,
)
from labeling.queries.alerts import overdue_entries
from labeling.queries.days import last_midnight
from labeling.queries.queue_loads import waiting_entries
from labeling.queries.routing import live_policy_of
from labeling.queries.rubric_versions import usable_rubrics_of
from labeling.queries.tallies import STATUSES, Counted, StatusNumbers, counted

# The statuses of an item that counts as traffic, in the order of the journey.
TRAFFIC = tuple(status for status in Item.Status if status != Item.Status.REFERENCE)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of everything a project needs is there; each number is the count behind one first step."""

    n_reviewers: int
    n_rubrics: int
    n_queues: int
    policy_number: int | None
    n_tokens: int
    n_items: int
    n_reviews: int

    @property
    def is_complete(self) -> bool:
        return bool(
            self.n_reviewers
            and self.n_rubrics
            and self.n_queues
            and self.policy_number
            and (self.n_tokens or self.n_items)
            and self.n_reviews
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """One project at one moment: how many items stand where, and what waits longest."""

    counts: Counted[StatusNumbers]
    n_items: int
    n_by_status: dict[str, int]
    n_references: int
    n_disputes: int
    n_unqueued: int
    oldest_waiting: QueueEntry | None
    n_overdue: int
    n_reviews_today: int
    n_gold_reviews_today: int
    last_batch: IngestBatch | None
    live_policy: RoutingPolicy | None


def progress_of(project: Project) -> Progress:
    reviews = Review.objects.filter(entry__queue__project=project, withdrawal__isnull=True)
    live_policy = live_policy_of(project)
    return Progress(
        n_reviewers=project.memberships.filter(role=Membership.Role.REVIEWER).count(),
        n_rubrics=usable_rubrics_of(project).count(),
        n_queues=project.queues.count(),
        policy_number=live_policy.number if live_policy else None,
        n_tokens=project.tokens.filter(revoked_at__isnull=True).count(),
        n_items=project.items.count(),
        n_reviews=reviews.count(),
    )


def overview_of(project: Project, *, now: datetime) -> Overview:
    counts = counted(STATUSES, project, now=now)
    n_by_status = {status: counts.numbers.by_status.get(status, 0) for status in TRAFFIC}
    n_live, n_gold = reviews_today(project, now=now)
    waiting = waiting_entries(project)
    return Overview(
        counts=counts,
        n_items=sum(n_by_status.values()),
        n_by_status=n_by_status,
        n_references=counts.numbers.by_status.get(Item.Status.REFERENCE, 0),
        n_disputes=counts.numbers.n_disputed,
        n_unqueued=sum(n_items for _, n_items in counts.numbers.unqueued),
        oldest_waiting=waiting.select_related("item", "queue").order_by("created_at", "id").first(),
        n_overdue=overdue_entries(now=now).filter(queue__project=project).order_by().count(),
        n_reviews_today=n_live,
        n_gold_reviews_today=n_gold,
        last_batch=project.batches.order_by("-id").defer("content").first(),
        live_policy=live_policy_of(project),
    )


def reviews_today(project: Project, *, now: datetime) -> tuple[int, int]:
    """How many reviews came in since midnight: on what is not gold, and on gold."""
    is_gold = Q(entry__purpose__purpose__in=KNOWN)
    counts = Review.objects.filter(
        entry__queue__project=project, submitted_at__gte=last_midnight(now), withdrawal__isnull=True
    ).aggregate(live=Count("id", filter=~is_gold), gold=Count("id", filter=is_gold))
    return counts["live"], counts["gold"]
