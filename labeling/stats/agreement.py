"""Agreement among raters as one report: percent agreement of four kinds, alpha, five more, and every pair's kappas."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import estimate_alpha, flags_of_ratings, reason_undefined
from labeling.stats.chance import ChanceCorrected, estimate_chance_corrected
from labeling.stats.intervals import bound_extreme_share, estimate_from_draws
from labeling.stats.kappa import PairKappas, estimate_kappas
from labeling.stats.ratings import CountPatterns, Ratings, count_patterns
from labeling.stats.resampling import Weights, draw_weights
from labeling.stats.results import NO_VARIATION, OTHER_COEFFICIENTS, Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PercentAgreement:
    """Four different numbers that are all called percent agreement; each is a share from 0 to 1."""

    pooled: Estimate
    per_unit: Estimate
    value_weighted: Estimate
    unanimous: Estimate


KINDS = ("pooled", "per_unit", "value_weighted", "unanimous")


@dataclass(frozen=True)
class NamedPair:
    first: str
    second: str
    kappas: PairKappas

    def as_document(self) -> dict[str, object]:
        estimates = ("percent", "kappa", "kappa_linear", "kappa_quadratic")
        return {
            "a": self.first,
            "b": self.second,
            "n": self.kappas.n,
            **{name: getattr(self.kappas, name).as_document() for name in estimates},
        }


@dataclass(frozen=True)
class AgreementReport:
    """`n_units` and `n_raters` count those with a rating; `n_units_pairable` those with two or more."""

    n_units: int
    n_units_pairable: int
    n_raters: int
    n_values: int
    percent_agreement: PercentAgreement
    alpha: Estimate
    chance: ChanceCorrected
    pairs: tuple[NamedPair, ...]

    def as_document(self) -> dict[str, object]:
        """As it is written into JSON; the keys are a contract."""
        return {
            "n_units": self.n_units,
            "n_units_pairable": self.n_units_pairable,
            "n_raters": self.n_raters,
            "n_values": self.n_values,
            "percent_agreement": {kind: getattr(self.percent_agreement, kind).as_document() for kind in KINDS},
            "krippendorff_alpha": self.alpha.as_document(),
            **{name: getattr(self.chance, name).as_document() for name in OTHER_COEFFICIENTS},
            "pairs": [pair.as_document() for pair in self.pairs],
        }


def report_agreement(ratings: Ratings, *, replicates: int, rng: np.random.Generator) -> AgreementReport:
    """Every coefficient of `ratings`, each with a stream of random numbers of its own.

    So that a coefficient added later, or a pair more, moves no other interval.
    """
    n_of_unit, n_units = ratings.n_ratings_of_unit, ratings.n_units_of_row
    n_of_rater = n_units @ (ratings.codes >= 0)
    for_alpha, for_percent, for_pairs, for_chance = rng.spawn(4)
    return AgreementReport(
        n_units=ratings.count_units(n_of_unit > 0),
        n_units_pairable=ratings.count_units(n_of_unit >= 2),
        n_raters=int(np.count_nonzero(n_of_rater)),
        n_values=int(n_of_unit @ n_units),
        percent_agreement=estimate_percent_agreement(ratings, replicates=replicates, rng=for_percent),
        alpha=estimate_alpha(ratings, replicates=replicates, rng=for_alpha),
        chance=estimate_chance_corrected(ratings, replicates=replicates, rng=for_chance),
        pairs=estimate_pairs(ratings, n_of_rater, replicates=replicates, rng=for_pairs),
    )


def estimate_pairs(
    ratings: Ratings, n_of_rater: NDArray[np.intp], *, replicates: int, rng: np.random.Generator
) -> tuple[NamedPair, ...]:
    """Kappas of every two raters with a rating, in the order of their names."""
    columns = sorted(np.flatnonzero(n_of_rater), key=lambda column: ratings.raters[column])
    pairs = list(combinations(columns, 2))
    return tuple(
        NamedPair(
            ratings.raters[first],
            ratings.raters[second],
            estimate_kappas(
                ratings.codes[:, first],
                ratings.codes[:, second],
                scale=ratings.scale,
                replicates=replicates,
                rng=own,
                clusters=ratings.clusters,
                times=ratings.times,
            ),
        )
        for (first, second), own in zip(pairs, rng.spawn(len(pairs)), strict=True)
    )


def estimate_percent_agreement(ratings: Ratings, *, replicates: int, rng: np.random.Generator) -> PercentAgreement:
    """How often raters give the same label, in four definitions; say which one is meant.

    With P_u = sum_c n_uc (n_uc - 1) / (m_u (m_u - 1)) over pairable units (m_u >= 2):
    pooled = sum_u m_u (m_u - 1) P_u / sum_u m_u (m_u - 1), every pair of ratings counts once;
    per_unit = mean_u P_u, every unit counts once; value_weighted = sum_u m_u P_u / sum_u m_u, every rating counts
    once, as in alpha; unanimous = the share of units on which all agree.

    Parameters
    ----------
    ratings : codes (n_units, n_raters) int, -1 = not rated
    replicates, rng : bootstrap over units, or over clusters where the ratings have them

    Returns
    -------
    Four Estimates in [0, 1], `n` = pairable units; undefined without one. At exactly 0 or 1 the interval is the
    one-sided Wilson bound.

    Notes
    -----
    Not corrected for chance: two raters who pass 95 % of everything agree on 90 % without looking. With two raters
    the four are one number.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> rows = [("u1", rater, label) for rater, label in zip("abc", "xxy")]
    >>> rows += [("u2", "a", "x"), ("u2", "b", "x")]
    >>> ratings = make_ratings(rows, scale=make_scale("nominal", declared=None, observed="xy"))
    >>> four = estimate_percent_agreement(ratings, replicates=0, rng=np.random.default_rng(0))
    >>> round(four.pooled.value, 4), round(four.per_unit.value, 4)
    (0.5, 0.6667)
    >>> round(four.value_weighted.value, 4), round(four.unanimous.value, 4)
    (0.6, 0.5)
    """
    patterns = count_patterns(ratings)
    n = patterns.sample.n_units
    if not n:
        nothing = undefined_because(reason_undefined(ratings, patterns), n=0, flags=flags_of_size(0))
        return PercentAgreement(nothing, nothing, nothing, nothing)
    agreed, possible = percent_features(patterns)

    def shares(weights: Weights) -> Floats:
        return np.asarray((weights @ agreed) / (weights @ possible))

    flags = (*flags_of_ratings(ratings), *flags_of_size(n))
    if np.count_nonzero(patterns.counts.sum(axis=0)) == 1:
        flags = (NO_VARIATION, *flags)
    values = shares(patterns.sample.observed)[0]
    draws = None
    if replicates and patterns.sample.n_resampled > 1:
        chunks = draw_weights(patterns.sample, replicates=replicates, rng=rng)
        draws = np.concatenate([shares(weights) for weights in chunks])
    estimates = []
    for kind in range(len(KINDS)):
        own = None if draws is None else draws[:, kind]
        estimate = estimate_from_draws(float(values[kind]), own, n=n, flags=flags)
        if replicates:
            estimate = bound_extreme_share(estimate, n_independent=patterns.sample.n_resampled)
        estimates.append(estimate)
    return PercentAgreement(*estimates)


def percent_features(patterns: CountPatterns) -> tuple[Floats, Floats]:
    """(n_patterns, 4) numerators and denominators of the four kinds: a share is a ratio of their weighted sums."""
    counts = patterns.counts
    m = counts.sum(axis=1)
    pairs = m * (m - 1)
    agreeing = (counts * (counts - 1)).sum(axis=1)
    ones = np.ones(len(m))
    agreed = np.column_stack([agreeing, agreeing / pairs, agreeing / (m - 1), agreeing == pairs])
    return agreed.astype(np.float64), np.column_stack([pairs, ones, m, ones]).astype(np.float64)
