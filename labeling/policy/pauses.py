"""When somebody has been at it for so long that a pause would help, told from when they submitted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONG_STRETCH = timedelta(minutes=50)
PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Work without a pause: since when, and when something was last submitted in it."""

    since: datetime
    last_at: datetime


def stretch_after(before: Stretch | None, *, submitted_at: datetime, active_ms: int) -> Stretch:
    """The stretch that this submission belongs to.

    The active time of the review is work, not a pause: who reads one long item for ten minutes is at it. It cannot
    reach back beyond the submission before, whatever a browser says.
    """
    began_at = submitted_at - timedelta(milliseconds=active_ms)
    if before is None or began_at - before.last_at >= PAUSE:
        return Stretch(began_at, submitted_at)
    return Stretch(before.since, submitted_at)


def minutes_without_pause(stretch: Stretch | None, *, put_away_at: datetime | None, now: datetime) -> int | None:
    """How long to say they have been at it; None while there is nothing to say, or it was put away already."""
    if stretch is None or now - stretch.last_at >= PAUSE or now - stretch.since < LONG_STRETCH:
        return None
    if put_away_at is not None and put_away_at >= stretch.since:
        return None
    return int((now - stretch.since).total_seconds() // 60)
