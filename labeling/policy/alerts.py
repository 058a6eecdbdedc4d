"""When a queue's overdue items become an alert, and when that is over. It tells people; it decides no item."""

from datetime import datetime, timedelta

# A queue that was late and caught up again and again would otherwise send a letter each time.
QUIET_AFTER_CLOSING = timedelta(minutes=30)


def alert_change(*, is_open: bool, is_late: bool, is_overdue: bool, closed_at: datetime | None, now: datetime) -> str:
    """`open`, `close` or nothing.

    `is_late`: something has been overdue for longer than the project waits. `is_overdue`: for any time at all, and
    until that is false an open alert stays. `closed_at` is when the queue's last alert ended.
    """
    if is_open:
        return "" if is_overdue else "close"
    is_quiet = closed_at is not None and now < closed_at + QUIET_AFTER_CLOSING
    return "open" if is_late and not is_quiet else ""
