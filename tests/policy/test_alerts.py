"""When an alert opens and closes, and that it does not do so all the time."""

from datetime import UTC, datetime, timedelta

import pytest

from labeling.policy.alerts import alert_change

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=30)
JUST_NOW = NOW - timedelta(minutes=29)


@pytest.mark.parametrize(
    ("is_open", "is_late", "is_overdue", "closed_at", "change"),
    [
        (False, False, False, None, ""),
        (False, False, True, None, ""),
        (False, True, True, None, "open"),
        (False, True, True, LONG_AGO, "open"),
        (False, True, True, JUST_NOW, ""),
        (True, True, True, None, ""),
        (True, False, True, None, ""),
        (True, False, False, None, "close"),
    ],
)
def test_an_alert_opens_when_something_is_late_and_closes_when_nothing_is_overdue(
    is_open, is_late, is_overdue, closed_at, change
):
    found = alert_change(is_open=is_open, is_late=is_late, is_overdue=is_overdue, closed_at=closed_at, now=NOW)

    assert found == change


def test_a_queue_that_is_late_every_other_minute_alerts_at_most_twice_an_hour():
    is_open, closed_at, n_opened = False, None, 0

    for minute in range(240):
        change = alert_change(
            is_open=is_open,
            is_late=minute % 2 == 0,
            is_overdue=minute % 2 == 0,
            closed_at=closed_at,
            now=NOW + timedelta(minutes=minute),
        )
        if change == "open":
            is_open, n_opened = True, n_opened + 1
        elif change == "close":
            is_open, closed_at = False, NOW + timedelta(minutes=minute)

    assert n_opened <= 8
