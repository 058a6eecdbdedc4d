"""Seeding: gold and doubles fall at random with the share asked for, and nobody can learn where."""

import itertools
import math
from collections import Counter

import pytest

from labeling.policy.seeding import GOLD_STOCK, cases_to_plant, is_gold_turn, overlap_of_entry, share_bad_of

N_TURNS = 20_000


def gold_turns(share, *, reviewer_id=1, n_turns=N_TURNS):
    return [
        turn for turn in range(n_turns) if is_gold_turn("secret", reviewer_id=reviewer_id, turn=turn, gold_share=share)
    ]


def four_standard_errors(share, n):
    return 4 * math.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize("share", [0.03, 0.1, 0.5])
def test_the_share_of_gold_turns_is_the_one_asked_for(share):
    assert abs(len(gold_turns(share)) / N_TURNS - share) < four_standard_errors(share, N_TURNS)


@pytest.mark.parametrize(("share", "n_gold"), [(0.0, 0), (1.0, 500)])
def test_none_is_none_and_all_is_all(share, n_gold):
    assert len(gold_turns(share, n_turns=500)) == n_gold


def test_gaps_between_gold_turns_look_geometric_and_not_periodic():
    share = 0.1
    turns = gold_turns(share)
    gaps = Counter(min(later - turn, 21) for turn, later in itertools.pairwise(turns))
    n_gaps = sum(gaps.values())

    expected = {gap: n_gaps * share * (1 - share) ** (gap - 1) for gap in range(1, 21)}
    expected[21] = n_gaps * (1 - share) ** 20
    chi_squared = sum((gaps[gap] - n) ** 2 / n for gap, n in expected.items())

    # 45.3 is the 0.1 % point of chi-squared with 20 degrees of freedom; a counter scores in the thousands.
    assert chi_squared < 45.3


def test_two_reviewers_meet_gold_at_turns_of_their_own():
    mine, theirs = set(gold_turns(0.1)), set(gold_turns(0.1, reviewer_id=2))

    assert abs(len(mine & theirs) / N_TURNS - 0.01) < four_standard_errors(0.01, N_TURNS)


def test_a_larger_share_only_adds_gold_turns():
    assert set(gold_turns(0.05)) < set(gold_turns(0.1))


def overlaps(**changes):
    asked = {"overlap": 1, "tier_overlap": 1, "doubled_share": 0.2, **changes}
    return [overlap_of_entry("secret", item_id=number, **asked) for number in range(N_TURNS)]


def test_a_random_share_is_doubled():
    counts = Counter(overlaps())

    assert set(counts) == {1, 2}
    assert abs(counts[2] / N_TURNS - 0.2) < four_standard_errors(0.2, N_TURNS)


@pytest.mark.parametrize(
    ("changes", "overlap"),
    [
        ({"overlap": 2}, 2),
        ({"tier_overlap": 2}, 2),
        ({"overlap": 2, "tier_overlap": 3}, 3),
        ({"doubled_share": 0}, 1),
        ({"doubled_share": 1}, 2),
    ],
)
def test_the_larger_overlap_counts_and_what_is_double_is_not_doubled(changes, overlap):
    assert set(overlaps(**changes)) == {overlap}


def plan(*, bad=(), fine=(), share_bad=0.5, n_planted=0, n_before=0, reviewer_id=1):
    return cases_to_plant(
        "secret",
        reviewer_id=reviewer_id,
        bad_case_ids=bad,
        fine_case_ids=fine,
        share_bad=share_bad,
        n_planted=n_planted,
        n_before=n_before,
    )


def test_gold_lies_ready_up_to_the_stock():
    planted = [len(plan(fine=range(10), n_planted=n)) for n in range(GOLD_STOCK + 2)]

    assert planted == [4, 3, 2, 1, 0, 0]


def test_no_more_is_planted_than_is_unseen():
    assert sorted(plan(bad=[7], fine=[8])) == [7, 8]


def test_the_order_of_the_cases_in_the_table_does_not_matter():
    plans = {
        tuple(plan(bad=ids, fine=[100 + one for one in ids])) for ids in (list(range(20)), list(range(19, -1, -1)))
    }

    assert len(plans) == 1


def test_every_case_comes_first_for_its_share_of_reviewers():
    n_reviewers, n_cases = 5_000, 10
    first = Counter(plan(fine=range(n_cases), reviewer_id=number)[0] for number in range(n_reviewers))

    share = 1 / n_cases
    assert all(abs(first[case] / n_reviewers - share) < four_standard_errors(share, n_reviewers) for case in range(10))


@pytest.mark.parametrize("share_bad", [0.0, 0.1, 0.5, 1.0])
def test_the_classes_of_gold_follow_the_traffic(share_bad):
    chosen = [
        one
        for number in range(500)
        for one in plan(bad=range(4), fine=range(4, 8), share_bad=share_bad, reviewer_id=number)
    ]

    n_bad = sum(one < 4 for one in chosen)
    assert abs(n_bad / len(chosen) - share_bad) <= four_standard_errors(share_bad, len(chosen))


def test_a_class_is_drawn_anew_for_every_turn_and_alike_on_a_replay():
    classes = [[one < 4 for one in plan(bad=range(4), fine=range(4, 8), n_before=n)] for n in range(0, 40, 4)]

    assert classes == [[one < 4 for one in plan(bad=range(4), fine=range(4, 8), n_before=n)] for n in range(0, 40, 4)]
    assert len({tuple(one) for one in classes}) > 3


@pytest.mark.parametrize(("bad", "fine", "share_bad"), [([1, 2, 3, 4], [], 0.0), ([], [1, 2, 3, 4], 1.0)])
def test_where_a_class_has_run_out_the_other_is_used(bad, fine, share_bad):
    assert sorted(plan(bad=bad, fine=fine, share_bad=share_bad)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("n_bad", "n_labels", "share"), [(0, 0, 0.5), (3, 29, 0.5), (3, 30, 0.1), (0, 200, 0.0), (50, 200, 0.25)]
)
def test_too_few_labels_make_it_half_and_half(n_bad, n_labels, share):
    assert share_bad_of(n_bad, n_labels) == share
