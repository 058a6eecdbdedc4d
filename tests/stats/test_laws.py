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
    "fleiss_kappa": lambda report: report.chance.fleiss_kappa,
    "gwet_ac1": lambda report: report.chance.gwet_ac1,
    "gwet_ac2_linear": lambda report: report.chance.gwet_ac2_linear,
    "gwet_ac2_quadratic": lambda report: report.chance.gwet_ac2_quadratic,
    "brennan_prediger": lambda report: report.chance.brennan_prediger,
    "kappa": lambda report: report.pairs[0].kappas.kappa,
    "kappa_linear": lambda report: report.pairs[0].kappas.kappa_linear,
    "kappa_quadratic": lambda report: report.pairs[0].kappas.kappa_quadratic,
}
UNWEIGHTED = ("pooled", "per_unit", "value_weighted", "unanimous", "kappa", "fleiss_kappa")
# What changes with the number of categories that could have been given; AC2 also with the numbers they are worth.
OF_CATEGORIES = ("gwet_ac1", "brennan_prediger")
OF_VALUES = ("gwet_ac2_linear", "gwet_ac2_quadratic")


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
    names_of_interest = ("alpha", *UNWEIGHTED, *OF_CATEGORIES)

    new = values_of(relabelled(rows, names.get), "nominal", names_of_interest)

    assert new == pytest.approx(values_of(rows, "nominal", names_of_interest))


@pytest.mark.parametrize("new_label", [lambda label: str(int(label) ** 3), lambda label: str(10 * int(label) - 7)])
def test_monotone_recoding_changes_no_ordinal_value_but_those_of_numbers(rows, new_label):
    of_ranks = [name for name in COEFFICIENTS if name not in OF_VALUES]

    new = values_of(relabelled(rows, new_label), "ordinal", of_ranks)

    assert new == pytest.approx(values_of(rows, "ordinal", of_ranks))


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


def test_declared_category_that_nobody_gave_lowers_what_chance_is_said_to_give(rows):
    before = values_of(rows, "nominal", OF_CATEGORIES)
    after = values_of(rows, "nominal", OF_CATEGORIES, declared=["1", "2", "3", "4", "5", "6"])

    assert all(after[name] > before[name] + 0.005 for name in OF_CATEGORIES)


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
    others = (*UNWEIGHTED, *OF_CATEGORIES)
    assert {name: twice[name] for name in others} == pytest.approx({name: once[name] for name in others})


def test_two_raters_without_gaps_have_one_percent_agreement():
    values = values_of(rows_of_matrix("1 2 3 1 2 2\n1 2 2 1 3 2"), "nominal", UNWEIGHTED[:4])

    assert len(set(values.values())) == 1


def test_alpha_of_two_raters_is_scotts_pi_corrected_for_n():
    # ../shared/design/statistics.md 2.1: alpha = 1 - (1 - pi)(1 - 1/n), n = 2 ratings a unit.
    rows = rows_of_matrix("a b a b a a\na b b b a b")
    shares = {label: sum(1 for row in rows if row[2] == label) / len(rows) for label in "ab"}
    expected_agreement = sum(share**2 for share in shares.values())
    scott = (4 / 6 - expected_agreement) / (1 - expected_agreement)

    values = values_of(rows, "nominal", ("alpha", "fleiss_kappa"))
    assert values["alpha"] == pytest.approx(1 - (1 - scott) * (1 - 1 / len(rows)))
    assert values["fleiss_kappa"] == pytest.approx(scott)


def test_two_categories_have_one_ac_and_the_agreement_adjusted_for_prevalence():
    # Byrt, Bishop & Carlin (1993): PABAK = 2 po - 1, which is Brennan and Prediger's of two categories.
    rows = rows_of_matrix("0 1 0 0 0 0 0 0 1 0\n1 1 1 0 0 1 0 0 0 0")

    values = values_of(rows, "ordinal", declared=["0", "1"])

    assert values["gwet_ac2_linear"] == values["gwet_ac2_quadratic"] == pytest.approx(values["gwet_ac1"])
    assert values["brennan_prediger"] == pytest.approx(2 * values["pooled"] - 1)


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
