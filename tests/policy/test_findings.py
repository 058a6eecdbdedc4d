"""Sentences that go no further than their intervals."""

import pytest

from labeling.policy.findings import Bin, Interval, read_change, read_reliability


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (Interval(0.5, 0.69), "Alpha fell"),
        (Interval(0.5, 0.7), "No change that these numbers could show"),
        (Interval(0.6, 0.95), "No change that these numbers could show"),
        (Interval(0.91, 0.95), "Alpha rose"),
    ],
)
def test_a_change_is_told_only_where_intervals_do_not_overlap(after, words):
    assert read_change("Alpha", before=Interval(0.7, 0.9), after=after) == words


def test_a_bin_speaks_only_when_its_interval_leaves_the_line_out():
    sure, modest, fitting = Bin(0.95, Interval(0.7, 0.9)), Bin(0.55, Interval(0.6, 0.8)), Bin(0.75, Interval(0.7, 0.9))

    assert read_reliability([sure, fitting]) == "Of 2 bins, it is surer than right in 1"
    assert read_reliability([sure, sure, modest]) == (
        "Of 3 bins, it is surer than right in 2 and right more often than sure in 1"
    )
    assert read_reliability([fitting]).startswith("It may be right as often as it is sure")
