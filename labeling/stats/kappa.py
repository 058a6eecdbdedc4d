"""Cohen's kappa of a named pair of raters, unweighted and with two weightings, on the declared categories."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import CONFIDENCE, bound_extreme_share, estimate_from_draws
from labeling.stats.resampling import Sample, Weights, collapse, draw_weights
from labeling.stats.results import CONSTANT_RATER, NO_VARIATION, Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Weighting = Literal["none", "linear", "quadratic"]
WEIGHTINGS: tuple[Weighting, ...] = ("none", "linear", "quadratic")
MOST_CATEGORIES = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PairKappas:
    """What two raters have in common: `n` units, the share they agree on, and three kappas."""

    n: int
    percent: Estimate
    kappa: Estimate
    kappa_linear: Estimate
    kappa_quadratic: Estimate


@dataclass(frozen=True)
class PairCells:
    """The distinct (code of a, code of b, weight) of the units both rated; ranks are positions in the scale."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: Floats
    sample: Sample

    def tables(self, weights: Weights) -> Weights:
        """How much each cell counts in each replicate: times drawn by the weight of its units."""
        return weights * self.weight


def estimate_kappas(
    first: NDArray[np.signedinteger],
    second: NDArray[np.signedinteger],
    *,
    scale: Scale,
    replicates: int,
    rng: np.random.Generator,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
    times: NDArray[np.int64] | None = None,
) -> PairKappas:
    """Cohen's kappa: 1 minus the observed over the disagreement that the two raters' own shares would give.

    kappa = 1 - sum_ij w_ij p_ij / sum_ij w_ij p_i. p_.j with disagreement weights w = [i ≠ j] (none), |i - j|
    (linear) and (i - j)² (quadratic); i and j are ranks in the declared list of categories.

    Parameters
    ----------
    first, second : (n_units,) int codes of the two raters, -1 = not rated; units rated by one are left out
    scale : declares the categories and their order
    weight : (n_units,) float > 0, 1 over the inclusion probability; None = every unit counts 1
    clusters : (n_units,) int or None; clusters are resampled whole
    times : (n_units,) int or None; how many units each row stands for, as in `Ratings`

    Returns
    -------
    PairKappas with `n` common units. Kappa is at most 1; 0 is what the two margins give by chance. All three are
    undefined without a common unit and when both raters gave one and the same category throughout; the weighted
    ones also when nobody stated an order of more than two categories. One constant rater: 0 by construction, flagged.

    Notes
    -----
    Assumes that the two labelled independently. Kappa falls with a rare category however well they agree (Feinstein
    & Cicchetti 1990): 90/5/4/1 agrees on 91 % and has kappa 0.135. The interval is the bootstrap's, over units;
    of a kappa of exactly 1, which no resample changes, it is one-sided (`bound_perfect_kappa`).

    References
    ----------
    Cohen, J. (1960). Educational and Psychological Measurement 20, 37-46. doi:10.1177/001316446002000104.
    Cohen, J. (1968). Psychological Bulletin 70, 213-220. doi:10.1037/h0026256. Fleiss, J. L. & Cohen, J. (1973).
    Educational and Psychological Measurement 33, 613-619. doi:10.1177/001316447303300309.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> cells = {(0, 0): 90, (0, 1): 5, (1, 0): 4, (1, 1): 1}
    >>> a, b = np.array([cell for cell, n in cells.items() for _ in range(n)]).T
    >>> scale = make_scale("nominal", declared=["pass", "fail"], observed=[])
    >>> pair = estimate_kappas(a, b, scale=scale, replicates=0, rng=np.random.default_rng(0))
    >>> round(pair.percent.value, 3), round(pair.kappa.value, 3)
    (0.91, 0.135)
    """
    is_common = (first >= 0) & (second >= 0)
    n = int(is_common.sum() if times is None else times[is_common].sum())
    if not n:
        nothing = undefined_because("no unit was rated by both", n=0, flags=flags_of_size(0))
        return PairKappas(0, nothing, nothing, nothing, nothing)
    cells = collapse_pair(first[is_common], second[is_common], weight, clusters, is_common, times)
    draws = [cells.tables(drawn) for drawn in draw_weights(cells.sample, replicates=replicates, rng=rng)]
    flags = flags_of_size(n)
    is_one_unit = cells.sample.n_resampled == 1
    percent = estimate_percent(cells, [] if is_one_unit else draws, n=n, flags=flags)
    if replicates:
        percent = bound_extreme_share(percent, n_independent=cells.sample.n_resampled)
    kappas = [estimate_one_kappa(cells, draws, scale, weighting, n=n, flags=flags) for weighting in WEIGHTINGS]
    return PairKappas(n, percent, *kappas)


def collapse_pair(
    first: NDArray[np.signedinteger],
    second: NDArray[np.signedinteger],
    weight: Floats | None,
    clusters: NDArray[np.int64] | None,
    is_common: NDArray[np.bool_],
    times: NDArray[np.int64] | None = None,
) -> PairCells:
    weights = np.ones(len(first)) if weight is None else weight[is_common]
    distinct_weights, position = np.unique(weights, return_inverse=True)
    rows = np.column_stack([first, second, position]).astype(np.int64)
    of_rows = (None if one is None else one[is_common] for one in (clusters, times))
    distinct, sample = collapse(rows, *of_rows)
    return PairCells(distinct[:, 0], distinct[:, 1], distinct_weights[distinct[:, 2]], sample)


def estimate_percent(cells: PairCells, draws: list[Weights], *, n: int, flags: tuple[str, ...]) -> Estimate:
    def share(tables: Weights) -> Floats:
        return np.asarray((tables @ (cells.first == cells.second)) / tables.sum(axis=1))

    value = float(share(cells.tables(cells.sample.observed))[0])
    return estimate_from_draws(value, join([share(tables) for tables in draws]), n=n, flags=flags)


def estimate_one_kappa(
    cells: PairCells, draws: list[Weights], scale: Scale, weighting: Weighting, *, n: int, flags: tuple[str, ...]
) -> Estimate:
    used = np.unique(np.concatenate([cells.first, cells.second]))
    if len(used) == 1:
        reason = f"both gave {scale.categories[used[0]]!r} every time"
        return undefined_because(reason, n=n, flags=(NO_VARIATION, CONSTANT_RATER, *flags))
    if len(used) > MOST_CATEGORIES:
        return undefined_because(f"{len(used):,} distinct values; kappa wants categories", n=n, flags=flags)
    if weighting != "none" and not scale.is_ordered and len(scale) > 2:
        return undefined_because("the categories have no declared order", n=n, flags=flags)
    if min(len(np.unique(cells.first)), len(np.unique(cells.second))) == 1:
        flags = (CONSTANT_RATER, *flags)

    def kappas(tables: Weights) -> Floats:
        return kappa_of_tables(cells, tables, used, weighting)

    value = float(kappas(cells.tables(cells.sample.observed))[0])
    if value == 1.0:
        perfect = Estimate(value, n=n, flags=(f"no disagreement seen in {n} units", *flags))
        return bound_perfect_kappa(perfect, cells, used, weighting) if draws else perfect
    if cells.sample.n_resampled == 1:
        return Estimate(value, n=n, flags=("no interval: nothing to resample", *flags))
    return estimate_from_draws(value, join([kappas(tables) for tables in draws]), n=n, flags=flags)


def bound_perfect_kappa(
    perfect: Estimate, cells: PairCells, used: NDArray[np.signedinteger], weighting: Weighting
) -> Estimate:
    """A kappa of exactly 1, whose bootstrap cannot vary, with a one-sided 95 % lower bound: from 1 - d w / D to 1.

    d = 1 - 0.05^(1/n) is the exact bound on the share of units that differ where none of n does (Clopper & Pearson
    1934; about 3/n, Hanley & Lippman-Hand 1983); w is the largest disagreement weight among the categories that occur,
    so that each would be as bad as it can be; D is the disagreement that the observed margins would give by chance.

    Notes
    -----
    n counts what is resampled (a cluster is one trial), and at most the effective n of the weights. D is held where it
    was seen; counted out for two categories and equal margins, the bound lies above the truth in at most 5 % of samples
    all the same, whatever the margins (tests). Where one category is rare, D is small and the bound low: a judge that
    is right on fifty passes and two fails was tried on two fails. None for a single unit.

    References
    ----------
    Clopper, C. J. & Pearson, E. S. (1934). Biometrika 26, 404-413. doi:10.1093/biomet/26.4.404. Hanley, J. A. &
    Lippman-Hand, A. (1983). JAMA 249, 1743-1745. doi:10.1001/jama.1983.03330370053031.
    """
    if cells.sample.n_resampled == 1:
        return perfect
    counts = cells.sample.observed[0]
    weights = counts * cells.weight
    n_effective = float(weights.sum() ** 2 / (counts @ cells.weight**2))
    most_differing = 1 - (1 - CONFIDENCE) ** (1 / min(cells.sample.n_resampled, n_effective))
    distance = disagreement_weights(used, weighting)
    shares = weights @ (cells.first[:, np.newaxis] == used) / weights.sum()
    low = 1 - most_differing * float(distance.max()) / float(shares @ distance @ shares)
    seen, *others = perfect.flags
    return Estimate(1.0, max(low, -1.0), 1.0, n=perfect.n, flags=(f"{seen}, one-sided", *others))


def kappa_of_tables(cells: PairCells, tables: Weights, used: NDArray[np.signedinteger], weighting: Weighting) -> Floats:
    """(n_replicates,) kappa; NaN where both raters are constant on one category."""
    distance = disagreement_weights(used, weighting)
    first = tables @ (cells.first[:, np.newaxis] == used).astype(np.float64)
    second = tables @ (cells.second[:, np.newaxis] == used).astype(np.float64)
    observed = tables @ distance[np.searchsorted(used, cells.first), np.searchsorted(used, cells.second)]
    expected = np.einsum("bc,bc->b", first @ distance, second)
    is_constant = (np.count_nonzero(first, axis=1) == 1) & ((first > 0) == (second > 0)).all(axis=1)
    ratio = np.full(len(tables), np.nan)
    np.divide(tables.sum(axis=1) * observed, expected, out=ratio, where=~is_constant & (expected > 0))
    return 1 - ratio


def disagreement_weights(ranks: NDArray[np.signedinteger], weighting: Weighting) -> Floats:
    steps = np.abs(np.subtract.outer(ranks, ranks)).astype(np.float64)
    exponent = {"none": 0, "linear": 1, "quadratic": 2}[weighting]
    return np.where(steps > 0, steps**exponent, 0.0)


def join(parts: list[Floats]) -> Floats | None:
    return np.concatenate(parts) if parts else None
