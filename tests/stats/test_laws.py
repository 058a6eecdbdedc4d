"""Laws that every coefficient obeys, for all at once: a new one is added to `COEFFICIENTS` and inherits them."""

import random

import pytest

from tests.stats.matrices import FOUR_BY_TWELVE, report_of_rows, rows_of_matrix

LEVELS = ("nominal", "ordinal", "interval", "ratio")
COEFFICIENTS = {
    "alpha": lambda report: report.alpha,
    "pooled": lambda report: report.percent_agreement.pooled,
    "per_unit": lambda report: report.percent_agreement.per_unit,
    "value_weighted": lambda report: report.percent_agreement.value_weighted,
    "unanimous": lambda report: report.percent_agreement.unanimous,
    "kappa": lambda report: report.pairs[0].kappas.kappa,
    "kappa_linear": lambda report: report.pairs[0].kappas.kappa_linear,
    "kappa_quadratic": lambda report: report.pairs[0].kappas.kappa_quadratic,
}
UNWEIGHTED = ("pooled", "per_unit", "value_weighted", "unanimous", "kappa")


@pytest.fixture
def rows():
    return rows_of_matrix(FOUR_BY_TWELVE)


def values_of(rows, level, names=tuple(COEFFICIENTS), **options):
    report = report_of_rows(rows, level, **options)
    return {name: COEFFICIENTS[name](report).value for name in names}


def relabelled(rows, new_label):
    return [(unit, rater, new_label(label)) for unit, rater, label in rows]


@pytest.mark.parametrize("level", LEVELS)
def test_row_order_changes_nothing_not_even_an_interval(rows, level):
    expected = report_of_rows(rows, level, replicates=200)
    shuffled = random.Random(4).sample(rows, len(rows))

    assert report_of_rows(shuffled, level, replicates=200) == expected


@pytest.mark.parametrize("level", LEVELS)
def test_row_order_changes_nothing_with_clusters(rows, level):
    clusters = {unit: f"c{int(unit[1:]) // 3}" for unit, _, _ in rows}
    expected = report_of_rows(rows, level, replicates=200, cluster_of_unit=clusters)
    shuffled = random.Random(5).sample(rows, len(rows))

    assert report_of_rows(shuffled, level, replicates=200, cluster_of_unit=clusters) == expected


@pytest.mark.parametrize("level", LEVELS)
def test_names_of_units_change_nothing(rows, level):
    renamed = [(unit[::-1], rater, label) for unit, rater, label in rows]

    assert report_of_rows(renamed, level, replicates=200) == report_of_rows(rows, level, replicates=200)


@pytest.mark.parametrize("level", LEVELS)
def test_names_of_raters_change_only_which_pair_is_which(rows, level):
    swapped = [(unit, {"r0": "r1", "r1": "r0"}.get(rater, rater), label) for unit, rater, label in rows]

    assert values_of(swapped, level) == pytest.approx(values_of(rows, level))


@pytest.mark.parametrize("level", LEVELS)
def test_seed_repeats_and_another_seed_does_not(rows, level):
    first, again, other = (report_of_rows(rows, level, replicates=200, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first.alpha.value == other.alpha.value
    assert (first.alpha.low, first.alpha.high) != (other.alpha.low, other.alpha.high)


def test_relabelling_changes_no_nominal_value(rows):
    names = {"1": "owl", "2": "ant", "3": "fox", "4": "bee", "5": "cat"}
    names_of_interest = ("alpha", *UNWEIGHTED)

    new = values_of(relabelled(rows, names.get), "nominal", names_of_interest)

    assert new == pytest.approx(values_of(rows, "nominal", names_of_interest))


@pytest.mark.parametrize("new_label", [lambda label: str(int(label) ** 3), lambda label: str(10 * int(label) - 7)])
def test_monotone_recoding_changes_no_ordinal_value(rows, new_label):
    assert values_of(relabelled(rows, new_label), "ordinal") == pytest.approx(values_of(rows, "ordinal"))


@pytest.mark.parametrize("new_label", [lambda label: str(3 * int(label) - 50), lambda label: str(-int(label))])
def test_affine_recoding_changes_no_interval_value(rows, new_label):
    assert values_of(relabelled(rows, new_label), "interval") == pytest.approx(values_of(rows, "interval"))


@pytest.mark.parametrize("factor", ["0.001", "7", "1000000"])
def test_scaling_changes_no_ratio_value(rows, factor):
    from decimal import Decimal

    scaled = relabelled(rows, lambda label: f"{Decimal(label) * Decimal(factor):f}")

    assert values_of(scaled, "ratio") == pytest.approx(values_of(rows, "ratio"))


def test_shift_changes_the_ratio_alpha(rows):
    shifted = relabelled(rows, lambda label: str(int(label) + 100))

    assert values_of(shifted, "ratio", ("alpha",)) != pytest.approx(values_of(rows, "ratio", ("alpha",)), abs=1e-3)


@pytest.mark.parametrize("level", LEVELS)
def test_declared_category_that_nobody_gave_changes_no_value(rows, level):
    declared = ["1", "2", "3", "4", "5", "6"]

    new = values_of(rows, level, ("alpha", *UNWEIGHTED), declared=declared)

    assert new == pytest.approx(values_of(rows, level, ("alpha", *UNWEIGHTED)))


@pytest.mark.parametrize("level", LEVELS)
def test_unit_with_one_rating_changes_nothing_that_compares(rows, level):
    # It would move Fleiss' kappa and Gwet's AC1, whose category shares count it; alpha's do not.
    report = report_of_rows([*rows, ("u900", "r0", "5")], level, replicates=200)

    expected = report_of_rows(rows, level, replicates=200)
    assert report.alpha == expected.alpha
    assert report.percent_agreement == expected.percent_agreement
    assert report.n_units == expected.n_units + 1


@pytest.mark.parametrize("level", LEVELS)
def test_rater_alone_on_a_unit_changes_no_value(rows, level):
    # Rater r9 labels one unit that nobody else saw: an empty rater as far as agreement goes.
    report = report_of_rows([*rows, ("u900", "r9", "5")], level)

    assert report.alpha == report_of_rows(rows, level).alpha
    assert [pair.kappas.n for pair in report.pairs if "r9" in (pair.first, pair.second)] == [0, 0, 0, 0]


@pytest.mark.parametrize("level", ["nominal", "interval", "ratio"])
def test_doubling_all_units_moves_alpha_only_through_n(rows, level):
    # 1 - alpha is (n - 1) times a ratio that doubling halves: (1 - alpha') / (1 - alpha) = (2n - 1) / (2n - 2).
    doubled = [*rows, *((f"{unit}'", rater, label) for unit, rater, label in rows)]
    n = 40

    once, twice = values_of(rows, level), values_of(doubled, level)

    assert (1 - twice["alpha"]) / (1 - once["alpha"]) == pytest.approx((2 * n - 1) / (2 * n - 2))
    assert {name: twice[name] for name in UNWEIGHTED} == pytest.approx({name: once[name] for name in UNWEIGHTED})


def test_two_raters_without_gaps_have_one_percent_agreement():
    values = values_of(rows_of_matrix("1 2 3 1 2 2\n1 2 2 1 3 2"), "nominal", UNWEIGHTED[:4])

    assert len(set(values.values())) == 1


def test_alpha_of_two_raters_is_scotts_pi_corrected_for_n():
    # ../shared/design/statistics.md 2.1: alpha = 1 - (1 - pi)(1 - 1/n), n = 2 ratings a unit.
    rows = rows_of_matrix("a b a b a a\na b b b a b")
    shares = {label: sum(1 for row in rows if row[2] == label) / len(rows) for label in "ab"}
    expected_agreement = sum(share**2 for share in shares.values())
    scott = (4 / 6 - expected_agreement) / (1 - expected_agreement)

    assert values_of(rows, "nominal", ("alpha",))["alpha"] == pytest.approx(1 - (1 - scott) * (1 - 1 / len(rows)))


@pytest.mark.parametrize("level", LEVELS)
def test_every_value_lies_inside_its_interval(rows, level):
    report = report_of_rows(rows, level, replicates=500)

    for name, coefficient in COEFFICIENTS.items():
        estimate = coefficient(report)
        if estimate.value is not None:
            assert estimate.low <= estimate.value <= estimate.high, name


@pytest.mark.parametrize("level", LEVELS)
def test_no_replicates_no_interval(rows, level):
    report = report_of_rows(rows, level, replicates=0)

    assert {coefficient(report).low for coefficient in COEFFICIENTS.values()} == {None}
