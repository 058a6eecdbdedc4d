"""Published values of alpha and percent agreement, values worked by hand, and the edges."""

import numpy as np
import pytest

from labeling.stats import alpha as alpha_module
from labeling.stats.agreement import estimate_percent_agreement
from labeling.stats.alpha import KernelMismatch, build_kernel, estimate_alpha
from labeling.stats.ratings import TooManyValues, count_patterns, make_ratings
from tests.stats.matrices import FOUR_BY_TWELVE, ratings_of_rows, report_of_rows, rows_of_matrix, rows_of_table

# Krippendorff (2011), section A: two observers, two categories, 10 units.
BINARY = """
    0 1 0 0 0 0 0 0 1 0
    1 1 1 0 0 1 0 0 0 0
"""
# Krippendorff (2011), section B: two observers, five categories, 12 units.
NOMINAL = """
    a a b b d c c c e d d a
    b a b b b c c c e d d d
"""


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorffs_four_observers(level, published):
    # Krippendorff (2011), section C and the table of metrics after it.
    report = report_of_rows(rows_of_matrix(FOUR_BY_TWELVE), level)

    assert report.alpha.value == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(("matrix", "published"), [(BINARY, 0.095), (NOMINAL, 0.692)])
def test_alpha_of_krippendorffs_two_observers(matrix, published):
    assert report_of_rows(rows_of_matrix(matrix)).alpha.value == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.691358), ("interval", 0.810845)])
def test_alpha_of_the_packages_own_example(level, published):
    # krippendorff 0.9.0, docstring of alpha(); also the worked example of Wikipedia's article.
    matrix = """
        . . . . . 3 4 1 2 1 1 3 3 . 3
        1 . 2 1 3 3 4 3 . . . . . . .
        . . 2 1 3 4 4 . 2 1 1 3 3 . 4
    """

    assert report_of_rows(rows_of_matrix(matrix), level).alpha.value == pytest.approx(published, abs=5e-7)


def test_counts_of_krippendorffs_four_observers():
    report = report_of_rows(rows_of_matrix(FOUR_BY_TWELVE))

    assert (report.n_units, report.n_units_pairable, report.n_raters, report.n_values) == (12, 11, 4, 41)
    assert report.alpha.n == 11


def test_four_percent_agreements_of_krippendorffs_four_observers():
    # ../shared/design/statistics.md 2.2; "unanimous" is R irr 0.84.1 agree().
    percent = report_of_rows(rows_of_matrix(FOUR_BY_TWELVE)).percent_agreement

    assert percent.pooled.value == pytest.approx(0.7818, abs=5e-5)
    assert percent.per_unit.value == pytest.approx(0.8182, abs=5e-5)
    assert percent.value_weighted.value == pytest.approx(0.8000, abs=5e-5)
    assert percent.unanimous.value == pytest.approx(0.7273, abs=5e-5)


def test_prevalence_paradox():
    # ../shared/design/methods.md M6: agreement 0.910, kappa 0.135, alpha 0.139.
    report = report_of_rows(rows_of_table([[90, 5], [4, 1]], categories=["pass", "fail"]))

    assert report.percent_agreement.pooled.value == pytest.approx(0.910)
    assert report.pairs[0].kappas.kappa.value == pytest.approx(0.135, abs=5e-4)
    assert report.alpha.value == pytest.approx(0.139, abs=5e-4)


def test_same_agreement_without_the_paradox():
    report = report_of_rows(rows_of_table([[45, 5], [5, 45]], categories=["pass", "fail"]))

    assert report.percent_agreement.pooled.value == pytest.approx(0.90)
    assert report.pairs[0].kappas.kappa.value == pytest.approx(0.80)
    assert report.alpha.value == pytest.approx(0.801, abs=5e-4)


def test_two_batches_of_kappa_0_pool_to_0_64():
    # ../shared/design/statistics.md 3.8: pooling mixes prevalence.
    one, other = [[81, 9], [9, 1]], [[1, 9], [9, 81]]
    pooled = [[82, 18], [18, 82]]
    kappas = [
        report_of_rows(rows_of_table(table, categories=["a", "b"])).pairs[0].kappas.kappa.value
        for table in (one, other, pooled)
    ]

    assert kappas == pytest.approx([0, 0, 0.64])


def test_alpha_worked_by_hand():
    # aa, bb, ab: n = 6, n_a = n_b = 3, o_ab + o_ba = 2; alpha = 1 - 5 · 2 / (2 · 3 · 3) = 4/9.
    assert report_of_rows(rows_of_matrix("a b a\na b b")).alpha.value == pytest.approx(4 / 9)


def test_ratio_alpha_of_zeros_worked_by_hand():
    # 00, 01, 11: d²(0,1) = 1 and d²(0,0) = 0, so that the ratio level is the nominal one here.
    assert report_of_rows(rows_of_matrix("0 0 1\n0 1 1"), "ratio").alpha.value == pytest.approx(4 / 9)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_one_category_is_undefined_with_the_category_named(level):
    report = report_of_rows(rows_of_matrix("3 3 3\n3 3 3"), level, replicates=50)

    assert report.alpha.value is None
    assert report.alpha.undefined == "every rating of a unit with two or more was '3'"
    assert "no variation" in report.alpha.flags
    assert report.pairs[0].kappas.kappa.undefined == "both gave '3' every time"
    assert report.percent_agreement.pooled.value == 1.0


def test_variation_among_single_ratings_is_none():
    # Units 3 and 4 vary, but have one rating each: there is nothing to compare.
    report = report_of_rows(rows_of_matrix("1 1 2 .\n1 1 . 3"))

    assert report.alpha.value is None


def test_one_rater_is_undefined():
    report = report_of_rows(rows_of_matrix("1 2 3"), replicates=50)

    assert report.alpha.undefined == "there is only one rater"
    assert report.percent_agreement.pooled.undefined == "there is only one rater"
    assert report.pairs == ()


def test_no_overlap_is_undefined():
    report = report_of_rows(rows_of_matrix("1 2 . .\n. . 1 2"), replicates=50)

    assert report.alpha.undefined == "no unit was rated by two raters"
    assert report.pairs[0].kappas.kappa.undefined == "no unit was rated by both"


def test_no_rating_at_all_is_undefined():
    ratings = ratings_of_rows([], "nominal", declared=["a", "b"])

    estimate = estimate_alpha(ratings, replicates=10, rng=np.random.default_rng(0))

    assert estimate.undefined == "there are no ratings"


def test_one_unit_gives_0_and_says_that_it_must():
    report = report_of_rows(rows_of_matrix("1\n2\n1"), replicates=50)

    assert report.alpha.value == pytest.approx(0)
    assert report.alpha.low is None
    assert "only one unit: 0 by construction" in report.alpha.flags


def test_constant_rater_is_flagged():
    report = report_of_rows(rows_of_matrix("1 1 1 1\n1 2 1 2"))

    assert "constant rater" in report.alpha.flags
    assert "constant rater" in report.pairs[0].kappas.kappa.flags
    assert report.pairs[0].kappas.kappa.value == pytest.approx(0)


@pytest.mark.parametrize(("n_units", "is_flagged"), [(29, True), (30, False)])
def test_fewer_than_30_units_are_flagged(n_units, is_flagged):
    rows = rows_of_table([[n_units - 2, 1], [0, 1]], categories=["a", "b"])

    report = report_of_rows(rows)

    assert ("fewer than 30 units" in report.alpha.flags) == is_flagged


def test_perfect_agreement_promises_no_certainty():
    report = report_of_rows(rows_of_table([[20, 0], [0, 20]], categories=["a", "b"]), replicates=200)

    assert (report.alpha.value, report.alpha.low) == (1.0, None)
    assert "no disagreement seen in 40 units" in report.alpha.flags
    percent = report.percent_agreement.pooled
    # One-sided 95 % Wilson: 40 / (40 + 1.6449²).
    assert (percent.low, percent.high) == (pytest.approx(0.9366, abs=5e-5), 1.0)


def test_values_far_from_nought_lose_no_digits():
    near = report_of_rows(rows_of_matrix("1 2 3 4 5\n1 2 3 5 5"), "interval").alpha.value
    far = rows_of_matrix(
        "1000000000001 1000000000002 1000000000003 1000000000004 1000000000005\n"
        "1000000000001 1000000000002 1000000000003 1000000000005 1000000000005"
    )

    assert report_of_rows(far, "interval").alpha.value == pytest.approx(near, abs=1e-12)


def test_mismatch_with_the_package_fails_the_run(monkeypatch):
    ratings = ratings_of_rows(rows_of_matrix(FOUR_BY_TWELVE), "nominal")
    monkeypatch.setattr("krippendorff.alpha", lambda **_: 0.74342106)

    with pytest.raises(KernelMismatch, match="report this as a bug"):
        estimate_alpha(ratings, replicates=0, rng=np.random.default_rng(0))


def test_nan_of_the_package_fails_the_run(monkeypatch):
    ratings = ratings_of_rows(rows_of_matrix(FOUR_BY_TWELVE), "nominal")
    monkeypatch.setattr("krippendorff.alpha", lambda **_: float("nan"))

    with pytest.raises(KernelMismatch):
        estimate_alpha(ratings, replicates=0, rng=np.random.default_rng(0))


def test_kernel_stands_alone_and_says_so_where_the_package_needs_too_much_memory(monkeypatch):
    monkeypatch.setattr(alpha_module, "MOST_PACKAGE_CELLS", 10)

    estimate = report_of_rows(rows_of_matrix(FOUR_BY_TWELVE)).alpha

    assert estimate.value == pytest.approx(0.743, abs=5e-4)
    assert alpha_module.KERNEL_ALONE in estimate.flags


def test_too_many_distinct_values_are_refused_before_memory_ends(monkeypatch):
    monkeypatch.setattr("labeling.stats.ratings.MOST_COUNTS", 10)

    with pytest.raises(TooManyValues, match="round them"):
        report_of_rows(rows_of_matrix(FOUR_BY_TWELVE))


def test_rater_twice_on_a_unit_is_refused():
    with pytest.raises(ValueError, match="rater 'ann' is in twice on unit 'u1'"):
        ratings_of_rows([("u1", "ann", "a"), ("u1", "ann", "b")], "nominal")


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_kernel_is_the_package_on_random_gaps(level):
    import krippendorff

    rng = np.random.default_rng(3)
    for _ in range(20):
        values = rng.integers(0, 7, size=(4, 30)).astype(float)
        values[rng.random(values.shape) < 0.4] = np.nan
        rows = [(f"u{u}", f"r{r}", f"{value:.0f}") for (r, u), value in np.ndenumerate(values) if value == value]
        ratings = ratings_of_rows(rows, level)
        patterns = count_patterns(ratings)

        own = build_kernel(patterns, ratings.scale).alpha_of(patterns.sample.observed)[0]

        assert own == pytest.approx(krippendorff.alpha(values, level_of_measurement=level), abs=1e-12)


def test_percent_agreement_alone_is_that_of_the_report():
    ratings = ratings_of_rows(rows_of_matrix(FOUR_BY_TWELVE), "nominal")

    alone = estimate_percent_agreement(ratings, replicates=0, rng=np.random.default_rng(0))

    assert alone == report_of_rows(rows_of_matrix(FOUR_BY_TWELVE)).percent_agreement


def test_many_categories_are_collapsed_exactly():
    # 40 categories × 3 raters do not fit a 62-bit key; rows are compared whole then.
    rng = np.random.default_rng(1)
    rows = [(f"u{u}", f"r{r}", str(rng.integers(0, 40))) for u in range(60) for r in range(3)]
    ratings = ratings_of_rows(rows, "interval")

    patterns = count_patterns(ratings)

    assert patterns.sample.n_units == 60
    assert (patterns.counts.sum(axis=1) == 3).all()
    assert estimate_alpha(ratings, replicates=0, rng=rng).value is not None


def test_ratings_keep_nothing_of_the_order_of_rows():
    rows = rows_of_matrix(FOUR_BY_TWELVE)
    scale = ratings_of_rows(rows, "nominal").scale

    forward, backward = make_ratings(rows, scale=scale), make_ratings(rows[::-1], scale=scale)

    assert np.array_equal(forward.codes, backward.codes)
