"""Certified thresholds: the table of labels needed, the walk by hand, and how often a promise is broken."""

import numpy as np
import pytest

from labeling.stats.certification import (
    Step,
    ThresholdGrid,
    certify,
    is_in_even_sample,
    n_more_to_certify,
    naive_threshold,
    p_of_error_above,
    plan_grid,
)

# Labelled shipped items that certify an error of at most `target`, by errors found (0, 1, 2, 3, 5, 10); exact binomial.
N_ERRORS = (0, 1, 2, 3, 5, 10)
TABLE = {
    (0.90, 0.20): (11, 18, 25, 32, 45, 75),
    (0.90, 0.10): (22, 38, 52, 65, 91, 152),
    (0.90, 0.05): (45, 77, 105, 132, 184, 306),
    (0.90, 0.02): (114, 194, 265, 333, 462, 768),
    (0.90, 0.01): (230, 388, 531, 667, 926, 1538),
    (0.95, 0.20): (14, 22, 30, 37, 50, 82),
    (0.95, 0.10): (29, 46, 61, 76, 103, 167),
    (0.95, 0.05): (59, 93, 124, 153, 208, 336),
    (0.95, 0.02): (149, 236, 313, 386, 523, 845),
    (0.95, 0.01): (299, 473, 628, 773, 1049, 1693),
}


@pytest.mark.parametrize(("confidence", "target"), TABLE)
def test_labels_needed_are_those_of_the_exact_binomial_table(confidence, target):
    for n_errors, n in zip(N_ERRORS, TABLE[confidence, target], strict=True):
        assert p_of_error_above(target, n_wrong=n_errors, n=n) <= 1 - confidence
        assert p_of_error_above(target, n_wrong=n_errors, n=n - 1) > 1 - confidence


def test_walk_stops_at_the_first_step_that_fails_even_if_a_later_one_would_pass():
    # 60 right above 0.8, then 20 wrong, then 5,000 right that would dilute them.
    scores = np.concatenate([np.full(60, 0.9), np.full(20, 0.7), np.full(5_000, 0.5)])
    wrong = np.concatenate([np.zeros(60), np.ones(20), np.zeros(5_000)]).astype(bool)

    told = certify(scores, wrong, grid=ThresholdGrid((0.8, 0.6, 0.4)), target=0.05, confidence=0.9)

    assert (told.state, told.threshold, len(told.steps)) == ("certified", 0.8, 2)


def test_first_step_that_fails_certifies_nothing_and_says_how_many_more_labels_would():
    told = certify(np.ones(30), np.zeros(30, bool), grid=ThresholdGrid((0.5,)), target=0.05, confidence=0.9)

    assert (told.state, told.threshold, told.n_more) == ("inconclusive", None, 15)


def test_errors_at_the_target_or_above_send_all_to_people():
    wrong = np.arange(100) < 5

    told = certify(np.ones(100), wrong, grid=ThresholdGrid((0.5,)), target=0.05, confidence=0.9)

    assert (told.state, told.threshold, told.n_more) == ("all_to_people", None, None)


def test_without_a_label_nothing_is_certified_and_an_error_free_sample_is_asked_for():
    told = certify(np.zeros(0), np.zeros(0, bool), grid=ThresholdGrid((0.5,)), target=0.05, confidence=0.9)

    assert (told.state, told.threshold, told.n_more) == ("inconclusive", None, 45)


def test_walk_to_the_loose_end_asks_for_no_more_labels():
    told = certify(np.ones(100), np.zeros(100, bool), grid=ThresholdGrid((0.9, 0.5)), target=0.05, confidence=0.9)

    assert (told.state, told.threshold, told.n_more) == ("certified", 0.5, None)


@pytest.mark.parametrize(("n", "n_wrong"), [(50, 1), (200, 7), (400, 12)])
def test_as_many_more_labels_as_said_are_enough_and_not_many_fewer(n, n_wrong):
    step = Step(0.9, n, n_wrong, 1.0)
    n_more = n_more_to_certify(step, target=0.05, confidence=0.9)

    share = n_wrong / n
    assert p_of_error_above(0.05, n_wrong=int(np.ceil(share * (n + n_more) - 1e-9)), n=n + n_more) <= 0.1
    fewer = (n + n_more) // 2
    assert p_of_error_above(0.05, n_wrong=int(np.ceil(share * fewer)), n=fewer) > 0.1


def test_grid_begins_where_half_ships_and_ends_where_everything_does():
    scores = np.arange(1_000) / 1_000

    grid = plan_grid(scores)

    shipped = [(scores >= threshold).mean() for threshold in grid.thresholds]
    assert shipped[0] == pytest.approx(0.5, abs=0.002)
    assert shipped[-1] == 1
    assert len(grid.thresholds) == 10


def test_grid_of_three_votes_has_their_shares_once_each():
    scores = np.repeat([1.0, 2 / 3, 1 / 3], [60, 30, 10])

    assert plan_grid(scores).thresholds == (1.0, 2 / 3, 1 / 3)


@pytest.mark.parametrize(("scores", "words"), [([], "needs scores"), ([0.5, float("nan")], "finite")])
def test_grid_of_no_scores_or_of_no_numbers_is_refused(scores, words):
    with pytest.raises(ValueError, match=words):
        plan_grid(np.array(scores))


def test_rising_grid_is_refused():
    with pytest.raises(ValueError, match="from strict to loose"):
        ThresholdGrid((0.5, 0.6))


def test_even_sample_keeps_as_large_a_share_of_the_surely_reviewed_as_of_the_rest():
    rng = np.random.default_rng(3)
    draw = rng.random(200_000)
    chance = np.where(np.arange(200_000) % 4 == 0, 1.0, 0.03)
    labelled = draw < chance

    kept = is_in_even_sample(chance[labelled], draw[labelled])

    sure = chance[labelled] == 1
    assert kept[~sure].all()
    assert kept[sure].mean() == pytest.approx(0.03, abs=0.003)


def test_inclusion_probability_of_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        is_in_even_sample(np.array([0.0, 1.0]), np.array([0.1, 0.1]))


def test_certified_threshold_is_the_same_for_shuffled_rows():
    rng = np.random.default_rng(5)
    scores = rng.random(500)
    wrong = rng.random(500) < 0.1 * (1 - scores)
    grid, order = plan_grid(scores), rng.permutation(500)

    told = certify(scores, wrong, grid=grid, target=0.08, confidence=0.9)

    assert certify(scores[order], wrong[order], grid=grid, target=0.08, confidence=0.9) == told


# --- how often the promise is broken ----------------------------------------------------------------------------------


def error_of(scores):
    """The chance that an item of this score is wrong: 0.25 at no confidence, 0.01 at full."""
    return 0.25 - 0.24 * scores


def true_error_above(threshold):
    """The error among what ships, for scores uniform in [0, 1]: the mean of `error_of` from the threshold on."""
    return 0.25 - 0.24 * (1 + threshold) / 2


@pytest.mark.slow
@pytest.mark.parametrize(("n", "most_certified_nothing"), [(200, 0.70), (500, 0.42), (1_000, 0.16), (2_000, 0.03)])
def test_promise_is_broken_in_at_most_a_tenth_of_streams_where_the_naive_rule_breaks_half(n, most_certified_nothing):
    rng = np.random.default_rng(20_26)
    target, n_streams = 0.10, 2_000
    broken = naive_broken = nothing = 0
    for _ in range(n_streams):
        grid = plan_grid(rng.random(5_000))  # past traffic without labels
        scores = rng.random(n)
        wrong = rng.random(n) < error_of(scores)
        told = certify(scores, wrong, grid=grid, target=target, confidence=0.90)
        nothing += told.threshold is None
        broken += told.threshold is not None and true_error_above(told.threshold) > target
        naive = naive_threshold(scores, wrong, thresholds=np.linspace(0, 1, 100), target=target)
        naive_broken += naive is not None and true_error_above(naive) > target

    assert broken / n_streams <= 0.10
    assert naive_broken / n_streams > 0.35
    assert nothing / n_streams <= most_certified_nothing


@pytest.mark.slow
def test_judge_whose_confidence_says_nothing_is_hardly_ever_certified():
    """Wrong in 12 % at every score: whatever is certified at 10 % is a promise broken."""
    rng = np.random.default_rng(7)
    n_certified = 0
    for _ in range(2_000):
        scores, wrong = rng.random(800), rng.random(800) < 0.12
        told = certify(scores, wrong, grid=plan_grid(rng.random(5_000)), target=0.10, confidence=0.90)
        assert (told.threshold is None) == (told.state != "certified")
        n_certified += told.threshold is not None

    assert n_certified / 2_000 <= 0.10


@pytest.mark.slow
def test_thinned_routed_labels_keep_the_promise_that_piled_up_ones_break():
    """Everything below 0.6 was reviewed, 5 % of the rest: counted as they lie, labels below the old threshold weigh
    twenty times as much, which errs to the safe side here and to the other where low scores are the good ones."""
    rng = np.random.default_rng(11)
    broken = 0
    for _ in range(500):
        scores, draw = rng.random(20_000), rng.random(20_000)
        wrong = rng.random(20_000) < error_of(scores)
        chance = np.where(scores < 0.6, 1.0, 0.05)
        labelled = draw < chance
        kept = np.flatnonzero(labelled)[is_in_even_sample(chance[labelled], draw[labelled])]
        grid = plan_grid(scores)
        told = certify(scores[kept], wrong[kept], grid=grid, target=0.10, confidence=0.90)
        broken += told.threshold is not None and true_error_above(told.threshold) > 0.10

    assert broken / 500 <= 0.10
