"""Streaks: the longest run beside all orders of the same answers, exactly."""

import itertools
from collections import Counter

import numpy as np
import pytest

from labeling.stats.streaks import find_streak, longest_run, share_of_shorter


def orders(n, n_yes):
    for places in itertools.combinations(range(n), n_yes):
        yield [place in places for place in range(n)]


@pytest.mark.parametrize(("n", "n_yes"), [(8, 1), (8, 4), (9, 7), (10, 6), (6, 6)])
def test_shares_are_those_of_all_orders_counted_one_by_one(n, n_yes):
    runs = Counter(longest_run(order) for order in orders(n, n_yes))

    for length in range(1, n_yes + 2):
        by_hand = sum(count for run, count in runs.items() if run < length) / sum(runs.values())
        assert share_of_shorter(length, n=n, n_yes=n_yes) == pytest.approx(by_hand)


@pytest.mark.parametrize(("n", "n_without"), [(4, 15), (5, 29), (6, 56), (7, 108), (8, 208)])
def test_over_all_numbers_of_heads_it_is_schillings_count(n, n_without):
    """Schilling (1990), A_n(3): the sequences of n tosses whose longest run of heads is 3 or less."""
    from math import comb

    found = sum(share_of_shorter(4, n=n, n_yes=k) * comb(n, k) for k in range(n + 1))

    assert found == pytest.approx(n_without)


def test_the_ends_hold_nineteen_orders_in_twenty():
    runs = [longest_run(order) for order in orders(12, 8)]
    streak = find_streak([True] * 8 + [False] * 4)

    assert np.mean([run < streak.low for run in runs]) <= 0.025 < np.mean([run <= streak.low for run in runs])
    assert np.mean([run > streak.high for run in runs]) <= 0.025 < np.mean([run >= streak.high for run in runs])
    assert streak.probability == pytest.approx(np.mean([run >= 8 for run in runs]))


def test_whoever_says_yes_to_all_has_no_unusual_streak():
    streak = find_streak([True] * 40)

    assert (streak.longest, streak.low, streak.high, streak.probability) == (40, 40, 40, 1)


@pytest.mark.parametrize("answers", [[], [False, False]])
def test_without_a_yes_there_is_no_streak(answers):
    streak = find_streak(answers)

    assert (streak.longest, streak.probability, streak.n) == (0, 1, len(answers))


def test_turning_the_order_round_changes_nothing():
    answers = [True, True, False, True, True, True, False]

    assert find_streak(answers) == find_streak(answers[::-1])


@pytest.mark.slow
def test_independent_answers_seldom_have_an_unusual_streak_and_a_stamp_does():
    rng = np.random.default_rng(9)

    alarmed = np.mean([find_streak(list(rng.random(300) < 0.6)).probability <= 0.05 for _ in range(2_000)])
    stamped = [list(rng.random(250) < 0.6) + list(rng.random(50) < 0.97) for _ in range(300)]
    found = np.mean([find_streak(answers).probability <= 0.05 for answers in stamped])

    assert alarmed <= 0.055
    assert found > 0.8
