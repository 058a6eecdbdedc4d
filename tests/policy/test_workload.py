"""How much of a line will be late at a pace."""

from datetime import UTC, datetime, timedelta

import pytest

from labeling.policy.workload import DueTurns, n_late_turns

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def due(days: float, n_turns: int) -> DueTurns:
    return DueTurns(NOW + timedelta(days=days), n_turns)


@pytest.mark.parametrize(
    ("line", "turns_a_day", "n_late"),
    [
        ([], 10, 0),
        ([due(1, 10)], 10, 0),
        ([due(1, 10)], 9, 1),
        # What stands before delays what stands behind it, however late that is due.
        ([due(1, 10), due(1.5, 10)], 10, 5),
        ([due(-1, 3), due(1, 5)], 10, 3),
        ([due(2, 30), due(1, 5)], 10, 15),
        ([due(1, 10)], 0, 10),
    ],
)
def test_turns_are_late_that_the_pace_does_not_reach_in_time(line, turns_a_day, n_late):
    assert n_late_turns(line, turns_a_day=turns_a_day, now=NOW) == n_late


def test_a_slower_pace_is_never_earlier():
    line = [due(1, 7), due(0.5, 4), due(3, 20)]

    late = [n_late_turns(line, turns_a_day=pace, now=NOW) for pace in range(30)]

    assert late == sorted(late, reverse=True)
