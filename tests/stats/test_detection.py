"""What known answers say of one reviewer: caught and passed apart, and the exact test of too few right ones."""

import itertools

import numpy as np
import pytest

from labeling.stats.detection import estimate_detection, probability_of_so_few
from labeling.stats.multiplicity import benjamini_hochberg

REQUIRED = 0.85


@pytest.mark.parametrize(("n", "most"), [(10, 6), (20, 13), (30, 21), (50, 37)])
def test_so_few_is_called_where_the_tabulated_exact_test_does(n, most):
    """The flags of the one-sided exact test of 0.85 at 5 %, as tabulated by hand."""
    assert probability_of_so_few(most, n, REQUIRED) <= 0.05 < probability_of_so_few(most + 1, n, REQUIRED)


def test_so_few_counts_every_outcome_one_by_one():
    by_hand = sum(
        0.7 ** sum(answers) * 0.3 ** (5 - sum(answers))
        for answers in itertools.product((0, 1), repeat=5)
        if sum(answers) <= 2
    )

    assert probability_of_so_few(2, 5, 0.7) == pytest.approx(by_hand)


def test_no_answer_proves_nothing():
    assert probability_of_so_few(0, 0, REQUIRED) == 1


@pytest.mark.parametrize(("n_right", "n", "required"), [(3, 2, 0.85), (-1, 2, 0.85), (1, 2, 1.0), (1, 2, 0.0)])
def test_what_is_no_share_is_refused(n_right, n, required):
    with pytest.raises(ValueError, match="no test of a share"):
        probability_of_so_few(n_right, n, required)


def test_who_passes_everything_is_right_on_most_and_catches_nothing():
    found = estimate_detection([True] * 10 + [False] * 90, [False] * 100)

    assert (found.caught.value, found.caught.n) == (0, 10)
    assert (found.passed.value, found.passed.n) == (1, 90)
    # Wilson's upper end of 0 of 10, Newcombe (1998), table I.
    assert found.caught.high == pytest.approx(0.2775, abs=5e-5)


def test_a_kind_that_was_never_met_has_no_share():
    only_fine, only_bad = estimate_detection([False], [False]), estimate_detection([True], [True])

    assert (only_fine.caught.value, only_fine.caught.undefined) == (None, "no bad output was met")
    assert (only_bad.passed.value, only_bad.passed.undefined) == (None, "no fine output was met")


def test_the_order_of_answers_does_not_matter_and_swapping_the_kinds_swaps_the_shares():
    rng = np.random.default_rng(5)
    bad, called = (rng.random(60) < 0.4).tolist(), (rng.random(60) < 0.5).tolist()
    order = rng.permutation(60)

    found = estimate_detection(bad, called)
    shuffled = estimate_detection([bad[at] for at in order], [called[at] for at in order])
    swapped = estimate_detection([not one for one in bad], [not one for one in called])

    assert found == shuffled
    assert (swapped.caught, swapped.passed) == (found.passed, found.caught)


def test_answers_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="zip"):
        estimate_detection([True], [])


@pytest.mark.slow
def test_of_a_thousand_honest_panels_few_see_anybody_on_watch_and_who_is_far_below_is_mostly_seen():
    """Twelve people at exactly 0.85, 30 known answers each, at one look; then one of them at 0.55."""
    rng = np.random.default_rng(7)
    p_of = [probability_of_so_few(n_right, 30, REQUIRED) for n_right in range(31)]

    def watched(accuracies):
        right = rng.binomial(30, accuracies)
        return [p <= 0.05 for p in benjamini_hochberg([p_of[one] for one in right])]

    honest = np.mean([any(watched([REQUIRED] * 12)) for _ in range(1_000)])
    found = np.mean([watched([0.55, *[REQUIRED] * 11])[0] for _ in range(1_000)])

    # What the methods page says: 3.3 % and 86 % of twenty thousand panels.
    assert honest == pytest.approx(0.033, abs=0.017)
    assert honest <= 0.05
    assert found == pytest.approx(0.86, abs=0.04)
