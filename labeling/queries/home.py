"""What a reviewer finds when they come in: the queues that wait for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from labeling.models import Queue, Rater, Slot, User
from labeling.policy.assignment import Admission, EmptyQueue
from labeling.queries.access import reviewing_queues_for
from labeling.queries.duties import admission_to, people_to_ask
from labeling.queries.queues import open_slots_for, reason_for_empty, slots_kept_for

# Counting stops here: "200+" says as much as 8,412 and costs the same on every queue.
MOST_COUNTED = 200
COARSENESS = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """One queue as its reviewer meets it. Slots laid ready for one person are left out, or it would tell gold.

    `reason` is why nothing can be started; `to_ask` are those who may let this person in, where that is the reason.
    """

    queue: Queue
    admission: Admission
    n_waiting: int
    due_at: datetime | None
    has_item_open: bool
    reason: EmptyQueue | None = None
    to_ask: Sequence[str] = ()

    @property
    def amount_in_words(self) -> str:
        """Roughly how much waits. Exactly would tell gold: the number falls after a live item and stays after gold."""
        if self.n_waiting < COARSENESS:
            return "a few"
        return f"{min(self.n_waiting, MOST_COUNTED) // COARSENESS * COARSENESS}+"

    @property
    def can_start(self) -> bool:
        return self.has_item_open or self.reason is None


def waiting_for(user: User, *, now: datetime) -> list[Waiting]:
    """Every queue this person reviews in, those with work first. Three bounded queries a queue, four an empty one."""
    queues = list(reviewing_queues_for(user))
    raters = {rater.project_id: rater for rater in Rater.objects.filter(user=user)}
    held = set(
        Slot.objects.filter(reviewer__user=user, state=Slot.State.LEASED, queue__in=queues).values_list(
            "queue_id", flat=True
        )
    )
    rows = [waiting_in(queue, raters[queue.project_id], has_item_open=queue.pk in held, now=now) for queue in queues]
    return sorted(rows, key=lambda row: (not row.can_start, row.queue.name, row.queue.pk))


def waiting_in(queue: Queue, reviewer: Rater, *, has_item_open: bool, now: datetime) -> Waiting:
    admission = admission_to(queue, reviewer, now=now)
    line = counted(open_slots_for(queue, reviewer, now=now)[: MOST_COUNTED + 1])
    kept = counted(slots_kept_for(queue, reviewer, now=now))
    n_waiting = line["n"] + kept["n"]
    due_times = [one["first_due_at"] for one in (line, kept) if one["n"]]
    is_empty = not (admission.may_draw and n_waiting)
    reason = reason_for_empty(queue, reviewer, admission=admission, now=now) if is_empty else None
    return Waiting(
        queue=queue,
        admission=admission,
        n_waiting=n_waiting,
        due_at=full_hour(min(due_times)) if due_times else None,
        has_item_open=has_item_open,
        reason=reason,
        to_ask=people_to_ask(queue.project) if reason and reason.reason == "not_qualified" else (),
    )


def counted(slots: QuerySet[Slot]) -> dict[str, Any]:
    return slots.aggregate(n=Count("id"), first_due_at=Min("due_at"))


def full_hour(at: datetime) -> datetime:
    """Due times are told to the hour. Exactly would tell gold: the nearest moves after a live item, not after gold."""
    return at.replace(minute=0, second=0, microsecond=0)
