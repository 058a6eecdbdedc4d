"""What is going on in a project, and how far an empty one has come."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from labeling.models import (
    KNOWN,
    EntryPurpose,
    IngestBatch,
    Item,
    Membership,
    Project,
    QueueEntry,
    Review,
    RoutingPolicy,
    Slot,
)
from labeling.queries.alerts import overdue_entries
from labeling.queries.days import last_midnight
from labeling.queries.routing import live_policy_of
from labeling.queries.rubric_versions import usable_rubrics_of

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
    counts = dict(project.items.order_by().values_list("status").annotate(n_items=Count("id")))
    n_references = counts.pop(Item.Status.REFERENCE, 0)
    n_live, n_gold = reviews_today(project, now=now)
    waiting = waiting_entries(project)
    return Overview(
        n_items=sum(counts.values()),
        n_by_status={status: counts.get(status, 0) for status in TRAFFIC},
        n_references=n_references,
        n_disputes=QueueEntry.objects.filter(queue__project=project, state=QueueEntry.State.DISPUTED).count(),
        n_unqueued=sum(n_items for _, n_items in unqueued_kinds(project)),
        oldest_waiting=waiting.select_related("item", "queue").order_by("created_at", "id").first(),
        n_overdue=overdue_entries(now=now).filter(queue__project=project).order_by().count(),
        n_reviews_today=n_live,
        n_gold_reviews_today=n_gold,
        last_batch=project.batches.order_by("-id").defer("content").first(),
        live_policy=live_policy_of(project),
    )


def waiting_entries(project: Project) -> QuerySet[QueueEntry]:
    """Live entries with a turn that nobody has finished. Gold stands ready for ever, so it never waits."""
    unfinished = Slot.objects.exclude(state__in=[Slot.State.DONE, Slot.State.CLOSED])
    return QueueEntry.objects.filter(
        queue__project=project,
        state=QueueEntry.State.WAITING,
        purpose__purpose=EntryPurpose.Purpose.LIVE,
        pk__in=unfinished.filter(queue__project=project).values("entry_id"),
    )


def reviews_today(project: Project, *, now: datetime) -> tuple[int, int]:
    """How many reviews came in since midnight: on what is not gold, and on gold."""
    is_gold = Q(entry__purpose__purpose__in=KNOWN)
    counts = Review.objects.filter(
        entry__queue__project=project, submitted_at__gte=last_midnight(now), withdrawal__isnull=True
    ).aggregate(live=Count("id", filter=~is_gold), gold=Count("id", filter=is_gold))
    return counts["live"], counts["gold"]


def unqueued_kinds(project: Project) -> list[tuple[str, int]]:
    """Items in review that no queue takes, by kind, most first."""
    unqueued = Item.objects.filter(project=project, status=Item.Status.IN_REVIEW, entries__isnull=True)
    return list(unqueued.order_by().values_list("kind").annotate(n_items=Count("id")).order_by("-n_items", "kind"))
