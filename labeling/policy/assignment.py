"""What a reviewer is handed next, whose duty a queue is today, and what an empty queue says."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from labeling.policy.standing import PAUSED

Candidate = TypeVar("Candidate")

# How far ahead somebody's next turn on duty is looked for.
DAYS_AHEAD = 366


def next_candidate(
    *, pool: Candidate | None, reserved: Candidate | None, is_reserved_turn: bool, came_back: bool = False
) -> Candidate | None:
    """The slot to hand out: the reserved one on its turn, else the first of the pool.

    An empty pool hands out nothing: gold alone, after the live items are gone, would give itself away. But one that
    came back, since its reviewer postponed it or let the lease run out, comes at once, as a live one would.
    """
    if came_back:
        return reserved
    if pool is None:
        return None
    return reserved if is_reserved_turn and reserved is not None else pool


# --- whose duty it is ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rotation:
    """`n_on_duty` regulars at once (0: all of them), and the next ones after `days` days, counted from `starts_on`."""

    n_on_duty: int = 0
    days: int = 7
    starts_on: date | None = None


@dataclass(frozen=True, slots=True)
class DutyHolder:
    """One person with a duty in a queue: a regular, or the backup of one."""

    reviewer_id: int
    stands_in_for: int | None = None


def regulars_on_duty(regulars: Sequence[int], rotation: Rotation, day: date) -> frozenset[int]:
    """Who of the regulars, in their order, is on duty on a day.

    Each period takes the next `n_on_duty` of the circle, so that over n / gcd(n, n_on_duty) periods everybody serves
    equally often. Somebody who is away keeps their turn: who serves when depends on nobody's calendar.
    """
    n = len(regulars)
    if rotation.n_on_duty == 0 or rotation.n_on_duty >= n or rotation.starts_on is None:
        return frozenset(regulars)
    period = (day - rotation.starts_on).days // rotation.days
    first = period * rotation.n_on_duty
    return frozenset(regulars[(first + place) % n] for place in range(rotation.n_on_duty))


def on_duty(duties: Sequence[DutyHolder], rotation: Rotation, day: date, *, away: AbstractSet[int]) -> frozenset[int]:
    """Who may draw on a day: the regulars on duty who are here, and the backups, who are here, of those who are not."""
    regulars = regulars_on_duty([one.reviewer_id for one in duties if one.stands_in_for is None], rotation, day)
    backups = {one.reviewer_id for one in duties if one.stands_in_for in regulars & away}
    return (regulars | backups) - away


def next_day_on_duty(
    reviewer_id: int,
    duties: Sequence[DutyHolder],
    rotation: Rotation,
    *,
    absences: Sequence[tuple[int, date, date]],
    after: date,
) -> date | None:
    """The next day on which somebody may draw, as far as duties and absences (who, first day, last day) are known."""
    if not any(one.reviewer_id == reviewer_id for one in duties):
        return None
    for n_days in range(1, DAYS_AHEAD + 1):
        day = after + timedelta(days=n_days)
        away = {who for who, first_day, last_day in absences if first_day <= day <= last_day}
        if reviewer_id in on_duty(duties, rotation, day, away=away):
            return day
    return None


# --- why there is nothing -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether one person may draw from a queue today, and how much of their day is used up.

    `qualified_until` is the last day of their qualification, where the queue asks for one; `may_qualify` whether they
    may earn one: they lack it, it ends soon, or they are paused and find back by it.
    """

    n_today: int
    daily_cap: int
    is_open: bool = True
    away_until: date | None = None
    is_qualified: bool = True
    is_on_duty: bool = True
    standing: str = ""
    n_open: int = 0
    most_open: int = 1
    qualified_until: date | None = None
    may_qualify: bool = False

    @property
    def may_draw(self) -> bool:
        return (
            self.is_open
            and self.standing != PAUSED
            and self.away_until is None
            and self.is_qualified
            and self.is_on_duty
            and self.n_today < self.daily_cap
            and self.n_open < self.most_open
        )

    @property
    def screening_comes_first(self) -> bool:
        """Whether what lies ready for them to qualify by goes before everything else. Duty does not matter to it: a
        person is put on duty once they are qualified."""
        return self.may_qualify and self.is_open and self.away_until is None and self.n_today < self.daily_cap


@dataclass(frozen=True, slots=True)
class EmptyQueue:
    """Why there is nothing to do, and when there may be: from a moment, or up to (away) or from (duty) a day."""

    reason: str
    until: datetime | None = None
    day: date | None = None


def explain_empty(
    admission: Admission,
    *,
    next_turn: date | None,
    is_any_left_for_me: bool,
    is_any_kept_from_me: bool,
    held_until: datetime | None,
    postponed_until: datetime | None,
) -> EmptyQueue:
    """The most useful true reason, what holds longest first.

    Closed, paused, away, not qualified, not on duty, cap, too much open elsewhere; then something waits after all (it
    came in since, or was lost to others just now), postponed by me, held by others, left to others (whatever the rule:
    which one it was would tell what the item is), all done.
    """
    if not admission.is_open:
        return EmptyQueue("closed")
    if admission.standing == PAUSED:
        return EmptyQueue("paused")
    if admission.away_until is not None:
        return EmptyQueue("away", day=admission.away_until)
    if not admission.is_qualified:
        return EmptyQueue("not_qualified")
    if not admission.is_on_duty:
        return EmptyQueue("off_duty", day=next_turn)
    if admission.n_today >= admission.daily_cap:
        return EmptyQueue("cap")
    if admission.n_open >= admission.most_open:
        return EmptyQueue("open_elsewhere")
    if is_any_left_for_me:
        return EmptyQueue("busy")
    if postponed_until is not None:
        return EmptyQueue("postponed", postponed_until)
    if held_until is not None:
        return EmptyQueue("held", held_until)
    return EmptyQueue("kept") if is_any_kept_from_me else EmptyQueue("done")
