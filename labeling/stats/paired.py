"""Two versions of a judge on the same items: which is right where the other is not, and how far their kappas differ."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import estimate_from_draws
from labeling.stats.kappa import (
    MOST_CATEGORIES,
    PairCells,
    Weighting,
    estimate_kappas,
    join,
    kappa_of_tables,
)
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
Codes = NDArray[np.signedinteger]


@dataclass(frozen=True)
class VersionsCompared:
    """`n` units with people's label and both versions'. Changes are after minus before.

    only_before, only_after : units (clusters, where there are any) on which that version alone is right, or is right
        more often
    p : McNemar's, exact and two-sided, that the versions are right equally often
    """

    n: int
    only_before: int
    only_after: int
    p: float
    percent_change: Estimate
    kappa_before: Estimate
    kappa_after: Estimate
    kappa_change: Estimate


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """The chance of so uneven a split of the units on which two differ in being right, were they equally good.

    p = min(1, 2 P(X <= min(b, c))), X ~ Bin(b + c, 1/2)

    Parameters
    ----------
    only_first, only_second : counts b and c of the units where that one alone is right

    Returns
    -------
    In (0, 1]; 1 where they never differ.

    Raises
    ------
    ValueError : counts that are none

    References
    ----------
    McNemar, Q. (1947). Psychometrika 12, 153-157. doi:10.1007/BF02295996. Fagerland, M. W., Lydersen, S. & Laake, P.
    (2013). BMC Medical Research Methodology 13, 91, equation 3. doi:10.1186/1471-2288-13-91.

    Examples
    --------
    >>> round(mcnemar_exact(1, 7), 4)
    0.0703
    """
    from scipy.special import bdtr

    if only_first < 0 or only_second < 0:
        raise ValueError("counts are not below 0")
    n = only_first + only_second
    return min(1.0, 2 * float(bdtr(min(only_first, only_second), n, 0.5))) if n else 1.0


def compare_versions(
    human: Codes,
    before: Codes,
    after: Codes,
    *,
    scale: Scale,
    replicates: int,
    rng: np.random.Generator,
    weighting: Weighting = "none",
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> VersionsCompared:
    """Whether a judge got better, on units that both versions judged: the same samples for both.

    Parameters
    ----------
    human, before, after : (n_units,) int codes, -1 = no label; units without all three are left out
    weighting : of kappa, see `estimate_kappas`
    weight : (n_units,) float > 0, 1 over the inclusion probability, or None. McNemar's test counts units
    clusters : (n_units,) int or None; resampled whole, and McNemar's test is the sign test of the clusters

    Returns
    -------
    VersionsCompared. The change of kappa is undefined where either kappa is.

    Notes
    -----
    Two overlapping intervals are no test: the versions err on the same units, so their difference is known better than
    either. McNemar's test asks about being right at all, kappa's change also about how far off.

    References
    ----------
    As in `mcnemar_exact`. Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap, ch. 8.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> human = np.repeat([0, 1], 20)
    >>> before, after = np.tile([0, 0, 1, 1], 10), np.tile([0, 1, 0, 1], 10)
    >>> compared = compare_versions(
    ...     human, before, after, replicates=0, rng=np.random.default_rng(0),
    ...     scale=make_scale("nominal", declared=["pass", "fail"], observed=[]),
    ... )
    >>> compared.only_before, compared.only_after, compared.p, compared.kappa_change.value
    (10, 10, 1.0, 0.0)
    """
    is_there = (human >= 0) & (before >= 0) & (after >= 0)
    human, before, after = human[is_there], before[is_there], after[is_there]
    weights = None if weight is None else weight[is_there]
    grouped = None if clusters is None else clusters[is_there]
    for_before, for_after, for_change = rng.spawn(3)
    old, new = (
        getattr(
            estimate_kappas(
                human, judge, scale=scale, replicates=replicates, rng=own, weight=weights, clusters=grouped
            ),
            {"none": "kappa", "linear": "kappa_linear", "quadratic": "kappa_quadratic"}[weighting],
        )
        for judge, own in ((before, for_before), (after, for_after))
    )
    only_before, only_after = count_discordant(human == before, human == after, grouped)
    percent, kappa = estimate_changes(
        human, before, after, [old, new], weighting, weights, grouped, replicates=replicates, rng=for_change
    )
    return VersionsCompared(
        len(human), only_before, only_after, mcnemar_exact(only_before, only_after), percent, old, new, kappa
    )


def count_discordant(
    before_right: NDArray[np.bool_], after_right: NDArray[np.bool_], clusters: NDArray[np.int64] | None
) -> tuple[int, int]:
    gained: Floats = after_right.astype(np.float64) - before_right
    if clusters is not None:
        _, numbered = np.unique(clusters, return_inverse=True)
        gained = np.bincount(numbered.ravel(), weights=gained).astype(np.float64)
    return int((gained < 0).sum()), int((gained > 0).sum())


def estimate_changes(
    human: Codes,
    before: Codes,
    after: Codes,
    kappas: list[Estimate],
    weighting: Weighting,
    weight: Floats | None,
    clusters: NDArray[np.int64] | None,
    *,
    replicates: int,
    rng: np.random.Generator,
) -> tuple[Estimate, Estimate]:
    """The changes of percent agreement and of kappa, from one set of samples."""
    n = len(human)
    flags = flags_of_size(n)
    if not n:
        nothing = undefined_because("no unit has people's label and both versions'", n=0, flags=flags)
        return nothing, nothing
    distinct_weights, position = np.unique(np.ones(n) if weight is None else weight, return_inverse=True)
    rows, sample = collapse(np.column_stack([human, before, after, position.ravel()]).astype(np.int64), clusters)
    weight_of_row = distinct_weights[rows[:, 3]]
    used = np.unique(rows[:, :3])
    sides = [PairCells(rows[:, 0], rows[:, side], weight_of_row, sample) for side in (1, 2)]
    gained = (rows[:, 2] == rows[:, 0]).astype(np.float64) - (rows[:, 1] == rows[:, 0])
    has_kappa = all(kappa.value is not None for kappa in kappas) and len(used) <= MOST_CATEGORIES

    def changes(drawn: Floats) -> Floats:
        tables = drawn * weight_of_row
        percent = tables @ gained / tables.sum(axis=1)
        if not has_kappa:
            return np.column_stack([percent])
        first, second = (kappa_of_tables(cells, tables, used, weighting) for cells in sides)
        return np.column_stack([percent, second - first])

    values = changes(sample.observed)[0]
    drawn = [changes(part) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    draws = join(drawn) if sample.n_resampled > 1 else None
    estimates = [
        estimate_from_draws(float(value), None if draws is None else draws[:, at], n=n, flags=flags)
        for at, value in enumerate(values)
    ]
    if has_kappa:
        return estimates[0], estimates[1]
    reasons = [
        f"{side}: {one.undefined}" for side, one in zip(("before", "after"), kappas, strict=True) if one.undefined
    ]
    return estimates[0], undefined_because("; ".join(reasons) or "too many distinct values", n=n, flags=flags)
