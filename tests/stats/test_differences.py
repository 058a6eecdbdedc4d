"""Two shares side by side: Newcombe's interval of their difference."""

import numpy as np
import pytest

from labeling.stats.differences import difference_of_shares


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_is_that_of_newcombes_table(counts, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10."""
    apart = difference_of_shares(*counts)

    assert apart.low == pytest.approx(low, abs=5e-5)
    assert apart.high == pytest.approx(high, abs=5e-5)


def test_the_other_way_round_is_the_same_with_the_other_sign():
    one, other = difference_of_shares(7, 20, 15, 30), difference_of_shares(15, 30, 7, 20)

    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


def test_without_tries_there_is_no_difference():
    assert difference_of_shares(0, 0, 3, 4).undefined


@pytest.mark.parametrize("counts", [(5, 4, 1, 4), (1, 4, -1, 4)])
def test_what_are_no_counts_is_refused(counts):
    with pytest.raises(ValueError, match="share"):
        difference_of_shares(*counts)


@pytest.mark.slow
def test_the_interval_covers():
    rng = np.random.default_rng(8)
    draws = [(int(rng.binomial(80, 0.7)), int(rng.binomial(60, 0.6))) for _ in range(2_000)]

    intervals = [difference_of_shares(first, 80, second, 60) for first, second in draws]

    assert 0.93 < np.mean([one.low <= 0.1 <= one.high for one in intervals]) < 0.97
