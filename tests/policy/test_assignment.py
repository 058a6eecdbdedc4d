"""What is handed out next, and the most useful true reason when there is nothing."""

from datetime import UTC, datetime

import pytest

from labeling.policy.assignment import EmptyQueue, explain_empty, next_candidate

LATER = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pool", "reserved", "is_gold_turn", "handed_out"),
    [
        ("live", None, False, "live"),
        ("live", "gold", False, "live"),
        ("live", "gold", True, "gold"),
        ("live", None, True, "live"),
        (None, "gold", True, None),
        (None, "gold", False, None),
        (None, None, True, None),
    ],
)
def test_gold_is_handed_out_on_its_turn_and_never_alone(pool, reserved, is_gold_turn, handed_out):
    assert next_candidate(pool=pool, reserved=reserved, is_gold_turn=is_gold_turn) == handed_out


def test_a_slot_that_counts_as_false_is_still_a_slot():
    assert next_candidate(pool=1, reserved=0, is_gold_turn=True) == 0


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        ({"is_open": False, "n_today": 120}, EmptyQueue("closed")),
        ({"n_today": 120, "postponed_until": LATER}, EmptyQueue("cap")),
        ({"n_today": 121}, EmptyQueue("cap")),
        ({"n_today": 119}, EmptyQueue("done")),
        ({"postponed_until": LATER, "held_until": LATER, "n_left_for_me": 1}, EmptyQueue("postponed", LATER)),
        ({"held_until": LATER, "n_left_for_me": 1}, EmptyQueue("held", LATER)),
        ({"n_left_for_me": 1}, EmptyQueue("busy")),
        ({}, EmptyQueue("done")),
    ],
)
def test_an_empty_queue_gives_the_most_useful_true_reason(changes, empty):
    calm = {
        "is_open": True,
        "n_today": 0,
        "daily_cap": 120,
        "n_left_for_me": 0,
        "held_until": None,
        "postponed_until": None,
    }

    assert explain_empty(**{**calm, **changes}) == empty
