"""Whether what waits will be done in time: a line of turns, each due at some time, worked off at an even pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueTurns:
    """So many turns that stand together in the line and are due at the same time."""

    due_at: datetime
    n_turns: int


def n_late_turns(line: Sequence[DueTurns], *, turns_a_day: float, now: datetime) -> int:
    """How many turns of a line, worked off in its order, are done after they are due, if nothing else comes in.

    What is overdue already is late at any pace. Nobody works at an even pace around the clock; over days it is near
    enough, within hours it is not.
    """
    n_before = n_late = 0
    for turns in line:
        in_time = int(turns_a_day * max(0.0, (turns.due_at - now) / DAY))
        n_late += min(turns.n_turns, max(0, n_before + turns.n_turns - in_time))
        n_before += turns.n_turns
    return n_late
