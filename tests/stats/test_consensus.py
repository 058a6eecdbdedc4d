"""Dawid and Skene: their own data of 1979, the algorithm once more in plain loops, laws, and a truth recovered."""

import json
import math
import time

import numpy as np
import pytest

from labeling.stats.consensus import estimate_consensus, fit_confusions, reason_against_consensus
from labeling.stats.ratings import MISSING, Ratings
from labeling.stats.scales import make_scale
from tests.stats.matrices import ratings_of_rows

# Dawid & Skene (1979), table 1: a word a patient, what observer 1 said in three sittings and observers 2 to 5 in one.
PATIENTS = """
    1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212
    1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111
    1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111
    2322222 1211111 2222222
"""
OBSERVER_OF_SITTING = (0, 0, 0, 1, 2, 3, 4)
# The estimates that the paper prints, to two digits: a block an observer, a line a true class, a column a given one.
ERROR_RATES = """
    0.89 0.11 0.00 0.00   0.83 0.17 0.00 0.00   1.00 0.00 0.00 0.00   0.94 0.06 0.00 0.00   1.00 0.00 0.00 0.00
    0.07 0.88 0.05 0.00   0.05 0.63 0.31 0.00   0.11 0.79 0.11 0.00   0.05 0.84 0.10 0.00   0.16 0.73 0.11 0.00
    0.00 0.34 0.66 0.00   0.00 0.00 1.00 0.00   0.00 0.40 0.20 0.40   0.00 0.00 0.80 0.20   0.00 0.21 0.79 0.00
    0.00 0.00 0.56 0.44   0.00 0.00 0.00 1.00   0.00 0.00 0.67 0.33   0.00 0.00 0.33 0.67   0.00 0.00 0.33 0.67
"""


def labels_of_1979():
    given = [
        (patient, OBSERVER_OF_SITTING[sitting], int(label) - 1)
        for patient, labels in enumerate(PATIENTS.split())
        for sitting, label in enumerate(labels)
    ]
    return np.array(given).T


def fit_1979(**options):
    return fit_confusions(
        *labels_of_1979(), shape=(45, 5, 4), multiplicity=np.ones(45), **{"smoothing": 0.0, **options}
    )


def simulate(seed, *, n_units=400, accuracies=(0.9, 0.8, 0.75, 0.7), shares=(0.5, 0.3, 0.2), share_missing=0.2):
    """The truth, and codes of raters who see it with their accuracy, else say one of the others."""
    rng = np.random.default_rng(seed)
    q = len(shares)
    truth = rng.choice(q, n_units, p=shares)
    wrong = (truth[:, np.newaxis] + rng.integers(1, q, (n_units, len(accuracies)))) % q
    codes = np.where(rng.random(wrong.shape) < accuracies, truth[:, np.newaxis], wrong)
    codes[rng.random(codes.shape) < share_missing] = MISSING
    return truth, codes


def ratings_of(codes, q=3):
    scale = make_scale("nominal", declared=[f"c{category}" for category in range(q)], observed=[])
    return Ratings(codes.astype(np.int16), tuple(f"r{rater}" for rater in range(codes.shape[1])), scale)


def in_plain_loops(codes, q, *, smoothing, n_iterations):
    """The same steps, label by label, without logarithms."""
    n_units, n_raters = codes.shape
    given = [[(r, codes[u, r]) for r in range(n_raters) if codes[u, r] != MISSING] for u in range(n_units)]
    posteriors = [[sum(label == c for _, label in labels) / len(labels) for c in range(q)] for labels in given]
    for _ in range(n_iterations):
        shares = [sum(row[c] for row in posteriors) / n_units for c in range(q)]
        confusions = [[[smoothing] * q for _ in range(q)] for _ in range(n_raters)]
        for row, labels in zip(posteriors, given, strict=True):
            for rater, label in labels:
                for c in range(q):
                    confusions[rater][c][label] += row[c]
        confusions = [[[cell / sum(line) for cell in line] for line in rater] for rater in confusions]
        likelihood, posteriors = 0.0, []
        for labels in given:
            joint = [shares[c] * math.prod(confusions[r][c][label] for r, label in labels) for c in range(q)]
            posteriors.append([value / sum(joint) for value in joint])
            likelihood += math.log(sum(joint))
    return shares, confusions, posteriors, likelihood


def test_class_shares_of_1979():
    fit = fit_1979()

    assert fit.has_converged
    assert fit.class_shares == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)


def test_error_rates_of_1979():
    printed = np.array(ERROR_RATES.split(), dtype=float).reshape(4, 5, 4).transpose(1, 0, 2)

    assert fit_1979().confusions == pytest.approx(printed, abs=0.005)


def test_likelihood_of_1979_never_decreases():
    likelihoods = [fit_1979(most_iterations=n).log_likelihood for n in range(1, 40)]

    assert np.diff(likelihoods).min() > -1e-9


def test_with_smoothing_the_likelihood_times_the_prior_never_decreases():
    def penalised(n):
        fit = fit_1979(most_iterations=n, smoothing=0.1)
        return fit.log_likelihood + 0.1 * np.log(fit.confusions).sum()

    assert np.diff([penalised(n) for n in range(1, 40)]).min() > -1e-9


def test_giving_up_early_is_not_called_converged():
    fit = fit_1979(most_iterations=3)

    assert (fit.n_iterations, fit.has_converged) == (3, False)


@pytest.mark.parametrize("smoothing", [0.0, 0.01, 1.0])
def test_every_step_is_what_plain_loops_give(smoothing):
    _, codes = simulate(1, n_units=60)
    codes = codes[(codes != MISSING).any(axis=1)]
    shares, confusions, posteriors, likelihood = in_plain_loops(codes, 3, smoothing=smoothing, n_iterations=12)

    consensus = estimate_consensus(ratings_of(codes), smoothing=smoothing, most_iterations=12)

    assert consensus.class_shares == pytest.approx(shares)
    assert consensus.confusions == pytest.approx(np.array(confusions))
    assert consensus.posteriors == pytest.approx(np.array(posteriors))
    assert consensus.log_likelihood == pytest.approx(likelihood)


def test_truth_is_recovered_better_than_by_the_majority():
    truth, codes = simulate(2, n_units=4000, accuracies=(0.95, 0.65, 0.6, 0.55, 0.5), share_missing=0.0)
    votes = np.array([np.bincount(row, minlength=3) for row in codes])

    consensus = estimate_consensus(ratings_of(codes))

    assert consensus.has_converged
    assert consensus.accuracies == pytest.approx([0.95, 0.65, 0.6, 0.55, 0.5], abs=0.05)
    assert consensus.class_shares == pytest.approx([0.5, 0.3, 0.2], abs=0.03)
    assert (consensus.codes == truth).mean() > (votes.argmax(axis=1) == truth).mean() + 0.05


def test_posteriors_are_about_as_right_as_they_say():
    truth, codes = simulate(3, n_units=4000)

    consensus = estimate_consensus(ratings_of(codes))

    said, is_right = consensus.posteriors.max(axis=1), consensus.codes == truth
    assert said.mean() == pytest.approx(is_right.mean(), abs=0.02)
    assert is_right[consensus.is_sure].mean() > is_right[~consensus.is_sure].mean() + 0.2


def test_a_spammer_is_found():
    _, codes = simulate(4, n_units=600, accuracies=(0.85, 0.85, 0.8, 0.8), share_missing=0.0)
    # He says what he likes, mostly c0, whatever is there.
    codes[:, 3] = np.random.default_rng(5).choice(3, len(codes), p=[0.8, 0.1, 0.1])

    consensus = estimate_consensus(ratings_of(codes))

    lines_apart = np.ptp(consensus.confusions, axis=1).max(axis=1)
    assert lines_apart[3] < 0.15
    assert lines_apart[:3].min() > 0.6
    assert consensus.confusions[3].mean(axis=0) == pytest.approx([0.8, 0.1, 0.1], abs=0.05)


def test_a_rater_who_swaps_two_categories_is_read_the_right_way_round():
    truth, codes = simulate(6, n_units=600, accuracies=(0.9, 0.85, 0.85, 0.9), share_missing=0.0)
    codes[:, 3] = np.array([1, 0, 2])[codes[:, 3]]

    consensus = estimate_consensus(ratings_of(codes))

    assert consensus.confusions[3].argmax(axis=1).tolist() == [1, 0, 2]
    assert (consensus.codes == truth).mean() > 0.95


def test_renaming_categories_renames_the_answer():
    _, codes = simulate(7)
    order = np.array([2, 0, 1])
    renamed = np.where(codes == MISSING, MISSING, order[codes])

    plain, other = estimate_consensus(ratings_of(codes)), estimate_consensus(ratings_of(renamed))

    assert other.class_shares[order] == pytest.approx(plain.class_shares)
    assert other.posteriors[:, order] == pytest.approx(plain.posteriors, abs=1e-8)
    assert other.confusions[:, order][:, :, order] == pytest.approx(plain.confusions)
    assert other.log_likelihood == pytest.approx(plain.log_likelihood)


def test_order_of_units_and_raters_only_reorders_the_answer():
    _, codes = simulate(8)
    rng = np.random.default_rng(9)
    units, raters = rng.permutation(len(codes)), rng.permutation(codes.shape[1])

    plain, other = estimate_consensus(ratings_of(codes)), estimate_consensus(ratings_of(codes[units][:, raters]))

    assert other.posteriors == pytest.approx(plain.posteriors[units], abs=1e-8)
    assert other.confusions == pytest.approx(plain.confusions[raters])


def test_units_without_a_label_change_nothing_and_get_the_class_shares():
    _, codes = simulate(10)
    more = np.vstack([codes, np.full((3, codes.shape[1]), MISSING)])

    plain, other = estimate_consensus(ratings_of(codes)), estimate_consensus(ratings_of(more))

    assert other.posteriors[:-3] == pytest.approx(plain.posteriors)
    assert other.posteriors[-3:] == pytest.approx(np.tile(plain.class_shares, (3, 1)))
    assert other.log_likelihood == pytest.approx(plain.log_likelihood)


def test_doubling_all_units_changes_nothing_without_smoothing():
    _, codes = simulate(11)

    once = estimate_consensus(ratings_of(codes), smoothing=0.0)
    twice = estimate_consensus(ratings_of(np.vstack([codes, codes])), smoothing=0.0)

    assert twice.confusions == pytest.approx(once.confusions)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood)


def test_many_raters_take_the_way_without_equal_rows():
    # 40 raters have no short key: every unit is its own row, and the answer is the same.
    _, codes = simulate(12, n_units=300, accuracies=(0.8,) * 4, share_missing=0.0)
    wide = np.full((300, 40), MISSING)
    wide[:, ::10] = codes

    plain, other = estimate_consensus(ratings_of(codes)), estimate_consensus(ratings_of(wide))

    assert other.posteriors == pytest.approx(plain.posteriors, abs=1e-8)
    assert other.confusions[1] == pytest.approx(np.full((3, 3), 1 / 3))


def test_a_category_that_nobody_gave_has_no_share():
    _, codes = simulate(13)

    consensus = estimate_consensus(ratings_of(codes, q=4))

    assert consensus.class_shares[3] == 0
    assert np.isfinite(consensus.posteriors).all()


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (np.zeros((30, 2)), "a consensus needs 3 raters and there are 2"),
        (np.column_stack([np.zeros(30), np.full((30, 2), -1)]), "a consensus needs 3 raters and there is 1"),
        (np.full((30, 3), -1), "a consensus needs 3 raters and there are 0"),
        (np.vstack([np.zeros((19, 3)), [[0, 1, -1]] * 40, [[-1, 0, 1]] * 40]), "only 19% of the units have 3 ratings"),
        (np.vstack([np.zeros((19, 3)), [[0, 1, -1]]]), "'r2' rated 19 units, and a rater's confusions need 20"),
        (np.zeros((30, 3)), "every rating was 'c0'"),
    ],
)
def test_what_the_model_cannot_answer_it_says_and_refuses(codes, reason):
    ratings = ratings_of(codes)

    assert reason_against_consensus(ratings) == reason
    with pytest.raises(ValueError, match=reason[:20]):
        estimate_consensus(ratings)


@pytest.mark.parametrize(
    "codes",
    [
        # A fifth of the units with three ratings is enough, and so is a median of three among those that have two.
        np.vstack([np.zeros((20, 3)), [[0, 1, -1]] * 40, [[-1, 0, 1]] * 40]),
        np.vstack([[[0, 1, 0]] * 20, [[0, -1, -1]] * 100]),
    ],
)
def test_enough_is_enough(codes):
    assert reason_against_consensus(ratings_of(codes)) == ""


def test_a_smoothing_below_0_is_refused():
    _, codes = simulate(14)

    with pytest.raises(ValueError, match="would take labels away"):
        estimate_consensus(ratings_of(codes), smoothing=-0.1)


def test_rows_of_a_table_do_as_well():
    rows = [(f"u{unit:02}", f"r{rater}", "ab"[unit % 2]) for unit in range(25) for rater in range(3)]

    consensus = estimate_consensus(ratings_of_rows(rows, "nominal", declared=["a", "b"]))

    assert consensus.codes.tolist() == [unit % 2 for unit in range(25)]


def test_document_is_json():
    _, codes = simulate(15)

    document = estimate_consensus(ratings_of(codes)).as_document()

    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document) == [
        "categories",
        "class_shares",
        "raters",
        "n_units",
        "n_units_unsure",
        "n_iterations",
        "has_converged",
        "log_likelihood",
    ]
    assert list(document["raters"][0]) == ["rater", "accuracy", "confusion"]


@pytest.mark.slow
def test_40_000_units_take_seconds():
    _, codes = simulate(16, n_units=40_000, accuracies=(0.8, 0.7, 0.7, 0.6, 0.6), shares=(0.3, 0.25, 0.2, 0.15, 0.1))
    start = time.perf_counter()

    consensus = estimate_consensus(ratings_of(codes, q=5))

    assert consensus.has_converged
    assert time.perf_counter() - start < 10
