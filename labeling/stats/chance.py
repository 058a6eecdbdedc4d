"""Five more corrections for chance, for any number of raters: Fleiss, Gwet's AC1 and AC2, Brennan and Prediger."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import flags_of_ratings, reason_undefined
from labeling.stats.intervals import estimate_from_draws
from labeling.stats.kappa import MOST_CATEGORIES
from labeling.stats.ratings import Ratings, count_patterns
from labeling.stats.resampling import Weights, draw_weights
from labeling.stats.results import NO_VARIATION, OTHER_COEFFICIENTS, Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
NAMES = tuple(OTHER_COEFFICIENTS)
EXPONENTS = {"gwet_ac2_linear": 1, "gwet_ac2_quadratic": 2}


@dataclass(frozen=True)
class ChanceCorrected:
    """(observed - expected) / (1 - expected) agreement, by five ideas of what chance would give."""

    fleiss_kappa: Estimate
    gwet_ac1: Estimate
    gwet_ac2_linear: Estimate
    gwet_ac2_quadratic: Estimate
    brennan_prediger: Estimate


@dataclass(frozen=True)
class ChanceKernel:
    """One coefficient as a function of sums over units, so that a replicate is one row of a matrix product.

    agreed : (n_patterns,) agreement of a unit's pairs of ratings, 0 where it has none
    is_pairable : (n_patterns,) 1 where a unit has two ratings or more, else 0
    shares : (n_patterns, n_categories) n_uc / m_u
    total_weight : T_w, the sum of the agreement weights
    """

    name: str
    agreed: Floats
    is_pairable: Floats
    shares: Floats
    total_weight: float

    def coefficients(self, weights: Weights) -> Floats:
        """(n_replicates,) coefficient; NaN without a pairable unit, and where chance alone would agree on all."""
        observed = divided(weights @ self.agreed, weights @ self.is_pairable)
        expected = self.expected((weights @ self.shares) / weights.sum(axis=1, keepdims=True))
        return divided(observed - expected, 1 - expected)

    def expected(self, shares: Floats) -> Floats:
        """(n_replicates,) agreement by chance, from (n_replicates, n_categories) shares of the categories."""
        q = shares.shape[1]
        if self.name == "brennan_prediger":
            return np.full(len(shares), self.total_weight / q**2)
        if self.name == "fleiss_kappa":
            return np.asarray((shares**2).sum(axis=1))
        return np.asarray(self.total_weight / (q * (q - 1)) * (shares * (1 - shares)).sum(axis=1))


def divided(above: Floats, below: Floats) -> Floats:
    # Not 0: with shares that are no binary fractions, one category throughout leaves 1e-16 of chance's failure.
    ratio = np.full(len(above), np.nan)
    np.divide(above, below, out=ratio, where=below > 1e-12)
    return ratio


def estimate_chance_corrected(ratings: Ratings, *, replicates: int, rng: np.random.Generator) -> ChanceCorrected:
    """Agreement beyond chance, where chance is: the raters' pooled shares, drawn twice (Fleiss); the same, but of the
    hard units alone (Gwet); or all categories alike (Brennan and Prediger).

    (pa - pe) / (1 - pe) with pa = mean_u sum_c n_uc (sum_k w_ck n_uk - 1) / (m_u (m_u - 1)) over pairable units and
    π_c = mean_u n_uc / m_u over units with a rating:
    Fleiss pe = sum_c π_c²; AC pe = T_w / (q (q - 1)) sum_c π_c (1 - π_c); Brennan-Prediger pe = 1 / q.
    Agreement weights w are [c = k] but for AC2: 1 - |v_c - v_k|^e / (v_max - v_min)^e, e = 1 (linear) or 2 (quadratic),
    with the categories' numbers v, or their ranks where they are words. T_w is their sum, q the number of categories.

    Parameters
    ----------
    ratings : codes (n_units, n_raters) int, -1 = not rated; any number of raters and gaps
    replicates, rng : bootstrap over units with a rating, or over clusters where the ratings have them; all five are
        computed from the same samples

    Returns
    -------
    Five Estimates, at most 1, `n` = pairable units. All are undefined without a pairable unit; Fleiss' also when every
    rating is one category, Gwet's and Brennan and Prediger's when there is only one to give, AC2 when more than two
    have no declared order.

    Notes
    -----
    AC1 stays high where one category is rare and alpha falls (Feinstein & Cicchetti 1990): neither is right, so show
    both. q are the declared categories: one more that nobody gave moves AC1, AC2 and Brennan and Prediger's. A unit
    with one rating moves the shares of Fleiss and Gwet, and no alpha. With two raters Fleiss' kappa is Scott's pi and
    not Cohen's kappa. With unequal m_u this is Gwet's extension of Fleiss (1971), who has equal ones.

    References
    ----------
    Fleiss, J. L. (1971). Psychological Bulletin 76, 378-382. doi:10.1037/h0031619.
    Gwet, K. L. (2008). British Journal of Mathematical and Statistical Psychology 61, 29-48.
    doi:10.1348/000711006X126600. Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., ch. 3 and 4.
    Brennan, R. L. & Prediger, D. J. (1981). Educational and Psychological Measurement 41, 687-699.
    doi:10.1177/001316448104100307.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> rows = [("u1", "ann", "a"), ("u1", "bob", "a"), ("u2", "ann", "b"), ("u2", "bob", "b")]
    >>> rows += [("u3", "ann", "a"), ("u3", "bob", "b")]
    >>> scale = make_scale("nominal", declared=["a", "b"], observed=[])
    >>> five = estimate_chance_corrected(
    ...     make_ratings(rows, scale=scale), replicates=0, rng=np.random.default_rng(0)
    ... )
    >>> round(five.fleiss_kappa.value, 4), round(five.brennan_prediger.value, 4)
    (0.3333, 0.3333)
    """
    rated = count_patterns(ratings, fewest=1)
    n = int(rated.sample.multiplicity[rated.counts.sum(axis=1) >= 2].sum())
    if not n:
        nothing = undefined_because(reason_undefined(ratings, count_patterns(ratings)), n=0, flags=flags_of_size(0))
        return ChanceCorrected(*[nothing] * len(NAMES))
    counts = rated.counts.astype(np.float64)
    flags_of_all = (*flags_of_ratings(ratings), *flags_of_size(n))
    if rated.sample.n_resampled == 1:
        flags_of_all = ("no interval: nothing to resample", *flags_of_all)
    no_variation = (NO_VARIATION,) if np.count_nonzero(counts.sum(axis=0)) == 1 else ()
    reasons = {name: reason_against(name, ratings.scale, counts) for name in NAMES}
    kernels = {name: build_chance_kernel(name, counts, ratings.scale) for name in NAMES if not reasons[name]}
    draws: dict[str, list[Floats]] = {name: [] for name in kernels}
    if rated.sample.n_resampled > 1:
        for weights in draw_weights(rated.sample, replicates=replicates, rng=rng):
            for name, kernel in kernels.items():
                draws[name].append(kernel.coefficients(weights))
    estimates = {}
    for name in NAMES:
        flags = (*flags_of_scale(name, ratings.scale), *flags_of_all)
        if name in kernels:
            value = float(kernels[name].coefficients(rated.sample.observed)[0])
            estimates[name] = with_interval(value, draws[name], n=n, flags=flags)
        else:
            estimates[name] = undefined_because(reasons[name], n=n, flags=(*no_variation, *flags))
    return ChanceCorrected(**estimates)


def with_interval(value: float, draws: list[Floats], *, n: int, flags: tuple[str, ...]) -> Estimate:
    if value == 1.0:
        # The percentiles would be [1, 1] and promise what nobody knows.
        return Estimate(value, n=n, flags=(f"no disagreement seen in {n} units", *flags))
    return estimate_from_draws(value, np.concatenate(draws) if draws else None, n=n, flags=flags)


def flags_of_scale(name: str, scale: Scale) -> tuple[str, ...]:
    """All but Fleiss' depend on how many categories there are to give, which nobody may have said."""
    if scale.is_declared or name == "fleiss_kappa":
        return ()
    return (f"no categories declared: the {len(scale)} seen are taken for all",)


def reason_against(name: str, scale: Scale, counts: Floats) -> str:
    used = np.flatnonzero(counts.sum(axis=0))
    if name == "fleiss_kappa":
        return f"every rating was {scale.categories[used[0]]!r}" if len(used) == 1 else ""
    if len(scale) == 1:
        return f"{scale.categories[0]!r} is the only category; declare the others"
    if len(scale) > MOST_CATEGORIES:
        return f"{len(scale):,} distinct values; this wants categories"
    if name in EXPONENTS and not scale.is_ordered and len(scale) > 2:
        return "the categories have no declared order"
    return ""


def build_chance_kernel(name: str, counts: Floats, scale: Scale) -> ChanceKernel:
    m = counts.sum(axis=1)
    total_weight, alike = float(len(scale)), counts
    if name in EXPONENTS:
        agreement = agreement_weights(scale.values, EXPONENTS[name])
        total_weight, alike = float(agreement.sum()), counts @ agreement
    agreeing = (counts * alike).sum(axis=1) - m
    return ChanceKernel(
        name,
        agreed=np.divide(agreeing, m * (m - 1), out=np.zeros(len(m)), where=m >= 2),
        is_pairable=(m >= 2).astype(np.float64),
        shares=counts / m[:, np.newaxis],
        total_weight=total_weight,
    )


def agreement_weights(values: Floats, exponent: int) -> Floats:
    """(q, q): 1 on the diagonal, 0 between the two ends of the scale."""
    distance = np.abs(np.subtract.outer(values, values)) / np.ptp(values)
    return np.asarray(1 - distance**exponent)
