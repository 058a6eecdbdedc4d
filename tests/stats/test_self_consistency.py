"""Pairs in both orders and inputs asked again: public verdicts counted by hand, laws, and too little of them."""

import json
from collections import Counter, defaultdict

import numpy as np
import pytest

from labeling.stats.alpha import estimate_alpha
from labeling.stats.intervals import wilson_share
from labeling.stats.ratings import Ratings
from labeling.stats.scales import make_scale
from labeling.stats.self_consistency import FIRST, MISSING, SECOND, TIE, estimate_position_bias, report_repeats

BINARY = make_scale("nominal", declared=["pass", "fail"], observed=[])
CODE = {"model_a": FIRST, "model_b": SECOND, "invalid": MISSING}


def repeats_of(runs, *, replicates=0, **options):
    return report_repeats(np.array(runs), scale=BINARY, replicates=replicates, rng=np.random.default_rng(0), **options)


@pytest.fixture
def set_ups(public_data):
    """The verdicts of eight judge set-ups on 192 pairs, as two columns each, and the figures published of them."""
    folder = public_data("mtbench_pairwise")
    verdicts = defaultdict(lambda: defaultdict(dict))
    for line in (folder / "judge_both_orders.jsonl").read_text().splitlines():
        row = json.loads(line)
        order = row["shown_first"] == row["model_a"]
        verdicts[f"{row['judge_model']}/{row['judge_prompt']}"][row["source_index"]][order] = row["verdict"]
    columns = {
        name: [np.array([CODE[of_pair[order]] for of_pair in pairs.values()]) for order in (True, False)]
        for name, pairs in verdicts.items()
    }
    numbers = json.loads((folder / "published_numbers.json").read_text())
    return columns, numbers["recomputed_here"]["both_orders_192_comparisons"]


def test_flips_of_eight_judges_are_those_counted_one_by_one(set_ups):
    columns, numbers = set_ups
    assert len(columns) == len(numbers) == 8
    for name, (in_order, swapped) in columns.items():
        bias = estimate_position_bias(in_order, swapped)

        counted = Counter(zip(in_order.tolist(), swapped.tolist(), strict=True))
        n_flips = counted[FIRST, SECOND] + counted[SECOND, FIRST]
        n_same = counted[FIRST, FIRST] + counted[SECOND, SECOND]
        assert (bias.n, bias.n + bias.n_missing) == (n_flips + n_same, numbers[name]["n"])
        assert bias.flips.value == pytest.approx(n_flips / (n_flips + n_same))
        # The published count takes two invalid verdicts for the same one.
        assert n_same + counted[MISSING, MISSING] == numbers[name]["same_verdict_both_orders"]
        assert bias.fairness.value == pytest.approx((counted[FIRST, SECOND] - counted[SECOND, FIRST]) / n_flips)
        if not numbers[name]["invalid"]:
            assert round(bias.first_shown.value, 4) == numbers[name]["first_position_share"]


def test_wilson_stands_at_the_flips():
    bias = estimate_position_bias(np.array([FIRST] * 40), np.array([FIRST] * 30 + [SECOND] * 10))

    known = wilson_share(10, 40)
    assert (bias.flips.low, bias.flips.high) == pytest.approx((known.low, known.high))


def test_exchanging_the_sides_changes_nothing():
    rng = np.random.default_rng(1)
    in_order, swapped = rng.integers(-1, 3, (2, 100))
    other_side = np.array([SECOND, FIRST, TIE, MISSING])

    # What was shown first in one order is then shown second, so the two orders change places.
    assert estimate_position_bias(other_side[swapped], other_side[in_order]) == estimate_position_bias(
        in_order, swapped
    )


def test_a_judge_that_always_takes_the_first_is_wholly_unfair_with_a_width():
    bias = estimate_position_bias(np.full(40, FIRST), np.full(40, SECOND))

    assert (bias.flips.value, bias.fairness.value, bias.first_shown.value) == (1, 1, 1)
    assert bias.flips.low < 1
    assert bias.fairness.low < 1
    assert bias.first_shown.low < 1


def test_a_tie_in_one_order_counts_half():
    in_order, swapped = np.array([FIRST] * 40), np.array([TIE] * 20 + [SECOND] * 20)

    assert estimate_position_bias(in_order, swapped).fairness.value == 0.75


def test_nothing_flipped_is_not_fair_but_undefined():
    bias = estimate_position_bias(np.full(40, TIE), np.full(40, TIE))

    assert bias.flips.value == 0
    assert bias.fairness.undefined == "no pair flipped"
    assert bias.first_shown.undefined == "every verdict was a tie"


def test_too_few_pairs_say_how_many():
    bias = estimate_position_bias(np.full(40, FIRST), np.array([FIRST] * 12 + [MISSING] * 28))

    assert (bias.n, bias.n_missing) == (12, 28)
    assert bias.flips.undefined == "not enough pairs in both orders: 12 of 30"


def test_repeats_by_hand():
    report = repeats_of([[0, 0, 0]] * 18 + [[1, 1, -1]] * 9 + [[0, 1, 1]] * 3 + [[0, -1, -1]] * 5, replicates=200)

    assert report.n == 30
    assert report.flips.value == pytest.approx(0.1)
    assert report.stability.value == pytest.approx((27 + 3 * 2 / 3) / 30)
    assert report.stability.low < report.stability.value < report.stability.high


def test_alpha_of_runs_is_that_of_raters():
    runs = np.random.default_rng(2).integers(0, 2, (50, 3))

    ratings = Ratings(runs, ("a", "b", "c"), BINARY)
    known = estimate_alpha(ratings, replicates=0, rng=np.random.default_rng(0))
    assert repeats_of(runs).alpha.value == known.value


def test_a_judge_that_never_changes_its_mind_has_a_width_and_no_alpha_of_one_label():
    report = repeats_of([[0, 0]] * 40, replicates=50)

    assert (report.flips.value, report.stability.value) == (0, 1)
    assert report.flips.high > 0
    assert report.stability.low < 1
    assert report.alpha.undefined


def test_too_few_items_judged_twice_say_how_many():
    assert repeats_of([[0, 1]] * 7 + [[0, -1]] * 90).alpha.undefined == "not enough items judged twice: 7 of 30"
