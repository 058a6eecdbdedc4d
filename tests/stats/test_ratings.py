"""The matrix of labels: the same from rows as from columns, in whatever order they come."""

import numpy as np
import pytest

from labeling.stats.ratings import arrange_ratings, make_ratings
from labeling.stats.scales import make_scale

LABELS = ("low", "middle", "high")
NAMES = ("cleo", "ana", "ben")
SCALE = make_scale("ordinal", declared=LABELS, observed=())


def random_columns(rng, *, n_units=40):
    cells = rng.permutation(n_units * len(NAMES))[: 2 * n_units]
    return cells // len(NAMES) + 100, cells % len(NAMES), rng.integers(0, len(LABELS), size=len(cells))


def test_columns_make_the_matrix_that_rows_make():
    units, raters, codes = random_columns(np.random.default_rng(0))
    rows = [(str(u), NAMES[r], LABELS[c]) for u, r, c in zip(units, raters, codes, strict=True)]

    ratings, unit_of_row = arrange_ratings(units, raters, codes, names=NAMES, scale=SCALE)

    expected = make_ratings(rows, scale=SCALE)
    assert ratings.raters == expected.raters == ("ana", "ben", "cleo")
    assert ratings.codes.tolist() == expected.codes.tolist()
    assert unit_of_row.tolist() == sorted(set(units.tolist()))


def test_the_order_of_labels_does_not_matter():
    units, raters, codes = random_columns(np.random.default_rng(1))
    back = slice(None, None, -1)

    forward, _ = arrange_ratings(units, raters, codes, names=NAMES, scale=SCALE)
    backward, _ = arrange_ratings(units[back], raters[back], codes[back], names=NAMES, scale=SCALE)

    assert forward.codes.tolist() == backward.codes.tolist()


def test_each_row_knows_the_cluster_of_its_unit():
    units, raters, codes = (np.array(column) for column in ([7, 3, 5], [0, 1, 2], [0, 1, 2]))

    ratings, _ = arrange_ratings(units, raters, codes, names=NAMES, scale=SCALE, clusters={3: 1, 5: 0, 7: 1})

    assert ratings.clusters is not None
    assert ratings.clusters.tolist() == [1, 0, 1]


def test_a_rater_who_is_in_twice_on_a_unit_is_refused():
    twice = np.array([1, 1])

    with pytest.raises(ValueError, match="in twice"):
        arrange_ratings(twice, np.array([0, 0]), np.array([0, 1]), names=NAMES, scale=SCALE)


def test_no_labels_make_an_empty_matrix():
    nothing = np.array([], dtype=np.int64)

    ratings, unit_of_row = arrange_ratings(nothing, nothing, nothing, names=(), scale=SCALE)

    assert (ratings.codes.shape, unit_of_row.tolist()) == ((0, 0), [])
