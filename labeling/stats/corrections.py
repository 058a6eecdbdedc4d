"""The pass rate of all traffic from a judge that saw all of it, corrected by the people who saw some of it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import CONFIDENCE, normal_quantile
from labeling.stats.population import TINY, check_sample, cluster_variance, largest_unseen_share
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CorrectedShare:
    """A judge's pass rate after people, and before.

    estimate : the corrected share, `n` = labels
    judge_alone : the mean of the judge's verdicts on all items
    power : λ, how much the judge is relied on: 0 = the labels alone, 1 = wholly
    worked_like : how many labels without a judge would have had the same variance; None where that is not finite
    """

    estimate: Estimate
    judge_alone: float | None
    power: float | None
    worked_like: float | None


def estimate_difference(
    labels: Floats,
    inclusion: Floats,
    judged: Floats,
    *,
    power: float | None = None,
    clusters: NDArray[np.int64] | None = None,
) -> CorrectedShare:
    """The judge's mean over all traffic plus what people correct it by, each weighted by 1 / π.

    θ = Σ_U λ f_i / N + Σ_s (y_i - λ f_i) / π_i / Σ_s 1 / π_i,   θ ± z √V
    V = Σ_s (1 - π_i) (d_i - d̄)² / π_i² / (Σ_s 1 / π_i)²,   d_i = y_i - λ f_i, d̄ their weighted mean
    λ* = Σ a (y - ȳ)(f - f̄) / Σ a (f - f̄)², a = (1 - π) / π², cut to [0, 1]

    Parameters
    ----------
    labels : (n_items,) float in [0, 1], 1 = people pass it, NaN = not labelled
    inclusion : (n_items,) float in (0, 1], of every item
    judged : (n_items,) float in [0, 1], the judge's verdict or probability of a pass, of every item: an item without
        one is no part of the traffic spoken about, and the caller says how many are left out
    power : λ, or None for the one of least variance. 0 is `estimate_hajek`
    clusters : (n_items,) int or None; V is then Σ_c (Σ d)², and λ is tuned as without

    Returns
    -------
    CorrectedShare, cut to [0, 1]. Undefined without a label and where some item had no chance. Where no label differs
    from the judge the interval is the one of errors that nobody met (`largest_unseen_share`), never of no width.

    Raises
    ------
    ValueError : a label or verdict outside [0, 1], a missing verdict

    Notes
    -----
    λ* makes a useless judge harmless: its variance is never above that of the labels alone. Without the weights, labels
    of what was routed make the judge look worse (or better) than it is on the rest, and the interval looks precise: see
    the methods page for how seldom it then holds the truth.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling, 6.3.
    doi:10.1007/978-1-4612-4378-6. Angelopoulos, A. N., Duchi, J. C. & Zrnic, T. (2023). PPI++, section 6.
    doi:10.48550/arXiv.2311.01453.

    Examples
    --------
    >>> judged = np.repeat([1.0, 0.0], [900, 100])
    >>> labels = np.full(1000, np.nan)
    >>> labels[:90], labels[900:910] = [1.0] * 81 + [0.0] * 9, [0.0] * 9 + [1.0]
    >>> corrected = estimate_difference(labels, np.full(1000, 0.1), judged)
    >>> corrected.judge_alone, round(corrected.estimate.value, 3), round(corrected.power, 2)
    (0.9, 0.82, 0.8)
    """
    n_items, is_labelled, reason = check_sample(labels, inclusion)
    check_verdicts(judged, n_items)
    if reason:
        return CorrectedShare(undefined_because(reason, n=int(is_labelled.sum())), None, None, None)
    y, chance, f = labels[is_labelled], inclusion[is_labelled], judged[is_labelled]
    tuned = tune_power(y, f, (1 - chance) / chance**2) if power is None else power
    weight = 1 / chance
    share = tuned * float(judged.mean()) + float(np.average(y - tuned * f, weights=weight))
    own = None if clusters is None else clusters[is_labelled]
    variance, without = (variance_of_mean(y - one * f, chance, own) for one in (tuned, 0.0))
    n = len(y)
    value = cut(share)
    if variance <= TINY:
        margin = largest_unseen_share(inclusion)
    else:
        margin = normal_quantile(1 - (1 - CONFIDENCE) / 2) * math.sqrt(variance)
    estimate = Estimate(
        value, cut(min(value, share - margin)), cut(max(value, share + margin)), n=n, flags=flags_of_size(n)
    )
    worked_like = n * without / variance if variance > TINY and without > TINY else None
    return CorrectedShare(estimate, float(judged.mean()), tuned, worked_like)


def check_verdicts(judged: Floats, n_items: int) -> None:
    if len(judged) != n_items:
        raise ValueError("every item has a verdict of the judge, labelled or not")
    if n_items and not (judged.min() >= 0 and judged.max() <= 1):
        raise ValueError("a verdict is from 0 to 1, and none is missing")


def tune_power(y: Floats, f: Floats, weight: Floats) -> float:
    """λ of least variance, from 0 to 1; 0, the labels alone, where the judge says one thing of all of them."""
    if not weight.sum():
        return 0.0
    y_centred, f_centred = y - np.average(y, weights=weight), f - np.average(f, weights=weight)
    spread = float(weight @ f_centred**2)
    if spread <= TINY * float(weight.sum()):
        return 0.0
    return cut(float(weight @ (y_centred * f_centred)) / spread)


def variance_of_mean(difference: Floats, chance: Floats, clusters: NDArray[np.int64] | None) -> float:
    weight = 1 / chance
    residual = (difference - np.average(difference, weights=weight)) * weight
    if clusters is not None:
        return cluster_variance(residual, clusters) / float(weight.sum()) ** 2
    n = len(difference)
    # n / (n - 1): with few labels their own mean fits them better than the truth does.
    return float(((1 - chance) * residual**2).sum()) / float(weight.sum()) ** 2 * n / max(1, n - 1)


def estimate_ppi(labels: Floats, judged: Floats, judged_rest: Floats) -> CorrectedShare:
    """Prediction-powered inference with power tuning, for labels drawn all alike from the stream they speak about.

    θ = λ mean(f_rest) + mean(y - λ f),   V = λ² Var(f_rest) / N + Var(y - λ f) / n,   θ ± z √V
    λ* = Cov(y, f) / ((1 + n / N) Var f), cut to [0, 1]

    Parameters
    ----------
    labels, judged : (n_labels,) float in [0, 1], people's label and the judge's verdict of the same items
    judged_rest : (n_rest,) float in [0, 1], the judge's verdicts on items without a label

    Returns
    -------
    CorrectedShare; with no other items, or a judge that never varies, that of the labels alone (λ = 0). Undefined with
    fewer than two labels. An interval without width (every label the same as the judge's) is replaced by that of no
    difference found in n, 3.69 / n.

    Notes
    -----
    It speaks of the stream behind the items, `estimate_difference` of these very items. Never for labels of what was
    routed: use that one with its weights.

    References
    ----------
    Angelopoulos, A. N. et al. (2023). Science 382, 669-674. doi:10.1126/science.adi6000. Angelopoulos, A. N., Duchi,
    J. C. & Zrnic, T. (2023). PPI++, example 6.1. doi:10.48550/arXiv.2311.01453.

    Examples
    --------
    >>> labels, judged = np.array([1.0, 1, 1, 0, 0] * 20), np.array([1.0, 1, 1, 1, 0] * 20)
    >>> corrected = estimate_ppi(labels, judged, np.array([1.0] * 850 + [0.0] * 150))
    >>> round(corrected.estimate.value, 3), round(corrected.power, 3), round(corrected.worked_like)
    (0.642, 0.843, 150)
    """
    n, n_rest = len(labels), len(judged_rest)
    check_verdicts(np.concatenate([judged, judged_rest]), n + n_rest)
    check_verdicts(labels, n)
    if n < 2:
        return CorrectedShare(undefined_because(f"{n} labels are too few", n=n), None, None, None)
    spread = float(np.concatenate([judged, judged_rest]).var())
    power = 0.0
    if n_rest and spread > TINY:
        power = cut(float(np.cov(labels, judged)[0, 1]) / ((1 + n / n_rest) * spread))
    rest = float(judged_rest.mean()) if n_rest else 0.0
    share = power * rest + float((labels - power * judged).mean())
    of_rest = power**2 * float(judged_rest.var(ddof=1)) / n_rest if n_rest > 1 else 0.0
    variance = of_rest + float((labels - power * judged).var(ddof=1)) / n
    alone = float(labels.var(ddof=1)) / n
    if variance > alone:  # The λ of least variance is that of the expected spread, not of these two samples.
        power, share, variance = 0.0, float(labels.mean()), alone
    z = normal_quantile(1 - (1 - CONFIDENCE) / 2)
    margin = z * math.sqrt(variance) if variance > TINY else -math.log((1 - CONFIDENCE) / 2) / n
    value = cut(share)
    low, high = cut(min(value, share - margin)), cut(max(value, share + margin))
    alike = n * alone / variance if variance > TINY and alone > TINY else None
    judge_alone = float(np.concatenate([judged, judged_rest]).mean())
    return CorrectedShare(Estimate(value, low, high, n=n, flags=flags_of_size(n)), judge_alone, power, alike)


def estimate_rogan_gladen(
    *, n_judge_passes: float, n_judged: int, n_passed: float, of_passed: int, n_caught: float, of_failed: int
) -> CorrectedShare:
    """A judge's pass rate corrected by what it passed and caught on a fixed set of known answers.

    θ = (p + q0 - 1) / (q0 + q1 - 1), cut to [0, 1]: p the judge's pass rate, q1 = passed, q0 = caught.
    Interval θ~ + Δ ± z s with p~ = (n p + z²/2) / (n + z²), q~ = (m q + 1) / (m + 2),
    s = √(p~(1-p~)/n~ + (1-θ~)² q0~(1-q0~)/m0~ + θ~² q1~(1-q1~)/m1~) / (q0~ + q1~ - 1),
    Δ = 2 z² (-(1-θ~) q0~(1-q0~)/m0~ + θ~ q1~(1-q1~)/m1~), n~ = n + z², m~ = m + 2

    Parameters
    ----------
    n_judge_passes, n_judged : the judge's passes among the traffic it judged, without human labels
    n_passed, of_passed : of known passes, those the judge passed; n_caught, of_failed : of known fails, those it
        failed. The numerators need not be whole where labels of one item are averaged

    Returns
    -------
    CorrectedShare, `n` = the known answers of both kinds. Undefined where one kind has none, and for a judge that is no
    better than a coin (q0 + q1 <= 1, before or after smoothing).

    Raises
    ------
    ValueError : counts that are none

    Notes
    -----
    Assumes that the judge errs on the traffic as it did on the set; `estimate_difference` does not, so prefer it
    wherever labels come from the traffic. Under 100 known answers of each kind it is too wide to tell two models apart.

    References
    ----------
    Rogan, W. J. & Gladen, B. (1978). American Journal of Epidemiology 107, 71-76.
    doi:10.1093/oxfordjournals.aje.a112510. Lee, C. et al. (2025). How to correctly report LLM-as-a-judge evaluations.
    doi:10.48550/arXiv.2511.21140. Lang, Z. & Reiczigel, J. (2014), doi:10.1016/j.prevetmed.2013.09.015.

    Examples
    --------
    >>> corrected = estimate_rogan_gladen(
    ...     n_judge_passes=4000, n_judged=5000, n_passed=90, of_passed=100, n_caught=80, of_failed=100
    ... )
    >>> round(corrected.estimate.value, 3), round(corrected.estimate.low, 3), round(corrected.estimate.high, 3)
    (0.857, 0.791, 0.949)
    """
    for successes, tries in ((n_judge_passes, n_judged), (n_passed, of_passed), (n_caught, of_failed)):
        if not 0 <= successes <= tries:
            raise ValueError(f"{successes} of {tries} is not a share")
    n = of_passed + of_failed
    if not (n_judged and of_passed and of_failed):
        missing = "verdict" if not n_judged else "known pass" if not of_passed else "known fail"
        return CorrectedShare(undefined_because(f"there is no {missing}", n=n), None, None, None)
    z = normal_quantile(1 - (1 - CONFIDENCE) / 2)
    passes, passed, caught = n_judge_passes / n_judged, n_passed / of_passed, n_caught / of_failed
    smooth = (n_judge_passes + z * z / 2) / (n_judged + z * z)
    q1, q0 = (n_passed + 1) / (of_passed + 2), (n_caught + 1) / (of_failed + 2)
    if passed + caught <= 1 or q0 + q1 <= 1:
        reason = "the judge tells passes from fails no better than a coin"
        return CorrectedShare(undefined_because(reason, n=n), passes, None, None)
    value = cut((passes + caught - 1) / (caught + passed - 1))
    centre = cut((smooth + q0 - 1) / (q0 + q1 - 1))
    of_fails, of_passes = q0 * (1 - q0) / (of_failed + 2), q1 * (1 - q1) / (of_passed + 2)
    variance = smooth * (1 - smooth) / (n_judged + z * z) + (1 - centre) ** 2 * of_fails + centre**2 * of_passes
    margin = z * math.sqrt(variance) / (q0 + q1 - 1)
    centre += 2 * z * z * (centre * of_passes - (1 - centre) * of_fails)
    low, high = cut(min(value, centre - margin)), cut(max(value, centre + margin))
    return CorrectedShare(Estimate(value, low, high, n=n, flags=flags_of_size(n)), passes, None, None)


def cut(share: float) -> float:
    return min(1.0, max(0.0, share))
