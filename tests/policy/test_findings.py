"""Sentences that go no further than their intervals."""

import pytest

from labeling.policy.findings import Bin, Interval, Measure, read_change, read_reliability


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (Measure(0.6, Interval(0.5, 0.69)), "Alpha fell"),
        (Measure(0.6, Interval(0.45, 0.75)), "Alpha fell"),
        (Measure(0.65, Interval(0.5, 0.78)), "No change that these numbers could show"),
        (Measure(0.8, Interval(0.6, 0.95)), "No change that these numbers could show"),
        (Measure(0.99, Interval(0.85, 1.0)), "Alpha rose"),
    ],
)
def test_a_change_is_told_only_where_the_interval_of_the_difference_leaves_zero_out(after, words):
    assert read_change("Alpha", before=Measure(0.8, Interval(0.7, 0.9)), after=after) == words


def test_the_difference_of_two_shares_has_the_interval_of_newcombe():
    """His method 10 for 56/70 and 48/80 gives 0.0524 to 0.3339 (1998, table II): a change at 0.20, and none at 0.14."""
    before = Measure(0.8, Interval(0.6917, 0.8768))

    assert read_change("It", before=before, after=Measure(0.6, Interval(0.4904, 0.7004))) == "It fell"
    assert read_change("It", before=before, after=Measure(0.66, Interval(0.55, 0.81))) != "It fell"


def test_a_bin_speaks_only_when_its_interval_leaves_the_line_out():
    sure, modest, fitting = Bin(0.95, Interval(0.7, 0.9)), Bin(0.55, Interval(0.6, 0.8)), Bin(0.75, Interval(0.7, 0.9))

    assert read_reliability([sure, fitting]) == "Of 2 bins, it is surer than right in 1"
    assert read_reliability([sure, sure, modest]) == (
        "Of 3 bins, it is surer than right in 2 and right more often than sure in 1"
    )
    assert read_reliability([fitting]).startswith("It may be right as often as it is sure")
