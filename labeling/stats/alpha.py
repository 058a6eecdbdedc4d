"""Krippendorff's alpha at four levels: the `krippendorff` package gives the value, our kernel its replicates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import estimate_from_draws
from labeling.stats.ratings import MISSING, CountPatterns, Ratings, count_patterns
from labeling.stats.resampling import Weights, draw_weights
from labeling.stats.results import CONSTANT_RATER, NO_VARIATION, Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

LARGEST_MISMATCH = 1e-9
# The package holds units × categories² numbers, four times over.
MOST_PACKAGE_CELLS = 10_000_000
KERNEL_ALONE = "own kernel alone: too many values for the krippendorff package"

Floats = NDArray[np.float64]


class KernelMismatch(RuntimeError):
    """Our kernel and the `krippendorff` package differ: neither number may be shown."""


@dataclass(frozen=True)
class AlphaKernel:
    """Alpha as a function of sums over units, so that a bootstrap replicate is one row of a matrix product.

    counts : (n_patterns, n_categories) float64, the n_uc of pairable units
    n_ratings : (n_patterns,) float64, m_u >= 2
    observed : (n_patterns,) float64, sum_ck n_uc n_uk d²(c,k) / (m_u - 1); None at the ordinal level, whose
        distances come from the totals and so are different in every replicate
    """

    level: str
    counts: Floats
    n_ratings: Floats
    observed: Floats | None
    values: Floats

    def alpha_of(self, weights: Weights) -> Floats:
        """(n_replicates,) alpha for (n_replicates, n_patterns) weights; NaN where there is no variation."""
        totals = weights @ self.counts
        n = totals.sum(axis=1)
        if self.level == "ordinal":
            observed, expected = self.ordinal_disagreement(weights, totals, n)
        else:
            assert self.observed is not None
            observed, expected = weights @ self.observed, self.expected_disagreement(totals, n)
        # Counted, not judged by a small `expected`: with real numbers one category leaves 1e-12, not 0.
        has_variation = np.count_nonzero(totals, axis=1) >= 2
        alpha = np.full(len(weights), np.nan)
        np.divide((n - 1) * observed, expected, out=alpha, where=has_variation & (expected > 0))
        return 1 - alpha

    def expected_disagreement(self, totals: Floats, n: Floats) -> Floats:
        """sum_ck n_c n_k d²(c,k) per replicate."""
        if self.level == "nominal":
            return np.asarray(n**2 - (totals**2).sum(axis=1))
        if self.level == "interval":
            first, second = totals @ self.values, totals @ self.values**2
            return np.asarray(2 * (n * second - first**2))
        return np.asarray(np.einsum("bc,bc->b", totals @ ratio_distances(self.values), totals))

    def ordinal_disagreement(self, weights: Weights, totals: Floats, n: Floats) -> tuple[Floats, Floats]:
        """The interval formula on mid-ranks: sum_{g=c..k} n_g - (n_c + n_k)/2 is their difference."""
        # Centred and scaled, or the squares of ranks in the millions would eat the digits of small differences.
        ranks = (np.cumsum(totals, axis=1) - totals / 2 - n[:, np.newaxis] / 2) / n[:, np.newaxis]
        first, second = self.counts @ ranks.T, self.counts @ (ranks**2).T
        m = self.n_ratings[:, np.newaxis]
        observed = np.einsum("bp,pb->b", weights, 2 * (m * second - first**2) / (m - 1))
        total_first, total_second = (totals * ranks).sum(axis=1), (totals * ranks**2).sum(axis=1)
        return observed, 2 * (n * total_second - total_first**2)


def build_kernel(patterns: CountPatterns, scale: Scale) -> AlphaKernel:
    counts = patterns.counts.astype(np.float64)
    n_ratings = counts.sum(axis=1)
    values = scale.values
    observed = None
    if scale.level == "nominal":
        observed = (n_ratings**2 - (counts**2).sum(axis=1)) / (n_ratings - 1)
    elif scale.level == "interval":
        # Alpha does not change under a shift or a scaling; the digits of far-off values do.
        totals = patterns.sample.multiplicity @ counts
        values = (values - np.average(values, weights=totals)) / (np.ptp(values) or 1)
        observed = 2 * (n_ratings * (counts @ values**2) - (counts @ values) ** 2) / (n_ratings - 1)
    elif scale.level == "ratio":
        observed = np.einsum("pc,pc->p", counts @ ratio_distances(values), counts) / (n_ratings - 1)
    return AlphaKernel(scale.level, counts, n_ratings, observed, values)


def ratio_distances(values: Floats) -> Floats:
    """((a - b) / (a + b))² for values >= 0, and 0 between two zeros."""
    difference, total = np.subtract.outer(values, values), np.add.outer(values, values)
    return np.square(np.divide(difference, total, out=np.zeros_like(total), where=total != 0))


def estimate_alpha(ratings: Ratings, *, replicates: int, rng: np.random.Generator) -> Estimate:
    """Krippendorff's alpha, 1 minus the observed over the expected disagreement of pairable ratings.

    alpha = 1 - (n - 1) sum_ck o_ck d²(c,k) / sum_ck n_c n_k d²(c,k)
    with o_ck = sum_u n_uc (n_uk - [c=k]) / (m_u - 1), n_c = sum_k o_ck, n = sum_c n_c and d² by the level:
    nominal [c ≠ k]; ordinal (sum_{g=c..k} n_g - (n_c + n_k)/2)²; interval (c - k)²; ratio ((c - k)/(c + k))².

    Parameters
    ----------
    ratings : codes (n_units, n_raters) int, -1 = not rated; any number of raters and gaps
    replicates : bootstrap samples of units, or of clusters where the ratings have them; 0 = no interval
    rng : the only source of randomness

    Returns
    -------
    Estimate, at most 1 (no disagreement); 0 is what chance gives, below 0 is systematic disagreement. `n` counts
    pairable units. Undefined without a unit that two raters rated, and when all pairable ratings are one category.

    Raises
    ------
    KernelMismatch : our value and the `krippendorff` package's differ by more than 1e-9
    TooManyValues : distinct values times units exceed memory

    Notes
    -----
    Assumes independent raters and ratings missing for reasons other than difficulty. A unit weighs by its number of
    ratings, so calibration items that everybody rated dominate: report them apart. Low alpha may mean that units are
    alike, not that raters differ; show the categories' shares and the percent agreement beside it.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability, University of Pennsylvania, section E.
    Krippendorff, K. (2004). Content Analysis, 2nd ed., ch. 11. Hayes, A. F. & Krippendorff, K. (2007). Answering the
    call for a standard reliability measure for coding data. doi:10.1080/19312450709336664.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> rows = [("u1", "ann", "a"), ("u1", "bob", "a"), ("u2", "ann", "b"), ("u2", "bob", "b")]
    >>> rows += [("u3", "ann", "a"), ("u3", "bob", "b")]
    >>> scale = make_scale("nominal", declared=None, observed="ab")
    >>> round(estimate_alpha(make_ratings(rows, scale=scale), replicates=0, rng=np.random.default_rng(0)).value, 4)
    0.4444
    """
    patterns = count_patterns(ratings)
    n = patterns.sample.n_units
    if reason := reason_undefined(ratings, patterns):
        no_variation = (NO_VARIATION,) if n else ()
        return undefined_because(reason, n=n, flags=(*no_variation, *flags_of_size(n)))
    kernel = build_kernel(patterns, ratings.scale)
    own = float(kernel.alpha_of(patterns.sample.observed)[0])
    value, flags = confirm(own, patterns, ratings.scale)
    flags = (*flags, *flags_of_ratings(ratings), *flags_of_size(n))
    if n == 1:
        return Estimate(value, n=n, flags=("only one unit: 0 by construction", *flags))
    draws = None
    if replicates:
        chunks = draw_weights(patterns.sample, replicates=replicates, rng=rng)
        draws = np.concatenate([kernel.alpha_of(weights) for weights in chunks])
    if value == 1.0:
        # The percentiles would be [1, 1] and promise what nobody knows.
        return Estimate(value, n=n, flags=(f"no disagreement seen in {n} units", *flags))
    return estimate_from_draws(value, draws, n=n, flags=flags)


def reason_undefined(ratings: Ratings, patterns: CountPatterns) -> str:
    if not patterns.sample.n_units:
        if len(ratings.raters) < 2:
            return "there is only one rater" if ratings.raters else "there are no ratings"
        return "no unit was rated by two raters"
    used = np.flatnonzero(patterns.counts.sum(axis=0))
    if len(used) == 1:
        return f"every rating of a unit with two or more was {ratings.scale.categories[used[0]]!r}"
    return ""


def flags_of_ratings(ratings: Ratings) -> tuple[str, ...]:
    """A rater with one category throughout cannot be told from one who does not look."""
    is_pairable = ratings.n_ratings_of_unit >= 2
    n_units = ratings.n_units_of_row[is_pairable]
    for column in ratings.codes[is_pairable].T:
        given = column[column != MISSING]
        if n_units[column != MISSING].sum() > 1 and (given == given[0]).all():
            return (CONSTANT_RATER,)
    return ()


def confirm(own: float, patterns: CountPatterns, scale: Scale) -> tuple[float, tuple[str, ...]]:
    """The package's value after holding ours against it; ours, flagged, where the package would run out of memory."""
    if patterns.sample.n_units * len(scale) ** 2 > MOST_PACKAGE_CELLS:
        return own, (KERNEL_ALONE,)
    import krippendorff

    value = float(
        krippendorff.alpha(
            value_counts=np.repeat(patterns.counts, patterns.sample.multiplicity, axis=0),
            value_domain=scale.values if scale.level in ("interval", "ratio") else np.arange(len(scale)),
            level_of_measurement=scale.level,  # type: ignore[arg-type]
        )
    )
    # Not `>`: a NaN of the package must fail, too.
    if not abs(value - own) <= LARGEST_MISMATCH:
        raise KernelMismatch(f"alpha is {value!r} by krippendorff and {own!r} by our kernel; report this as a bug")
    return value, ()
