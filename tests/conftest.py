"""What every test can ask for: a still clock and the world."""

from datetime import UTC, datetime

import pytest
import time_machine

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    """The time is 2 November 2026, 09:00 UTC, and stands still; `clock.shift(seconds)` moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db):
    from tests.world import World

    return World()
