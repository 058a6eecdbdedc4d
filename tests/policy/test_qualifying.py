"""When a screen is passed, and in which days a qualification is earned anew."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.policy.qualifying import RENEWAL_DAYS, fewest_right, first_day_to_renew, is_passed, may_qualify

TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("n_right", "n_cases", "share", "passes"),
    [
        (16, 20, 0.8, True),
        (15, 20, 0.8, False),
        (29, 100, 0.29, True),  # 0.29 · 100 is 28.999999999999996
        (7, 10, 0.7, True),
        (0, 5, 0.0, True),
        (0, 0, 0.0, False),
        (5, 5, 1.0, True),
        (4, 5, 1.0, False),
    ],
)
def test_the_share_asked_for_passes_and_less_does_not(n_right, n_cases, share, passes):
    assert is_passed(n_right, n_cases, passing_share=share) is passes


@given(st.integers(1, 200), st.integers(0, 100))
def test_the_fewest_that_pass_are_what_the_page_says(n_cases, percent):
    share = percent / 100

    fewest = fewest_right(n_cases, passing_share=share)

    assert is_passed(fewest, n_cases, passing_share=share)
    assert fewest == 0 or not is_passed(fewest - 1, n_cases, passing_share=share)


@pytest.mark.parametrize(("n_days", "may"), [(-1, True), (0, True), (13, True), (14, False), (180, False)])
def test_a_qualification_is_earned_anew_in_its_last_fourteen_days(n_days, may):
    assert may_qualify(TODAY + timedelta(days=n_days), today=TODAY) is may


def test_whoever_holds_none_may_earn_one():
    assert may_qualify(None, today=TODAY)


def test_the_first_day_to_renew_is_the_first_on_which_one_may():
    last_day = TODAY + timedelta(days=60)

    first = first_day_to_renew(last_day)

    assert may_qualify(last_day, today=first)
    assert not may_qualify(last_day, today=first - timedelta(days=1))
    assert (last_day - first).days + 1 == RENEWAL_DAYS
