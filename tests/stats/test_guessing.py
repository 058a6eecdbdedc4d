"""Guesses of a hidden source: R's and published exact numbers, a law, and simulations that recover what is there."""

import numpy as np
import pytest

from labeling.stats.guessing import binomial_p, clopper_pearson, report_guesses


@pytest.mark.parametrize(
    ("n_successes", "n", "low", "high"),
    # Newcombe (1998), table I, method 5.
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_exact_interval_is_newcombes(n_successes, n, low, high):
    share = clopper_pearson(n_successes, n)

    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("n_successes", "n", "chance"), [(682, 925, 0.75), (7, 10, 0.5), (0, 12, 0.3), (73, 140, 0.5)])
def test_p_is_that_of_the_binomial_test(n_successes, n, chance):
    from scipy.stats import binomtest

    # The first is the example of R's binom.test: p-value = 0.3825.
    assert binomial_p(n_successes, n, chance) == pytest.approx(binomtest(n_successes, n, chance).pvalue, rel=1e-9)


def report(guesses, sources, reviewers=None, replicates=200):
    codes = [np.array(one) for one in (guesses, sources, reviewers or [0] * len(guesses))]
    return report_guesses(*codes, replicates=replicates, rng=np.random.default_rng(0))


def test_chance_of_uneven_sources_worked_by_hand():
    # 8 of 10 are source 0, and all ten guesses say 0: 8 right, as anybody gets who never looks.
    told = report([0] * 10, [0] * 8 + [1] * 2)

    assert (told.right.value, told.chance, told.p_right, told.p_apart) == (0.8, pytest.approx(0.8), 1.0, None)


def test_two_who_name_the_systems_the_other_way_round_are_found_although_right_is_half():
    sources = [0, 1] * 20
    told = report(
        guesses=sources[:20] + [1 - source for source in sources[20:]], sources=sources, reviewers=[0] * 20 + [1] * 20
    )

    assert told.right.value == 0.5
    assert told.p_right == pytest.approx(1.0)
    assert told.p_apart == pytest.approx(1 / 201)


def test_no_guess_is_undefined_with_a_reason():
    told = report([], [])

    assert told.right.undefined == "nobody has named a source"
    assert (told.chance, told.p_right, told.p_apart) == (None, None, None)


def test_renaming_the_systems_moves_nothing_but_what_is_right():
    rng = np.random.default_rng(3)
    sources, guesses = rng.integers(0, 2, 60), rng.integers(0, 2, 60)

    told, renamed = report(guesses, sources), report(1 - guesses, 1 - sources)

    assert (told.right, told.p_right, told.p_apart) == (renamed.right, renamed.p_right, renamed.p_apart)


def test_one_guess_has_the_widest_interval():
    right = report([1], [1]).right

    assert (right.low, right.high) == (pytest.approx(0.025), 1.0)


@pytest.mark.slow
def test_those_who_see_nothing_raise_an_alarm_no_more_often_than_said():
    rng = np.random.default_rng(11)
    alarms = []
    for _ in range(400):
        sources, guesses = (rng.random((2, 80)) < [[0.7], [0.4]]).astype(int)
        told = report_guesses(guesses, sources, rng.integers(0, 4, 80), replicates=199, rng=rng)
        alarms.append(told.p_right < 0.025 or told.p_apart < 0.025)

    assert np.mean(alarms) < 0.07


@pytest.mark.slow
def test_those_who_see_it_seven_times_in_ten_are_found():
    rng = np.random.default_rng(12)
    found = []
    for _ in range(100):
        sources = rng.integers(0, 2, 140)
        guesses = np.where(rng.random(140) < 0.7, sources, 1 - sources)
        found.append(report_guesses(guesses, sources, rng.integers(0, 4, 140), replicates=0, rng=rng).p_right < 0.025)

    assert np.mean(found) > 0.95
