"""How full each queue is, for owners and admins. Apart from queues.py, which serves reviewers: this tells gold."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, QuerySet

from labeling.models import EntryPurpose, Project, Queue, QueueEntry, Slot

GOLD = EntryPurpose.Purpose.GOLD
LIVE = EntryPurpose.Purpose.LIVE


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of one purpose in one queue: to be handed out, with somebody now, and done."""

    n_waiting: int = 0
    n_held: int = 0
    n_done: int = 0

    @property
    def n_turns(self) -> int:
        return self.n_waiting + self.n_held + self.n_done


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """What waits in one queue. Gold is counted apart: it stands ready for ever and is nobody's backlog."""

    live: Turns
    gold: Turns
    n_items_waiting: int
    n_items_disputed: int
    oldest_at: datetime | None
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """One queue with what waits in it."""

    queue: Queue
    numbers: QueueNumbers


def queues_of(project: Project) -> QuerySet[Queue]:
    """The queues of a project with `version_number`, the newest of the rubric of each."""
    queues = project.queues.select_related("rubric").annotate(version_number=Max("rubric__versions__number"))
    return queues.order_by("name", "id")


def queue_loads(project: Project) -> list[QueueLoad]:
    """Every queue of a project with its load. Four queries, however many queues and items."""
    turns = turns_by_queue(project)
    disputed = dict(
        QueueEntry.objects.filter(queue__project=project, state=QueueEntry.State.DISPUTED)
        .order_by()
        .values_list("queue")
        .annotate(n=Count("id"))
    )
    waiting = {
        row["queue"]: row
        for row in waiting_entries(project)
        .order_by()
        .values("queue")
        .annotate(n=Count("id"), oldest_at=Min("created_at"), next_due_at=Min("due_at"))
    }
    return [
        QueueLoad(
            queue,
            QueueNumbers(
                live=turns[queue.pk, LIVE],
                gold=turns[queue.pk, GOLD],
                n_items_waiting=waiting.get(queue.pk, {}).get("n", 0),
                n_items_disputed=disputed.get(queue.pk, 0),
                oldest_at=waiting.get(queue.pk, {}).get("oldest_at"),
                next_due_at=waiting.get(queue.pk, {}).get("next_due_at"),
            ),
        )
        for queue in queues_of(project)
    ]


def waiting_entries(project: Project) -> QuerySet[QueueEntry]:
    """Live entries with a turn that nobody has finished. Gold stands ready for ever, so it never waits."""
    unfinished = Slot.objects.exclude(state__in=[Slot.State.DONE, Slot.State.CLOSED])
    return QueueEntry.objects.filter(
        queue__project=project,
        state=QueueEntry.State.WAITING,
        purpose__purpose=EntryPurpose.Purpose.LIVE,
        pk__in=unfinished.filter(queue__project=project).values("entry_id"),
    )


def turns_by_queue(project: Project) -> dict[tuple[int, str], Turns]:
    counts: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = (
        Slot.objects.filter(queue__project=project)
        .order_by()
        .values_list("queue", "entry__purpose__purpose", "state")
        .annotate(n=Count("id"))
    )
    for queue_id, purpose, state, n_slots in rows:
        counts[queue_id, purpose][state] = n_slots
    return defaultdict(
        Turns,
        {
            key: Turns(
                n_waiting=states[Slot.State.OPEN] + states[Slot.State.WAITING],
                n_held=states[Slot.State.LEASED],
                n_done=states[Slot.State.DONE],
            )
            for key, states in counts.items()
        },
    )
