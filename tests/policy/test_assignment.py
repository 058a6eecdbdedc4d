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


@pytest.mark.parametrize("pool", ["live", None])
def test_what_came_back_to_its_reviewer_goes_first(pool):
    assert next_candidate(pool=pool, reserved="gold", is_gold_turn=False, came_back=True) == "gold"


def test_a_slot_that_counts_as_false_is_still_a_slot():
    assert next_candidate(pool=1, reserved=0, is_gold_turn=True) == 0


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        ({"is_open": False, "n_today": 120}, EmptyQueue("closed")),
        ({"n_today": 120, "postponed_until": LATER}, EmptyQueue("cap")),
        ({"n_today": 121}, EmptyQueue("cap")),
        ({"n_today": 119}, EmptyQueue("done")),
        ({"postponed_until": LATER, "held_until": LATER, "is_any_left_for_me": True}, EmptyQueue("postponed", LATER)),
        ({"held_until": LATER, "is_any_left_for_me": True}, EmptyQueue("held", LATER)),
        ({"is_any_left_for_me": True}, EmptyQueue("busy")),
        ({}, EmptyQueue("done")),
    ],
)
def test_an_empty_queue_gives_the_most_useful_true_reason(changes, empty):
    calm = {
        "is_open": True,
        "n_today": 0,
        "daily_cap": 120,
        "is_any_left_for_me": False,
        "held_until": None,
        "postponed_until": None,
    }

    assert explain_empty(**{**calm, **changes}) == empty
