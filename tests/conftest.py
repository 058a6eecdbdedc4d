"""What every test can ask for: a still clock and the world."""

import gc
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

# As the web process does: collecting the garbage of imports and statements over and over costs a tenth of the suite.
gc.freeze()
gc.set_threshold(100_000, 50, 50)

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


@pytest.fixture
def public_data():
    """A folder of public data by name; these tests are skipped where the data was not fetched."""
    beside_the_repository = Path(__file__).resolve().parents[2] / "shared" / "data"
    root = Path(os.environ.get("REVIEWAPP_DATA") or beside_the_repository)

    def folder(name):
        if (root / name).is_dir():
            return root / name
        reason = f"the public data set {name} is not in REVIEWAPP_DATA or beside the repository"
        if os.environ.get("REVIEWAPP_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        return pytest.skip(reason)

    return folder
