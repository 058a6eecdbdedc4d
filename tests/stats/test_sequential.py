"""The pause rule: an exact test that may be looked at again and again, and what it costs whom."""

import itertools

import numpy as np
import pytest

from labeling.stats.sequential import (
    binomial_shares,
    chance_of_pause,
    error_of_each,
    plan_pauses,
)

REQUIRED, PANEL_ERROR, N_REVIEWERS = 0.85, 0.05, 12
LOOKS = tuple(range(20, 101, 10))


@pytest.fixture(scope="module")
def plan():
    return plan_pauses(required=REQUIRED, error=error_of_each(PANEL_ERROR, N_REVIEWERS), looks=LOOKS)


@pytest.mark.parametrize(("n", "most_right", "power"), [(10, 6, 0.49), (20, 13, 0.58), (30, 21, 0.78), (50, 37, 0.93)])
def test_one_look_is_the_exact_binomial_test(n, most_right, power):
    """X <= x of the one-sided exact test of 0.85 at 5 %, and its power against 0.65, as tabulated by hand."""
    one_look = plan_pauses(required=0.85, error=0.05, looks=[n])

    assert one_look.most_right == (most_right,)
    assert chance_of_pause(one_look, 0.65)[-1] == pytest.approx(power, abs=0.01)


def test_the_error_is_that_of_all_paths_counted_one_by_one():
    small = plan_pauses(required=0.7, error=0.3, looks=[3, 6])
    wronged = 0.0
    for answers in itertools.product((0, 1), repeat=6):
        is_paused = any(sum(answers[:look]) <= most for look, most in zip(small.looks, small.most_right, strict=True))
        wronged += is_paused * 0.7 ** sum(answers) * 0.3 ** (6 - sum(answers))

    assert chance_of_pause(small, 0.7)[-1] == pytest.approx(wronged, abs=1e-12)
    assert wronged <= 0.3


def test_no_look_spends_more_than_its_part_of_the_error(plan):
    spent = chance_of_pause(plan, REQUIRED)

    for look, so_far in zip(LOOKS, spent, strict=True):
        assert so_far <= plan.error * look / LOOKS[-1] + 1e-12


def test_one_right_answer_more_would_break_the_error(plan):
    for at, boundary in enumerate(plan.most_right):
        looser = (*plan.most_right[:at], boundary + 1)
        wider = type(plan)(plan.required, plan.error, LOOKS[: at + 1], looser)

        assert chance_of_pause(wider, REQUIRED)[-1] > plan.error * LOOKS[at] / LOOKS[-1]


def test_whoever_is_better_is_paused_more_rarely(plan):
    chances = [chance_of_pause(plan, accuracy)[-1] for accuracy in (0.65, 0.75, 0.85, 0.9, 0.95)]

    assert chances == sorted(chances, reverse=True)


def test_a_look_before_the_first_never_pauses(plan):
    assert not plan.says_pause(0, 19)
    assert plan.says_pause(0, 20)


def test_a_first_look_too_early_to_say_anything_pauses_nobody():
    early = plan_pauses(required=0.85, error=0.001, looks=[1, 40])

    assert early.most_right[0] == -1
    assert not early.says_pause(0, 1)


def test_shares_of_a_binomial_add_up_and_have_its_mean():
    shares = binomial_shares(40, 0.85)

    assert shares.sum() == pytest.approx(1)
    assert (shares * np.arange(41)).sum() == pytest.approx(34)


@pytest.mark.parametrize(
    "wrong",
    [
        {"required": 1.0},
        {"required": 0.0},
        {"error": 0.0},
        {"error": 1.0},
        {"looks": []},
        {"looks": [0, 10]},
        {"looks": [20, 20]},
    ],
)
def test_a_plan_of_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"lie between|rise"):
        plan_pauses(**{"required": 0.85, "error": 0.05, "looks": [20, 30], **wrong})


@pytest.mark.parametrize(("error", "n"), [(0.0, 12), (1.0, 12), (0.05, 0)])
def test_an_error_of_no_panel_is_refused(error, n):
    with pytest.raises(ValueError, match="panel"):
        error_of_each(error, n)


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_a_certain_accuracy_is_refused(plan, accuracy):
    with pytest.raises(ValueError, match="between"):
        chance_of_pause(plan, accuracy)


@pytest.mark.slow
def test_over_a_thousand_honest_panels_hardly_anybody_is_wronged_and_who_is_below_par_is_found(plan):
    """1,000 panels of twelve, everybody at exactly the required accuracy, 100 known answers each; then one at 0.65."""
    rng = np.random.default_rng(20)
    most_right = np.array(plan.most_right)

    def is_paused(accuracy, shape):
        right = (rng.random((*shape, LOOKS[-1])) < accuracy).cumsum(axis=-1)
        return (right[..., np.array(LOOKS) - 1] <= most_right).any(axis=-1)

    wronged = is_paused(REQUIRED, (1_000, N_REVIEWERS)).any(axis=1).mean()
    found = is_paused(REQUIRED - 0.2, (1_000,)).mean()

    # Exactly .0442 and .9716 by the recursion; here as they come out, one draw of a thousand.
    assert wronged <= 0.05
    assert found >= 0.90
