"""Cohen's kappa: published tables, the oracle, identities, edges."""

import numpy as np
import pytest
from scipy.stats import binom

from labeling.stats.kappa import estimate_kappas
from labeling.stats.scales import make_scale
from tests.stats.matrices import report_of_rows, rows_of_table

# R irr 0.84.1, data set anxiety, raters 2 and 3: 20 people on a scale from 1 to 6.
ANXIETY_2 = ["3", "6", "4", "6", "2", "4", "2", "4", "3", "3", "2", "3", "3", "3", "2", "2", "1", "3", "3", "4"]
ANXIETY_3 = ["2", "1", "4", "4", "3", "2", "1", "6", "1", "1", "1", "2", "3", "3", "1", "1", "3", "3", "2", "2"]


def kappas_of(first, second, *, declared, replicates=0, seed=0, **options):
    scale = make_scale("ordinal", declared=declared, observed=[])
    codes = [np.array([-1 if label == "." else declared.index(label) for label in side]) for side in (first, second)]
    rng = np.random.default_rng(seed)
    return estimate_kappas(*codes, scale=scale, replicates=replicates, rng=rng, **options)


def test_kappa_of_cohens_own_table():
    # Cohen (1960), p. 45: 200 patients, two clinicians, three diagnoses; p_o = .70, p_c = .41, kappa = .492.
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]

    pair = report_of_rows(rows_of_table(table, categories=["personality", "neurosis", "psychosis"])).pairs[0].kappas

    assert pair.percent.value == pytest.approx(0.70)
    assert pair.kappa.value == pytest.approx(0.492, abs=5e-4)


def test_weights_use_ranks_in_the_declared_list():
    # ../shared/design/statistics.md 3.4: 5 was never given; leaving it out of the list gives 0.1459.
    pair = kappas_of(ANXIETY_2, ANXIETY_3, declared=list("123456"))

    assert pair.kappa_linear.value == pytest.approx(0.1262, abs=5e-5)


def test_observed_list_gives_the_other_number():
    pair = kappas_of(ANXIETY_2, ANXIETY_3, declared=list("12346"))

    assert pair.kappa_linear.value == pytest.approx(0.1459, abs=5e-5)


@pytest.mark.parametrize(
    ("name", "weights"), [("kappa", None), ("kappa_linear", "linear"), ("kappa_quadratic", "quadratic")]
)
def test_kappas_are_those_of_scikit_learn(name, weights):
    oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn is a development oracle")
    rng = np.random.default_rng(8)
    first = rng.integers(0, 5, 200)
    second = np.clip(first + rng.integers(-1, 2, 200), 0, 4)

    pair = kappas_of([str(code) for code in first], [str(code) for code in second], declared=list("01234"))

    expected = oracle.cohen_kappa_score(first, second, labels=range(5), weights=weights)
    assert getattr(pair, name).value == pytest.approx(expected, abs=1e-12)


def test_weighted_kappa_is_that_of_scikit_learn_with_sample_weights():
    oracle = pytest.importorskip("sklearn.metrics", reason="scikit-learn is a development oracle")
    rng = np.random.default_rng(9)
    first, second = rng.integers(0, 3, 150), rng.integers(0, 3, 150)
    weight = rng.choice([1.0, 2.5, 20.0], 150)
    scale = make_scale("ordinal", declared=["a", "b", "c"], observed=[])

    pair = estimate_kappas(first, second, scale=scale, replicates=0, rng=rng, weight=weight)

    for name, weights in (("kappa", None), ("kappa_linear", "linear"), ("kappa_quadratic", "quadratic")):
        expected = oracle.cohen_kappa_score(first, second, weights=weights, sample_weight=weight)
        assert getattr(pair, name).value == pytest.approx(expected, abs=1e-12)


def test_quadratic_kappa_is_the_concordance_of_the_ranks():
    # ../shared/design/statistics.md 2.3: 2 cov / (var_a + var_b + (mean_a - mean_b)²), population moments.
    first, second = np.array(ANXIETY_2, float), np.array(ANXIETY_3, float)
    covariance = np.mean((first - first.mean()) * (second - second.mean()))
    expected = 2 * covariance / (first.var() + second.var() + (first.mean() - second.mean()) ** 2)

    pair = kappas_of(ANXIETY_2, ANXIETY_3, declared=list("123456"))

    assert pair.kappa_quadratic.value == pytest.approx(expected, abs=1e-12)


def test_two_categories_have_one_kappa():
    pair = report_of_rows(rows_of_table([[30, 7], [3, 20]], categories=["a", "b"])).pairs[0].kappas

    assert pair.kappa_linear.value == pytest.approx(pair.kappa.value)
    assert pair.kappa_quadratic.value == pytest.approx(pair.kappa.value)


def test_kappa_by_prevalence_and_bias():
    # Byrt, Bishop & Carlin (1993): kappa = (PABAK - PI² + BI²) / (1 - PI² + BI²).
    (a, b), (c, d) = table = [[90, 5], [4, 1]]
    n = a + b + c + d
    pabak, prevalence, bias = 2 * (a + d) / n - 1, (a - d) / n, (b - c) / n
    expected = (pabak - prevalence**2 + bias**2) / (1 - prevalence**2 + bias**2)

    pair = report_of_rows(rows_of_table(table, categories=["pass", "fail"])).pairs[0].kappas

    assert pair.kappa.value == pytest.approx(expected)


def test_raters_are_interchangeable():
    one, other = (
        kappas_of(*sides, declared=list("123456")) for sides in ((ANXIETY_2, ANXIETY_3), (ANXIETY_3, ANXIETY_2))
    )

    assert one.kappa.value == pytest.approx(other.kappa.value)
    assert one.kappa_linear.value == pytest.approx(other.kappa_linear.value)


def test_units_of_one_rater_alone_are_left_out():
    with_gaps = kappas_of([*ANXIETY_2, "1", "."], [*ANXIETY_3, ".", "2"], declared=list("123456"))

    assert with_gaps == kappas_of(ANXIETY_2, ANXIETY_3, declared=list("123456"))


def test_both_constant_on_different_categories_is_0_not_undefined():
    pair = kappas_of("1111", "2222", declared=list("12"))

    assert pair.kappa.value == pytest.approx(0)
    assert "constant rater" in pair.kappa.flags


def test_words_without_an_order_have_no_weighted_kappa():
    table = [[5, 1, 0], [1, 5, 1], [0, 1, 5]]

    pair = report_of_rows(rows_of_table(table, categories=["cat", "dog", "owl"])).pairs[0].kappas

    assert pair.kappa.value is not None
    assert pair.kappa_linear.undefined == "the categories have no declared order"


def test_more_distinct_values_than_categories_can_have_are_no_matter_for_kappa(monkeypatch):
    monkeypatch.setattr("labeling.stats.kappa.MOST_CATEGORIES", 3)

    pair = kappas_of(ANXIETY_2, ANXIETY_3, declared=list("123456"))

    assert "kappa wants categories" in pair.kappa.undefined


def test_one_cluster_gives_no_interval():
    pair = kappas_of(ANXIETY_2, ANXIETY_3, declared=list("123456"), replicates=50, clusters=np.zeros(20, dtype=int))

    assert pair.kappa.value is not None
    assert pair.kappa.low is None


# --- a kappa of exactly 1 -------------------------------------------------------------------------------------------


def perfect(counts, *, declared="ab", weight=None, clusters=None, replicates=20):
    labels = np.repeat(list(declared[: len(counts)]), counts)
    return kappas_of(labels, labels, declared=list(declared), replicates=replicates, weight=weight, clusters=clusters)


def test_a_perfect_kappa_has_the_exact_bound_on_what_differs_pushed_through_it():
    # None of 52 differs: at most 1 - 0.05^(1/52) = 0.05598 do; half of each label would differ by chance half the time.
    kappa = perfect([26, 26]).kappa

    assert (kappa.low, kappa.high) == (pytest.approx(1 - 0.055982 / 0.5, abs=1e-5), 1.0)
    assert "no disagreement seen in 52 units, one-sided" in kappa.flags


def test_a_rare_category_makes_the_bound_low_and_never_less_than_kappa_can_be():
    assert perfect([50, 2]).kappa.low == pytest.approx(1 - 0.055982 / (2 * 50 * 2 / 52**2), abs=1e-4)
    assert perfect([99, 1], declared="ab").kappa.low == pytest.approx(-0.49, abs=0.02)
    assert perfect([2, 1]).kappa.low >= -1


def test_each_difference_counts_as_the_worst_one_in_a_weighted_kappa():
    pair = perfect([20, 20, 20], declared="abc")

    # By chance 8/9 of a squared step where the worst is 4, 4/9 · 2 of a step where it is 2.
    assert pair.kappa_quadratic.low == pytest.approx(1 - 0.048703 * 4 / (4 / 3), abs=1e-4)
    assert pair.kappa_linear.low == pytest.approx(1 - 0.048703 * 2 / (8 / 9), abs=1e-4)


def test_a_cluster_is_one_trial_and_uneven_weights_are_fewer():
    alone = perfect([30, 30]).kappa.low

    assert perfect([30, 30], clusters=np.arange(60) // 3).kappa.low < alone
    assert perfect([30, 30], weight=np.where(np.arange(60) % 3, 1.0, 10.0)).kappa.low < alone
    assert perfect([30, 30], weight=np.full(60, 7.0)).kappa.low == pytest.approx(alone)


def test_without_replicates_or_with_one_cluster_a_perfect_kappa_has_no_interval():
    assert perfect([30, 30], replicates=0).kappa.low is None
    assert perfect([30, 30], clusters=np.zeros(60, dtype=np.int64)).kappa.low is None


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize("share", [0.5, 0.2, 0.05])
def test_the_bound_is_above_the_truth_in_at_most_one_sample_of_twenty(n, share):
    # Counted out: k of n units are both "a", the others both "b", with a share that differs spread over both ways.
    k = np.arange(1, n)
    lows = np.array([perfect([one, n - one]).kappa.low for one in k])
    for differing in np.linspace(0.001, 0.2, 60):
        both = np.array([share - differing / 2, 1 - share - differing / 2])
        if both.min() <= 0:
            continue
        truth = 1 - differing / (2 * share * (1 - share))
        chance = binom.pmf(k, n, both[0] / both.sum()) * both.sum() ** n
        assert chance[lows > truth].sum() <= 0.05
