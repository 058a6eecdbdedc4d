"""What moves a judge besides quality, people's label being the same: length, and its own model family.

Where there is too little to say so, each estimate says how much there is and how much it takes. Position and repeats
are in self_consistency.py.
"""

import math

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import CONFIDENCE, normal_quantile
from labeling.stats.logistic import NoFit, fit_logistic
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Peduzzi et al. (1996): ten of the rarer answer for each of the two columns.
LEAST_RARER = 20
LARGEST_LOG_ODDS = 700.0


def estimate_verbosity(
    judge_passes: Flags,
    human_passes: Flags,
    length: Floats,
    *,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
    least: int = LEAST_RARER,
) -> Estimate:
    """How much more a judge passes what is twice as long, people's label being the same: an odds ratio.

    logit P(judge passes) = b0 + b1 [human passes] + b2 log2(length); the estimate is exp(b2).

    Parameters
    ----------
    judge_passes, human_passes : (n_units,) bool
    length : (n_units,) float > 0, in whatever unit: words, tokens, characters
    weight : (n_units,) float > 0, 1 over the inclusion probability, or None
    clusters : (n_units,) int or None, for the standard error
    least : with fewer of the judge's rarer answer there is no number, but the reason how many there are

    Returns
    -------
    Estimate > 0 with Wald's interval on the log odds: 1 = length does not matter, 2 = the odds of a pass double with
    the length. Undefined with too few, where lengths do not vary, and where a line separates the judge's answers.

    Raises
    ------
    ValueError : a length that is none

    Notes
    -----
    Without the human label length is just quality, since longer answers may be better. What people reward about length
    themselves, the label takes with it; what it takes imperfectly, stays in the ratio.

    References
    ----------
    Dubois, Y. et al. (2024). Length-controlled AlpacaEval. doi:10.48550/arXiv.2404.04475. Peduzzi, P. et al. (1996).
    Journal of Clinical Epidemiology 49, 1373-1379. doi:10.1016/S0895-4356(96)00236-3.

    Examples
    --------
    >>> human, length = np.tile([True, False], 60), np.repeat([100.0, 200.0], 60)
    >>> judge = np.tile([True] * 2 + [False] * 4, 20)
    >>> round(estimate_verbosity(judge, human, length).value, 6)
    1.0
    """
    if len(length) and not (np.isfinite(length).all() and length.min() > 0):
        raise ValueError("a length is above 0")
    return estimate_odds_ratio(
        judge_passes, human_passes, np.log2(length), weight=weight, clusters=clusters, least=least, named="length"
    )


def estimate_self_preference(
    judge_passes: Flags,
    human_passes: Flags,
    families: NDArray[np.int64],
    own_family: int,
    *,
    weight: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
    least: int = LEAST_RARER,
) -> Estimate:
    """How much more a judge passes what its own model family wrote, people's label being the same: an odds ratio.

    logit P(judge passes) = b0 + b1 [human passes] + b2 [the judge's family wrote it]; the estimate is exp(b2).

    Parameters
    ----------
    judge_passes, human_passes : (n_units,) bool
    families : (n_units,) int, which family wrote the output
    own_family : the judge's
    weight, clusters, least : as in `estimate_verbosity`

    Returns
    -------
    Estimate > 0, above 1 where it favours its own. Undefined where all outputs are of one family or none, or only, of
    the judge's own, and as in `estimate_verbosity`.

    Notes
    -----
    What people cannot see and the family does well all the same looks like self-preference.

    References
    ----------
    Panickssery, A., Bowman, S. R. & Feng, S. (2024). LLM evaluators recognize and favor their own generations. NeurIPS.
    doi:10.48550/arXiv.2404.13076. Spiliopoulou, E. et al. (2025). doi:10.48550/arXiv.2508.06709.

    Examples
    --------
    >>> human, family = np.tile([True, False], 60), np.repeat([1, 2], 60)
    >>> judge = np.tile([True] * 2 + [False] * 4, 20)
    >>> round(estimate_self_preference(judge, human, family, 1).value, 6)
    1.0
    """
    n = len(families)
    if len(np.unique(families)) < 2:
        return undefined_because("outputs of two model families are needed", n=n, flags=flags_of_size(n))
    is_own = families == own_family
    if not is_own.any():
        return undefined_because("the judge's own family wrote none of them", n=n, flags=flags_of_size(n))
    return estimate_odds_ratio(
        judge_passes,
        human_passes,
        is_own.astype(np.float64),
        weight=weight,
        clusters=clusters,
        least=least,
        named="family",
    )


def estimate_odds_ratio(
    judge_passes: Flags,
    human_passes: Flags,
    asked: Floats,
    *,
    weight: Floats | None,
    clusters: NDArray[np.int64] | None,
    least: int,
    named: str,
) -> Estimate:
    n = len(judge_passes)
    flags = flags_of_size(n)
    n_rarer = int(min(judge_passes.sum(), n - judge_passes.sum()))
    if n_rarer < least:
        answer = "passes" if judge_passes.sum() * 2 < n else "fails"
        return undefined_because(f"not enough {answer} by the judge: {n_rarer} of {least}", n=n, flags=flags)
    if np.ptp(asked) == 0:
        return undefined_because(f"the {named} does not vary", n=n, flags=flags)
    columns = [np.ones(n), asked]
    # People's label is held constant by itself where they all said the same.
    if human_passes.any() and not human_passes.all():
        columns.append(human_passes.astype(np.float64))
    try:
        fit = fit_logistic(np.column_stack(columns), judge_passes.astype(np.float64), weight=weight, clusters=clusters)
    except NoFit as reason:
        return undefined_because(str(reason), n=n, flags=flags)
    log_odds, error = float(fit.coefficients[1]), math.sqrt(fit.covariance[1, 1])
    margin = normal_quantile(1 - (1 - CONFIDENCE) / 2) * error
    if abs(log_odds) + margin > LARGEST_LOG_ODDS:
        return undefined_because(f"the {named} varies too little for a number", n=n, flags=flags)
    low, high = math.exp(log_odds - margin), math.exp(log_odds + margin)
    return Estimate(math.exp(log_odds), low, high, n=n, flags=flags)
