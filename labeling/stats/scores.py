"""A judge's scores in numbers beside people's: how far off (RMSE), and whether they rise together (Pearson)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import estimate_from_draws
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoresCompared:
    """`rmse` in the scale's units, 0 is best; `pearson` from -1 to 1."""

    n: int
    rmse: Estimate
    pearson: Estimate


def compare_scores(
    human: Floats,
    judge: Floats,
    *,
    replicates: int,
    rng: np.random.Generator,
    clusters: NDArray[np.int64] | None = None,
) -> ScoresCompared:
    """RMSE = √ mean (judge - human)²; Pearson's r = cov(judge, human) / (sd(judge) sd(human)).

    Parameters
    ----------
    human : (n_units,) float, people's label as a number; judge : (n_units,) float, the judge's, or its expected value
        Σ_c p_c c where it tells a probability of each label. None missing
    clusters : (n_units,) int or None, resampled whole

    Returns
    -------
    ScoresCompared with the bootstrap's intervals. Both undefined without a unit, r also where either is constant.

    Notes
    -----
    A judge that is always one point too high has r = 1 and is never right, one that always says the mean has the least
    RMSE and tells nothing apart: read both, and kappa. An expected value lies nearer to the middle, which alone lowers
    RMSE.

    References
    ----------
    Hashemi, H. et al. (2024). LLM-Rubric. ACL, table 2. doi:10.18653/v1/2024.acl-long.745.

    Examples
    --------
    >>> scores = compare_scores(
    ...     np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]), replicates=0, rng=np.random.default_rng(0)
    ... )
    >>> scores.rmse.value, round(scores.pearson.value, 6)
    (1.0, 1.0)
    """
    n = len(human)
    flags = flags_of_size(n)
    if not n:
        nothing = undefined_because("no unit has both scores", n=0, flags=flags)
        return ScoresCompared(0, nothing, nothing)
    rows, sample = collapse(np.column_stack([human, judge]), clusters)
    # About the means, or squares of large scores would cancel.
    of_human, of_judge = (rows - rows.mean(axis=0)).T
    features = np.column_stack(
        [of_human, of_judge, of_human**2, of_judge**2, of_human * of_judge, (rows[:, 1] - rows[:, 0]) ** 2]
    )

    def compare(drawn: Floats) -> Floats:
        x, y, xx, yy, xy, squared = (drawn @ features / drawn.sum(axis=1, keepdims=True)).T
        spread = np.maximum(xx - x**2, 0.0) * np.maximum(yy - y**2, 0.0)
        r = np.full(len(drawn), np.nan)
        np.divide(xy - x * y, np.sqrt(spread), out=r, where=spread > 1e-24)
        return np.column_stack([np.sqrt(squared), np.clip(r, -1, 1)])

    values = compare(sample.observed)[0]
    drawn = [compare(part) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    draws = np.concatenate(drawn) if drawn and sample.n_resampled > 1 else None
    rmse = estimate_from_draws(float(values[0]), None if draws is None else draws[:, 0], n=n, flags=flags)
    if np.isnan(values[1]):
        side = "people" if np.ptp(human) == 0 else "the judge"
        return ScoresCompared(n, rmse, undefined_because(f"{side} gave one score throughout", n=n, flags=flags))
    pearson = estimate_from_draws(float(values[1]), None if draws is None else draws[:, 1], n=n, flags=flags)
    return ScoresCompared(n, rmse, pearson)
