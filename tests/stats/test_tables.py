"""Tables of rows that units share: in whatever parts they are counted, they add up to the same, and so does alpha."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labeling.stats.agreement import report_agreement
from labeling.stats.categories import describe_categories
from labeling.stats.consensus import estimate_consensus, reason_against_consensus
from labeling.stats.ratings import Ratings
from labeling.stats.scales import make_scale
from labeling.stats.tables import Table, add_tables, close, fold, make_table, rename_groups

SCALE = make_scale("ordinal", declared=["a", "b", "c"], observed=())
codes_of_units = st.lists(st.lists(st.integers(-1, 2), min_size=3, max_size=3), min_size=2, max_size=30)


@st.composite
def labelled(draw):
    """Codes, a group for each unit, and the part that each unit is counted in; groups may lie in several parts."""
    codes = np.array(draw(codes_of_units), dtype=np.int32)
    n_units = len(codes)
    groups = draw(st.lists(st.integers(0, 8), min_size=n_units, max_size=n_units))
    parts = draw(st.lists(st.integers(0, 3), min_size=n_units, max_size=n_units))
    return codes, np.array(groups), np.array(parts)


def in_parts(codes, groups, parts):
    """A table a part, in which groups that lie in several parts are open under their own number."""
    is_across = {group for group in groups.tolist() if len(set(parts[groups == group].tolist())) > 1}
    open_or_not = np.array([-1 - group if group in is_across else group for group in groups.tolist()])
    return [make_table(codes[parts == part], open_or_not[parts == part]) for part in np.unique(parts)]


def same(one: Table, other: Table) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("rows", "groups", "times"))


@given(labelled(), st.randoms(use_true_random=False))
def test_parts_in_any_order_add_up_to_what_all_units_give(world_of_labels, dice):
    codes, groups, parts = world_of_labels
    tables = in_parts(codes, groups, parts)
    dice.shuffle(tables)

    assert same(close(add_tables(tables)), make_table(codes, groups))


@given(labelled())
def test_parts_may_be_added_one_after_the_other(world_of_labels):
    tables = in_parts(*world_of_labels)
    one_by_one = tables[0]
    for table in tables[1:]:
        one_by_one = add_tables([one_by_one, table])

    assert same(one_by_one, add_tables(tables))


@given(labelled(), st.booleans())
def test_rows_that_stand_for_several_units_give_the_report_of_the_units(world_of_labels, are_grouped):
    codes, groups, _ = world_of_labels
    names = ("ann", "bob", "cat")
    plain = Ratings(codes, names, SCALE, groups if are_grouped else None)
    table = make_table(codes, groups if are_grouped else np.arange(len(codes)))
    folded = Ratings(table.rows, names, SCALE, table.groups if are_grouped else None, table.times)

    for describe in (report_agreement, describe_categories):
        first, second = (
            describe(ratings, replicates=20, rng=np.random.default_rng(0)).as_document() for ratings in (plain, folded)
        )
        assert first == second
    assert reason_against_consensus(plain) == reason_against_consensus(folded)


def test_the_consensus_of_rows_is_that_of_their_units():
    codes = np.random.default_rng(0).integers(-1, 3, size=(200, 4)).astype(np.int32)
    names = ("ann", "bob", "cat", "dan")
    table = make_table(codes, np.arange(len(codes)))

    units = estimate_consensus(Ratings(codes, names, SCALE))
    rows = estimate_consensus(Ratings(table.rows, names, SCALE, times=table.times))

    assert len(table.rows) < len(codes)
    assert (units.confusions == rows.confusions).all()
    assert units.n_iterations == rows.n_iterations


def test_clusters_that_are_too_large_for_a_number_are_told_apart_by_their_rows_and_not_by_who_came_first():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, size=(400, 3)).astype(np.int32)
    groups = np.repeat(np.arange(4), 100)
    order = rng.permutation(4)[groups]

    def low_and_high(clusters):
        ratings = Ratings(codes, ("ann", "bob", "cat"), SCALE, clusters)
        return report_agreement(ratings, replicates=50, rng=np.random.default_rng(0)).as_document()

    assert low_and_high(groups) == low_and_high(order)


def test_a_group_that_nobody_closed_is_kept_under_its_number():
    table = make_table(np.array([[1], [2], [1]], dtype=np.int32), np.array([0, -1, -2]))

    renamed = rename_groups(table, np.array([5, 3]))

    assert renamed.groups.tolist() == [0, -6, -4]
    assert fold(renamed).groups.tolist() == [0, -4, -6]
    assert close(renamed).times.tolist() == [2, 1]


def test_no_units_are_a_table_too():
    nothing = make_table(np.zeros((0, 3), dtype=np.int32), np.zeros(0, dtype=np.int64))

    assert close(add_tables([nothing, nothing])).n_units == 0
