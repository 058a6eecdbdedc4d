"""Whose duty a queue is on a day: a function of the duties in order, the first day and the date, of nothing else."""

from collections import Counter
from datetime import date, timedelta
from math import gcd

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.policy.assignment import DutyHolder, Rotation, next_day_on_duty, on_duty, regulars_on_duty

START = date(2026, 11, 2)
ANA, BEN, CLEO = 1, 2, 3
THREE = [DutyHolder(ANA), DutyHolder(BEN), DutyHolder(CLEO)]

teams = st.lists(st.integers(1, 10_000), min_size=1, max_size=9, unique=True)
rotations = st.builds(Rotation, st.integers(0, 11), st.integers(1, 14), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
days = st.dates(date(2019, 1, 1), date(2032, 12, 31))


def later(n_days):
    return START + timedelta(days=n_days)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (later(0), {ANA, BEN}),
        (later(6), {ANA, BEN}),
        (later(7), {CLEO, ANA}),
        (later(14), {BEN, CLEO}),
        (later(21), {ANA, BEN}),
        (later(-1), {BEN, CLEO}),
    ],
)
def test_two_of_three_serve_and_the_next_ones_follow_each_week(day, expected):
    assert regulars_on_duty([ANA, BEN, CLEO], Rotation(2, 7, START), day) == expected


@given(teams, rotations, days)
@settings(max_examples=60)
def test_as_many_are_on_duty_as_asked_for(team, rotation, day):
    n_wanted = len(team) if rotation.n_on_duty == 0 else min(rotation.n_on_duty, len(team))

    serving = regulars_on_duty(team, rotation, day)

    assert len(serving) == n_wanted
    assert serving == regulars_on_duty(list(team), rotation, day)


@given(teams, rotations)
@settings(max_examples=60)
def test_everybody_serves_equally_often_over_a_full_cycle(team, rotation):
    n_periods = len(team) // gcd(len(team), rotation.n_on_duty)
    cycle = [rotation.starts_on + timedelta(days=n) for n in range(n_periods * rotation.days)]

    n_days = Counter(who for day in cycle for who in regulars_on_duty(team, rotation, day))

    assert set(n_days) == set(team)
    assert len(set(n_days.values())) == 1


@given(teams, rotations, days)
@settings(max_examples=60)
def test_a_cycle_later_the_same_people_serve(team, rotation, day):
    cycle = timedelta(days=len(team) * rotation.days)

    assert regulars_on_duty(team, rotation, day) == regulars_on_duty(team, rotation, day + cycle)


@given(teams, rotations, days, st.sets(st.integers(1, 10_000), max_size=4))
@settings(max_examples=60)
def test_nobody_who_is_away_may_draw(team, rotation, day, others):
    away = {team[0], *others}

    drawing = on_duty([DutyHolder(who) for who in team], rotation, day, away=away)

    assert drawing == regulars_on_duty(team, rotation, day) - away


@pytest.mark.parametrize(
    ("away", "drawing"),
    [
        (set(), {ANA}),
        ({ANA}, {CLEO}),
        ({ANA, CLEO}, set()),
        ({BEN}, {ANA}),
        ({CLEO}, {ANA}),
    ],
    ids=["all here", "regular away", "backup away too", "one off duty away", "backup away alone"],
)
def test_a_backup_draws_only_while_their_regular_should_serve_and_is_away(away, drawing):
    duties = [DutyHolder(ANA), DutyHolder(BEN), DutyHolder(CLEO, stands_in_for=ANA)]

    assert on_duty(duties, Rotation(1, 7, START), START, away=away) == drawing


def test_the_next_turn_is_the_first_day_of_the_next_period():
    assert next_day_on_duty(BEN, THREE, Rotation(1, 7, START), absences=[], after=START) == later(7)


def test_the_next_turn_waits_for_the_end_of_an_absence():
    absences = [(BEN, later(5), later(9))]

    assert next_day_on_duty(BEN, THREE, Rotation(1, 7, START), absences=absences, after=START) == later(10)


def test_a_backup_has_a_next_turn_once_an_absence_is_known():
    duties = [DutyHolder(ANA), DutyHolder(CLEO, stands_in_for=ANA)]

    unknown = next_day_on_duty(CLEO, duties, Rotation(), absences=[], after=START)
    known = next_day_on_duty(CLEO, duties, Rotation(), absences=[(ANA, later(3), later(4))], after=START)

    assert (unknown, known) == (None, later(3))


def test_whoever_has_no_duty_has_no_turn():
    assert next_day_on_duty(4, THREE, Rotation(), absences=[], after=START) is None
