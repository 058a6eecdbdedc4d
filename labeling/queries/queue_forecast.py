"""How much of what waits in each queue will be late at its pace."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import TruncHour

from labeling.models import Project, Slot
from labeling.policy.workload import DueTurns, n_late_turns
from labeling.stats.results import Estimate, undefined_because

UNDONE = (Slot.State.OPEN, Slot.State.WAITING, Slot.State.LEASED)


def lines_of(project: Project) -> dict[int, list[DueTurns]]:
    """The undone turns of every queue in the order in which they are handed out, those due within the same hour
    together. What lies ready for one person alone stands in no line. One query."""
    rows = (
        Slot.objects.filter(queue__in=project.queues.all(), state__in=UNDONE, reserved_for__isnull=True)
        .annotate(hour=TruncHour("due_at"))
        .order_by("queue", "priority", "hour")
        .values_list("queue", "priority", "hour")
        .annotate(n=Count("id"))
    )
    lines: dict[int, list[DueTurns]] = {}
    for queue_id, _, hour, n_turns in rows:
        lines.setdefault(queue_id, []).append(DueTurns(hour, n_turns))
    return lines


def forecast_of(line: Sequence[DueTurns], pace: Estimate, *, now: datetime) -> Estimate:
    """How many turns will be late, by the pace and by both ends of its interval: the slower, the more."""
    n_turns = sum(turns.n_turns for turns in line)
    if not n_turns:
        return undefined_because("nothing waits", n=0)
    if not pace.value:
        return undefined_because("nobody reviewed here lately, so there is no pace to go by", n=pace.n)

    def late_at(turns_a_day: float) -> float:
        return float(n_late_turns(line, turns_a_day=turns_a_day, now=now))

    if pace.low is None or pace.high is None:
        return Estimate(late_at(pace.value), n=n_turns, flags=("no interval: the pace has none",))
    return Estimate(late_at(pace.value), late_at(pace.high), late_at(max(0.0, pace.low)), n=n_turns)
