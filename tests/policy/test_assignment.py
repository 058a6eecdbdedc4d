"""What is handed out next, and the most useful true reason when there is nothing."""

from datetime import UTC, date, datetime

import pytest

from labeling.policy.assignment import Admission, EmptyQueue, explain_empty, next_candidate

LATER = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("pool", "reserved", "is_reserved_turn", "handed_out"),
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
def test_gold_is_handed_out_on_its_turn_and_never_alone(pool, reserved, is_reserved_turn, handed_out):
    assert next_candidate(pool=pool, reserved=reserved, is_reserved_turn=is_reserved_turn) == handed_out


@pytest.mark.parametrize("pool", ["live", None])
def test_what_came_back_to_its_reviewer_goes_first(pool):
    assert next_candidate(pool=pool, reserved="gold", is_reserved_turn=False, came_back=True) == "gold"


def test_a_slot_that_counts_as_false_is_still_a_slot():
    assert next_candidate(pool=1, reserved=0, is_reserved_turn=True) == 0


@pytest.mark.parametrize(
    ("changes", "empty"),
    [
        ({"is_open": False, "away_until": TODAY, "n_today": 120}, EmptyQueue("closed")),
        ({"away_until": TODAY, "is_qualified": False, "is_on_duty": False}, EmptyQueue("away", day=TODAY)),
        ({"is_qualified": False, "is_on_duty": False, "n_today": 120}, EmptyQueue("not_qualified")),
        ({"is_on_duty": False, "next_turn": TODAY, "n_today": 120}, EmptyQueue("off_duty", day=TODAY)),
        ({"is_on_duty": False}, EmptyQueue("off_duty")),
        ({"n_today": 120, "postponed_until": LATER}, EmptyQueue("cap")),
        ({"n_today": 121}, EmptyQueue("cap")),
        ({"n_today": 119}, EmptyQueue("done")),
        ({"postponed_until": LATER, "held_until": LATER, "is_any_left_for_me": True}, EmptyQueue("busy")),
        ({"postponed_until": LATER, "held_until": LATER}, EmptyQueue("postponed", LATER)),
        ({"held_until": LATER}, EmptyQueue("held", LATER)),
        ({"is_any_left_for_me": True, "is_any_kept_from_me": True}, EmptyQueue("busy")),
        ({"is_any_kept_from_me": True}, EmptyQueue("kept")),
        ({}, EmptyQueue("done")),
    ],
)
def test_an_empty_queue_gives_the_most_useful_true_reason(changes, empty):
    calm = {
        "next_turn": None,
        "is_any_left_for_me": False,
        "is_any_kept_from_me": False,
        "held_until": None,
        "postponed_until": None,
    }
    admission = Admission(**{"n_today": 0, "daily_cap": 120, **{k: v for k, v in changes.items() if k not in calm}})

    explained = explain_empty(admission, **{**calm, **{k: v for k, v in changes.items() if k in calm}})

    assert explained == empty


@pytest.mark.parametrize(
    "bar", [{"is_open": False}, {"away_until": TODAY}, {"is_qualified": False}, {"is_on_duty": False}, {"n_today": 3}]
)
def test_each_rule_alone_keeps_somebody_from_drawing(bar):
    assert Admission(n_today=2, daily_cap=3).may_draw
    assert not Admission(**{"n_today": 2, "daily_cap": 3, **bar}).may_draw
