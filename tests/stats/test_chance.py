"""Fleiss, Gwet, Brennan and Prediger: published values, the formulas once more in plain loops, and the edges."""

import pytest

from labeling.stats.chance import NAMES
from tests.stats.matrices import FOUR_BY_TWELVE, report_of_rows, rows_of_matrix

# The worked example of Wikipedia's article on Fleiss' kappa: 14 raters, a row per unit, how many gave each category.
TEN_BY_FOURTEEN = """
    0 0 0 0 14
    0 2 6 4 2
    0 0 3 5 6
    0 3 9 2 0
    2 2 8 1 1
    7 7 0 0 0
    3 2 6 3 0
    2 5 3 2 2
    6 5 2 1 0
    0 2 2 3 7
"""


def rows_of_counts(table):
    return [
        (f"u{unit:02}", f"r{rater:02}", str(label))
        for unit, line in enumerate(table.strip().splitlines())
        for rater, label in enumerate(label for label, n in enumerate(line.split(), start=1) for _ in range(int(n)))
    ]


def in_plain_loops(rows, values, weight, expected_of):
    """(pa - pe) / (1 - pe), rating by rating."""
    units = {}
    for unit, _, label in rows:
        units.setdefault(unit, []).append(label)
    agreed = []
    for labels in units.values():
        pairs = [(a, b) for i, a in enumerate(labels) for j, b in enumerate(labels) if i != j]
        if pairs:
            agreed.append(sum(weight(values[a], values[b]) for a, b in pairs) / len(pairs))
    shares = {
        label: sum(labels.count(label) / len(labels) for labels in units.values()) / len(units) for label in values
    }
    total = sum(weight(a, b) for a in values.values() for b in values.values())
    expected = expected_of(list(shares.values()), total, len(values))
    return (sum(agreed) / len(agreed) - expected) / (1 - expected)


def same(a, b):
    return float(a == b)


def of_gwet(shares, total, q):
    return total / (q * (q - 1)) * sum(share * (1 - share) for share in shares)


def test_fleiss_kappa_of_fourteen_raters():
    assert report_of_rows(rows_of_counts(TEN_BY_FOURTEEN)).chance.fleiss_kappa.value == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "published"), [("fleiss_kappa", 0.76117), ("gwet_ac1", 0.77544), ("brennan_prediger", 0.77273)]
)
def test_values_of_the_package_irrcac_on_the_four_observers(name, published):
    # irrCAC 1.0 (Gwet), vignette "Calculating chance-corrected agreement coefficients", cac.raw4raters.
    report = report_of_rows(rows_of_matrix(FOUR_BY_TWELVE))

    assert getattr(report.chance, name).value == pytest.approx(published, abs=5e-6)


@pytest.mark.parametrize("declared", [["1", "2", "3", "4", "5"], ["0", "1", "2", "3", "4", "5", "9"]])
def test_every_formula_is_what_plain_loops_give(declared):
    rows = rows_of_matrix(FOUR_BY_TWELVE)
    values = {label: float(label) for label in declared}
    width = max(values.values()) - min(values.values())
    expected = {
        "fleiss_kappa": in_plain_loops(rows, values, same, lambda shares, *_: sum(share**2 for share in shares)),
        "gwet_ac1": in_plain_loops(rows, values, same, of_gwet),
        "gwet_ac2_linear": in_plain_loops(rows, values, lambda a, b: 1 - abs(a - b) / width, of_gwet),
        "gwet_ac2_quadratic": in_plain_loops(rows, values, lambda a, b: 1 - (a - b) ** 2 / width**2, of_gwet),
        "brennan_prediger": in_plain_loops(rows, values, same, lambda _, __, q: 1 / q),
    }

    chance = report_of_rows(rows, "ordinal", declared=declared).chance

    assert {name: getattr(chance, name).value for name in NAMES} == pytest.approx(expected)


def test_a_rare_category_pulls_alpha_down_and_not_ac1():
    rows = [row for unit in range(91) for row in ((f"p{unit}", "a", "pass"), (f"p{unit}", "b", "pass"))]
    rows += [row for unit in range(9) for row in ((f"q{unit}", "a", "pass"), (f"q{unit}", "b", "fail"))]

    report = report_of_rows(rows, declared=["pass", "fail"])

    assert report.alpha.value < 0
    assert report.chance.gwet_ac1.value > 0.89


def test_one_category_throughout_leaves_fleiss_without_a_value_and_says_why():
    chance = report_of_rows(rows_of_matrix("a a a\na a a"), declared=["a", "b"], replicates=50).chance

    assert chance.fleiss_kappa.undefined == "every rating was 'a'"
    assert "no variation" in chance.fleiss_kappa.flags
    assert (chance.gwet_ac1.value, chance.gwet_ac1.low) == (1.0, None)
    assert "no disagreement seen in 3 units" in chance.gwet_ac1.flags


def test_the_only_category_of_an_undeclared_scale_leaves_none_with_a_value():
    chance = report_of_rows(rows_of_matrix("a a a\na a a")).chance

    assert (
        chance.gwet_ac1.undefined
        == chance.brennan_prediger.undefined
        == ("'a' is the only category; declare the others")
    )


def test_without_a_pairable_unit_all_say_so():
    chance = report_of_rows(rows_of_matrix("a . b\n. a .")).chance

    assert {getattr(chance, name).undefined for name in NAMES} == {"no unit was rated by two raters"}


def test_words_without_an_order_have_no_ac2():
    chance = report_of_rows(rows_of_matrix("a b c a\na b b a")).chance

    assert chance.gwet_ac2_linear.undefined == "the categories have no declared order"
    assert chance.gwet_ac1.value is not None


def test_what_depends_on_the_number_of_categories_says_when_nobody_declared_them():
    chance = report_of_rows(rows_of_matrix("a b c a\na b b a")).chance

    assert [name for name in NAMES if any("declared:" in flag for flag in getattr(chance, name).flags)] == [
        name for name in NAMES if name != "fleiss_kappa"
    ]


def test_a_unit_with_one_rating_moves_the_shares_of_fleiss_and_gwet_only():
    rows = rows_of_matrix(FOUR_BY_TWELVE)
    more = [*rows, *((f"v{number}", "r0", "5") for number in range(6))]

    before, after = report_of_rows(rows).chance, report_of_rows(more).chance

    assert after.brennan_prediger.value == pytest.approx(before.brennan_prediger.value)
    assert after.fleiss_kappa.value != pytest.approx(before.fleiss_kappa.value, abs=1e-3)
    assert after.gwet_ac1.value != pytest.approx(before.gwet_ac1.value, abs=1e-3)


def test_clusters_are_drawn_whole():
    rows = rows_of_matrix(FOUR_BY_TWELVE)
    clusters = {unit: f"c{int(unit[1:]) // 3}" for unit, _, _ in rows}

    alone = report_of_rows(rows, replicates=500).chance.gwet_ac1
    together = report_of_rows(rows, replicates=500, cluster_of_unit=clusters).chance.gwet_ac1

    assert alone.value == together.value
    assert (alone.low, alone.high) != (together.low, together.high)
