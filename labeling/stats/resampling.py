"""Drawing bootstrap samples of units, or of clusters of units, as weights on the distinct rows they collapse to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Weights of so many cells are held at once: 16 MB.
CELLS_AT_ONCE = 2_000_000
LARGEST_KEY = 2**62

Weights = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Distinct rows with how many units have each; sorted, so that a seed gives the same draws in any row order.

    multiplicity : (n_rows,) int64, units per distinct row
    membership : None, or (n_contents, n_rows) sparse int64, units per row within a cluster of each distinct content
    times : None, or (n_contents,) int64, how many clusters have each content
    """

    multiplicity: NDArray[np.int64]
    membership: Any = None
    times: NDArray[np.int64] | None = None

    @property
    def n_units(self) -> int:
        return int(self.multiplicity.sum())

    @property
    def n_resampled(self) -> int:
        """How many independent things there are: clusters where there are any, else units."""
        return self.n_units if self.times is None else int(self.times.sum())

    def count_where(self, is_meant: NDArray[np.bool_]) -> int:
        """How many independent things have one of these distinct rows: clusters where there are any, else units."""
        if self.membership is None or self.times is None:
            return int(self.multiplicity[is_meant].sum())
        return int(self.times[self.membership @ is_meant.astype(np.int64) > 0].sum())

    @property
    def observed(self) -> Weights:
        """(1, n_rows): the sample itself, as if it were one replicate."""
        return self.multiplicity[np.newaxis, :].astype(np.float64)


def collapse(
    rows: NDArray[Any], clusters: NDArray[np.int64] | None = None, times: NDArray[np.int64] | None = None
) -> tuple[NDArray[Any], Sample]:
    """The distinct rows of a (n_units, k) array in ascending order, and how to draw from them.

    `times` is (n_units,): how many units a row stands for; of rows in a cluster, how many clusters are like theirs. So
    what was collapsed part by part collapses once more to what all of it would have, whatever the parts were.
    """
    key = key_of_rows(rows)
    if key is None:
        distinct, inverse, multiplicity = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    else:
        _, first, inverse, multiplicity = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        distinct = rows[first]
    if times is not None:
        multiplicity = add_up(inverse.ravel(), times, n=len(distinct))
    if clusters is None:
        return distinct, Sample(multiplicity.astype(np.int64))
    first, n_alike, cluster = collapse_clusters(inverse.ravel(), clusters, times)
    from scipy.sparse import csr_array

    shape = (int(cluster.max()) + 1 if len(cluster) else 0, len(distinct))
    ones = np.ones(len(rows), dtype=np.int64)
    membership = csr_array((ones, (cluster, inverse.ravel())), shape=shape)
    return distinct, Sample(multiplicity.astype(np.int64), membership[first], n_alike)


def add_up(groups: NDArray[np.int64], numbers: NDArray[np.int64], *, n: int) -> NDArray[np.int64]:
    """(n,) the sum of the numbers of each group, in whole numbers."""
    sums = np.zeros(n, dtype=np.int64)
    np.add.at(sums, groups, numbers)
    return sums


def collapse_clusters(
    row_of_unit: NDArray[np.int64], clusters: NDArray[np.int64], times: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """One cluster of each content, how many have it, and every unit's cluster, numbered from 0.

    Items with two or three labels come in few contents however many there are, and are then drawn as one multinomial.
    Contents are sorted, small ones first: whose cluster came first must not decide which draw is whose.
    """
    _, one_of_cluster, cluster = np.unique(clusters, return_index=True, return_inverse=True)
    times_of_cluster = np.ones(len(one_of_cluster), dtype=np.int64) if times is None else times[one_of_cluster]
    order = np.lexsort((row_of_unit, cluster))
    size = np.bincount(cluster)
    start = np.cumsum(size) - size
    firsts, counts = [], []
    for n_inside in np.unique(size):
        members = np.flatnonzero(size == n_inside)
        contents = row_of_unit[order[start[members][:, np.newaxis] + np.arange(n_inside)]]
        key = key_of_rows(contents)
        _, first, content = np.unique(contents if key is None else key, axis=0, return_index=True, return_inverse=True)
        firsts.append(members[first])
        counts.append(add_up(content.ravel(), times_of_cluster[members], n=len(first)))
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *firsts]), np.concatenate([nothing, *counts]), cluster


def key_of_rows(rows: NDArray[Any]) -> NDArray[np.int64] | None:
    """Each row of small whole numbers as one number, which sorts many times faster than rows do; None if too large."""
    if rows.size == 0 or not np.issubdtype(rows.dtype, np.integer) or rows.min() < 0:
        return None
    base = int(rows.max()) + 1
    if base ** rows.shape[1] >= LARGEST_KEY:
        return None
    key = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        key *= base
        key += column
    return key


def draw_weights(sample: Sample, *, replicates: int, rng: np.random.Generator) -> Iterator[Weights]:
    """Bootstrap samples with replacement, in chunks of (n_replicates, n_rows): how often each row was drawn.

    Few distinct rows, or contents of clusters, are drawn as one multinomial, whose cost does not grow with the units;
    else one by one. Resampled are units, whole, or whole clusters: single labels would give an interval around 0.
    """
    times = sample.multiplicity if sample.times is None else sample.times
    n_kinds, n_drawn = len(times), sample.n_resampled
    is_multinomial = n_kinds < n_drawn / 8
    at_once = max(1, CELLS_AT_ONCE // max(n_kinds, len(sample.multiplicity), 1 if is_multinomial else n_drawn))
    kind_of_thing = None if is_multinomial else np.repeat(np.arange(n_kinds), times)
    for start in range(0, replicates, at_once):
        size = min(at_once, replicates - start)
        if kind_of_thing is None:
            drawn = rng.multinomial(n_drawn, times / n_drawn, size=size).astype(np.float64)
        else:
            drawn = count_drawn(kind_of_thing, n_kinds, size, rng)
        yield drawn if sample.membership is None else drawn @ sample.membership


def count_drawn(row_of_unit: NDArray[np.int64], n_rows: int, size: int, rng: np.random.Generator) -> Weights:
    """All replicates in one pass: cells are numbered through, a loop over replicates would cost more than the draws."""
    drawn = row_of_unit[rng.integers(0, len(row_of_unit), size=(size, len(row_of_unit)))]
    drawn += np.arange(size)[:, np.newaxis] * n_rows
    return np.bincount(drawn.ravel(), minlength=size * n_rows).reshape(size, n_rows).astype(np.float64)
