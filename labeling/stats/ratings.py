"""Ratings as a matrix of codes, and the count patterns that everything but a pair's kappa is computed from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.resampling import Sample, collapse
from labeling.stats.scales import Scale

MISSING = -1
MOST_COUNTS = 50_000_000
CELLS_AT_ONCE = 200_000

Codes = NDArray[np.signedinteger]


class TooManyValues(ValueError):
    """So many distinct values that the counts do not fit into memory."""


@dataclass(frozen=True)
class Ratings:
    """Who gave which unit which category.

    codes : (n_units, n_raters) signed integers, positions in `scale.categories`, -1 = not rated
    raters : one name a column
    clusters : (n_units,) int, or None; units of one cluster (one conversation, one prompt) are resampled together
    times : (n_units,) int64, or None for once each; where units with the same labels were put into one row, how many
        there are, and of rows in a cluster, how many clusters have the same rows
    """

    codes: Codes
    raters: tuple[str, ...]
    scale: Scale
    clusters: NDArray[np.int64] | None = None
    times: NDArray[np.int64] | None = None

    @property
    def n_ratings_of_unit(self) -> NDArray[np.int64]:
        return np.asarray(np.count_nonzero(self.codes != MISSING, axis=1), dtype=np.int64)

    @property
    def n_units_of_row(self) -> NDArray[np.int64]:
        return np.ones(len(self.codes), dtype=np.int64) if self.times is None else self.times

    def only(self, rows: NDArray[np.bool_]) -> "Ratings":
        """Those of some rows; `rows` is (n_units,) bool."""
        clusters = None if self.clusters is None else self.clusters[rows]
        times = None if self.times is None else self.times[rows]
        return Ratings(self.codes[rows], self.raters, self.scale, clusters, times)

    def count_units(self, rows: NDArray[np.bool_]) -> int:
        """How many units some rows stand for."""
        return int(self.n_units_of_row[rows].sum())


@dataclass(frozen=True)
class CountPatterns:
    """The distinct count rows of units with enough ratings, as a rule two (*pairable*), and how often each occurs.

    counts : (n_patterns, n_categories) int64
    sample : how to draw from them
    """

    counts: NDArray[np.int64]
    sample: Sample


def make_ratings(
    rows: Iterable[tuple[str, str, str]], *, scale: Scale, cluster_of_unit: Mapping[str, str] | None = None
) -> Ratings:
    """The matrix of (unit, rater, label) rows. Units and raters are sorted, so the order of rows cannot matter.

    Raises `ValueError` when a rater is in twice on a unit: the caller states which of the two counts, since
    counting both would let the rater agree with himself.
    """
    table = list(rows)
    units = {name: index for index, name in enumerate(sorted({unit for unit, _, _ in table}))}
    raters = {name: index for index, name in enumerate(sorted({rater for _, rater, _ in table}))}
    code_of = {category: code for code, category in enumerate(scale.categories)}
    codes = np.full((len(units), len(raters)), MISSING, dtype=np.int16 if len(scale) < 2**15 else np.int32)
    for unit, rater, label in table:
        cell = units[unit], raters[rater]
        if codes[cell] != MISSING:
            raise ValueError(f"rater {rater!r} is in twice on unit {unit!r}")
        codes[cell] = code_of[label]
    clusters = None
    if cluster_of_unit is not None:
        position = {name: index for index, name in enumerate(sorted({cluster_of_unit[unit] for unit in units}))}
        clusters = np.array([position[cluster_of_unit[unit]] for unit in units], dtype=np.int64)
    return Ratings(codes, tuple(raters), scale, clusters)


def arrange_ratings(
    units: NDArray[np.int64],
    raters: NDArray[np.int64],
    codes: NDArray[np.int64],
    *,
    names: Sequence[str],
    scale: Scale,
    clusters: Mapping[int, int] | None = None,
) -> tuple[Ratings, NDArray[np.int64]]:
    """The matrix of labels that come as three columns of one length, and the unit of each of its rows, ascending.

    For labels by the million: `make_ratings` wants a tuple for each.

    Parameters
    ----------
    units : ids of any size; raters : positions in `names`; codes : positions in `scale.categories`
    clusters : None, or the cluster of each unit, by id

    Raises
    ------
    ValueError : a rater is in twice on a unit
    """
    rows, row_of_label = np.unique(units, return_inverse=True)
    order = sorted(range(len(names)), key=names.__getitem__)
    column_of_rater = np.argsort(np.array(order, dtype=np.int64))
    cells = row_of_label.ravel() * len(names) + column_of_rater[raters]
    if len(np.unique(cells)) < len(cells):
        raise ValueError("a rater is in twice on a unit")
    matrix: Codes = np.full(len(rows) * len(names), MISSING, dtype=np.int16 if len(scale) < 2**15 else np.int32)
    matrix[cells] = codes
    of_rows = None if clusters is None else np.array([clusters[unit] for unit in rows.tolist()], dtype=np.int64)
    return Ratings(matrix.reshape(len(rows), len(names)), tuple(names[at] for at in order), scale, of_rows), rows


def count_patterns(ratings: Ratings, *, fewest: int = 2) -> CountPatterns:
    """Counts n_uc per unit of `fewest` ratings or more, equal rows collapsed: exact, and far fewer rows than units."""
    n_values, n_units = len(ratings.scale), int(ratings.n_units_of_row.sum())
    if n_units * n_values > MOST_COUNTS:
        raise TooManyValues(f"{n_values:,} distinct values on {n_units:,} units are too many; round them")
    counts = count_categories(ratings.codes, len(ratings.scale))
    is_enough = counts.sum(axis=1) >= fewest
    clusters = None if ratings.clusters is None else ratings.clusters[is_enough]
    times = None if ratings.times is None else ratings.times[is_enough]
    rows, sample = collapse(counts[is_enough], clusters, times)
    return CountPatterns(rows.astype(np.int64), sample)


def count_categories(codes: Codes, n_categories: int) -> NDArray[np.int32]:
    """(n_units, n_categories) counts, some units at a time: the matrix is never copied whole, nor as floats."""
    counts = np.empty((len(codes), n_categories), dtype=np.int32)
    n_raters = codes.shape[1]
    at_once = max(1, CELLS_AT_ONCE // max(n_raters, n_categories, 1))
    for start in range(0, len(codes), at_once):
        part = codes[start : start + at_once].ravel()
        rated = np.flatnonzero(part != MISSING)
        n_units = len(counts[start : start + at_once])
        cell = rated // n_raters * n_categories + part[rated]
        counts[start : start + at_once] = np.bincount(cell, minlength=n_units * n_categories).reshape(n_units, -1)
    return counts
