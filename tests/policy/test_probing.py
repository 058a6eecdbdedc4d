"""The probe's dice, its numbers and its words."""

import pytest

from labeling.policy.probing import is_asked, numbers_to_add, read_probe


def test_about_the_share_is_asked_and_always_the_same_turns():
    asked = [is_asked("s", reviewer_id=1, hand_out_id=number, probe_share=0.1) for number in range(2_000)]

    assert 150 < sum(asked) < 250
    assert asked == [is_asked("s", reviewer_id=1, hand_out_id=number, probe_share=0.1) for number in range(2_000)]


@pytest.mark.parametrize(("share", "n_asked"), [(0.0, 0), (1.0, 100)])
def test_none_and_all_are_exact(share, n_asked):
    assert sum(is_asked("s", reviewer_id=1, hand_out_id=one, probe_share=share) for one in range(100)) == n_asked


def test_a_number_stays_with_its_model_and_the_next_ones_follow():
    first = numbers_to_add("salt", sources=["aster", "cedar", ""], taken={})

    later = numbers_to_add("salt", sources=["aster", "birch", "cedar"], taken=first)

    assert sorted(first.values()) == [1, 2]
    assert later == {"birch": 3}


def test_the_order_of_numbers_says_nothing_of_the_names():
    orders = {tuple(numbers_to_add(str(salt), sources=["a", "b"], taken={})) for salt in range(20)}

    assert orders == {("a", "b"), ("b", "a")}


def words(**changes):
    found = {"n": 140, "right": 0.52, "low": 0.43, "high": 0.6, "chance": 0.5, "p_right": 0.67, "p_apart": 0.4}
    return read_probe(**{**found, **changes})


def test_no_sign_is_said_with_its_numbers():
    assert words().words == (
        "No sign that reviewers can tell the source: 52 % right of 140, chance 50 %, 95 % interval 43 % to 60 %"
    )


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"n": 19}, "missing"),
        ({"right": None}, "missing"),
        ({"right": 0.7, "p_right": 0.001}, "danger"),
        ({"right": 0.3, "p_right": 0.001}, "warn"),
        ({"p_apart": 0.01}, "warn"),
        ({"p_apart": None}, "ok"),
    ],
)
def test_reading_goes_by_both_tests(changes, state):
    assert words(**changes).state == state
