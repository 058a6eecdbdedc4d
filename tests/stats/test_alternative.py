"""The alternative annotator test: by hand, laws, too few people, and the power that planning rests on."""

import numpy as np
import pytest

from labeling.stats.alternative import compare_alternative
from labeling.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli
from labeling.stats.scales import make_scale

BINARY = make_scale("nominal", declared=["pass", "fail"], observed=[])
POINTS = make_scale("ordinal", declared=["1", "2", "3", "4", "5"], observed=[])
RATERS = ("ana", "ben", "cleo")


def compare(people, judge, *, scale=BINARY, epsilon=0.15, replicates=0, raters=RATERS):
    return compare_alternative(
        np.asarray(people),
        np.asarray(judge),
        raters=raters,
        scale=scale,
        epsilon=epsilon,
        replicates=replicates,
        rng=np.random.default_rng(0),
    )


def simulate(n_items, judge_accuracy, rng, *, accuracy=0.85):
    truth = rng.integers(0, 2, n_items)
    people = np.where(rng.random((n_items, 3)) < accuracy, truth[:, None], 1 - truth[:, None])
    return people, np.where(rng.random(n_items) < judge_accuracy, truth, 1 - truth)


def test_wins_by_hand():
    # Ana is alone in 10 of 40 items, where the judge sides with the others; a draw is a win of both.
    people = [[0, 0, 0]] * 30 + [[1, 0, 0]] * 10
    told = compare(people, [0] * 40)

    ana, ben, _ = told.comparisons
    assert (ana.n, ana.judge_wins, ana.person_wins) == (40, 1.0, 0.75)
    assert (ben.judge_wins, ben.person_wins) == (1.0, 1.0)
    assert told.advantage.value == 1.0
    assert (told.winning_share, told.passes) == (1.0, True)


def test_a_judge_like_a_coin_replaces_nobody():
    people, judge = simulate(200, 0.5, np.random.default_rng(1))

    told = compare(people, judge, replicates=200)

    assert (told.winning_share, told.passes) == (0.0, False)
    assert told.advantage.low < told.advantage.value < told.advantage.high < 0.85


def test_order_of_items_changes_nothing():
    rng = np.random.default_rng(2)
    people, judge = simulate(80, 0.8, rng)
    mixed = rng.permutation(80)

    first, again = (compare(people[rows], judge[rows], replicates=100) for rows in (np.arange(80), mixed))

    assert [one.p for one in again.comparisons] == pytest.approx([one.p for one in first.comparisons])
    assert (again.advantage.low, again.advantage.high) == (first.advantage.low, first.advantage.high)


def test_a_larger_epsilon_forgives_more():
    people, judge = simulate(60, 0.8, np.random.default_rng(3))

    strict, mild = compare(people, judge, epsilon=0.0), compare(people, judge, epsilon=0.3)

    assert all(a.p > b.p for a, b in zip(strict.comparisons, mild.comparisons, strict=True))


def test_on_a_scale_nearness_counts():
    # The judge is a point off where cleo is four off: nominally both are wrong.
    people = np.array([[2, 2, 2]] * 20 + [[0, 0, 4]] * 20)
    judge = np.array([2] * 20 + [1] * 20)

    by_points, by_names = (
        compare(people, judge, scale=scale).comparisons[2]
        for scale in (POINTS, make_scale("nominal", declared=list("12345"), observed=[]))
    )

    assert (by_points.judge_wins, by_points.person_wins) == (1.0, 0.5)
    assert (by_names.judge_wins, by_names.person_wins) == (1.0, 1.0)


def test_gaps_leave_items_out_and_few_items_a_person():
    people, judge = simulate(100, 0.9, np.random.default_rng(4))
    people[:75, 2] = -1

    told = compare(people, judge)

    assert [one.n for one in told.comparisons] == [100, 100, 25]
    assert told.comparisons[2].p is None
    assert told.passes is None
    assert told.undefined == "2 of 3 people have 30 items that others labelled, too"
    assert told.advantage.undefined == told.undefined


def test_what_is_no_epsilon_is_refused():
    with pytest.raises(ValueError, match="epsilon"):
        compare([[0, 0, 0]], [0], epsilon=15)


def test_dependent_looks_are_corrected_by_the_harmonic_sum():
    p_values = [0.01, 0.04, 0.03, 0.005, 0.9]

    factor = 1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5
    expected = [min(1, factor * p) for p in benjamini_hochberg(p_values)]
    assert benjamini_yekutieli(p_values) == pytest.approx(expected)
    assert benjamini_yekutieli([]) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n_items", "powers"),
    [(30, (0.29, 0.43, 0.72)), (50, (0.34, 0.59, 0.87)), (100, (0.62, 0.92, 1.0))],
)
def test_power_is_the_one_that_planning_rests_on(n_items, powers):
    """../shared/design/methods.md M5: three people of accuracy .85, a judge of .80, .85 and .90, epsilon .15."""
    rng = np.random.default_rng(5)
    for accuracy, power in zip((0.80, 0.85, 0.90), powers, strict=True):
        passed = np.mean([compare(*simulate(n_items, accuracy, rng)).passes for _ in range(500)])

        assert passed == pytest.approx(power, abs=0.07), accuracy
