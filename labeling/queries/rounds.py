"""Calibration rounds: what may be in one, how far it is, and what was said in it once it is closed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from labeling.models import (
    CalibrationRound,
    HandOut,
    Item,
    Project,
    Queue,
    QueueEntry,
    Rater,
    Recusal,
    Review,
    Slot,
    StandingPeriod,
)
from labeling.queries.access import is_blind, only_visible
from labeling.queries.rosters import reviewers_in

# Of so many of the newest items a batch is drawn: enough to be like the traffic, and read in a moment.
MOST_DRAWN_FROM = 10_000
# What happened to it already, so that nobody waits for its label.
FINISHED = (Item.Status.SHIPPED, Item.Status.FINAL)


@dataclass(frozen=True, slots=True)
class Participant:
    """One reviewer in one round: how many of its items they have done."""

    name: str
    n_done: int
    n_items: int


@dataclass(frozen=True, slots=True)
class RoundItem:
    """One item of a closed round: who gave it which verdict, and whether they differ."""

    item: Item
    verdicts: Sequence[tuple[str, str]]

    @property
    def is_split(self) -> bool:
        return len({verdict for _, verdict in self.verdicts}) > 1


def items_for(queue: Queue, reviewers: Collection[Rater]) -> list[int]:
    """The items of a queue's kinds that nobody waits for any more and that none of these people ever met.

    Only the newest of them; a batch is drawn from these at random, so their order says nothing. What lent its content
    to a reference stays out: whoever met it as gold would meet it again.
    """
    met = HandOut.objects.filter(entry__item=OuterRef("pk"), reviewer__in=reviewers)
    kept_away = Recusal.objects.filter(item=OuterRef("pk"), reviewer__in=reviewers)
    laid_ready = Slot.objects.filter(entry__item=OuterRef("pk"), reserved_for__in=reviewers)
    items = Item.objects.filter(project=queue.project_id, status__in=FINISHED)
    if queue.kinds:
        items = items.filter(kind__in=queue.kinds)
    references = Item.objects.filter(project=queue.project_id, status=Item.Status.REFERENCE)
    items = items.exclude(content_hash__in=references.values("content_hash"))
    unmet = items.filter(~Exists(met), ~Exists(kept_away), ~Exists(laid_ready))
    return list(unmet.order_by("-id").values_list("id", flat=True)[:MOST_DRAWN_FROM])


def rounds_of(project: Project) -> QuerySet[CalibrationRound]:
    """Every round of a project, the newest first, with its number of items, of turns and of those done."""
    turns = Count("purposes__entry__slots", filter=~Q(purposes__entry__slots__state=Slot.State.CLOSED))
    done = Count("purposes__entry__slots", filter=Q(purposes__entry__slots__state=Slot.State.DONE))
    return (
        CalibrationRound.objects.filter(queue__project=project)
        .select_related("queue", "rubric_version__rubric", "opened_by")
        .annotate(n_items=Count("purposes", distinct=True), n_turns=turns, n_done=done)
        .order_by("-opened_at", "-id")
    )


def rounds_of_version(version_id: int) -> QuerySet[CalibrationRound]:
    return CalibrationRound.objects.filter(rubric_version=version_id).select_related("queue").order_by("-id")


def round_in(project: Project, round_id: int) -> CalibrationRound:
    return only_visible(rounds_of(project).filter(pk=round_id))


def participants_of(round: CalibrationRound) -> list[Participant]:
    """Who takes part, by name. One query."""
    slots = Slot.objects.filter(entry__purpose__calibration_round=round, reserved_for__isnull=False)
    rows = (
        slots.values_list("reserved_for__name")
        .annotate(n_done=Count("id", filter=Q(state=Slot.State.DONE)), n_items=Count("id"))
        .order_by("reserved_for__name")
    )
    return [Participant(name, n_done, n_items) for name, n_done, n_items in rows]


def items_of_round(round: CalibrationRound) -> list[RoundItem]:
    """The items of a closed round, those on which people split first. Two queries; nothing while it is open: whoever
    reads it then could tell others what was said."""
    if round.closed_at is None:
        return []
    entries = QueueEntry.objects.filter(purpose__calibration_round=round).select_related("item").order_by("id")
    said: dict[int, list[tuple[str, str]]] = {}
    reviews = Review.objects.filter(
        entry__purpose__calibration_round=round, slot__isnull=False, withdrawal__isnull=True
    )
    for entry_id, name, verdict in reviews.order_by("reviewer__name").values_list(
        "entry_id", "reviewer__name", "verdict"
    ):
        said.setdefault(entry_id, []).append((name, verdict))
    items = [RoundItem(entry.item, tuple(said.get(entry.pk, ()))) for entry in entries]
    return sorted(items, key=lambda one: not one.is_split)


def able_reviewers_in(project: Project) -> Mapping[int, Rater]:
    """Who may take part: those who review here now and label blind, by id and in the order of their names."""
    return {rater.pk: rater for rater in reviewers_in(project) if is_blind(rater)}


def queues_due_for_round(*, now: datetime) -> list[int]:
    """The open queues whose schedule asks for a round: so many days after the last one, or after they were opened."""
    queues = Queue.objects.filter(round_days__gt=0, is_open=True).annotate(last_at=Max("rounds__opened_at"))
    return [queue.pk for queue in queues.order_by("id") if next_round_at(queue, queue.last_at) <= now]


def next_round_at(queue: Queue, last_at: datetime | None) -> datetime:
    return (last_at or queue.created_at) + timedelta(days=queue.round_days)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """When the next round of a queue opens by itself, and why it has not where it should have."""

    queue: Queue
    at: datetime
    is_due: bool


def scheduled_rounds(project: Project, *, now: datetime) -> list[Scheduled]:
    queues = project.queues.filter(round_days__gt=0, is_open=True).annotate(last_at=Max("rounds__opened_at"))
    times = [(queue, next_round_at(queue, queue.last_at)) for queue in queues.order_by("name")]
    return [Scheduled(queue, at, is_due=at <= now) for queue, at in times]


def who_takes_part(queue: Queue) -> list[Rater]:
    """Of those who may: whoever has ever sat down at the queue and is not paused there."""
    paused = StandingPeriod.objects.filter(
        queue=queue, reviewer=OuterRef("reviewer"), state=StandingPeriod.State.PAUSED, ended_at__isnull=True
    )
    seated = set(queue.seats.filter(~Exists(paused)).values_list("reviewer", flat=True))
    return [rater for rater in able_reviewers_in(queue.project).values() if rater.pk in seated]


def rounds_to_close(*, now: datetime) -> list[int]:
    """The open rounds of which every turn is done and can no longer be taken back, or that are past due."""
    unfinished = Slot.objects.filter(entry__purpose__calibration_round=OuterRef("pk")).exclude(
        state__in=[Slot.State.DONE, Slot.State.CLOSED]
    )
    in_grace = QueueEntry.objects.filter(purpose__calibration_round=OuterRef("pk"), settle_at__isnull=False)
    is_through = ~Exists(unfinished) & ~Exists(in_grace)
    open_rounds = CalibrationRound.objects.filter(Q(is_through) | Q(due_at__lte=now), closed_at__isnull=True)
    return list(open_rounds.order_by("id").values_list("id", flat=True))
