"""Work that is due, found in the tables. Asking comes before writing: an idle clock takes no write lock on SQLite."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

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
from labeling.policy.seeding import GOLD_STOCK
from labeling.queries.days import day_of
from labeling.queries.planting import of_kinds_in
from labeling.queries.routing import holds_to_decide

MOST_AT_ONCE = 200


def job_by_id(job_id: int) -> Job:
    return Job.objects.get(pk=job_id)


def is_under_way(task: str, arguments: Sequence[Any]) -> bool:
    unfinished = [Job.State.DUE, Job.State.RUNNING]
    return Job.objects.filter(task=task, arguments=list(arguments), state__in=unfinished).exists()


def jobs_to_claim(*, now: datetime) -> QuerySet[Job]:
    """Jobs that are due, and those whose lease ran out with their worker."""
    waiting = Q(state=Job.State.DUE, due_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    return Job.objects.filter(waiting).order_by("due_at")


def absences_to_begin(*, now: datetime) -> list[int]:
    """The absences whose first day has come."""
    due = Absence.objects.filter(begun_at__isnull=True, cancelled_at__isnull=True, first_day__lte=day_of(now))
    return list(due.filter(last_day__gte=day_of(now)).values_list("id", flat=True)[:MOST_AT_ONCE])


def due_entries(*, now: datetime) -> list[int]:
    """The entries whose take-back grace is over."""
    due = QueueEntry.objects.filter(state=QueueEntry.State.WAITING, settle_at__lte=now).order_by("settle_at")
    return list(due.values_list("id", flat=True)[:MOST_AT_ONCE])


def projects_to_route(*, now: datetime) -> QuerySet[Project]:
    """Projects with a live policy and items that wait for a decision or an entry."""
    of_project = Item.objects.filter(project=OuterRef("pk"))
    return Project.objects.filter(
        Exists(of_project.filter(status=Item.Status.UNROUTED))
        | Exists(of_project.filter(holds_to_decide(now=now)))
        | Exists(of_project.filter(status=Item.Status.IN_REVIEW, entries__isnull=True)),
        policies__state=RoutingPolicy.State.LIVE,
    )


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
