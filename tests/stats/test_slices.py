"""A slice is called lower only where as many items drawn at random would hardly be so low."""

import numpy as np
import pytest

from labeling.stats.ratings import Ratings
from labeling.stats.scales import make_scale
from labeling.stats.slices import probability_as_low

SCALE = make_scale("nominal", declared=["pass", "fail"], observed=())


def ratings_of(codes, clusters=None):
    return Ratings(np.asarray(codes, dtype=np.int16), ("ann", "bob"), SCALE, clusters)


def two_raters(rng, n, *, share_of_fails, slip):
    truth = rng.random(n) < share_of_fails
    return np.column_stack([truth ^ (rng.random(n) < slip), truth ^ (rng.random(n) < slip)]).astype(np.int16)


def probability(codes, rows, seed=0, **changes):
    return probability_as_low(ratings_of(codes, **changes), np.asarray(rows), rng=np.random.default_rng(seed))


def test_slices_that_are_like_the_others_are_low_as_often_as_stated():
    """Under the null the p-value is uniform: of 400 slices 5 % are under 0.05, also where one label is rare."""
    rng = np.random.default_rng(1)
    p_values = []
    for _ in range(400):
        codes = two_raters(rng, 200, share_of_fails=0.1, slip=0.05)
        p_values.append(probability(codes, np.arange(200) < 30, seed=2))
    known = np.array([p for p in p_values if p is not None])

    assert len(known) > 300
    assert 0.01 < np.mean(known <= 0.05) < 0.08
    assert np.mean(known <= 0.01) < 0.025


def test_a_slice_on_which_people_guess_is_found():
    rng = np.random.default_rng(3)
    codes = np.vstack(
        [two_raters(rng, 40, share_of_fails=0.5, slip=0.4), two_raters(rng, 260, share_of_fails=0.5, slip=0.05)]
    )

    assert probability(codes, np.arange(300) < 40) < 0.001


def test_one_split_among_two_dozen_that_all_pass_is_no_finding():
    """Its alpha is below 0 with a tiny interval, and means nothing: any two dozen items may look like that."""
    rng = np.random.default_rng(4)
    slice_codes = np.zeros((24, 2), dtype=np.int16)
    slice_codes[0, 1] = 1
    codes = np.vstack([slice_codes, two_raters(rng, 440, share_of_fails=0.1, slip=0.05)])

    assert probability(codes, np.arange(464) < 24) > 0.02


def test_the_p_value_is_that_of_drawing_subsets_one_by_one():
    rng = np.random.default_rng(5)
    codes = two_raters(rng, 60, share_of_fails=0.4, slip=0.15)
    rows = np.arange(60) < 15
    codes[0] = (0, 1)
    wanted = alpha_by_hand(codes[rows])
    draws = [alpha_by_hand(codes[rng.choice(60, size=15, replace=False)]) for _ in range(4_000)]

    expected = np.mean([not drawn > wanted + 1e-9 for drawn in draws])

    found = np.mean([probability(codes, rows, seed=seed) for seed in range(40)])
    assert found == pytest.approx(expected, abs=0.03)


def alpha_by_hand(codes):
    """Of two raters on complete data, from the definition."""
    values = codes.ravel()
    n, n_fail = len(values), int(values.sum())
    if n_fail in (0, n):
        return float("nan")
    observed = np.mean(codes[:, 0] != codes[:, 1])
    return 1 - observed * n * (n - 1) / (2 * n_fail * (n - n_fail))


def test_nothing_is_said_of_all_items_of_none_of_one_label_and_of_conversations():
    codes = two_raters(np.random.default_rng(6), 40, share_of_fails=0.5, slip=0.1)
    alike = np.vstack([np.zeros((10, 2), dtype=np.int16), codes])

    assert probability(codes, np.ones(40, dtype=bool)) is None
    assert probability(codes, np.zeros(40, dtype=bool)) is None
    assert probability(alike, np.arange(50) < 10) is None
    assert probability(codes, np.arange(40) < 10, clusters=np.arange(40) // 2) is None
