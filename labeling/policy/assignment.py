"""What a reviewer is handed next, and what an empty queue says."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

Candidate = TypeVar("Candidate")


def next_candidate(
    *, pool: Candidate | None, reserved: Candidate | None, is_gold_turn: bool, came_back: bool = False
) -> Candidate | None:
    """The slot to hand out: the reserved one on its turn, else the first of the pool.

    An empty pool hands out nothing: gold alone, after the live items are gone, would give itself away. But one that
    came back, since its reviewer postponed it or let the lease run out, comes at once, as a live one would.
    """
    if came_back:
        return reserved
    if pool is None:
        return None
    return reserved if is_gold_turn and reserved is not None else pool


@dataclass(frozen=True, slots=True)
class EmptyQueue:
    """Why there is nothing to do, and when there may be."""

    reason: str
    until: datetime | None = None


def explain_empty(
    *,
    is_open: bool,
    n_today: int,
    daily_cap: int,
    is_any_left_for_me: bool,
    held_until: datetime | None,
    postponed_until: datetime | None,
) -> EmptyQueue:
    """The most useful true reason: closed, cap, postponed by me, held by others, lost to others just now, all done."""
    if not is_open:
        return EmptyQueue("closed")
    if n_today >= daily_cap:
        return EmptyQueue("cap")
    if postponed_until is not None:
        return EmptyQueue("postponed", postponed_until)
    if held_until is not None:
        return EmptyQueue("held", held_until)
    if is_any_left_for_me:
        return EmptyQueue("busy")
    return EmptyQueue("done")
