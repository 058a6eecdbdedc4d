"""What stands behind alpha: who gave what beside what, each category's own agreement, and why alpha may be low."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import AlphaKernel, build_kernel, flags_of_ratings, ratio_distances, reason_undefined
from labeling.stats.chance import estimate_chance_corrected
from labeling.stats.intervals import bound_extreme_share, estimate_from_draws
from labeling.stats.ratings import CountPatterns, Ratings, count_patterns
from labeling.stats.resampling import Weights, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because

# A scale from 0 to 100; a table of more is none that a person reads.
MOST_CATEGORIES = 101
# When alpha is called low although people agree, and a category rare.
LOW_ALPHA = 0.667
HIGH_AGREEMENT = 0.8
RARE_SHARE = 0.1
FAR_APART = 0.3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CategoryAgreement:
    """One category: its ratings on pairable units, their share (0-1) of all, and how often they find company."""

    label: str
    n_ratings: int
    share: float | None
    agreement: Estimate


@dataclass(frozen=True)
class CategoryReport:
    """`pairs[c][k]` counts the pairs of ratings on one unit that say c and k; it is symmetric.

    `categories` and `pairs` are empty where the scale has more than a table can show (`MOST_CATEGORIES`). The two
    disagreements are shares (0-1) of the largest there could be, None without a pairable unit. `paradox` is a
    sentence, or empty.
    """

    n_units: int
    categories: tuple[CategoryAgreement, ...]
    pairs: tuple[tuple[int, ...], ...]
    observed_disagreement: float | None
    expected_disagreement: float | None
    paradox: str

    def as_document(self) -> dict[str, object]:
        """As it is written into JSON; the keys are a contract."""
        return {
            "n_units": self.n_units,
            "categories": [
                {
                    "label": category.label,
                    "n_ratings": category.n_ratings,
                    "share": category.share,
                    "agreement": category.agreement.as_document(),
                }
                for category in self.categories
            ],
            "pairs": [list(row) for row in self.pairs],
            "observed_disagreement": self.observed_disagreement,
            "expected_disagreement": self.expected_disagreement,
            "paradox": self.paradox,
        }


def describe_categories(ratings: Ratings, *, replicates: int, rng: np.random.Generator) -> CategoryReport:
    """Every category's own agreement, and the two disagreements that alpha is made of.

    pairs_ck = Σ_u n_uc n_uk for c ≠ k, pairs_cc = Σ_u n_uc (n_uc − 1) / 2;
    agreement_c = o_cc / n_c with o_cc = Σ_u n_uc (n_uc − 1) / (m_u − 1) and n_c = Σ_u n_uc;
    Do = Σ_ck o_ck d²(c,k) / (n d²_max), De = Σ_ck n_c n_k d²(c,k) / (n (n − 1) d²_max), so that alpha = 1 − Do / De.
    All over pairable units. d² is alpha's distance at the scale's level, d²_max the largest between two categories of
    the scale; at the ordinal level, whose distances are the data's own, between two that were given.

    Parameters
    ----------
    ratings : codes (n_units, n_raters) int, -1 = not rated; any number of raters and gaps
    replicates, rng : bootstrap over pairable units, or over clusters where the ratings have them

    Returns
    -------
    CategoryReport. A category's agreement is in [0, 1]: of the ratings that say c, the share that another rating of
    the unit, picked at random, repeats; its `n` are the units on which somebody said c. Undefined where nobody gave
    the category on a pairable unit. At exactly 0 or 1 its interval is the one-sided Wilson bound. Where there is one
    category only both disagreements are 0 and alpha is undefined.

    Raises
    ------
    TooManyValues : distinct values times units exceed memory

    Notes
    -----
    With two raters and two categories the two are positive and negative agreement, 2a / (2a + b + c) and
    2d / (2d + b + c). Not corrected for chance: a category that everybody gives nearly always has a high one. A low
    alpha has two causes, which Do and De tell apart: raters differ (Do is high), or the units are alike (De is low).
    A unit weighs by its number of ratings, as in alpha.

    References
    ----------
    Cicchetti, D. V. & Feinstein, A. R. (1990). High agreement but low kappa: II. Journal of Clinical Epidemiology 43,
    551-558. doi:10.1016/0895-4356(90)90159-M. Fleiss, J. L., Levin, B. & Paik, M. C. (2003). Statistical Methods for
    Rates and Proportions, 3rd ed., ch. 18. More than two raters: Uebersax, J. S. (1982). A design-independent method
    for measuring the reliability of psychiatric diagnosis. Journal of Psychiatric Research 17, 335-342. With a
    bootstrap: de Vet, H. C. W., Mullender, M. G. & Eekhout, I. (2018). Specific agreement on ordinal and multiple
    nominal outcomes can be calculated for more than two raters. Journal of Clinical Epidemiology.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> rows = [("u1", "ann", "a"), ("u1", "bob", "a"), ("u2", "ann", "b"), ("u2", "bob", "b")]
    >>> rows += [("u3", "ann", "a"), ("u3", "bob", "b")]
    >>> ratings = make_ratings(rows, scale=make_scale("nominal", declared=["a", "b"], observed=[]))
    >>> told = describe_categories(ratings, replicates=0, rng=np.random.default_rng(0))
    >>> told.pairs, round(told.categories[0].agreement.value, 4)
    (((1, 1), (1, 1)), 0.6667)
    >>> round(1 - told.observed_disagreement / told.expected_disagreement, 4)
    0.4444
    """
    patterns = count_patterns(ratings)
    n = patterns.sample.n_units
    categories: tuple[CategoryAgreement, ...] = ()
    pairs: tuple[tuple[int, ...], ...] = ()
    if len(ratings.scale) <= MOST_CATEGORIES:
        categories = describe_each(ratings, patterns, replicates=replicates, rng=rng)
        pairs = count_pairs(patterns)
    if not n:
        return CategoryReport(0, categories, pairs, None, None, "")
    observed, expected = disagreements_of(build_kernel(patterns, ratings.scale), patterns)
    paradox = ""
    if expected and categories:
        ac1 = estimate_chance_corrected(ratings, replicates=0, rng=rng).gwet_ac1.value
        agreement = pooled_agreement(patterns)
        paradox = explain_paradox(alpha=1 - observed / expected, ac1=ac1, agreement=agreement, categories=categories)
    return CategoryReport(n, categories, pairs, observed, expected, paradox)


def describe_each(
    ratings: Ratings, patterns: CountPatterns, *, replicates: int, rng: np.random.Generator
) -> tuple[CategoryAgreement, ...]:
    """The specific agreement of every category, all from the same bootstrap samples."""
    counts, sample = patterns.counts, patterns.sample
    if not sample.n_units:
        nothing = undefined_because(reason_undefined(ratings, patterns), n=0, flags=flags_of_size(0))
        return tuple(CategoryAgreement(label, 0, None, nothing) for label in ratings.scale.categories)
    agreeing = counts * (counts - 1) / (counts.sum(axis=1, keepdims=True) - 1)

    def specific(weights: Weights) -> Floats:
        given = weights @ counts
        return np.asarray(np.divide(weights @ agreeing, given, out=np.full(given.shape, np.nan), where=given > 0))

    draws = None
    if replicates and sample.n_resampled > 1:
        draws = np.concatenate([specific(part) for part in draw_weights(sample, replicates=replicates, rng=rng)])
    values, totals = specific(sample.observed)[0], sample.multiplicity @ counts
    flags = flags_of_ratings(ratings)
    described = []
    for code, label in enumerate(ratings.scale.categories):
        own = None if draws is None else draws[:, code]
        agreement = agreement_on_one(float(values[code]), own, counts[:, code] > 0, patterns, label, flags)
        described.append(CategoryAgreement(label, int(totals[code]), float(totals[code] / totals.sum()), agreement))
    return tuple(described)


def agreement_on_one(
    value: float,
    draws: Floats | None,
    has_it: NDArray[np.bool_],
    patterns: CountPatterns,
    label: str,
    flags: tuple[str, ...],
) -> Estimate:
    sample = patterns.sample
    n = int(sample.multiplicity[has_it].sum())
    flags = (*flags, *flags_of_size(n))
    if not n:
        return undefined_because(f"nobody gave {label!r} to a unit with two ratings", n=0, flags=flags)
    estimate = estimate_from_draws(value, draws, n=n, flags=flags)
    if draws is None:
        return estimate
    # Units, or clusters, without the category say nothing of it.
    return bound_extreme_share(estimate, n_independent=sample.count_where(has_it))


def count_pairs(patterns: CountPatterns) -> tuple[tuple[int, ...], ...]:
    """(q, q) unordered pairs of ratings on one unit; the sum over c <= k is Σ_u m_u (m_u − 1) / 2."""
    counts, multiplicity = patterns.counts, patterns.sample.multiplicity
    pairs = (counts * multiplicity[:, np.newaxis]).T @ counts
    np.fill_diagonal(pairs, multiplicity @ (counts * (counts - 1) // 2))
    return tuple(tuple(row) for row in pairs.tolist())


def disagreements_of(kernel: AlphaKernel, patterns: CountPatterns) -> tuple[float, float]:
    """Do and De, each a share of the largest distance; the kernel's units cancel."""
    weights = patterns.sample.observed
    totals = weights @ kernel.counts
    n = totals.sum(axis=1)
    if np.count_nonzero(totals) == 1:
        return 0.0, 0.0
    if kernel.level == "ordinal":
        observed, expected = kernel.ordinal_disagreement(weights, totals, n)
    else:
        assert kernel.observed is not None
        observed, expected = weights @ kernel.observed, kernel.expected_disagreement(totals, n)
    n_ratings, largest = float(n[0]), largest_distance(kernel, totals[0])
    return float(observed[0]) / (n_ratings * largest), float(expected[0]) / (n_ratings * (n_ratings - 1) * largest)


def largest_distance(kernel: AlphaKernel, totals: Floats) -> float:
    """The largest d² of the scale, in the kernel's own units."""
    if kernel.level == "nominal":
        return 1.0
    if kernel.level == "ratio":
        return float(ratio_distances(kernel.values).max())
    values = kernel.values
    if kernel.level == "ordinal":
        # Shares, as the kernel has them; unused categories would add distance that no rating can have.
        values = ((np.cumsum(totals) - totals / 2) / totals.sum())[totals > 0]
    return float(np.ptp(values) ** 2)


def pooled_agreement(patterns: CountPatterns) -> float:
    """The share of pairs of ratings that are alike."""
    counts, multiplicity = patterns.counts, patterns.sample.multiplicity
    m = counts.sum(axis=1)
    return float(multiplicity @ (counts * (counts - 1)).sum(axis=1) / (multiplicity @ (m * (m - 1))))


def explain_paradox(
    *, alpha: float | None, ac1: float | None, agreement: float, categories: Sequence[CategoryAgreement]
) -> str:
    """Why alpha is low although raters agree, or nothing where that is not so.

    Speaks where alpha is below 0.667, raters agree on 80 % of the pairs or more, and either the rarest category that
    was given has under 10 % of the ratings or alpha and AC1 are more than 0.3 apart.

    References
    ----------
    Feinstein, A. R. & Cicchetti, D. V. (1990). High agreement but low kappa: I. The problems of two paradoxes. Journal
    of Clinical Epidemiology 43, 543-549. doi:10.1016/0895-4356(90)90158-L.

    Examples
    --------
    >>> both = [
    ...     CategoryAgreement("pass", 189, 0.945, Estimate(0.952)),
    ...     CategoryAgreement("fail", 11, 0.055, Estimate(0.182)),
    ... ]
    >>> sentence = explain_paradox(alpha=0.139, ac1=0.900, agreement=0.910, categories=both)
    >>> print(sentence.partition(":")[0])
    alpha is low because “fail” is rare (6 % of labels)
    """
    given = sorted((category for category in categories if category.share), key=lambda category: category.share or 0)
    if alpha is None or len(given) < 2 or alpha >= LOW_ALPHA or agreement < HIGH_AGREEMENT:
        return ""
    rarest, commonest = given[0], given[-1]
    is_rare = (rarest.share or 0) < RARE_SHARE
    if not is_rare and (ac1 is None or abs(alpha - ac1) <= FAR_APART):
        return ""
    return (
        f"alpha is low because “{rarest.label}” is rare ({in_percent(rarest.share)} of labels): where one rater gives "
        f"it, another does in {in_percent(rarest.agreement.value)} of cases; with “{commonest.label}” in "
        f"{in_percent(commonest.agreement.value)}"
    )


def in_percent(share: float | None) -> str:
    """Whole percent, but never a 0 or a 100 that is not one."""
    share = share or 0.0
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"
