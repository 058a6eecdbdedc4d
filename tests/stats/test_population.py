"""The pass rate of all traffic: tables by hand and published, zero errors, laws, and coverage in simulated traffic."""

import numpy as np
import pytest

from labeling.stats.corrections import estimate_difference, estimate_ppi, estimate_rogan_gladen
from labeling.stats.intervals import wilson_share
from labeling.stats.population import estimate_hajek, estimate_horvitz_thompson, largest_unseen_share
from tests.stats.traffic import simulate_traffic

ESTIMATORS = [estimate_horvitz_thompson, estimate_hajek]


def sample_of(n_items, found, chance):
    """Labels `found` on the first items, all drawn with one chance."""
    labels = np.full(n_items, np.nan)
    labels[: len(found)] = found
    return labels, np.full(n_items, chance)


def small_traffic(seed=3):
    traffic = simulate_traffic(np.random.default_rng(seed))
    return traffic.labels, traffic.inclusion, traffic.judged


# --- labels alone -------------------------------------------------------------------------------------------------


def test_two_strata_by_hand():
    labels = np.array([1.0, 0.0, np.nan, np.nan, 1.0, np.nan, np.nan, np.nan, np.nan, np.nan])
    inclusion = np.array([0.5] * 4 + [1 / 6] * 6)

    # Weights 2, 2 and 6: (2 + 6) of 10; here Σ 1/π is N, so both agree.
    assert estimate_horvitz_thompson(labels, inclusion).estimate.value == pytest.approx(0.8)
    assert estimate_hajek(labels, inclusion).estimate.value == pytest.approx(0.8)


def test_equal_small_chances_are_a_plain_sample():
    labels, inclusion = sample_of(100_000, [1.0] * 30 + [0.0] * 70, 0.001)

    share = estimate_hajek(labels, inclusion)

    plain = wilson_share(30, 100)
    assert share.effective_n == pytest.approx(100, rel=2e-3)
    assert (share.estimate.low, share.estimate.high) == pytest.approx((plain.low, plain.high), abs=1e-3)


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize("n", [30, 60, 100, 300])
def test_no_error_found_has_the_bound_of_a_clean_audit(estimate, n):
    # ../shared/design/methods.md M13: a clean audit of 30 leaves 9.5 % by the one-sided 95 %; two-sided it is 3.69 / n.
    labels, inclusion = sample_of(100_000, [0.0] * n, n / 100_000)

    share = estimate(labels, inclusion).estimate

    assert (share.value, share.low) == (0, 0)
    assert share.high == pytest.approx(-np.log(0.025) / n, rel=0.02)


def test_no_error_found_counts_where_one_looked_least():
    # Everything routed was labelled, of the rest one in twenty-five: the errors may all be there.
    inclusion = np.repeat([1.0, 0.04], [1000, 1000])
    labels = np.where(np.arange(2000) < 1000, 0.0, np.nan)
    labels[1000:1040] = 0.0

    assert estimate_hajek(labels, inclusion).estimate.high == pytest.approx(0.045)


def test_the_bound_of_the_unseen_is_where_the_chance_to_miss_all_is_one_in_forty():
    n_hidden = round(largest_unseen_share(np.full(5000, 0.03)) * 5000)

    assert 0.97**n_hidden >= 0.025 > 0.97 ** (n_hidden + 1)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_every_item_labelled_leaves_no_sampling_error_and_says_so(estimate):
    share = estimate(np.array([1.0, 0.0, 1.0, 1.0]), np.ones(4)).estimate

    assert (share.value, share.low, share.high) == (0.75, 0.75, 0.75)
    assert "every item has a label: no sampling error" in share.flags


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize(
    ("labels", "inclusion", "reason"),
    [([np.nan] * 3, [0.5] * 3, "no item of known chance"), ([1.0, np.nan], [0.5, 0.0], "could not be drawn at all")],
)
def test_what_nothing_is_known_of_is_undefined(estimate, labels, inclusion, reason):
    assert reason in estimate(np.array(labels), np.array(inclusion)).estimate.undefined


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_order_of_items_changes_nothing(estimate):
    labels, inclusion, _ = small_traffic()
    mixed = np.random.default_rng(4).permutation(len(labels))

    first, again = estimate(labels, inclusion).estimate, estimate(labels[mixed], inclusion[mixed]).estimate

    assert (again.value, again.low, again.high) == pytest.approx((first.value, first.low, first.high))


def test_failures_are_the_rest_of_the_passes():
    labels, inclusion, _ = small_traffic()

    passes, fails = estimate_hajek(labels, inclusion).estimate, estimate_hajek(1 - labels, inclusion).estimate

    assert (fails.value, fails.low, fails.high) == pytest.approx((1 - passes.value, 1 - passes.high, 1 - passes.low))


def test_clusters_of_the_same_label_are_worth_their_number():
    labels, inclusion = sample_of(10_000, np.repeat([1.0] * 30 + [0.0] * 10, 5), 0.02)
    conversations = np.arange(10_000) // 5

    assert estimate_hajek(labels, inclusion, clusters=conversations).effective_n == pytest.approx(40, rel=0.05)


# --- with a judge -------------------------------------------------------------------------------------------------


def test_without_power_the_difference_is_the_labels_alone():
    labels, inclusion, judged = small_traffic()

    alone = estimate_difference(labels, inclusion, judged, power=0.0)

    assert alone.estimate.value == pytest.approx(estimate_hajek(labels, inclusion).estimate.value)
    assert alone.worked_like == pytest.approx(alone.estimate.n)


def test_a_judge_that_says_one_thing_is_not_relied_on():
    labels, inclusion, judged = small_traffic()

    assert estimate_difference(labels, inclusion, np.ones_like(judged)).power == 0


def test_the_tuned_power_has_the_least_variance():
    labels, inclusion, judged = small_traffic()

    def width(power):
        estimate = estimate_difference(labels, inclusion, judged, power=power).estimate
        return estimate.high - estimate.low

    tuned = estimate_difference(labels, inclusion, judged).power
    assert 0 < tuned < 1
    assert width(tuned) <= min(width(tuned - 0.02), width(tuned + 0.02))


def test_a_judge_that_was_never_wrong_still_has_a_width():
    judged = np.repeat([1.0, 0.0], [800, 200])
    labels = np.full(1000, np.nan)
    labels[::10] = judged[::10]

    corrected = estimate_difference(labels, np.full(1000, 0.1), judged)

    assert corrected.estimate.value == pytest.approx(0.8)
    assert corrected.estimate.high - corrected.estimate.low == pytest.approx(2 * 0.035)


@pytest.mark.parametrize("judged", [[np.nan, 1.0], [1.2, 0.0], [1.0]])
def test_a_missing_or_impossible_verdict_is_refused(judged):
    with pytest.raises(ValueError, match="verdict"):
        estimate_difference(np.array([1.0, np.nan]), np.array([0.5, 0.5]), np.array(judged))


# --- labels drawn all alike ---------------------------------------------------------------------------------------


def test_ppi_with_a_perfect_judge_is_worth_all_it_judged():
    rng = np.random.default_rng(5)
    labels, rest = (rng.random(100) < 0.8).astype(float), (rng.random(10_000) < 0.8).astype(float)

    corrected = estimate_ppi(labels, labels, rest)

    assert corrected.power == pytest.approx(1 / 1.01, rel=0.1)
    assert corrected.worked_like > 1000


def test_ppi_is_that_of_its_authors():
    # ppi-python 0.2.3: ppi_mean_ci(y, f, rest, alpha=0.05) and ppi_mean_pointestimate; it divides by n, not n - 1.
    rng = np.random.default_rng(31)
    labels = (rng.random(200) < 0.8).astype(float)
    judged = np.where(rng.random(200) < 0.7, labels, rng.random(200) < 0.8).astype(float)
    rest = (rng.random(3000) < 0.8).astype(float)

    told = estimate_ppi(labels, judged, rest).estimate

    assert (told.value, told.low, told.high) == pytest.approx((0.77679314, 0.73626571, 0.81732057), abs=2e-4)


def test_ppi_without_other_items_is_the_labels_alone():
    labels = np.array([1.0, 0.0, 1.0, 1.0])

    corrected = estimate_ppi(labels, labels, np.zeros(0))

    assert (corrected.estimate.value, corrected.power, corrected.worked_like) == (0.75, 0, 4)


def test_ppi_of_labels_that_are_all_alike_has_a_width():
    corrected = estimate_ppi(np.ones(50), np.ones(50), np.ones(500))

    assert (corrected.estimate.value, corrected.estimate.high) == (1, 1)
    assert corrected.estimate.low == pytest.approx(1 - 3.69 / 50, abs=1e-3)


# --- a fixed set of known answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("m", "low", "high"),
    [(25, 0.737, 1), (50, 0.768, 1), (100, 0.791, 0.949), (200, 0.807, 0.919), (500, 0.822, 0.896)],
)
def test_rogan_gladen_has_the_table_of_lee_and_others(m, low, high):
    # ../shared/design/methods.md M2b: p = .80, caught .80, passed .90, n = 5,000.
    told = estimate_rogan_gladen(
        n_judge_passes=4000, n_judged=5000, n_passed=0.9 * m, of_passed=m, n_caught=0.8 * m, of_failed=m
    ).estimate

    assert (round(told.value, 3), round(told.low, 3), round(told.high, 3)) == (0.857, low, high)


def test_rogan_gladen_of_a_perfect_judge_is_its_own_pass_rate():
    told = estimate_rogan_gladen(
        n_judge_passes=70, n_judged=100, n_passed=50, of_passed=50, n_caught=50, of_failed=50
    ).estimate

    assert told.value == 0.7
    assert told.low < 0.7 < told.high


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({"n_passed": 40, "n_caught": 10}, "no better than a coin"),
        ({"n_caught": 0, "of_failed": 0}, "there is no known fail"),
        ({"n_judge_passes": 0, "n_judged": 0}, "there is no verdict"),
    ],
)
def test_rogan_gladen_is_undefined_without_an_instrument(counts, reason):
    known = {"n_judge_passes": 70, "n_judged": 100, "n_passed": 45, "of_passed": 50, "n_caught": 45, "of_failed": 50}

    assert reason in estimate_rogan_gladen(**known | counts).estimate.undefined


# --- simulations --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_weighted_estimates_hold_the_truth_where_the_unweighted_does_not():
    """2,000 streams measured .951 (Horvitz-Thompson), .953 (Hájek), .949 (difference), .688 (PPI without weights)."""
    rng, n_streams = np.random.default_rng(13), 1000
    held, errors = {}, {}
    for _ in range(n_streams):
        traffic = simulate_traffic(rng)
        labels, inclusion, judged, share = traffic.labels, traffic.inclusion, traffic.judged, traffic.share
        seen = ~np.isnan(labels)
        for name, estimate, truth in (
            ("fails", estimate_horvitz_thompson(1 - labels, inclusion).estimate, 1 - share),
            ("passes", estimate_horvitz_thompson(labels, inclusion).estimate, share),
            ("hajek", estimate_hajek(labels, inclusion).estimate, share),
            ("difference", estimate_difference(labels, inclusion, judged).estimate, share),
            ("unweighted", estimate_ppi(labels[seen], judged[seen], judged[~seen]).estimate, share),
        ):
            held[name] = held.get(name, 0) + (estimate.low <= truth <= estimate.high) / n_streams
            errors.setdefault(name, []).append(estimate.value - truth)

    assert min(held["fails"], held["passes"], held["hajek"]) >= 0.93
    assert held["difference"] >= 0.90
    assert held["unweighted"] < 0.80
    assert abs(np.mean(errors["difference"])) < 0.002
    assert np.mean(errors["unweighted"]) < -0.01


@pytest.mark.slow
@pytest.mark.parametrize(("signal", "gain"), [(0.0, 0.99), (0.5, 1.1), (0.9, 1.7)])
def test_ppi_is_never_wider_than_the_labels_alone_and_holds_the_truth(signal, gain):
    """A judge that sees the truth with probability `signal` and else says pass four times in five; 200 labels."""
    rng, n_streams, n, n_rest = np.random.default_rng(14), 1500, 200, 4000
    held, widths, alone, worked_like = 0.0, [], [], []
    for _ in range(n_streams):
        truth = rng.random(n + n_rest) < 0.8
        judged = np.where(rng.random(n + n_rest) < signal, truth, rng.random(n + n_rest) < 0.8).astype(float)
        labels = truth[:n].astype(float)
        corrected = estimate_ppi(labels, judged[:n], judged[n:])
        held += (corrected.estimate.low <= 0.8 <= corrected.estimate.high) / n_streams
        widths.append(corrected.estimate.high - corrected.estimate.low)
        alone.append(2 * 1.96 * labels.std(ddof=1) / np.sqrt(n))
        worked_like.append(corrected.worked_like / n)

    assert np.mean(widths) <= 1.02 * np.mean(alone)
    assert held >= 0.93
    assert np.median(worked_like) >= gain


@pytest.mark.slow
def test_few_errors_in_an_audit_are_held_by_the_interval():
    """3,000 items, about 135 audited, 0.4 % escaped: in most streams none is found."""
    rng, n_streams, held = np.random.default_rng(15), 1500, 0.0
    for _ in range(n_streams):
        truth = (rng.random(3000) < 0.004).astype(float)
        labels = np.where(rng.random(3000) < 0.045, truth, np.nan)
        share = estimate_horvitz_thompson(labels, np.full(3000, 0.045)).estimate
        held += (share.low <= truth.mean() <= share.high) / n_streams

    assert held >= 0.93
