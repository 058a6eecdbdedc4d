"""The label that several fallible raters point to, and each rater's own habit of erring: Dawid and Skene's model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.stats.ratings import MISSING, Ratings
from labeling.stats.resampling import add_up, key_of_rows

FEWEST_RATERS = 3
FEWEST_RATINGS = 3
FEWEST_UNITS_OF_RATER = 20
# Where the median unit has fewer than three ratings, this share of units must have them.
FEWEST_WITH_ENOUGH = 0.2
SURE = 0.9
SMOOTHING = 0.01
TOLERANCE = 1e-10
MOST_ITERATIONS = 2000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Consensus:
    """What the model makes of the labels.

    class_shares : (n_categories,) float, the estimated share of units that truly are in each category
    posteriors : (n_units, n_categories) float, the probability of each category for each unit, or row of units with
        the same labels; a unit without a label has the class shares
    confusions : (n_raters, n_categories, n_categories) float, [rater, true category, given label]; rows sum to 1
    has_converged : false where `n_iterations` were all there was: then none of this may be shown as a result
    log_likelihood : of the labels, without the prior
    """

    categories: tuple[str, ...]
    raters: tuple[str, ...]
    class_shares: Floats
    posteriors: Floats
    confusions: Floats
    n_iterations: int
    has_converged: bool
    log_likelihood: float

    @property
    def codes(self) -> NDArray[np.int64]:
        """(n_units,) the likeliest category, the first of those that are equally likely."""
        return np.asarray(self.posteriors.argmax(axis=1), dtype=np.int64)

    @property
    def is_sure(self) -> NDArray[np.bool_]:
        """(n_units,) whether that category has a probability of 0.9 or more; mark the others."""
        return np.asarray(self.posteriors.max(axis=1) >= SURE)

    @property
    def accuracies(self) -> Floats:
        """(n_raters,) the share of labels that would be right on units of these class shares."""
        return np.asarray(np.einsum("c,rcc->r", self.class_shares, self.confusions))

    def as_document(self) -> dict[str, object]:
        """What is said of classes and raters, as it is written into JSON; the keys are a contract."""
        return {
            "categories": list(self.categories),
            "class_shares": self.class_shares.tolist(),
            "raters": [
                {"rater": rater, "accuracy": float(accuracy), "confusion": confusion.tolist()}
                for rater, accuracy, confusion in zip(self.raters, self.accuracies, self.confusions, strict=True)
            ],
            "n_units": len(self.posteriors),
            "n_units_unsure": int(np.count_nonzero(~self.is_sure)),
            "n_iterations": self.n_iterations,
            "has_converged": self.has_converged,
            "log_likelihood": self.log_likelihood,
        }


def estimate_consensus(
    ratings: Ratings, *, smoothing: float = SMOOTHING, most_iterations: int = MOST_ITERATIONS
) -> Consensus:
    """Each unit's probable category and each rater's confusion matrix, by maximum likelihood.

    With T_uc the probability that unit u is a c, p_c the class shares and π_r[c, l] the probability that rater r says l
    of a c, iterated from T_uc = n_uc / m_u, the shares of the votes, until max |ΔT| < 1e-10:
    M step  p_c = mean_u T_uc,  π_r[c, l] = (Σ_u T_uc [l_ur = l] + s) / Σ_l (Σ_u T_uc [l_ur = l] + s)
    E step  T_uc ∝ p_c Π_r π_r[c, l_ur], in logarithms.

    Parameters
    ----------
    ratings : codes (n_units, n_raters) int, -1 = not rated; gaps are welcome. Leave the judge out, or it marks itself
    smoothing : s ≥ 0 pseudo-labels in each cell of each confusion matrix, a Dirichlet prior; 0 is Dawid and Skene's own
    most_iterations : where to give up; the result then says that it has not converged

    Returns
    -------
    Consensus. Show the posterior beside the category and mark what is under 0.9: it is a hint for who adjudicates and
    no truth.

    Raises
    ------
    ValueError : what `reason_against_consensus` says; ask it first. A smoothing below 0

    Notes
    -----
    Assumes that raters err independently of each other given the true category, and alike on easy and hard units. A
    suggestion that all of them saw breaks it: they then outvote the one who looked. The likelihood has several maxima;
    the vote shares lead to the one in which most raters are right most of the time, and if most are wrong the model
    follows them. A consensus contains its raters: never score one of them against it. Posteriors are too sure of
    themselves with few ratings, for they take the confusion matrices as known.

    References
    ----------
    Dawid, A. P. & Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM algorithm.
    Applied Statistics 28, 20-28, equations 2.3 to 2.5 and 3.1. doi:10.2307/2346806.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> rows = [(f"u{unit:02}", rater, "ab"[unit % 2]) for unit in range(30) for rater in ("ann", "bob", "cat")]
    >>> rows += [(f"u{unit:02}", "dan", "a") for unit in range(30)]
    >>> scale = make_scale("nominal", declared=["a", "b"], observed=[])
    >>> consensus = estimate_consensus(make_ratings(rows, scale=scale))
    >>> consensus.class_shares.round(2).tolist(), consensus.accuracies.round(2).tolist()
    ([0.5, 0.5], [1.0, 1.0, 1.0, 0.5])
    """
    if reason := reason_against_consensus(ratings):
        raise ValueError(reason)
    # Units with the same labels have the same posterior: computed once, counted as often as they occur.
    key = key_of_rows(ratings.codes.astype(np.int64) - MISSING)
    _, first, inverse = np.unique(ratings.codes if key is None else key, axis=0, return_index=True, return_inverse=True)
    codes, inverse = ratings.codes[first], inverse.ravel()
    row, rater = np.nonzero(codes != MISSING)
    fit = fit_confusions(
        row,
        rater,
        codes[row, rater].astype(np.int64),
        shape=(len(codes), len(ratings.raters), len(ratings.scale)),
        multiplicity=add_up(inverse, ratings.n_units_of_row, n=len(codes)).astype(np.float64),
        smoothing=smoothing,
        most_iterations=most_iterations,
    )
    return Consensus(
        ratings.scale.categories,
        ratings.raters,
        fit.class_shares,
        fit.posteriors[inverse],
        fit.confusions,
        fit.n_iterations,
        fit.has_converged,
        fit.log_likelihood,
    )


def reason_against_consensus(ratings: Ratings) -> str:
    """Why the model should not be offered for these labels, or nothing.

    It wants three raters or more; three ratings on the median unit that has two, or on 20 % of all rated units; 20
    units from each rater; and two categories among the labels. With less, the confusion matrices are guesses and the
    posteriors show a certainty that is none.
    """
    n_of_unit = np.repeat(ratings.n_ratings_of_unit, ratings.n_units_of_row)
    n_of_rater = ratings.n_units_of_row @ (ratings.codes != MISSING)
    n_raters = int(np.count_nonzero(n_of_rater))
    if n_raters < FEWEST_RATERS:
        return f"a consensus needs {FEWEST_RATERS} raters and there {'is' if n_raters == 1 else 'are'} {n_raters}"
    pairable = n_of_unit[n_of_unit >= 2]
    share_with_enough = np.count_nonzero(n_of_unit >= FEWEST_RATINGS) / np.count_nonzero(n_of_unit)
    if not (len(pairable) and np.median(pairable) >= FEWEST_RATINGS) and share_with_enough < FEWEST_WITH_ENOUGH:
        return f"only {share_with_enough:.0%} of the units have {FEWEST_RATINGS} ratings"
    for rater, n in zip(ratings.raters, n_of_rater, strict=True):
        if 0 < n < FEWEST_UNITS_OF_RATER:
            return f"{rater!r} rated {n} units, and a rater's confusions need {FEWEST_UNITS_OF_RATER}"
    given = np.unique(ratings.codes[ratings.codes != MISSING])
    if len(given) < 2:
        return f"every rating was {ratings.scale.categories[given[0]]!r}"
    return ""


@dataclass(frozen=True)
class Fit:
    """As in `Consensus`, of whatever rows went in."""

    class_shares: Floats
    posteriors: Floats
    confusions: Floats
    n_iterations: int
    has_converged: bool
    log_likelihood: float


def fit_confusions(
    row: NDArray[np.integer[Any]],
    rater: NDArray[np.integer[Any]],
    label: NDArray[np.integer[Any]],
    *,
    shape: tuple[int, int, int],
    multiplicity: Floats,
    smoothing: float,
    most_iterations: int = MOST_ITERATIONS,
) -> Fit:
    """The EM algorithm on labels in long form; a rater may be on a row several times, as Dawid and Skene's first was.

    row, rater, label : (n_labels,) int codes
    shape : n_rows, n_raters, n_categories
    multiplicity : (n_rows,) float, how many units each row stands for
    """
    from scipy.sparse import csr_array

    if smoothing < 0:
        raise ValueError(f"a smoothing of {smoothing:g} would take labels away; 0 is the least")
    n_rows, n_raters, q = shape
    # One column a (rater, label): both steps are then products with the same sparse matrix of counts.
    given = csr_array((np.ones(len(row)), (row, rater * q + label)), shape=(n_rows, n_raters * q))
    is_rated = given.sum(axis=1) > 0
    # Rows without a label say nothing of the class shares.
    weight = np.where(is_rated, multiplicity, 0.0)[:, np.newaxis]
    posteriors = vote_shares(row, label, n_rows, q)
    has_converged, n_iterations = False, 0
    while not has_converged and n_iterations < most_iterations:
        class_shares = (weight * posteriors).sum(axis=0) / weight.sum()
        confusions = confusions_of(given, weight * posteriors, n_raters, smoothing)
        previous = posteriors
        posteriors, log_of_row = posteriors_of(given, class_shares, confusions)
        has_converged = bool(np.abs(posteriors - previous)[is_rated].max() < TOLERANCE)
        n_iterations += 1
    return Fit(class_shares, posteriors, confusions, n_iterations, has_converged, float(log_of_row @ weight.ravel()))


def vote_shares(row: NDArray[np.integer[Any]], label: NDArray[np.integer[Any]], n_rows: int, q: int) -> Floats:
    """(n_rows, q) where the iteration starts; 0 for a row without a vote."""
    votes = np.bincount(row * q + label, minlength=n_rows * q).reshape(n_rows, q).astype(np.float64)
    return np.asarray(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1))


def confusions_of(given: Any, weighted: Floats, n_raters: int, smoothing: float) -> Floats:
    """(n_raters, q, q) [rater, category, label]; a row of which nothing is known is uniform."""
    q = weighted.shape[1]
    counts = (given.T @ weighted).reshape(n_raters, q, q).transpose(0, 2, 1) + smoothing
    totals = counts.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(counts, totals, out=np.full(counts.shape, 1 / q), where=totals > 0))


def posteriors_of(given: Any, class_shares: Floats, confusions: Floats) -> tuple[Floats, Floats]:
    """T of every row, and the logarithm of the probability of its labels."""
    q = len(class_shares)
    with np.errstate(divide="ignore"):
        # Without smoothing what never occurred has probability 0, and its logarithm rightly rules the category out.
        log_confusions = np.log(confusions).transpose(0, 2, 1).reshape(-1, q)
        log_joint = given @ log_confusions + np.log(class_shares)
    largest = log_joint.max(axis=1, keepdims=True)
    joint = np.exp(log_joint - largest)
    total = joint.sum(axis=1, keepdims=True)
    return joint / total, (largest + np.log(total)).ravel()
