"""Work that is due, found in the tables. Asking comes before writing: an idle clock takes no write lock on SQLite."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from labeling.models import (
    Absence,
    EntryPurpose,
    Event,
    GoldCase,
    HandOut,
    Item,
    Job,
    Project,
    Queue,
    QueueEntry,
    Recusal,
    RoutingPolicy,
    Seat,
    Slot,
)
from labeling.policy.jobs import JobLimits
from labeling.policy.seeding import GOLD_STOCK
from labeling.queries.days import day_of
from labeling.queries.planting import of_kinds_in
from labeling.queries.routing import holds_to_decide

MOST_AT_ONCE = 200


def is_under_way(task: str, arguments: Sequence[Any]) -> bool:
    return under_way(task, arguments).exists()


def under_way(task: str, arguments: Sequence[Any]) -> QuerySet[Job]:
    unfinished = [Job.State.DUE, Job.State.RUNNING]
    return Job.objects.filter(task=task, arguments=list(arguments), state__in=unfinished)


def asked_at(task: str, arguments: Sequence[Any]) -> datetime | None:
    """When the newest job of this that will be done was asked for: not one that was asked to stop. None where there is
    none."""
    asked = under_way(task, arguments).filter(stop_asked_at=None)
    return asked.order_by("-created_at").values_list("created_at", flat=True).first()


def was_asked_since(task: str, arguments: Sequence[Any], *, since: datetime) -> bool:
    return Job.objects.filter(task=task, arguments=list(arguments), created_at__gt=since).exists()


def waits_for_a_place(beside: str, *, now: datetime) -> bool:
    """Whether a job of another task than `beside` is due and not begun."""
    return Job.objects.filter(state=Job.State.DUE, due_at__lte=now).exclude(task=beside).exists()


def jobs_to_send(tasks: Iterable[str], *, now: datetime) -> QuerySet[Job]:
    """Jobs that are due and of which no worker was told lately: the lease of a job that waits is its message's.

    A task that this version does not know waits for one that does.
    """
    is_untold = Q(lease_until=None) | Q(lease_until__lt=now)
    due = Job.objects.filter(is_untold, state=Job.State.DUE, due_at__lte=now, task__in=list(tasks))
    return due.order_by("due_at", "id")


def late_jobs(*, now: datetime) -> QuerySet[Job]:
    """Jobs that nobody has begun although they are due and there is a place for them, and those whose worker died."""
    if has_no_place_since(now):
        return jobs_of_the_dead(now=now)
    return Job.objects.filter(Q(state=Job.State.DUE, due_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now))


def has_no_place_since(moment: datetime) -> bool:
    """Whether living jobs take all places, or one left its place only after this moment. Every job needs a place, so
    whatever is due then merely waits for its turn, however long that takes."""
    n_living = Job.objects.filter(place__isnull=False, lease_until__gte=moment).count()
    return n_living >= settings.LONG_JOBS_AT_ONCE or Job.objects.filter(ended_at__gt=moment).exists()


def jobs_of_the_dead(*, now: datetime) -> QuerySet[Job]:
    """Jobs whose lease ran out with their worker."""
    return Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now)


def places_taken() -> set[int]:
    return set(Job.objects.filter(place__isnull=False).values_list("place", flat=True))


def n_places_spoken_for(limits: Mapping[str, JobLimits], *, now: datetime) -> int:
    """The places that long jobs run in, and those that jobs will take of which a worker was told."""
    long_tasks = [task for task, limit in limits.items() if limit.queue == "long"]
    told = Job.objects.filter(state=Job.State.DUE, lease_until__gte=now, task__in=long_tasks)
    return len(places_taken()) + told.count()


def absences_to_begin(*, now: datetime) -> list[int]:
    """The absences whose first day has come."""
    due = Absence.objects.filter(begun_at__isnull=True, cancelled_at__isnull=True, first_day__lte=day_of(now))
    return list(due.filter(last_day__gte=day_of(now)).values_list("id", flat=True)[:MOST_AT_ONCE])


def due_entries(*, now: datetime) -> list[int]:
    """The entries whose take-back grace is over."""
    due = entries_to_settle(now=now).order_by("settle_at")
    return list(due.values_list("id", flat=True)[:MOST_AT_ONCE])


def entries_to_settle(*, now: datetime) -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(state=QueueEntry.State.WAITING, settle_at__lte=now)


def projects_to_route(*, now: datetime) -> QuerySet[Project]:
    """Projects with a live policy and items that wait for a decision."""
    of_project = Item.objects.filter(project=OuterRef("pk"))
    return Project.objects.filter(
        Exists(of_project.filter(status=Item.Status.UNROUTED)) | Exists(of_project.filter(holds_to_decide(now=now))),
        policies__state=RoutingPolicy.State.LIVE,
    )


def projects_to_queue() -> QuerySet[Project]:
    """Projects with a live policy and items in review that wait for an entry. Looks at everything that is in review."""
    unqueued = Item.objects.filter(project=OuterRef("pk"), status=Item.Status.IN_REVIEW, entries__isnull=True)
    return Project.objects.filter(Exists(unqueued), policies__state=RoutingPolicy.State.LIVE)


def seats_to_plant() -> QuerySet[Seat]:
    """Seats with little gold laid ready and a case their reviewer never met, of the kinds that come into the queue.

    Two queries and one for each queue that names no kinds; of kinds in JSON neither database asks the same way.
    """
    met = HandOut.objects.filter(reviewer=OuterRef(OuterRef("reviewer")), entry__item_id=OuterRef("item_id"))
    laid = Slot.objects.filter(reserved_for=OuterRef(OuterRef("reviewer")), entry__item_id=OuterRef("item_id"))
    recused = Recusal.objects.filter(reviewer=OuterRef(OuterRef("reviewer")), item_id=OuterRef("item_id"))
    unmet = GoldCase.objects.filter(
        ~Exists(met),
        ~Exists(laid),
        ~Exists(recused),
        rubric_version__rubric=OuterRef("queue__rubric"),
        use=GoldCase.Use.LIVE,
        retired_at__isnull=True,
    )
    here = Q(
        reviewer__reserved_slots__queue=F("queue"),
        reviewer__reserved_slots__state=Slot.State.OPEN,
        reviewer__reserved_slots__entry__purpose__purpose=EntryPurpose.Purpose.GOLD,
    )
    # Never none of them, which would be all.
    has_gold = Q(pk__in=[])
    for queue in Queue.objects.filter(gold_share__gt=0):
        has_gold |= Q(Exists(of_kinds_in(queue, unmet)), queue=queue)
    return (
        Seat.objects.filter(has_gold)
        .annotate(n_ready=Count("reviewer__reserved_slots", filter=here))
        .filter(n_ready__lt=GOLD_STOCK)
        .select_related("queue__rubric", "reviewer")
        .order_by("id")
    )


def projects_to_seal() -> QuerySet[Project]:
    return Project.objects.filter(Exists(Event.objects.filter(project=OuterRef("pk"), seal__isnull=True)))
