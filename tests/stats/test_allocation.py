"""Neyman's allocation: worked by hand, its ends, its laws, and that no other allocation does better."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.stats.allocation import allocate_audit, guess_error_share

STRATA = st.lists(st.tuples(st.floats(1, 10_000), st.floats(0.001, 0.999)), min_size=1, max_size=8)


def test_two_strata_by_hand():
    # N √(p (1 - p)): 8,000 x 0.3 and 2,000 x 0.4, so 240 : 80 of 320 labels.
    shares = allocate_audit(np.array([8_000.0, 2_000.0]), np.array([0.1, 0.2]), n_labels=320, floor=0.01)

    assert shares == pytest.approx([0.03, 0.04])


def test_stratum_at_the_floor_leaves_the_rest_to_the_others():
    # 90 to the first at its floor; the 110 left to the second.
    shares = allocate_audit(np.array([9_000.0, 1_000.0]), np.array([0.0001, 0.5]), n_labels=200, floor=0.01)

    assert shares == pytest.approx([0.01, 0.11])


def test_stratum_labelled_in_full_leaves_the_rest_to_the_others():
    shares = allocate_audit(np.array([10_000.0, 10.0]), np.array([0.001, 0.5]), n_labels=1_010, floor=0.01)

    assert shares == pytest.approx([0.1, 1.0])


def test_floors_that_take_more_than_there_is_are_kept():
    assert allocate_audit(np.array([1_000.0, 1_000.0]), np.array([0.1, 0.4]), n_labels=5, floor=0.01).tolist() == [
        0.01,
        0.01,
    ]


@given(STRATA, st.floats(0.005, 0.2), st.floats(0.01, 1.5))
def test_shares_lie_between_floor_and_all_and_take_the_labels_there_are(strata, floor, budget):
    n_items, error_share = (np.array(column) for column in zip(*strata, strict=True))
    n_labels = budget * float(n_items.sum())

    shares = allocate_audit(n_items, error_share, n_labels=n_labels, floor=floor)

    assert ((shares >= floor - 1e-12) & (shares <= 1)).all()
    wanted = min(max(n_labels, floor * n_items.sum()), n_items.sum())
    assert float(n_items @ shares) == pytest.approx(wanted, rel=1e-6)


@given(STRATA, st.randoms(use_true_random=False))
def test_moving_labels_to_another_stratum_makes_the_variance_no_smaller(strata, random):
    n_items, error_share = (np.array(column) for column in zip(*strata, strict=True))
    shares = allocate_audit(n_items, error_share, n_labels=0.1 * float(n_items.sum()), floor=0.01)

    def variance(of):
        return float((n_items * error_share * (1 - error_share) / of).sum())

    here, there = random.randrange(len(n_items)), random.randrange(len(n_items))
    moved = shares.copy()
    n_moved = min(0.1 * (shares[here] - 0.01) * n_items[here], 0.1 * (1 - shares[there]) * n_items[there])
    moved[here] -= n_moved / n_items[here]
    moved[there] += n_moved / n_items[there]
    assert variance(moved) >= variance(shares) * (1 - 1e-9)


@pytest.mark.parametrize(
    ("n_items", "error_share", "floor"), [([0.0], [0.1], 0.01), ([1.0], [0.0], 0.01), ([1.0], [0.1], 0.0)]
)
def test_what_is_out_of_range_is_refused(n_items, error_share, floor):
    with pytest.raises(ValueError, match="error share"):
        allocate_audit(np.array(n_items), np.array(error_share), n_labels=1, floor=floor)


def test_guess_is_never_none_or_all():
    guessed = guess_error_share(np.array([0.0, 10.0]), np.array([10.0, 10.0]))

    assert guessed == pytest.approx([0.5 / 11, 10.5 / 11])
