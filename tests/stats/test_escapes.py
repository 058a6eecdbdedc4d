"""Escaped errors: audits by hand, what was never found, laws, and coverage in simulated streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.stats.escapes import estimate_escaped, most_unseen_share
from labeling.stats.guessing import clopper_pearson
from labeling.stats.population import largest_unseen_share

# How a stream is labelled: of each stratum its share of the traffic, the chance of a label, and how often it is bad
# compared with the others. Strata of one item each would be the items of a policy with many different chances.
N_ITEMS = 20_000
ERROR_SHARES = (0.039, 0.01, 0.002, 0.0005)
DESIGNS = {
    "audit of 2 %": [(1.0, 0.02, 1.0)],
    "strata, floor 1 %": [(0.6, 0.01, 1.0), (0.3, 0.05, 2.0), (0.1, 0.20, 4.0)],
    "strata, errors at the floor": [(0.6, 0.01, 4.0), (0.3, 0.05, 2.0), (0.1, 0.20, 1.0)],
    "tail labelled in full": [(0.2, 1.0, 8.0), (0.8, 0.02, 1.0)],
    "tail labelled, errors elsewhere": [(0.2, 1.0, 1.0), (0.8, 0.02, 4.0)],
    "ten labels of a stratum": [(0.45, 1.0, 1.0), (0.45, 0.2, 1.0), (0.10, 0.005, 5.0)],
    "tail labelled, rest at 1 %": [(0.25, 1.0, 3.0), (0.75, 0.01, 1.0)],
}


def audit(n_bad, n, *, chance=0.02):
    bad = np.zeros(n)
    bad[:n_bad] = 1.0
    return bad, np.full(n, chance), np.ones(n)


@pytest.mark.parametrize(("n_bad", "n", "percent"), [(0, 30, 9.5), (0, 60, 4.9), (0, 300, 0.99), (1, 60, 7.7)])
def test_plain_audit_has_the_exact_interval_of_a_count(n_bad, n, percent):
    # One-sided 95 % of the table of clean audits; two-sided 90 % has the same upper end.
    told = estimate_escaped(*audit(n_bad, n)).estimate

    exact = clopper_pearson(n_bad, n)
    assert (told.low, told.high) == pytest.approx((exact.low, exact.high), rel=1e-6)
    assert clopper_pearson(n_bad, n, confidence=0.90).high == pytest.approx(percent / 100, abs=0.0005)


def test_two_strata_by_hand():
    # Weights 1 and 10: (2 * 1 + 1 * 10) / (20 * 1 + 8 * 10) = 12 / 100.
    bad = np.array([1.0] * 2 + [0.0] * 18 + [1.0] + [0.0] * 7)
    inclusion = np.repeat([1.0, 0.1], [20, 8])

    told = estimate_escaped(bad, inclusion, np.ones(28))

    # V = (2 * 0.88² + 18 * 0.12² + 100 * 0.88² + 7 * 100 * 0.12²) / 100², so n_e = 10.41, below Kish's 12.2.
    assert told.estimate.value == pytest.approx(0.12)
    assert told.effective_n == pytest.approx(0.12 * 0.88 / (89.328 / 1e4), rel=1e-6)
    assert (told.estimate.n, told.n_items) == (28, 100)


def test_what_does_not_ship_says_nothing_of_what_does():
    bad, inclusion, ships = audit(3, 200)
    with_tail = np.r_[bad, np.ones(50)], np.r_[inclusion, np.ones(50)], np.r_[ships, np.zeros(50)]

    assert estimate_escaped(*with_tail) == estimate_escaped(bad, inclusion, ships)


def test_half_a_chance_to_ship_is_half_the_weight():
    bad = np.array([1.0, 0.0, 0.0, 0.0])
    halved = estimate_escaped(bad, np.full(4, 0.5), np.array([0.5, 1.0, 1.0, 1.0])).estimate

    assert halved.value == pytest.approx(1 / 7)


@pytest.mark.parametrize("n", [0, 40])
def test_where_nothing_labelled_ships_it_is_undefined_and_says_why(n):
    told = estimate_escaped(np.ones(n), np.ones(n), np.zeros(n))

    assert told.estimate.value is None
    assert told.estimate.undefined == "no labelled item would ship"
    assert (told.n_items, told.effective_n) == (0, None)


def test_clusters_that_agree_are_worth_their_number():
    bad = np.repeat([1.0] * 3 + [0.0] * 57, 5)

    clustered = estimate_escaped(bad, np.full(300, 0.02), np.ones(300), np.repeat(np.arange(60), 5))

    assert clustered.effective_n == pytest.approx(59, rel=1e-6)
    assert clustered.estimate.high > estimate_escaped(*audit(15, 300)).estimate.high


def test_clean_clusters_are_as_many_draws():
    clean = estimate_escaped(np.zeros(300), np.full(300, 0.02), np.ones(300), np.repeat(np.arange(60), 5)).estimate

    assert clean.high == pytest.approx(clopper_pearson(0, 60).high)


@pytest.mark.parametrize(
    ("bad", "inclusion", "ships", "words"),
    [
        ([2.0], [0.5], [1.0], "label"),
        ([float("nan")], [0.5], [1.0], "label"),
        ([1.0], [0.0], [1.0], "above 0"),
        ([1.0], [0.5], [1.1], "ship"),
        ([1.0], [0.5, 0.5], [1.0], "every label"),
    ],
)
def test_numbers_out_of_range_are_refused(bad, inclusion, ships, words):
    with pytest.raises(ValueError, match=words):
        estimate_escaped(np.array(bad), np.array(inclusion), np.array(ships))


# --- what was never found -----------------------------------------------------------------------------------------


def test_unseen_share_of_equal_weights_is_the_exact_bound_of_none_found():
    assert most_unseen_share(np.full(285, 33.3)) == pytest.approx(clopper_pearson(0, 285).high)


def test_unseen_share_is_the_largest_that_a_search_over_strata_finds():
    weights, counts = np.array([50.0, 10.0, 1.0]), np.array([20, 60, 900])
    total = float(weights @ counts)
    best = 0.0
    for first in np.linspace(0, 0.1685, 1_001):
        left = np.log(0.025) - counts[0] * np.log1p(-first)
        if left > 0:
            continue
        for second in np.linspace(0, 1 - np.exp(left / counts[1]), 101):
            rest = left - counts[1] * np.log1p(-second)
            third = 1 - np.exp(min(0.0, rest) / counts[2])
            best = max(best, float((weights * counts) @ [first, second, third]) / total)

    assert most_unseen_share(np.repeat(weights, counts)) == pytest.approx(best, rel=2e-3)
    assert most_unseen_share(np.repeat(weights, counts)) >= best - 1e-9


def test_unseen_share_of_thin_audits_is_that_of_a_finite_traffic():
    inclusion = np.full(200_000, 0.002)

    assert most_unseen_share(np.full(400, 500.0)) == pytest.approx(largest_unseen_share(inclusion), rel=0.01)


@given(
    weights=st.lists(st.floats(1, 1_000), min_size=1, max_size=60),
    found=st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_interval_has_width_holds_its_value_and_is_never_a_promise_of_none(weights, found):
    bad, inclusion = np.array(found[: len(weights)], dtype=float), 1 / np.array(weights)

    told = estimate_escaped(bad, inclusion, np.ones(len(weights))).estimate

    assert 0 <= told.low <= told.value <= told.high <= 1
    assert told.low < told.high
    assert told.high >= most_unseen_share(1 / inclusion) - 1e-12


@given(st.permutations(range(30)))
def test_order_of_labels_changes_nothing(order):
    rng = np.random.default_rng(5)
    bad, inclusion, ships = (rng.random(30) < 0.2).astype(float), rng.uniform(0.02, 1, 30), rng.random(30)
    told, again = (estimate_escaped(bad[at], inclusion[at], ships[at]).estimate for at in (np.arange(30), order))

    assert (again.value, again.low, again.high) == pytest.approx((told.value, told.low, told.high))


# --- coverage -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("error_share", ERROR_SHARES)
@pytest.mark.parametrize("design", DESIGNS)
def test_interval_holds_the_truth_in_93_of_100_streams_rare_errors_included(design, error_share):
    """The methods page shows 10,000 streams of each; here are fewer, so a little is left for chance."""
    n_streams = 500
    held, _, _ = simulate_streams(DESIGNS[design], error_share, n_streams=n_streams, seed=9)

    assert held >= 0.93 - 2.5 * np.sqrt(0.93 * 0.07 / n_streams)


def simulate_streams(design, error_share, *, n_streams, seed):
    """How often the interval holds the share that goes on escaping, its mean width, how often no error was found."""
    rng = np.random.default_rng(seed)
    traffic, chance, relative = (np.array(column) for column in zip(*design, strict=True))
    error = relative * error_share / float(traffic @ relative)
    n_held = n_clean = 0
    width = 0.0
    for _ in range(n_streams):
        n_labels = rng.binomial(rng.multinomial(N_ITEMS, traffic), chance)
        n_bad = rng.binomial(n_labels, error)
        # The labels of each stratum: first its bad ones.
        bad = np.concatenate([np.arange(n) < k for n, k in zip(n_labels, n_bad, strict=True)]).astype(float)
        told = estimate_escaped(bad, np.repeat(chance, n_labels), np.ones(len(bad))).estimate
        assert told.high > 0
        n_held += told.low <= error_share <= told.high
        n_clean += not bad.any()
        width += told.high - told.low
    return n_held / n_streams, width / n_streams, n_clean / n_streams
