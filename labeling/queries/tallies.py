"""Numbers over all items of a project: counted at once, or, of a large project, as the worker counted them last.

Ten million rows take seconds to count, and a page that takes seconds is opened by nobody. So the worker counts large
projects now and then, and a page says of when its numbers are. A worker that is silent makes pages slow, never wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db.models import Count
from pydantic import TypeAdapter, ValidationError

from labeling.models import Item, Project, QueueEntry, Tally
from labeling.queries.queue_health import QueueHealth, queue_health
from labeling.queries.queue_loads import QueueNumbers, queue_loads
from labeling.queries.reason_outcomes import ReasonTable, reason_table_of
from labeling.queries.routing import WINDOW, Flow, flow_of

# Fewer items are counted in some tens of milliseconds.
LARGE = 50_000
EVERY = timedelta(minutes=1)
# Counting one number of one project takes at most one part in so many of a worker's time.
LEAST_PAUSE = 20
# Whatever is older was left by a worker that is gone.
OLDEST = timedelta(hours=6)

Numbers = TypeVar("Numbers")


@dataclass(frozen=True, slots=True)
class RoutingNumbers:
    """The numbers of the routing page: the last days, all time, and why."""

    lately: Flow
    in_all: Flow
    reasons: ReasonTable


@dataclass(frozen=True, slots=True)
class QueuesNumbers:
    """The numbers of the page of queues, by the id of each queue."""

    loads: Mapping[int, QueueNumbers]
    health: Mapping[int, QueueHealth]


@dataclass(frozen=True, slots=True)
class StatusNumbers:
    """How many items stand where, how many entries are disputed, and what in review no queue takes, by kind."""

    by_status: Mapping[str, int]
    n_disputed: int
    unqueued: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Counted(Generic[Numbers]):
    """Numbers and when they were counted; `is_remembered` where that was not just now."""

    numbers: Numbers
    counted_at: datetime
    is_remembered: bool


@dataclass(frozen=True)
class Counting(Generic[Numbers]):
    """One kind of numbers: how they are counted, and their shape in JSON."""

    name: str
    shape: type[Numbers]
    count: Callable[[Project, datetime], Numbers]

    @cached_property
    def adapter(self) -> TypeAdapter[Numbers]:
        return TypeAdapter(self.shape)

    def as_json(self, numbers: Numbers) -> Any:
        return self.adapter.dump_python(numbers, mode="json")


def count_routing(project: Project, now: datetime) -> RoutingNumbers:
    since = now - WINDOW
    return RoutingNumbers(
        flow_of(project, since=since), flow_of(project), reason_table_of(project, since=since, now=now)
    )


def count_queues(project: Project, now: datetime) -> QueuesNumbers:
    loads = queue_loads(project)
    health = queue_health(project, loads, now=now)
    return QueuesNumbers({load.queue.pk: load.numbers for load in loads}, health)


def count_statuses(project: Project, now: datetime) -> StatusNumbers:
    return statuses_of([project])[project.pk]


def statuses_of(projects: Sequence[Project]) -> dict[int, StatusNumbers]:
    """By project. Three queries, however many projects."""
    items, by_status = Item.objects.filter(project__in=projects).order_by(), defaultdict(dict)
    for project_id, status, n_items in items.values_list("project", "status").annotate(n=Count("id")):
        by_status[project_id][status] = n_items
    disputed = QueueEntry.objects.filter(queue__project__in=projects, state=QueueEntry.State.DISPUTED).order_by()
    n_disputed = dict(disputed.values_list("queue__project").annotate(n=Count("id")))
    unqueued: dict[int, list[tuple[str, int]]] = defaultdict(list)
    waiting = items.filter(status=Item.Status.IN_REVIEW, entries__isnull=True)
    kinds = waiting.values_list("project", "kind").annotate(n=Count("id")).order_by("-n", "kind")
    for project_id, kind, n_items in kinds:
        unqueued[project_id].append((kind, n_items))
    return {one.pk: StatusNumbers(by_status[one.pk], n_disputed.get(one.pk, 0), unqueued[one.pk]) for one in projects}


ROUTING = Counting("routing", RoutingNumbers, count_routing)
QUEUES = Counting("queues", QueuesNumbers, count_queues)
STATUSES = Counting("statuses", StatusNumbers, count_statuses)
COUNTINGS = {counting.name: counting for counting in (ROUTING, QUEUES, STATUSES)}


def counted(counting: Counting[Numbers], project: Project, *, now: datetime) -> Counted[Numbers]:
    """What the worker counted last of a large project; else counted now. One query, or those of the count."""
    remembered = remembered_of(counting, [project], now=now)
    return remembered.get(project.pk) or Counted(counting.count(project, now), now, is_remembered=False)


def counted_statuses(projects: Sequence[Project], *, now: datetime) -> dict[int, Counted[StatusNumbers]]:
    """Where the items of several projects stand, by project. Four queries, however many projects."""
    remembered = remembered_of(STATUSES, projects, now=now)
    others = statuses_of([project for project in projects if project.pk not in remembered])
    return remembered | {key: Counted(numbers, now, is_remembered=False) for key, numbers in others.items()}


def remembered_of(
    counting: Counting[Numbers], projects: Sequence[Project], *, now: datetime
) -> dict[int, Counted[Numbers]]:
    found = {}
    for tally in Tally.objects.filter(project__in=projects, name=counting.name, counted_at__gt=now - OLDEST):
        with suppress(ValidationError):  # an older release counted something else
            numbers = counting.adapter.validate_python(tally.numbers)
            found[tally.project_id] = Counted(numbers, tally.counted_at, is_remembered=True)
    return found


def tallies_to_count(*, now: datetime) -> list[tuple[int, str]]:
    """The large projects and what to count of them again."""
    made = {(tally.project_id, tally.name): tally for tally in Tally.objects.defer("numbers")}
    found = []
    for project_id in Project.objects.order_by("id").values_list("id", flat=True):
        due = [name for name in COUNTINGS if is_due(made.get((project_id, name)), now=now)]
        if due and is_large(project_id):
            found += [(project_id, name) for name in due]
    return found


def is_due(tally: Tally | None, *, now: datetime) -> bool:
    if tally is None:
        return True
    return abs(now - tally.counted_at) >= max(EVERY, timedelta(seconds=LEAST_PAUSE * tally.seconds))


def is_large(project_id: int) -> bool:
    return Item.objects.filter(project=project_id).order_by()[LARGE:].exists()
