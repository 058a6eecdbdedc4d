"""Rows of small whole numbers that many units share, counted part by part and added up to what all of them give.

Whole numbers only, so that sums are exact: in whatever parts and order they are counted, the sum is the same table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.resampling import collapse_clusters, key_of_rows

Whole = NDArray[np.signedinteger]


@dataclass(frozen=True)
class Table:
    """The rows of units, in groups that are drawn together; groups with the same rows are kept once.

    rows : (n_lines, n_columns) int, a line a unit
    groups : (n_lines,) int64, which group each line is of; below 0 where the group is open, -1 - its number in a list
        of names: other parts may have more lines of it
    times : (n_lines,) int64, how many groups have the same rows; 1 of an open one
    """

    rows: Whole
    groups: NDArray[np.int64]
    times: NDArray[np.int64]

    @property
    def n_units(self) -> int:
        return int(self.times.sum())


def make_table(rows: Whole, groups: NDArray[np.int64]) -> Table:
    """The table of rows that stand for one unit each."""
    return fold(Table(rows, groups, np.ones(len(rows), dtype=np.int64)))


def fold(table: Table) -> Table:
    """Groups with the same rows as one, in an order that depends on nothing but the rows; open ones behind, as they
    are, by their number."""
    is_open = table.groups < 0
    kinds, closed = number_rows(table.rows), ~is_open
    first, n_alike, group = collapse_clusters(kinds[closed], table.groups[closed], table.times[closed])
    place_of_group = np.full(int(group.max()) + 1 if len(group) else 0, -1, dtype=np.int64)
    place_of_group[first] = np.arange(len(first))
    places = place_of_group[group]
    kept, kept_places = np.flatnonzero(closed)[places >= 0], places[places >= 0]
    kept = kept[order := np.lexsort((kinds[kept], kept_places))]
    kept_places = kept_places[order]
    left = np.flatnonzero(is_open)
    left = left[np.lexsort((kinds[left], -table.groups[left]))]
    return Table(
        table.rows[np.concatenate([kept, left])],
        np.concatenate([kept_places, table.groups[left]]),
        np.concatenate([n_alike[kept_places], table.times[left]]),
    )


def number_rows(rows: Whole) -> NDArray[np.int64]:
    """(n_lines,) the rank of each row among the distinct ones, column by column."""
    key = key_of_rows(rows.astype(np.int64) - rows.min(initial=0))
    _, kinds = np.unique(rows if key is None else key, axis=0, return_inverse=True)
    return kinds.ravel()


def add_tables(tables: Sequence[Table]) -> Table:
    """The sum of tables of the same columns and the same names of open groups: lines of one open group are one
    group."""
    groups, n_groups = [], 0
    for one in tables:
        groups.append(np.where(one.groups < 0, one.groups, one.groups + n_groups))
        n_groups += int(one.groups.max(initial=-1)) + 1
    return fold(
        Table(
            np.concatenate([one.rows for one in tables]),
            np.concatenate(groups),
            np.concatenate([one.times for one in tables]),
        )
    )


def rename_groups(table: Table, numbers: NDArray[np.int64]) -> Table:
    """The same with other numbers of the open groups: `numbers` has the new one of each."""
    groups, is_open = table.groups.copy(), table.groups < 0
    groups[is_open] = -1 - numbers[-1 - groups[is_open]]
    return Table(table.rows, groups, table.times)


def close(table: Table) -> Table:
    """All groups closed, once no other part can have more of them."""
    n_groups = int(table.groups.max(initial=-1)) + 1
    return fold(Table(table.rows, np.where(table.groups < 0, n_groups - 1 - table.groups, table.groups), table.times))


def spread(rows: Whole, places: NDArray[np.int64], *, n_columns: int, missing: int) -> Whole:
    """(n_lines, n_columns): the columns at their places among others, which are `missing`."""
    wide = np.full((len(rows), n_columns), missing, dtype=rows.dtype)
    wide[:, places] = rows
    return wide


def places_among(names: Sequence[str], all_names: Sequence[str]) -> NDArray[np.int64]:
    """(n_names,) int64: where each name stands among all."""
    position = {name: place for place, name in enumerate(all_names)}
    return np.array([position[name] for name in names], dtype=np.int64)
