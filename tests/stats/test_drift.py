"""The Bernoulli CUSUM: its path by hand, and how often it alarms."""

import numpy as np
import pytest

from labeling.stats.drift import Cusum, follow, run_length

DOUBLED = Cusum(usual=0.10, raised=0.20, threshold=4.0)


def test_the_steps_are_those_of_the_paper_worked_by_hand():
    """For 0.10 to 0.20: r1 = ln(0.9 / 0.8), r2 = ln(0.2 · 0.9 / (0.1 · 0.8))."""
    assert DOUBLED.step_down == pytest.approx(0.1178, abs=5e-5)
    assert DOUBLED.step_up == pytest.approx(0.8109, abs=5e-5)


def test_a_path_never_falls_below_zero_and_begins_again_after_an_alarm():
    path = follow(Cusum(0.10, 0.20, 1.5), [False, False, True, True, True, True, False])

    up = DOUBLED.step_up - DOUBLED.step_down
    assert path.values == pytest.approx((0, 0, up, 2 * up, 3 * up, up, up - DOUBLED.step_down))
    assert path.alarms == (4,)


def test_no_answer_has_no_path():
    assert follow(DOUBLED, []) == follow(DOUBLED, ())
    assert follow(DOUBLED, []).values == ()


@pytest.mark.parametrize(
    ("threshold", "between_false_alarms", "delay"), [(3.0, 586, 55), (4.0, 1974, 72), (4.6, 3724, 90), (5.5, 8042, 111)]
)
def test_run_lengths_are_near_those_that_were_simulated_for_the_design(threshold, between_false_alarms, delay):
    """Means of a few hundred simulated streams, so within some 11 %; the solution itself is checked below."""
    watch = Cusum(0.10, 0.20, threshold)

    assert run_length(watch, 0.10) == pytest.approx(between_false_alarms, rel=0.11)
    assert run_length(watch, 0.20) == pytest.approx(delay, rel=0.05)


def test_a_threshold_of_one_miss_waits_for_the_first_one():
    one_miss = Cusum(0.10, 0.20, 0.5)

    assert run_length(one_miss, 0.10) == pytest.approx(10, rel=1e-6)


def test_more_misses_are_found_sooner_and_a_higher_threshold_later():
    delays = [run_length(DOUBLED, share) for share in (0.05, 0.10, 0.20, 0.40)]

    assert delays == sorted(delays, reverse=True)
    assert run_length(Cusum(0.10, 0.20, 5.0), 0.10) > run_length(DOUBLED, 0.10)


@pytest.mark.parametrize("wrong", [(0.2, 0.1, 4.0), (0.0, 0.2, 4.0), (0.1, 1.0, 4.0), (0.1, 0.2, 0.0)])
def test_a_watch_of_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match="raised share"):
        Cusum(*wrong)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_certain_share_is_refused(share):
    with pytest.raises(ValueError, match="between"):
        run_length(DOUBLED, share)


@pytest.mark.slow
@pytest.mark.parametrize(("share", "n_streams"), [(0.10, 1_500), (0.20, 6_000)])
def test_the_solution_is_what_streams_give(share, n_streams):
    rng = np.random.default_rng(10)
    level, lengths, going_on, n = np.zeros(n_streams), np.zeros(n_streams), np.ones(n_streams, bool), 0
    while going_on.any():
        n += 1
        misses = rng.random(n_streams) < share
        level = np.maximum(0, level + misses * DOUBLED.step_up - DOUBLED.step_down)
        alarmed = going_on & (level >= DOUBLED.threshold)
        lengths[alarmed] = n
        going_on &= ~alarmed

    assert run_length(DOUBLED, share) == pytest.approx(lengths.mean(), abs=4 * lengths.std() / n_streams**0.5)
