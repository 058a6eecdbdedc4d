"""A judge's label read as pass or fail beside people's, Gwet's AC1, and what always saying one thing would score.

What a judge *catches* and *passes* are the words used of reviewers (`detection.py`): a judge is measured as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.detection import Detection
from labeling.stats.effective import estimate_share
from labeling.stats.intervals import estimate_from_draws
from labeling.stats.kappa import MOST_CATEGORIES, PairCells, collapse_pair, join
from labeling.stats.resampling import Weights, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
Codes = NDArray[np.signedinteger]


@dataclass(frozen=True)
class Baseline:
    """What a judge that always says `label`, people's most frequent one, would score: `percent`, and a kappa of 0."""

    label: str | None
    percent: Estimate
    kappa: float = 0.0


def estimate_judge_detection(
    human: Codes,
    judge: Codes,
    *,
    passing: Collection[int],
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> Detection:
    """What a judge catches and what it passes, each among the units of that kind by people's labels.

    caught = Σ w [human fails, judge fails] / Σ w [human fails]     (sensitivity to failures)
    passed = Σ w [human passes, judge passes] / Σ w [human passes]  (specificity: fine ones let through)

    Parameters
    ----------
    human, judge : (n_units,) int codes, none missing
    passing : the codes that count as a pass; all others fail. The positive class is *fail*: a judge is there to find it
    weight, clusters : as in `estimate_share`

    Returns
    -------
    Detection, both in [0, 1] with Wilson's interval on the effective n, `n` = units of that kind. Undefined where
    people failed (passed) nothing, and both where every code passes or none does.

    Notes
    -----
    Papers that correct a judge's pass rate (Rogan & Gladen) call `passed` the sensitivity and `caught` the
    specificity: there the positive class is *pass*. Here the words say which is meant.

    References
    ----------
    Yerushalmy, J. (1947). Public Health Reports 62, 1432-1449. doi:10.2307/4586294.

    Examples
    --------
    >>> human, judge = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    >>> found = estimate_judge_detection(human, judge, passing={0})
    >>> found.caught.value, round(found.passed.value, 4)
    (0.5, 0.6667)
    """
    is_pass = [np.isin(codes, list(passing)) for codes in (human, judge)]

    def share(is_kind: NDArray[np.bool_], hits: NDArray[np.bool_], reason: str) -> Estimate:
        if not is_kind.any():
            return undefined_because(reason, n=0, flags=flags_of_size(0))
        return estimate_share(
            hits[is_kind],
            weight=None if weight is None else weight[is_kind],
            clusters=None if clusters is None else clusters[is_kind],
        )

    by_human, by_judge = is_pass
    return Detection(
        caught=share(~by_human, ~by_judge, "people failed none of them"),
        passed=share(by_human, by_judge, "people passed none of them"),
    )


def estimate_baseline(
    human: Codes, *, scale: Scale, weight: Floats | None = None, clusters: NDArray[np.int64] | None = None
) -> Baseline:
    """The percent agreement of always saying what people say most: the least a judge has to beat.

    max_c Σ w [human = c] / Σ w. Its kappa is 0 by definition: observed and expected agreement are the same.

    Parameters
    ----------
    human : (n_units,) int codes, none missing
    weight, clusters : as in `estimate_share`

    Returns
    -------
    Baseline with the label (the first in the scale's order where two are as frequent); undefined without a unit.

    Notes
    -----
    The label is chosen on the same units, so the share is a little too good where two labels are nearly as frequent.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> scale = make_scale("nominal", declared=["pass", "fail"], observed=[])
    >>> always = estimate_baseline(np.array([0] * 9 + [1]), scale=scale)
    >>> always.label, always.percent.value, always.kappa
    ('pass', 0.9, 0.0)
    """
    if not len(human):
        return Baseline(None, undefined_because("no unit has both labels", n=0, flags=flags_of_size(0)))
    most_frequent = int(np.bincount(human, weights=weight, minlength=len(scale)).argmax())
    percent = estimate_share(human == most_frequent, weight=weight, clusters=clusters)
    return Baseline(scale.categories[most_frequent], percent)


def estimate_weighted_ac1(
    human: Codes,
    judge: Codes,
    *,
    scale: Scale,
    replicates: int,
    rng: np.random.Generator,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> Estimate:
    """Gwet's AC1 of two raters without gaps, with weights on the units.

    (pa - pe) / (1 - pe) with pa = Σ w [human = judge] / Σ w, π_c = Σ w ([human = c] + [judge = c]) / 2 Σ w and
    pe = Σ_c π_c (1 - π_c) / (q - 1), q the number of categories.

    Parameters
    ----------
    human, judge : (n_units,) int codes, none missing
    scale : q are its categories; one more that nobody gave moves the value
    weight : (n_units,) float > 0, 1 over the inclusion probability, or None
    clusters : (n_units,) int or None; clusters are resampled whole

    Returns
    -------
    Estimate, at most 1, with the bootstrap's interval. Undefined without a unit and with one category to give.

    Notes
    -----
    Stays high where one category is rare and kappa falls (Feinstein & Cicchetti 1990): show both. Without weights it
    is `gwet_ac1` of `estimate_chance_corrected`.

    References
    ----------
    Gwet, K. L. (2008). British Journal of Mathematical and Statistical Psychology 61, 29-48, equations 15 and 16.
    doi:10.1348/000711006X126600.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> cells = {(0, 0): 90, (0, 1): 5, (1, 0): 4, (1, 1): 1}
    >>> a, b = np.array([cell for cell, n in cells.items() for _ in range(n)]).T
    >>> scale = make_scale("nominal", declared=["pass", "fail"], observed=[])
    >>> round(estimate_weighted_ac1(a, b, scale=scale, replicates=0, rng=np.random.default_rng(0)).value, 3)
    0.9
    """
    n, q = len(human), len(scale)
    flags = flags_of_size(n)
    if not n:
        return undefined_because("no unit has both labels", n=0, flags=flags)
    if q == 1:
        return undefined_because(f"{scale.categories[0]!r} is the only category; declare the others", n=n, flags=flags)
    if q > MOST_CATEGORIES:
        return undefined_because(f"{q:,} distinct values; this wants categories", n=n, flags=flags)
    cells = collapse_pair(human, judge, weight, clusters, np.ones(n, dtype=np.bool_))
    value = float(ac1_of_tables(cells, cells.tables(cells.sample.observed), q)[0])
    if value == 1.0:
        return Estimate(value, n=n, flags=(f"no disagreement seen in {n} units", *flags))
    if cells.sample.n_resampled == 1:
        return Estimate(value, n=n, flags=("no interval: nothing to resample", *flags))
    drawn = draw_weights(cells.sample, replicates=replicates, rng=rng)
    draws = join([ac1_of_tables(cells, cells.tables(weights), q) for weights in drawn])
    return estimate_from_draws(value, draws, n=n, flags=flags)


def ac1_of_tables(cells: PairCells, tables: Weights, n_categories: int) -> Floats:
    total = tables.sum(axis=1)
    agreed = (tables @ (cells.first == cells.second)) / total
    of_category = np.arange(n_categories)
    halves = sum((codes[:, np.newaxis] == of_category) / 2 for codes in (cells.first, cells.second))
    shares = (tables @ halves) / total[:, np.newaxis]
    expected = (shares * (1 - shares)).sum(axis=1) / (n_categories - 1)
    return np.asarray((agreed - expected) / (1 - expected))
