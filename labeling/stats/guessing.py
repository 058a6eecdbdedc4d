"""Whether people who should be blind can tell who wrote what: right guesses against chance, and telling apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import CONFIDENCE
from labeling.stats.results import Estimate, undefined_because

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class GuessReport:
    """`right` is the share of right guesses; `chance` what guesses like these get without looking.

    `p_right` is the chance of being this far from `chance`; `p_apart` that of guesses which hang together with the
    sources this much, whatever names each reviewer gives them. Both are None where they are not defined.
    """

    right: Estimate
    chance: float | None
    p_right: float | None
    p_apart: float | None


def report_guesses(
    guesses: Codes, sources: Codes, reviewers: Codes, *, replicates: int, rng: np.random.Generator
) -> GuessReport:
    """How often guesses of a hidden source are right, and whether they follow it at all.

    right = x/n with x = Σ [g_i = s_i]; chance = Σ_s (share of guesses that say s) × (share of sources that are s);
    the p of x is the exact two-sided binomial one, summing what is no likelier than x under Binomial(n, chance).

    Parameters
    ----------
    guesses, sources, reviewers : (n,) int codes from 0. Only guesses that name a source: *can't tell* and no answer
        are counted elsewhere, and a reader needs those counts beside this
    replicates : permutations for `p_apart`; 0 leaves it out

    Returns
    -------
    GuessReport; everything is undefined without a guess. `p_apart` is None also when no reviewer both met and named
    two sources: then nothing could hang together.

    Notes
    -----
    With uneven sources chance is not 1 over their number: who always says the frequent one is often right. With
    uneven guesses the binomial has too wide a spread (Hoeffding 1956), so its p errs to the safe side of no alarm.
    The names on offer are opaque, so a reviewer who recognises a source may call it by the wrong number, and several
    such would cancel in `right`. `p_apart` does not care: it permutes the guesses of each reviewer over what they saw
    and compares Σ_reviewers χ² of guess against source. Guesses of one reviewer are taken as independent.

    References
    ----------
    Clopper, C. J. & Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26, 404-413. doi:10.1093/biomet/26.4.404. Hoeffding, W. (1956). On the distribution of the
    number of successes in independent trials. Annals of Mathematical Statistics 27, 713-721. Phipson, B. & Smyth,
    G. K. (2010). Permutation p-values should never be zero. doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1] * 5)
    >>> told = report_guesses(codes, codes, np.zeros(20, int), replicates=0, rng=np.random.default_rng(0))
    >>> told.right.value, round(told.right.low, 3), told.chance
    (1.0, 0.832, 0.5)
    """
    n = len(guesses)
    if n == 0:
        return GuessReport(undefined_because("nobody has named a source", n=0), None, None, None)
    n_right = int((guesses == sources).sum())
    n_codes = int(max(guesses.max(), sources.max())) + 1
    chance = float(np.bincount(guesses, minlength=n_codes) @ np.bincount(sources, minlength=n_codes) / n**2)
    return GuessReport(
        right=clopper_pearson(n_right, n),
        chance=chance,
        p_right=binomial_p(n_right, n, chance),
        p_apart=permutation_p(guesses, sources, reviewers, n_codes=n_codes, replicates=replicates, rng=rng),
    )


def clopper_pearson(n_successes: float, n: float, *, confidence: float = CONFIDENCE) -> Estimate:
    """A share k/n with the exact interval of Clopper & Pearson (1934), which covers at least its confidence.

    Its ends are Beta quantiles: low = B(α/2; k, n - k + 1), high = B(1 - α/2; k + 1, n - k). Undefined for n = 0.
    Neither k nor n need be whole where n is an effective number.

    Examples
    --------
    >>> share = clopper_pearson(10, 100)
    >>> round(share.low, 4), round(share.high, 4)
    (0.049, 0.1762)
    """
    from scipy.special import betaincinv

    if not 0 <= n_successes <= n:
        raise ValueError(f"{n_successes} of {n} is not a share")
    if n == 0:
        return undefined_because("there is nothing to take a share of", n=0)
    tail = (1 - confidence) / 2
    low = 0.0 if n_successes == 0 else float(betaincinv(n_successes, n - n_successes + 1, tail))
    high = 1.0 if n_successes == n else float(betaincinv(n_successes + 1, n - n_successes, 1 - tail))
    return Estimate(n_successes / n, low, high, n=round(n))


def binomial_p(n_successes: int, n: int, chance: float) -> float:
    """The exact two-sided p: the probability of every count that is no likelier than this one, as in R's binom.test.

    Examples
    --------
    >>> round(binomial_p(682, 925, 0.75), 4)
    0.3825
    """
    from scipy.special import gammaln, xlog1py, xlogy

    counts = np.arange(n + 1)
    log_ways = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1)
    likelihood = np.exp(log_ways + xlogy(counts, chance) + xlog1py(n - counts, -chance))
    # A count on the other side that is as likely differs by rounding.
    no_likelier = likelihood <= likelihood[n_successes] * (1 + 1e-7)
    return float(min(1.0, likelihood[no_likelier].sum()))


def permutation_p(
    guesses: Codes, sources: Codes, reviewers: Codes, *, n_codes: int, replicates: int, rng: np.random.Generator
) -> float | None:
    """The share of shuffles, the guesses as they came among them, that hang together with the sources as much."""
    cells = reviewers * n_codes * n_codes + sources * n_codes
    n_cells = (int(reviewers.max()) + 1) * n_codes * n_codes
    expected = expected_counts(np.bincount(cells + guesses, minlength=n_cells).reshape(-1, n_codes, n_codes))
    is_free = expected > 0

    def chi_squared(shuffled: Codes) -> float:
        observed = np.bincount(cells + shuffled, minlength=n_cells).reshape(expected.shape)
        return float(((observed - expected)[is_free] ** 2 / expected[is_free]).sum())

    seen = chi_squared(guesses)
    # One source, or one name, for each reviewer: every shuffle is the same table.
    has_room = any((table.sum(0) > 0).sum() > 1 and (table.sum(1) > 0).sum() > 1 for table in expected)
    if not replicates or not has_room:
        return None
    by_reviewer = np.argsort(reviewers, kind="stable")
    n_as_much = 1
    for _ in range(replicates):
        shuffled = np.empty_like(guesses)
        shuffled[by_reviewer] = guesses[np.lexsort((rng.random(len(guesses)), reviewers))]
        n_as_much += chi_squared(shuffled) >= seen - 1e-9
    return n_as_much / (replicates + 1)


def expected_counts(tables: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each table of (source, guess) counts would hold if the two had nothing to do with each other."""
    totals = tables.sum(axis=(1, 2), keepdims=True)
    products = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True)
    expected: NDArray[np.float64] = np.divide(products, totals, out=np.zeros(tables.shape), where=totals > 0)
    return expected
