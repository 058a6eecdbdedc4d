"""A judge against people: agreement beyond chance, who is confused with what, and which way the judge leans."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import estimate_alpha
from labeling.stats.detection import Detection
from labeling.stats.intervals import estimate_from_draws
from labeling.stats.kappa import MOST_CATEGORIES, PairKappas, estimate_kappas
from labeling.stats.ratings import Ratings
from labeling.stats.readings import Baseline, estimate_baseline, estimate_judge_detection, estimate_weighted_ac1
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
UNWEIGHTED = "not weighted"
IN_RANKS = "in ranks"


@dataclass(frozen=True)
class JudgeReport:
    """`confusion[i][j]` counts the units that people labelled `labels[i]` and the judge `labels[j]`.

    Both are empty where there are more distinct values than a table can show (`MOST_CATEGORIES`). `detection` is None
    where nobody said which labels pass.
    """

    n: int
    kappas: PairKappas
    alpha: Estimate
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    mean_difference: Estimate
    ac1: Estimate
    baseline: Baseline
    detection: Detection | None


def report_judge(
    human: NDArray[np.signedinteger],
    judge: NDArray[np.signedinteger],
    *,
    scale: Scale,
    replicates: int,
    rng: np.random.Generator,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
    passing: Collection[int] | None = None,
) -> JudgeReport:
    """How far a judge's labels are those of people.

    Parameters
    ----------
    human, judge : (n_units,) int codes, -1 = no label; units with only one of the two are left out
    weight : (n_units,) float > 0, 1 over the inclusion probability, or None. All are weighted but the confusion, which
        counts units, and alpha, which has no agreed weighted form and says so in a flag
    clusters : (n_units,) int or None; clusters are resampled whole. Where every label of an item is a unit of its own,
        the item is the cluster: the judge's one label stands in all of them
    passing : the codes that count as a pass, for what the judge catches and passes; None where that has no meaning

    Notes
    -----
    The human label must not be a consensus that the judge had a part in. Compare with the agreement among people on
    the same units before calling a kappa low.
    """
    is_common = (human >= 0) & (judge >= 0)
    human, judge = human[is_common], judge[is_common]
    weight = None if weight is None else weight[is_common]
    clusters = None if clusters is None else clusters[is_common]
    for_kappas, for_alpha, for_difference, for_ac1 = rng.spawn(4)
    both = Ratings(np.column_stack([human, judge]), ("human", "judge"), scale, clusters)
    labels = scale.categories if len(scale) <= MOST_CATEGORIES else ()
    alpha = estimate_alpha(both, replicates=replicates, rng=for_alpha)
    return JudgeReport(
        n=len(human),
        kappas=estimate_kappas(
            human, judge, scale=scale, replicates=replicates, rng=for_kappas, weight=weight, clusters=clusters
        ),
        alpha=alpha if weight is None else alpha.flagged(UNWEIGHTED),
        labels=labels,
        confusion=count_confusion(human, judge, len(scale)) if labels else (),
        mean_difference=estimate_mean_difference(
            human,
            judge,
            scale=scale,
            replicates=replicates,
            rng=for_difference,
            weight=weight,
            clusters=clusters,
        ),
        ac1=estimate_weighted_ac1(
            human, judge, scale=scale, replicates=replicates, rng=for_ac1, weight=weight, clusters=clusters
        ),
        baseline=estimate_baseline(human, scale=scale, weight=weight, clusters=clusters),
        detection=None
        if passing is None
        else estimate_judge_detection(human, judge, passing=passing, weight=weight, clusters=clusters),
    )


def count_confusion(
    human: NDArray[np.signedinteger], judge: NDArray[np.signedinteger], n_categories: int
) -> tuple[tuple[int, ...], ...]:
    table = np.zeros((n_categories, n_categories), dtype=np.int64)
    np.add.at(table, (human, judge), 1)
    return tuple(tuple(row) for row in table.tolist())


def estimate_mean_difference(
    human: NDArray[np.signedinteger],
    judge: NDArray[np.signedinteger],
    *,
    scale: Scale,
    replicates: int,
    rng: np.random.Generator,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> Estimate:
    """Mean of judge minus human: above 0 the judge is the more generous where a high label is the good end.

    A judge that is always one point too high has a correlation of 1 with people and agrees with them never; this
    number shows it.

    Parameters
    ----------
    human, judge : (n_units,) int codes, none missing
    scale : its numbers are subtracted; ordered words by their ranks, which a flag says

    Returns
    -------
    Estimate in the scale's units, any sign. Undefined without a unit and for nominal labels.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> scale = make_scale("interval", declared=["1", "2", "3"], observed=[])
    >>> told = estimate_mean_difference(
    ...     np.array([0, 1, 1]), np.array([1, 2, 1]), scale=scale, replicates=0, rng=np.random.default_rng(0)
    ... )
    >>> round(told.value, 4)
    0.6667
    """
    n = len(human)
    flags = flags_of_size(n)
    if scale.level == "nominal":
        return undefined_because("nominal labels have no difference", n=n, flags=flags)
    if not n:
        return undefined_because("no unit has both labels", n=0, flags=flags)
    if not scale.is_numeric:
        flags = (IN_RANKS, *flags)
    difference = scale.values[judge] - scale.values[human]
    rows, sample = collapse(np.column_stack([difference, np.ones(n) if weight is None else weight]), clusters)
    difference_of_row, weight_of_row = rows.T

    def mean(drawn: Floats) -> Floats:
        tables = drawn * weight_of_row
        return np.asarray((tables @ difference_of_row) / tables.sum(axis=1))

    drawn = [mean(part) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    draws = np.concatenate(drawn) if drawn and sample.n_resampled > 1 else None
    return estimate_from_draws(float(mean(sample.observed)[0]), draws, n=n, flags=flags)
