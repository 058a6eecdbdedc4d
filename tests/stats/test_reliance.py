"""Reliance on a judge: the two ratios and what the look adds, by hand, at the edges and against a known truth."""

from itertools import permutations

import numpy as np
import pytest

from labeling.stats.reliance import estimate_reliance, paired_difference

# (blind, judge, second, truth, how many), worked by hand: every way in which two labels can fall.
CASES = [
    ("fail", "pass", "pass", "pass", 6),  # wrong, and moved by a judge that is right
    ("fail", "pass", "fail", "pass", 2),  # wrong, and not moved by it
    ("pass", "fail", "pass", "pass", 9),  # right, and not moved by a judge that is wrong
    ("pass", "fail", "fail", "pass", 3),  # right, and moved by it
    ("fail", "fail", "fail", "pass", 4),  # both wrong
    ("fail", "fail", "pass", "pass", 1),  # both wrong, and yet thought better of it
    ("pass", "pass", "pass", "pass", 50),  # both right: says nothing
]


def columns(cases):
    rows = [labels for *labels, n in cases for _ in range(n)]
    return [list(column) for column in zip(*rows, strict=True)]


def test_the_table_worked_by_hand():
    found = estimate_reliance(*columns(CASES))

    assert (found.n_cases, found.n_judge_wrong) == (75, 17)
    assert (found.rair.value, found.rair.n) == (6 / 8, 8)
    assert (found.rsr.value, found.rsr.n) == (9 / 12, 12)
    assert found.over_reliance.value == pytest.approx(3 / 12)
    # Of the 17 it agrees with the judge on 5 before and on 7 after: three came over, one left.
    assert found.swayed.value == pytest.approx(2 / 17)


def test_the_intervals_are_wilsons_and_turned_round():
    found = estimate_reliance(*columns(CASES))

    # Newcombe (1998), Statistics in Medicine 17, 857-872, method 3, gives 6 of 8 by hand: (0.4093, 0.9285).
    assert (found.rair.low, found.rair.high) == (pytest.approx(0.4093, abs=5e-5), pytest.approx(0.9285, abs=5e-5))
    assert (found.over_reliance.low, found.over_reliance.high) == (
        pytest.approx(1 - found.rsr.high),
        pytest.approx(1 - found.rsr.low),
    )


def test_the_paired_interval_by_hand():
    """b = 3, c = 1, n = 17: d = 2/19, half-width 1.96 √(5 − 4/19) / 19 = 0.22575 (Agresti and Min 2005)."""
    apart = paired_difference(n_only_after=3, n_only_before=1, n=17)

    assert apart.low == pytest.approx(2 / 19 - 0.22575, abs=5e-5)
    assert apart.high == pytest.approx(2 / 19 + 0.22575, abs=5e-5)


def test_whoever_follows_the_judge_in_everything_switches_always_and_keeps_never():
    blind, judge, _, truth = columns(CASES)

    found = estimate_reliance(blind, judge, judge, truth)

    assert (found.rair.value, found.rsr.value, found.over_reliance.value) == (1.0, 0.0, 1.0)
    assert found.swayed.value == pytest.approx(12 / 17)


def test_whoever_never_moves_keeps_always_and_switches_never():
    blind, judge, _, truth = columns(CASES)

    found = estimate_reliance(blind, judge, blind, truth)

    assert (found.rair.value, found.rsr.value, found.swayed.value) == (0.0, 1.0, 0.0)


def test_a_switch_to_a_third_label_is_no_appropriate_reliance():
    found = estimate_reliance(["4", "3"], ["3", "4"], ["2", "2"], ["3", "3"])

    assert (found.rair.value, found.rsr.value, found.swayed.value) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("labels", [[], [("pass",) * 4] * 40])
def test_without_a_case_there_is_a_reason_and_no_number(labels):
    found = estimate_reliance(*(zip(*labels, strict=True) if labels else [[]] * 4))

    assert [one.value for one in (found.rair, found.rsr, found.over_reliance, found.swayed)] == [None] * 4
    assert found.rair.undefined == "nobody was wrong where the judge was right"
    assert found.swayed.undefined == "the judge was never wrong"


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        estimate_reliance(["pass"], ["pass"], ["pass"], [])


def test_neither_order_nor_names_of_labels_matter():
    found = estimate_reliance(*columns(CASES))
    turned = estimate_reliance(*columns(reversed(CASES)))
    for names in permutations(["pass", "fail"]):
        named = dict(zip(["pass", "fail"], names, strict=True))
        again = estimate_reliance(*[[named[one] for one in column] for column in columns(CASES)])
        assert again == turned == found


@pytest.mark.slow
def test_intervals_hold_the_truth_they_were_made_with():
    """2,000 teams of 400 looks, a judge right on 80 %, people on 75 %: the 95 % intervals hold between 93 and 98 %."""
    rng = np.random.default_rng(20)
    share_switched, share_kept, n_teams, n_looks = 0.6, 0.7, 2_000, 400
    held = np.zeros(3)

    for _ in range(n_teams):
        right, judge_right, moved = rng.random((3, n_looks))
        is_right, is_judge_right = right < 0.75, judge_right < 0.8
        blind = np.where(is_right, "good", "bad")
        judge = np.where(is_judge_right, "good", "bad")
        share_moved = np.where(is_judge_right, share_switched, 1 - share_kept)
        second = np.where((blind != judge) & (moved < share_moved), judge, blind)
        found = estimate_reliance(blind, judge, second, ["good"] * n_looks)
        # Of the judge's errors people shared 25 % blind, and 30 % of the other 75 % came over.
        truths = (share_switched, share_kept, 0.75 * 0.3)
        for place, (one, truth) in enumerate(zip((found.rair, found.rsr, found.swayed), truths, strict=True)):
            held[place] += one.low <= truth <= one.high

    assert all(0.93 <= share <= 0.98 for share in held / n_teams), held / n_teams
