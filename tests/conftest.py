"""What every test can ask for: a still clock and the world."""

import gc
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, settings

from labeling.queries.remembered_traffic import forget_traffic
from labeling.queries.rubrics import criterion_ids_of_frozen, questions_of_frozen

# As the web process does: collecting the garbage of imports and statements over and over costs a tenth of the suite.
gc.freeze()
gc.set_threshold(100_000, 50, 50)

# The same examples on every machine, however slow it is: a timing decides no test.
settings.register_profile(
    "suite", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The time is 2 November 2026, 09:00 UTC, and stands still; `clock.shift(seconds)` moves it, also the database's
    for whoever asks it."""
    monkeypatch.setattr("labeling.queries.clock.read_clock", timezone.now)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What a process remembers of rubrics and traffic goes by ids, which a rolled-back test gives out again."""
    questions_of_frozen.cache_clear()
    criterion_ids_of_frozen.cache_clear()
    forget_traffic()


@pytest.fixture
def world(db):
    from tests.world_again import world_again

    return world_again()


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
