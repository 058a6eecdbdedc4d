"""Length and family with people's label held constant: another program's figures, a planted bias, and no number."""

import numpy as np
import pytest

from labeling.stats.biases import estimate_self_preference, estimate_verbosity


def simulate(n, rng, *, per_doubling=0.0, own=0.0):
    """Verdicts of a judge that follows people, length and family by known log odds; longer outputs are better, too."""
    length = np.round(np.exp(rng.normal(5, 0.6, n)))
    human = rng.random(n) < 1 / (1 + np.exp(-(np.log2(length) - 7)))
    families = rng.integers(0, 3, n)
    score = -1 + 2 * human + per_doubling * (np.log2(length) - 7) + own * (families == 1)
    return rng.random(n) < 1 / (1 + np.exp(-score)), human, length, families


@pytest.mark.parametrize(
    ("clusters", "low", "high"),
    [(None, 0.8513479, 2.09918989), (np.repeat(np.arange(100), 2), 0.76279393, 2.34288821)],
)
def test_ratio_and_interval_are_those_of_statsmodels(clusters, low, high):
    # statsmodels 0.15.0: Logit(judge, [1, log2 length, human]).fit(), and with cov_type="cluster".
    rng = np.random.default_rng(21)
    human = rng.random(200) < 0.6
    length = np.round(np.exp(rng.normal(5, 0.6, 200)))
    judge = rng.random(200) < 1 / (1 + np.exp(-(-4 + 2 * human + 0.4 * np.log2(length))))

    doubled = estimate_verbosity(judge, human, length, clusters=clusters)

    assert doubled.value == pytest.approx(1.3368398912775505, rel=1e-8)
    assert (doubled.low, doubled.high) == pytest.approx((low, high), rel=1e-6)


def test_length_that_people_reward_themselves_is_no_bias():
    judge, human, length, _ = simulate(4000, np.random.default_rng(1))

    doubled = estimate_verbosity(judge, human, length)

    assert doubled.low < 1 < doubled.high
    # Without the human label the same judge seems to reward length.
    assert estimate_verbosity(judge, np.ones(4000, dtype=bool), length).low > 1.05


def test_the_unit_of_length_changes_nothing():
    judge, human, length, _ = simulate(400, np.random.default_rng(2), per_doubling=0.7)

    words, characters = estimate_verbosity(judge, human, length), estimate_verbosity(judge, human, length * 5)

    assert characters.value == pytest.approx(words.value)


def test_own_family_is_favoured_by_what_was_planted():
    judge, human, _, families = simulate(6000, np.random.default_rng(3), own=np.log(2.0))

    favoured = estimate_self_preference(judge, human, families, 1)

    assert favoured.low < 2 < favoured.high
    assert favoured.low > 1.5


@pytest.mark.parametrize(
    ("families", "reason"),
    [([1] * 60, "two model families are needed"), ([0, 2] * 30, "the judge's own family wrote none of them")],
)
def test_without_two_families_there_is_no_number(families, reason):
    judge = np.array([True, False] * 30)

    assert reason in estimate_self_preference(judge, judge, np.array(families), 1).undefined


@pytest.mark.parametrize(
    ("judge", "length", "reason"),
    [
        ([True] * 55 + [False] * 5, range(1, 61), "not enough fails by the judge: 5 of 20"),
        ([True, False] * 30, [80] * 60, "the length does not vary"),
        ([True] * 30 + [False] * 30, range(1, 61), "separation"),
    ],
)
def test_what_cannot_be_said_is_said_not_to_be(judge, length, reason):
    human = np.array([True, True, False] * 20)

    assert reason in estimate_verbosity(np.array(judge), human, np.array(length, dtype=float)).undefined


def test_people_who_always_say_the_same_are_constant_by_themselves():
    judge, _, length, _ = simulate(200, np.random.default_rng(4), per_doubling=1.0)

    assert estimate_verbosity(judge, np.ones(200, dtype=bool), length).low > 1


def test_what_is_no_length_is_refused():
    with pytest.raises(ValueError, match="length"):
        estimate_verbosity(np.array([True]), np.array([True]), np.array([0.0]))


@pytest.mark.slow
def test_interval_of_a_doubling_holds_the_truth():
    rng, n_covered = np.random.default_rng(5), 0
    for _ in range(600):
        judge, human, length, _ = simulate(300, rng, per_doubling=np.log(1.5))
        doubled = estimate_verbosity(judge, human, length)
        n_covered += doubled.low <= 1.5 <= doubled.high

    assert 0.93 <= n_covered / 600 <= 0.975
