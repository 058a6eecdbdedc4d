"""Signs of a rubber stamp: each where it holds, none where there is too little, and corrected over everybody."""

import numpy as np
import pytest

from labeling.queries.reviewer_signs import corrected, signs_of
from tests.queries.instruments import given, known

N_DAYS, A_DAY = 20, 15


def sign(key, reviews=(), answers=(), required=0.85):
    seconds = [one.active_ms / 1_000 for one in reviews if one.active_ms]
    return next(one for one in signs_of(reviews, seconds, answers, required) if one.text.key == key)


def verdicts_of(approvals):
    """Twenty days of fifteen reviews."""
    return [
        given(number, "approve" if is_approval else "reject", day=number // A_DAY)
        for number, is_approval in enumerate(approvals)
    ]


def test_somebody_who_takes_a_third_of_the_time_has_the_sign_and_somebody_steady_has_not():
    rng = np.random.default_rng(1)
    steady = [given(number, seconds=float(one)) for number, one in enumerate(rng.uniform(60, 180, 200))]
    faster = [*steady[:150], *(given(number, seconds=float(one)) for number, one in enumerate(rng.uniform(20, 60, 50)))]

    assert sign("faster", steady).probability > 0.9
    assert sign("faster", faster).probability < 1e-6
    assert sign("faster", faster).value.endswith("% of the time before")


def test_a_long_streak_has_the_sign():
    rng = np.random.default_rng(2)
    mixed = (rng.random(250) < 0.6).tolist()

    assert sign("streak", verdicts_of(mixed)).probability > 0.05
    assert sign("streak", verdicts_of([*mixed, False, *[True] * 40])).value == "40 in a row"
    assert sign("streak", verdicts_of([*mixed, False, *[True] * 40])).probability < 0.001


def test_failures_missed_are_told_with_their_interval():
    answers = [
        known(number, is_bad=True, was_called_bad=number % 2 == 0, is_right=number % 2 == 0) for number in range(24)
    ]

    found = sign("missed", answers=answers)

    assert (found.value, found.interval, found.n) == ("50 % missed", "31–69", 24)
    assert found.probability < 0.001


def test_without_a_required_accuracy_failures_missed_are_a_number_and_no_sign():
    found = sign("missed", answers=[known(1, is_bad=True, was_called_bad=False)], required=None)

    assert (found.value, found.probability) == ("100 % missed", None)


def test_approvals_that_rise_through_the_day_have_the_sign():
    rising = [place % A_DAY >= 8 or place % 3 == 0 for place in range(N_DAYS * A_DAY)]

    found = sign("late", verdicts_of(rising))

    assert found.value.startswith("+")
    assert found.probability < 0.001
    assert sign("late", verdicts_of(rising[::-1])).probability > 0.9


def test_approvals_that_rise_with_the_load_have_the_sign():
    days = [(day, 24 if day % 2 else 8) for day in range(20)]
    reviews = [
        given(100 * day + place, "approve" if day % 2 or place % 2 else "reject", day=day)
        for day, n in days
        for place in range(n)
    ]

    assert sign("load", reviews).probability < 0.001


def test_too_little_is_said_to_be_too_little():
    for one in signs_of([], [], [], 0.85):
        assert (one.probability, one.is_sign, one.value) == (None, False, "")
        assert one.why_not


def test_repeats_and_known_answers_are_no_verdicts_of_production():
    stamped = [given(number, purpose="gold") for number in range(60)]

    assert sign("streak", stamped).probability is None


def test_what_one_person_alone_would_have_is_lost_among_many():
    suspicious = [True] * 10 + [True, False] * 21
    reviews = verdicts_of(suspicious)
    alone = corrected({1: [sign("streak", reviews)]})
    among_many = corrected(
        {key: [sign("streak", reviews if key == 1 else verdicts_of([True, False] * 30))] for key in range(1, 13)}
    )

    assert alone[1][0].is_sign
    assert not among_many[1][0].is_sign
    assert among_many[1][0].value == alone[1][0].value


@pytest.mark.slow
def test_of_two_hundred_honest_panels_of_twelve_few_see_anybody_accused():
    """Everybody works alike for twenty days: skewed times, 65 % approved, known answers as good as is required."""
    rng = np.random.default_rng(11)
    accused = 0
    for _ in range(200):
        panel = {}
        for reviewer in range(12):
            approvals, seconds = rng.random(N_DAYS * A_DAY) < 0.65, np.exp(rng.normal(4.5, 0.5, N_DAYS * A_DAY))
            reviews = [
                given(number, "approve" if yes else "reject", day=number // A_DAY, seconds=float(took))
                for number, (yes, took) in enumerate(zip(approvals, seconds, strict=True))
            ]
            answers = [known(number, is_bad=True, was_called_bad=bool(rng.random() < 0.85)) for number in range(20)]
            panel[reviewer] = signs_of(reviews, seconds.tolist(), answers, 0.85)
        accused += any(one.is_sign for of_one in corrected(panel).values() for one in of_one)

    # None of these: the tests are exact and discrete, and practice has its margin. The promise is 5 %.
    assert accused / 200 <= 0.05
