"""How many more labels: the rule by hand, what it does not answer, and intervals that become as wide as planned."""

import numpy as np
import pytest

from labeling.stats.alpha import estimate_alpha
from labeling.stats.intervals import bound_extreme_share
from labeling.stats.planning import plan_units, read_plan, round_up
from labeling.stats.ratings import Ratings
from labeling.stats.results import Estimate, undefined_because
from labeling.stats.scales import make_scale

PASS_OR_FAIL = make_scale("nominal", declared=["pass", "fail"], observed=[])
# ../shared/design/methods.md M10: width of the 95 % interval of two raters of accuracy 0.9, by prevalence and n.
WIDTHS = {0.5: {50: 0.42, 100: 0.30, 200: 0.21, 400: 0.15}, 0.1: {50: 0.64, 100: 0.46, 200: 0.32, 400: 0.23}}


def simulated_alphas(n_units, prevalence, *, n_simulations, seed):
    """Two raters who each name one of two categories rightly nine times in ten."""
    rng = np.random.default_rng(seed)
    for _ in range(n_simulations):
        truth = rng.random(n_units) < prevalence
        is_right = rng.random((2, n_units)) < 0.9
        codes = np.where(is_right, truth, ~truth).T.astype(np.int8)
        yield estimate_alpha(Ratings(codes, ("a", "b"), PASS_OR_FAIL), replicates=300, rng=rng)


def test_half_the_width_takes_four_times_the_units():
    plan = plan_units(Estimate(0.6, 0.4, 0.8, n=100), half_width=0.1)

    assert (plan.n_now, plan.half_width_now, plan.n_more) == (100, pytest.approx(0.2), 300)


def test_what_is_narrow_enough_needs_no_more():
    plan = plan_units(Estimate(0.6, 0.5, 0.7, n=100), half_width=0.1)

    assert plan.n_more == 0
    assert read_plan(plan) == "the interval is ±0.1 or narrower already"


@pytest.mark.parametrize(
    ("number", "rounded"), [(0, 0), (1, 1), (99, 99), (100, 100), (101, 110), (131, 140), (1999, 2000), (2001, 2100)]
)
def test_rounded_up_to_two_digits(number, rounded):
    assert round_up(number) == rounded


def test_plan_in_words():
    plan = plan_units(Estimate(0.6, 0.47, 0.70, n=130), half_width=0.08)

    # 130 × (0.115 / 0.08)² = 268.6: 139 more.
    assert read_plan(plan) == "about 140 more double-labelled items for ±0.08"


@pytest.mark.parametrize(
    ("estimate", "reason"),
    [
        (undefined_because("no unit was rated by two raters", n=0), "no unit was rated by two raters"),
        (Estimate(1.0, n=50), "there is no interval to start from"),
        (Estimate(0.5, 0.1, 0.9, n=9), "9 units are too few to foretell anything; label 10 first"),
        (bound_extreme_share(Estimate(1.0, n=50), n_independent=50), "the interval is one-sided"),
    ],
)
def test_without_a_ground_to_plan_from_it_says_why(estimate, reason):
    plan = plan_units(estimate, half_width=0.05)

    assert (plan.n_more, plan.undefined) == (None, reason)
    assert read_plan(plan) == f"no plan: {reason}"


@pytest.mark.parametrize("half_width", [0, -0.1, float("nan")])
def test_a_width_of_nothing_is_refused(half_width):
    with pytest.raises(ValueError, match="state a width above 0"):
        plan_units(Estimate(0.6, 0.4, 0.8, n=100), half_width=half_width)


@pytest.mark.parametrize(("prevalence", "n_units", "n_wanted"), [(0.5, 100, 400), (0.5, 50, 200), (0.1, 100, 400)])
def test_plans_reach_the_widths_of_the_table(prevalence, n_units, n_wanted):
    # The table's widths have two digits and a plan adds its rounding up: a tolerance of 15 %.
    wanted = WIDTHS[prevalence][n_wanted] / 2
    alphas = simulated_alphas(n_units, prevalence, n_simulations=60, seed=1)

    plans = [plan_units(alpha, half_width=wanted) for alpha in alphas]

    assert np.mean([plan.n_now + plan.n_more for plan in plans]) == pytest.approx(n_wanted, rel=0.15)
    assert np.mean([2 * plan.half_width_now for plan in plans]) == pytest.approx(WIDTHS[prevalence][n_units], abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("n_units", "share"), [(30, 0.4), (100, 0.25)])
def test_three_plans_in_four_are_right_within_what_the_notes_say(n_units, share):
    alphas = simulated_alphas(n_units, 0.5, n_simulations=400, seed=2)

    totals = np.array([n_units + plan_units(alpha, half_width=0.075).n_more for alpha in alphas])

    assert np.mean(np.abs(totals / 400 - 1) <= share) > 0.75


def test_document_has_a_reason_where_it_has_no_number():
    document = plan_units(Estimate(1.0, n=50), half_width=0.05).as_document()

    assert document == {
        "half_width": 0.05,
        "n_now": 50,
        "half_width_now": None,
        "n_more": None,
        "undefined": "there is no interval to start from",
    }
