"""The state a reviewer is in, and how much they are told of themself."""

import pytest

from labeling.policy.instruments import SIGNS, TEXT_OF, first_told, raised_share, standing_now, whole_steps


def now(**changes):
    facts = {"period": "", "is_qualified": True, "required": 0.85, "n_known": 30, "p_adjusted": 0.5, **changes}
    return standing_now(**facts)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "qualified"),
        ({"p_adjusted": 0.051}, "qualified"),
        ({"p_adjusted": 0.05}, "watch"),
        ({"p_adjusted": None}, "qualified"),
        ({"is_qualified": False}, "not_qualified"),
        ({"is_qualified": False, "p_adjusted": 0.001}, "not_qualified"),
        ({"period": "paused", "is_qualified": False, "p_adjusted": 0.001}, "paused"),
        ({"period": "probation", "p_adjusted": 0.001}, "probation"),
    ],
)
def test_what_was_decided_goes_before_what_numbers_hint_at(facts, state):
    assert now(**facts).state == state


def test_every_state_has_words():
    states = [now(), now(p_adjusted=0.01), now(is_qualified=False), now(period="paused"), now(period="probation")]

    assert all(one.name and one.words.endswith(".") and one.look for one in states)
    assert len({one.words for one in states}) == 5


def test_words_say_where_more_known_answers_are_needed_and_where_none_are_required():
    assert "12 of the 20" in now(n_known=12, p_adjusted=None).words
    assert "requires no accuracy" in now(required=None, n_known=0, p_adjusted=None).words
    assert "85 %" in now(p_adjusted=0.001).words
    assert "chance may give one such score" in now(is_below=True).words


@pytest.mark.parametrize(("usual", "raised"), [(0.15, 0.30), (0.05, 0.10), (0.4, 0.7)])
def test_the_raised_share_is_twice_the_usual_one_and_leaves_room(usual, raised):
    assert raised_share(usual) == pytest.approx(raised)


@pytest.mark.parametrize(("n", "told"), [(0, 0), (19, 0), (20, 20), (29, 20), (30, 30), (47, 40)])
def test_a_reviewer_is_told_about_answers_in_whole_tens_from_twenty_on(n, told):
    assert whole_steps(n) == told
    assert len(list(range(n))[first_told(range(n))]) == told


def test_every_sign_has_a_formula_and_an_honest_reason():
    assert set(TEXT_OF) == {"faster", "streak", "missed", "late", "load"}
    assert all(one.formula.endswith(".") and one.may_be for one in SIGNS)
