"""Answers that got known: the exact test, its edges, and how seldom it accuses where nothing leaked."""

import numpy as np
import pytest
from scipy import stats

from labeling.stats.leaks import FEWEST_ANSWERS, compare_halves, fisher_greater
from labeling.stats.multiplicity import benjamini_hochberg


def test_the_lady_tasting_tea():
    """Fisher 1935: three cups of four named right has p = 17/70, all four 1/70."""
    assert fisher_greater(1, 4, 3, 4) == pytest.approx(17 / 70)
    assert fisher_greater(0, 4, 4, 4) == pytest.approx(1 / 70)


@pytest.mark.parametrize("table", [(2, 9, 7, 8), (5, 12, 5, 11), (0, 3, 2, 20), (10, 10, 9, 10)])
def test_it_is_the_hypergeometric_tail(table):
    right_first, n_first, right_second, n_second = table

    oracle = stats.fisher_exact(
        [[right_second, n_second - right_second], [right_first, n_first - right_first]], alternative="greater"
    )

    assert fisher_greater(*table) == pytest.approx(oracle.pvalue)


@pytest.mark.parametrize("table", [(0, 5, 0, 5), (5, 5, 5, 5), (0, 0, 3, 5), (2, 4, 0, 0)])
def test_where_nothing_can_differ_the_p_value_is_one(table):
    assert fisher_greater(*table) == 1


@pytest.mark.parametrize("table", [(3, 2, 0, 1), (0, 1, -1, 2)])
def test_more_right_than_there_are_is_a_mistake(table):
    with pytest.raises(ValueError, match="no more can be right"):
        fisher_greater(*table)


def test_halves_are_taken_in_order_and_the_middle_one_is_an_earlier_one():
    halves = compare_halves([False] * 4 + [True] * 5, [9, 9, 9, 9, 1, 2, 3, 4, 5])

    assert (halves.n_earlier, halves.n_right_earlier, halves.n_later, halves.n_right_later) == (5, 1, 4, 4)
    assert (halves.ms_earlier, halves.ms_later) == (9, 3.5)


def test_with_too_few_answers_there_is_nothing_to_compare():
    assert compare_halves([True] * (FEWEST_ANSWERS - 1), [1] * (FEWEST_ANSWERS - 1)) is None
    assert compare_halves([True] * FEWEST_ANSWERS, [1] * FEWEST_ANSWERS).p == 1


def test_each_answer_has_its_time():
    with pytest.raises(ValueError, match="its time"):
        compare_halves([True], [])


def test_of_a_hundred_sets_of_forty_honest_cases_few_have_a_hint_and_a_leak_is_found():
    rng = np.random.default_rng(7)
    n_sets, n_accused, n_found = 100, 0, 0

    for _ in range(n_sets):
        honest = rng.uniform(size=(40, 30)) < rng.uniform(0.5, 0.95, size=(40, 1))
        leaked = rng.uniform(size=30) < np.where(np.arange(30) < 15, 0.4, 1.0)
        p = [compare_halves(row.tolist(), [1] * 30).p for row in (*honest, leaked)]
        adjusted = benjamini_hochberg(p)
        n_accused += any(one <= 0.05 for one in benjamini_hochberg(p[:-1]))
        n_found += adjusted[-1] <= 0.05

    assert n_accused <= 5
    assert n_found >= 75
