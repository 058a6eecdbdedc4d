"""What stands behind alpha: pairs counted by hand, the two disagreements at every level, and the paradox in words."""

import json
from itertools import combinations

import numpy as np
import pytest

from labeling.stats.alpha import estimate_alpha
from labeling.stats.categories import CategoryAgreement, describe_categories, explain_paradox
from labeling.stats.results import Estimate
from tests.stats.matrices import FOUR_BY_TWELVE, ratings_of_rows, report_of_rows, rows_of_matrix, rows_of_table

LEVELS = ("nominal", "ordinal", "interval", "ratio")
# ../shared/design/methods.md M6: raters a and b, pass and fail.
SKEWED = ((90, 5), (4, 1))
BALANCED = ((45, 5), (5, 45))


def describe(rows, level="nominal", *, replicates=0, seed=0, **options):
    ratings = ratings_of_rows(rows, level, **options)
    return describe_categories(ratings, replicates=replicates, rng=np.random.default_rng(seed))


def random_rows(seed, *, n_units=30, n_raters=4, labels=("1", "2", "3", "5", "8"), share_missing=0.3):
    rng = np.random.default_rng(seed)
    return [
        (f"u{unit:03}", f"r{rater}", labels[min(len(labels) - 1, rng.poisson(1.2))])
        for unit in range(n_units)
        for rater in range(n_raters)
        if rng.random() > share_missing
    ]


def categories_of(*described):
    return [CategoryAgreement(label, 0, share, Estimate(agreement)) for label, share, agreement in described]


def test_pairs_are_what_plain_loops_count():
    rows = random_rows(1)
    units = {}
    for unit, _, label in rows:
        units.setdefault(unit, []).append(label)
    labels = ["1", "2", "3", "5", "8"]
    expected = {(c, k): 0 for c in labels for k in labels}
    for given in units.values():
        for pair in combinations(given, 2):
            for cell in {pair, pair[::-1]}:
                expected[cell] += 1

    report = describe(rows, declared=labels)

    assert report.pairs == tuple(tuple(expected[c, k] for k in labels) for c in labels)


@pytest.mark.parametrize(("table", "positive", "negative"), [(SKEWED, 0.952, 0.182), (BALANCED, 0.9, 0.9)])
def test_two_raters_have_positive_and_negative_agreement(table, positive, negative):
    report = describe(rows_of_table(table, categories=["pass", "fail"]), declared=["pass", "fail"])

    assert [category.agreement.value for category in report.categories] == pytest.approx([positive, negative], abs=5e-4)


def test_three_raters_by_hand():
    # u0: a a b, u1: a b b, u2: b b b. o_aa = 2/2 = 1 of n_a = 3; o_bb = 2/2 + 6/2 = 4 of n_b = 6.
    report = describe(rows_of_matrix("a a b\na b b\nb b b"))

    assert [category.agreement.value for category in report.categories] == pytest.approx([1 / 3, 4 / 6])
    assert [category.n_ratings for category in report.categories] == [3, 6]
    assert [category.share for category in report.categories] == pytest.approx([1 / 3, 2 / 3])
    assert report.pairs == ((1, 4), (4, 4))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(12))
def test_alpha_is_one_minus_observed_over_expected(level, seed):
    ratings = ratings_of_rows(random_rows(seed), level, declared=["1", "2", "3", "5", "8", "13"])
    report = describe_categories(ratings, replicates=0, rng=np.random.default_rng(0))

    alpha = estimate_alpha(ratings, replicates=0, rng=np.random.default_rng(0)).value
    assert 1 - report.observed_disagreement / report.expected_disagreement == pytest.approx(alpha, abs=1e-9)
    assert 0 <= report.observed_disagreement <= 1
    assert 0 <= report.expected_disagreement <= 1


@pytest.mark.parametrize("level", LEVELS)
def test_raters_at_the_two_ends_of_the_scale_disagree_wholly(level):
    report = describe(rows_of_matrix("0 0 9 9\n9 9 0 0"), level, declared=["0", "3", "9"])

    assert report.observed_disagreement == pytest.approx(1)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_renaming_in_the_same_order_changes_nothing(level):
    rows = random_rows(3)
    renamed = [(unit, rater, str(int(label) ** 3)) for unit, rater, label in rows]

    before, after = describe(rows, level), describe(renamed, level)

    assert after.pairs == before.pairs
    assert after.expected_disagreement == pytest.approx(before.expected_disagreement)
    assert [category.agreement for category in after.categories] == [
        category.agreement for category in before.categories
    ]


def test_a_unit_with_one_rating_changes_nothing():
    rows = random_rows(4)

    assert describe([*rows, ("u900", "r0", "1")], replicates=100) == describe(rows, replicates=100)


def test_order_of_rows_changes_nothing_not_even_an_interval():
    rows = random_rows(5)

    assert describe(rows[::-1], replicates=200) == describe(rows, replicates=200)


def test_every_agreement_lies_inside_its_interval():
    report = describe(random_rows(6), replicates=500)

    for category in report.categories:
        assert category.agreement.low <= category.agreement.value <= category.agreement.high


def test_a_category_of_which_nobody_is_followed_has_a_one_sided_interval():
    rows = rows_of_table(((40, 3), (2, 0)), categories=["pass", "fail"])

    fail = describe(rows, declared=["pass", "fail"], replicates=200).categories[1].agreement

    assert (fail.value, fail.low, fail.n) == (0.0, 0.0, 5)
    # Wilson's upper bound of 0 in 5: z² / (5 + z²) with z = 1.645.
    assert fail.high == pytest.approx(2.706 / 7.706, abs=1e-3)


def test_a_category_that_nobody_gave_says_so():
    category = describe(rows_of_matrix("a b\na b"), declared=["a", "b", "c"]).categories[2]

    assert category.agreement.undefined == "nobody gave 'c' to a unit with two ratings"
    assert (category.n_ratings, category.share) == (0, 0.0)


def test_without_a_pairable_unit_nothing_has_a_value():
    report = describe(rows_of_matrix("a . b\n. a ."))

    assert {category.agreement.undefined for category in report.categories} == {"no unit was rated by two raters"}
    assert (report.observed_disagreement, report.expected_disagreement, report.paradox) == (None, None, "")
    assert report.categories[0].share is None


def test_one_category_throughout_leaves_no_disagreement_to_expect():
    report = describe(rows_of_matrix("a a a\na a a"), declared=["a", "b"])

    assert (report.observed_disagreement, report.expected_disagreement, report.paradox) == (0.0, 0.0, "")


def test_clusters_are_drawn_whole():
    rows = rows_of_matrix(FOUR_BY_TWELVE)
    clusters = {unit: f"c{int(unit[1:]) // 3}" for unit, _, _ in rows}

    alone = describe(rows, replicates=500).categories[1].agreement
    together = describe(rows, replicates=500, cluster_of_unit=clusters).categories[1].agreement

    assert alone.value == together.value
    assert (alone.low, alone.high) != (together.low, together.high)


def test_more_values_than_a_table_can_show_leave_the_disagreements():
    rows = [(f"u{unit}", rater, str(2 * unit + (rater == "b"))) for unit in range(60) for rater in "ab"]

    report = describe(rows, "interval")

    assert (report.categories, report.pairs, report.paradox) == ((), (), "")
    assert 0 < report.observed_disagreement < report.expected_disagreement


def test_the_paradox_speaks_on_the_oracle_and_is_silent_on_the_balanced_table():
    # ../shared/design/methods.md M6: 90/5/4/1 and 45/5/5/45.
    skewed = rows_of_table(SKEWED, categories=["pass", "fail"])
    report = report_of_rows(skewed, declared=["pass", "fail"])

    figures = [
        report.percent_agreement.pooled.value,
        report.pairs[0].kappas.kappa.value,
        report.alpha.value,
        report.chance.gwet_ac1.value,
        report.chance.brennan_prediger.value,
    ]
    assert figures == pytest.approx([0.910, 0.135, 0.139, 0.900, 0.820], abs=5e-4)
    assert describe(skewed, declared=["pass", "fail"]).paradox == (
        "alpha is low because “fail” is rare (6 % of labels): where one rater gives it, another does in 18 % of cases; "
        "with “pass” in 95 %"
    )
    assert describe(rows_of_table(BALANCED, categories=["pass", "fail"])).paradox == ""


SKEWED_SHARES = [("pass", 0.945, 0.952), ("fail", 0.055, 0.182)]


@pytest.mark.parametrize(
    ("alpha", "ac1", "agreement", "categories", "speaks"),
    [
        (0.139, 0.900, 0.910, SKEWED_SHARES, True),
        (0.801, 0.800, 0.900, [("pass", 0.5, 0.9), ("fail", 0.5, 0.9)], False),
        (None, 0.900, 0.910, SKEWED_SHARES, False),
        (0.667, 0.900, 0.910, SKEWED_SHARES, False),
        (0.139, 0.900, 0.799, SKEWED_SHARES, False),
        (0.139, None, 0.910, SKEWED_SHARES, True),
        (0.500, 0.810, 0.850, [("pass", 0.85, 0.9), ("fail", 0.15, 0.55)], True),
        (0.500, 0.790, 0.850, [("pass", 0.85, 0.9), ("fail", 0.15, 0.55)], False),
        (0.500, None, 0.850, [("pass", 0.85, 0.9), ("fail", 0.15, 0.55)], False),
        # A category that nobody gave is not rare but absent.
        (0.500, 0.790, 0.850, [("pass", 0.85, 0.9), ("fail", 0.15, 0.55), ("unclear", 0.0, 0.0)], False),
    ],
)
def test_the_paradox_bites_where_alpha_is_low_agreement_high_and_a_category_rare(
    alpha, ac1, agreement, categories, speaks
):
    categories = categories_of(*categories)

    sentence = explain_paradox(alpha=alpha, ac1=ac1, agreement=agreement, categories=categories)

    assert bool(sentence) == speaks


def test_the_paradox_never_says_0_percent_of_what_is_there():
    categories = categories_of(("pass", 0.996, 0.9985), ("fail", 0.004, 0.0))

    sentence = explain_paradox(alpha=0.0, ac1=0.99, agreement=0.99, categories=categories)

    assert "“fail” is rare (under 1 % of labels)" in sentence
    assert "in 0 % of cases; with “pass” in over 99 %" in sentence


def test_document_holds_lists_and_no_nan():
    report = describe(random_rows(7), declared=["1", "2", "3", "5", "8", "13"], replicates=50)

    document = report.as_document()

    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document) == [
        "n_units",
        "categories",
        "pairs",
        "observed_disagreement",
        "expected_disagreement",
        "paradox",
    ]
    assert list(document["categories"][0]) == ["label", "n_ratings", "share", "agreement"]
