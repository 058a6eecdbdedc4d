"""Alpha before and after: the laws of a difference, paired against unpaired, what is refused, and its coverage."""

import json

import numpy as np
import pytest

from labeling.stats.changes import Change, estimate_change, read_change_of_alpha
from labeling.stats.ratings import Ratings
from labeling.stats.results import Estimate
from labeling.stats.scales import make_scale
from tests.stats.matrices import ratings_of_rows, report_of_rows, rows_of_matrix

LEVELS = ("nominal", "ordinal", "interval", "ratio")
DECLARED = ["1", "2", "3"]


def names_of(rows):
    return sorted({unit for unit, _, _ in rows})


def change_of(before, after, level="nominal", *, declared=DECLARED, replicates=500, seed=0, **options):
    return estimate_change(
        ratings_of_rows(before, level, declared=declared),
        ratings_of_rows(after, level, declared=declared),
        units_before=names_of(before),
        units_after=names_of(after),
        replicates=replicates,
        rng=np.random.default_rng(seed),
        **options,
    )


def random_rows(seed, *, n_units=60, accuracy=0.7, prefix="u", truth=None):
    """Three raters who see the truth with `accuracy`, else say any of three categories."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n_units) if truth is None else truth
    given = np.where(rng.random((3, len(truth))) < accuracy, truth, rng.integers(0, 3, (3, len(truth))))
    return [(f"{prefix}{unit:03}", f"r{rater}", DECLARED[label]) for (rater, unit), label in np.ndenumerate(given)]


def width_of(estimate):
    return estimate.high - estimate.low


def test_identical_data_differ_by_0_and_have_no_interval():
    rows = random_rows(1)

    change = change_of(rows, rows)

    assert (change.difference.value, change.difference.low) == (0.0, None)
    assert "no interval: every replicate gives the same" in change.difference.flags
    assert change.n_units_in_common == 60
    assert read_change_of_alpha(change) == "no detectable change"


@pytest.mark.parametrize("level", LEVELS)
def test_difference_is_alpha_after_minus_alpha_before(level):
    before, after = random_rows(1), random_rows(2, accuracy=0.9)
    alphas = [report_of_rows(rows, level, declared=DECLARED).alpha.value for rows in (before, after)]

    change = change_of(before, after, level)

    assert (change.before.value, change.after.value) == pytest.approx(tuple(alphas))
    assert change.difference.value == pytest.approx(alphas[1] - alphas[0])
    for estimate in (change.before, change.after, change.difference):
        assert estimate.low <= estimate.value <= estimate.high


def test_swapping_the_sides_turns_the_sign():
    before, after = random_rows(1), random_rows(2, accuracy=0.9)

    there, back = change_of(before, after, replicates=4000), change_of(after, before, replicates=4000)

    assert back.difference.value == pytest.approx(-there.difference.value)
    assert back.difference.low == pytest.approx(-there.difference.high, abs=0.02)
    assert back.difference.high == pytest.approx(-there.difference.low, abs=0.02)


def test_units_of_both_sides_are_drawn_together():
    # The same labels but for every tenth unit: what the sides share cancels in a paired difference.
    before = random_rows(3, n_units=100)
    after = [
        (unit, rater, "1" if rater == "r0" and int(unit[1:]) % 10 == 0 else label) for unit, rater, label in before
    ]
    elsewhere = [(f"v{unit}", rater, label) for unit, rater, label in after]

    paired, unpaired = change_of(before, after), change_of(before, elsewhere)

    assert paired.difference.value == pytest.approx(unpaired.difference.value)
    assert (paired.n_units_in_common, unpaired.n_units_in_common) == (100, 0)
    assert (paired.difference.n, unpaired.difference.n) == (100, 200)
    assert width_of(paired.difference) < 0.6 * width_of(unpaired.difference)


def test_paired_interval_is_narrower_on_correlated_data():
    # Hard units stay hard: in both rounds raters guess on the same half of them.
    rng = np.random.default_rng(4)
    ratios = []
    for _ in range(20):
        truth, is_easy = rng.integers(0, 3, 80), rng.random(80) < 0.5
        before, after = (
            [
                (f"u{unit:03}", f"r{rater}", DECLARED[label])
                for (rater, unit), label in np.ndenumerate(np.where(is_easy, truth, rng.integers(0, 3, (3, 80))))
            ]
            for _ in range(2)
        )
        elsewhere = [(f"v{unit}", rater, label) for unit, rater, label in after]
        paired, unpaired = change_of(before, after, replicates=300), change_of(before, elsewhere, replicates=300)
        ratios.append(width_of(paired.difference) / width_of(unpaired.difference))

    assert np.mean(ratios) < 0.9


def test_without_common_units_the_variances_add_up():
    before, after = random_rows(5, n_units=200), random_rows(6, n_units=200, prefix="v", accuracy=0.8)

    change = change_of(before, after, replicates=4000)

    assert width_of(change.difference) == pytest.approx(
        np.hypot(width_of(change.before), width_of(change.after)), rel=0.06
    )


def test_relabelling_changes_no_nominal_value_nor_interval_but_by_the_draw():
    names = {"1": "3", "2": "1", "3": "2"}
    before, after = random_rows(7), random_rows(8)
    renamed = [[(unit, rater, names[label]) for unit, rater, label in rows] for rows in (before, after)]

    plain, other = change_of(before, after, replicates=4000), change_of(*renamed, replicates=4000)

    assert other.difference.value == pytest.approx(plain.difference.value)
    assert (other.difference.low, other.difference.high) == pytest.approx(
        (plain.difference.low, plain.difference.high), abs=0.02
    )


@pytest.mark.parametrize("level", LEVELS)
def test_order_of_units_and_of_raters_changes_nothing_not_even_an_interval(level):
    before, after = random_rows(9), random_rows(10)
    renamed = [
        [(unit[::-1], {"r0": "r2", "r2": "r0"}.get(rater, rater), label) for unit, rater, label in rows]
        for rows in (before, after)
    ]

    assert change_of(*renamed, level) == change_of(before, after, level)


def test_units_with_one_rating_change_nothing():
    before, after = random_rows(11), random_rows(12)
    more = [*after, ("u900", "r0", "1"), ("w", "r1", "2")]

    assert change_of([*before, ("u901", "r0", "3")], more) == change_of(before, after)


def test_clusters_of_the_union_are_drawn_whole():
    # Five copies of every unit: drawn alone they promise what 20 units cannot hold.
    before, after = (
        [(f"{unit}-{copy}", rater, label) for unit, rater, label in random_rows(seed, n_units=20) for copy in range(5)]
        for seed in (13, 14)
    )
    clusters = [unit.split("-")[0] for unit in names_of(before)]

    alone = change_of(before, after)
    together = change_of(before, after, clusters_before=clusters, clusters_after=clusters)

    assert together.difference.value == alone.difference.value
    assert 1.7 < width_of(together.difference) / width_of(alone.difference) < 2.9


def test_clusters_of_the_ratings_must_be_named():
    rows = random_rows(15)
    ratings = ratings_of_rows(rows, "nominal", declared=DECLARED, cluster_of_unit=dict.fromkeys(names_of(rows), "c"))
    names = names_of(rows)

    with pytest.raises(ValueError, match="the ratings have clusters"):
        estimate_change(
            ratings, ratings, units_before=names, units_after=names, replicates=0, rng=np.random.default_rng(0)
        )


def test_a_unit_in_two_clusters_is_refused():
    rows = random_rows(15)

    with pytest.raises(ValueError, match="the unit 'u000' is in two clusters, 'c' and 'd'"):
        change_of(rows, rows, clusters_before=["c"] * 60, clusters_after=["d"] * 60)


def test_clusters_on_one_side_only_are_refused():
    rows = random_rows(15)

    with pytest.raises(ValueError, match="on one side only"):
        change_of(rows, rows, clusters_before=["c"] * 60)


@pytest.mark.parametrize(
    ("level", "declared", "sentence"),
    [
        ("ordinal", DECLARED, "before is nominal and after is ordinal"),
        ("nominal", ["1", "2", "3", "4"], "different categories; only one has '4'"),
        ("nominal", ["3", "2", "1"], "different categories, in another order"),
    ],
)
def test_scales_that_differ_are_refused(level, declared, sentence):
    rows = random_rows(15)
    other = Ratings(
        ratings_of_rows(rows, "nominal").codes, ("a", "b", "c"), make_scale(level, declared=declared, observed=[])
    )

    with pytest.raises(ValueError, match=sentence):
        estimate_change(
            ratings_of_rows(rows, "nominal", declared=DECLARED),
            other,
            units_before=names_of(rows),
            units_after=names_of(rows),
            replicates=0,
            rng=np.random.default_rng(0),
        )


@pytest.mark.parametrize(
    ("names", "sentence"),
    [(["u"] * 60, "the unit 'u' is named twice before"), (["u"], "1 units are named before and 60 are rated")],
)
def test_names_that_do_not_fit_are_refused(names, sentence):
    ratings = ratings_of_rows(random_rows(15), "nominal", declared=DECLARED)

    with pytest.raises(ValueError, match=sentence):
        estimate_change(
            ratings, ratings, units_before=names, units_after=names, replicates=0, rng=np.random.default_rng(0)
        )


def test_an_undefined_side_is_named_and_the_other_keeps_its_value():
    change = change_of(random_rows(16), rows_of_matrix("1 . 2\n. 1 ."))

    assert change.difference.undefined == "alpha after is undefined: no unit was rated by two raters"
    assert change.before.value is not None
    assert read_change_of_alpha(change) == ("no comparison: alpha after is undefined: no unit was rated by two raters")


def test_a_side_without_disagreement_is_flagged():
    agreed = [(unit, rater, "12"[int(unit[1:]) % 2]) for unit, rater, _ in random_rows(17)]

    change = change_of(random_rows(17), agreed)

    assert (change.after.value, change.after.low) == (1.0, None)
    assert "after: no disagreement seen in 60 units" in change.difference.flags
    assert change.difference.low > 0


def test_few_units_on_one_side_are_flagged_once():
    change = change_of(random_rows(18), random_rows(19, n_units=20))

    assert change.difference.flags == ("fewer than 30 units",)


def test_a_seed_repeats():
    before, after = random_rows(20), random_rows(21)

    assert change_of(before, after, seed=3) == change_of(before, after, seed=3)
    assert change_of(before, after, seed=3) != change_of(before, after, seed=4)


@pytest.mark.parametrize(
    ("difference", "sentence"),
    [
        (Estimate(0.12, 0.03, 0.21), "agreement rose by 0.12 (0.03 to 0.21)"),
        (Estimate(-0.12, -0.21, -0.03), "agreement fell by 0.12 (0.03 to 0.21)"),
        (Estimate(0.12, -0.01, 0.25), "no detectable change"),
        (Estimate(0.12, 0.0, 0.25), "no detectable change"),
        (Estimate(0.12), "no comparison: the difference of +0.12 has no interval"),
        (Estimate(None, undefined="nothing was rated"), "no comparison: nothing was rated"),
    ],
)
def test_change_in_words(difference, sentence):
    assert read_change_of_alpha(Change(Estimate(0.5), Estimate(0.6), difference, 0)) == sentence


def test_document_is_json():
    document = change_of(random_rows(22), random_rows(23)).as_document()

    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document) == ["before", "after", "difference", "n_units_in_common"]


@pytest.mark.slow
@pytest.mark.parametrize("n_in_common", [0, 40, 80])
def test_interval_covers_the_true_difference_19_times_in_20(n_in_common):
    # Independent raters of one truth: alpha is accuracy². 500 simulations: two standard errors are 0.02.
    rng = np.random.default_rng(24)
    covered = 0
    for simulation in range(500):
        truth = rng.integers(0, 3, 160 - n_in_common)
        before = random_rows(rng, accuracy=0.7, truth=truth[:80])
        after = random_rows(rng, accuracy=0.8, truth=truth[80 - n_in_common :])
        start = 80 - n_in_common
        after = [(f"u{int(unit[1:]) + start:03}", rater, label) for unit, rater, label in after]
        change = change_of(before, after, replicates=400, seed=simulation)
        assert change.n_units_in_common == n_in_common
        covered += change.difference.low <= 0.8**2 - 0.7**2 <= change.difference.high

    assert covered / 500 == pytest.approx(0.945, abs=0.025)
