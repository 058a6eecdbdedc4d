"""Two versions of a judge on the same items: McNemar by table and hand, and the paired bootstrap of kappa's change."""

import numpy as np
import pytest

from labeling.stats.kappa import estimate_kappas
from labeling.stats.paired import compare_versions, mcnemar_exact
from labeling.stats.scales import make_scale

BINARY = make_scale("nominal", declared=["pass", "fail"], observed=[])


def compare(human, before, after, *, replicates=0, seed=0, scale=BINARY, **options):
    return compare_versions(
        *(np.asarray(side) for side in (human, before, after)),
        scale=scale,
        replicates=replicates,
        rng=np.random.default_rng(seed),
        **options,
    )


def simulate(n, rng, *, before, after):
    """Both versions err on much the same units: the after of each is drawn from the same numbers."""
    human, luck = rng.integers(0, 2, n), rng.random(n)
    return human, *(np.where(luck < accuracy, human, 1 - human) for accuracy in (before, after))


@pytest.mark.parametrize(
    ("counts", "p"), [((1, 7), 0.0703125), ((7, 1), 0.0703125), ((0, 0), 1), ((5, 5), 1), ((0, 6), 0.03125)]
)
def test_mcnemar_is_the_sign_test_of_those_that_differ(counts, p):
    # (1, 7): airway hyper-responsiveness before and after stem-cell transplantation, Fagerland et al. (2013), 0.070.
    assert mcnemar_exact(*counts) == pytest.approx(p)


def test_what_is_no_count_is_refused():
    with pytest.raises(ValueError, match="counts"):
        mcnemar_exact(-1, 3)


def test_changes_by_hand():
    human, before, after = [0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 0]

    compared = compare(human, before, after)

    assert (compared.only_before, compared.only_after) == (1, 2)
    assert compared.percent_change.value == pytest.approx(0.25)
    # Agreement 2/4 and 3/4, by chance 1/2 both times.
    assert (compared.kappa_before.value, compared.kappa_after.value) == pytest.approx((0.0, 0.5))
    assert compared.kappa_change.value == pytest.approx(0.5)


def test_kappas_are_those_of_each_version_alone():
    human, before, after = simulate(80, np.random.default_rng(1), before=0.7, after=0.8)

    compared = compare(human, before, after)

    alone = estimate_kappas(human, after, scale=BINARY, replicates=0, rng=np.random.default_rng(0)).kappa
    assert compared.kappa_after.value == alone.value


def test_paired_samples_tell_what_overlapping_intervals_do_not():
    compared = compare(*simulate(300, np.random.default_rng(2), before=0.80, after=0.86), replicates=1000)

    assert compared.kappa_before.high > compared.kappa_after.low
    assert compared.kappa_change.low > 0
    assert compared.p < 0.001


def test_the_other_way_round_has_the_other_sign():
    human, before, after = simulate(100, np.random.default_rng(3), before=0.7, after=0.8)

    one, other = compare(human, before, after), compare(human, after, before)

    assert other.kappa_change.value == pytest.approx(-one.kappa_change.value)
    assert (other.only_before, other.p) == (one.only_after, one.p)


def test_five_labels_of_one_item_are_one_item():
    human, before, after = (np.repeat(side, 5) for side in ([0, 0, 1], [1, 1, 1], [0, 0, 1]))

    compared = compare(human, before, after, clusters=np.repeat([1, 2, 3], 5))

    assert (compared.only_after, compared.p) == (2, 0.5)


def test_units_without_all_three_are_left_out():
    assert compare([0, 1, -1, 0], [0, 1, 1, -1], [0, -1, 1, 0]).n == 1


def test_an_undefined_kappa_leaves_the_change_undefined_with_the_reason():
    compared = compare([0, 0, 0], [0, 0, 0], [0, 1, 0])

    assert "before: both gave 'pass' every time" in compared.kappa_change.undefined
    assert compared.percent_change.value == pytest.approx(-1 / 3)


def test_nothing_in_common_is_undefined():
    assert compare([-1], [0], [0]).kappa_change.undefined


@pytest.mark.slow
def test_interval_of_the_change_holds_no_change():
    """Of versions equally good that err independently of each other."""
    rng, n_held = np.random.default_rng(4), 0
    for stream in range(400):
        human = rng.integers(0, 2, 150)
        before, after = (np.where(rng.random(150) < 0.8, human, 1 - human) for _ in range(2))
        change = compare(human, before, after, replicates=400, seed=stream).kappa_change
        n_held += change.low <= 0 <= change.high

    assert 0.92 <= n_held / 400 <= 0.98
