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
    membership : None, or (n_clusters, n_rows) sparse int64, units per row within each cluster
    """

    multiplicity: NDArray[np.int64]
    membership: Any = None

    @property
    def n_units(self) -> int:
        return int(self.multiplicity.sum())

    @property
    def n_resampled(self) -> int:
        """How many independent things there are: clusters where there are any, else units."""
        return self.n_units if self.membership is None else int(self.membership.shape[0])

    @property
    def observed(self) -> Weights:
        """(1, n_rows): the sample itself, as if it were one replicate."""
        return self.multiplicity[np.newaxis, :].astype(np.float64)


def collapse(rows: NDArray[Any], clusters: NDArray[np.int64] | None = None) -> tuple[NDArray[Any], Sample]:
    """The distinct rows of a (n_units, k) array in ascending order, and how to draw from them."""
    key = key_of_rows(rows)
    if key is None:
        distinct, inverse, multiplicity = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    else:
        _, first, inverse, multiplicity = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
        distinct = rows[first]
    if clusters is None:
        return distinct, Sample(multiplicity.astype(np.int64))
    from scipy.sparse import csr_array

    _, cluster = np.unique(clusters, return_inverse=True)
    shape = (int(cluster.max()) + 1 if len(cluster) else 0, len(distinct))
    ones = np.ones(len(rows), dtype=np.int64)
    return distinct, Sample(multiplicity.astype(np.int64), csr_array((ones, (cluster, inverse.ravel())), shape=shape))


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

    Few distinct rows are drawn as one multinomial, whose cost does not grow with the units; else unit by unit.
    Resampled are units, whole, or whole clusters: drawing single labels would give an interval around 0.
    """
    n_rows = len(sample.multiplicity)
    is_multinomial = sample.membership is None and n_rows < sample.n_units / 8
    at_once = max(1, CELLS_AT_ONCE // max(n_rows, 1 if is_multinomial else sample.n_resampled))
    row_of_unit = None
    if sample.membership is None and not is_multinomial:
        row_of_unit = np.repeat(np.arange(n_rows), sample.multiplicity)
    for start in range(0, replicates, at_once):
        size = min(at_once, replicates - start)
        if is_multinomial:
            shares = sample.multiplicity / sample.n_units
            yield rng.multinomial(sample.n_units, shares, size=size).astype(np.float64)
        elif row_of_unit is not None:
            yield count_drawn(row_of_unit, n_rows, size, rng)
        else:
            n_clusters = sample.n_resampled
            yield count_drawn(np.arange(n_clusters), n_clusters, size, rng) @ sample.membership


def count_drawn(row_of_unit: NDArray[np.int64], n_rows: int, size: int, rng: np.random.Generator) -> Weights:
    """All replicates in one pass: cells are numbered through, a loop over replicates would cost more than the draws."""
    drawn = row_of_unit[rng.integers(0, len(row_of_unit), size=(size, len(row_of_unit)))]
    drawn += np.arange(size)[:, np.newaxis] * n_rows
    return np.bincount(drawn.ravel(), minlength=size * n_rows).reshape(size, n_rows).astype(np.float64)
