"""How much of what a policy ships is bad, from labels of past items that were sent to people with known chances."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import CONFIDENCE
from labeling.stats.population import PopulationShare
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]
NOTHING_SHIPS = "no labelled item would ship"
NONE_FOUND = "none found: the upper end is the most that would stay unseen"


def estimate_escaped(
    is_bad: Floats, inclusion: Floats, ships: Floats, clusters: NDArray[np.int64] | None = None
) -> PopulationShare:
    """The share of bad ones among all that ships under a policy, live or not: the escaped errors.

    w = ships / π,   p = Σ w y / Σ w,   V = Σ_c (Σ_{i in c} w_i (y_i - p))² / (Σ w)² · C / (C - 1),
    n_e = p (1 - p) / V

    high = B(1 - α/2; p n_e, (1 - p) n_e) with p and n_e of these labels and one more, bad, as heavy as the heaviest;
    low = B(α/2; …) with one more that is good. None found: `most_unseen_share`, below which no upper end ever lies.

    Parameters
    ----------
    is_bad : (n_labelled,) float, 1 = bad, 0 = good; only items that have a label
    inclusion : (n_labelled,) float in (0, 1], the chance with which each was sent to people
    ships : (n_labelled,) float in [0, 1], the chance that the policy ships such an item; 0 leaves it out
    clusters : (n_labelled,) int or None; items that share errors, weighed as one. C / (C - 1) only with them

    Returns
    -------
    PopulationShare in [0, 1]: `estimate.n` labels of items that may ship, `n_items` about how many past items they
    stand for, `effective_n` the n_e of the labels themselves, at most Kish's (Σ W)² / Σ W² of the clusters' weights.
    Never [0, 0] nor [1, 1]. Undefined where no labelled item ships: nothing is known of what does.

    Raises
    ------
    ValueError : arrays of different lengths, or a label, a chance or a share out of its range

    Notes
    -----
    Labels that weigh the same have Clopper and Pearson's interval, exactly: its ends are those of one more success and
    one more failure. Where weights differ, the one more says that errors may be where one looks least, which V, made of
    the errors found, cannot know: on n_e alone coverage fell to 0.25 where all errors found lay in a tail labelled in
    full, and bounded by Kish's number to 0.81 where a stratum had ten labels.

    Past items count as a sample of the traffic to come, so V has no finite-population factor 1 - π: an item labelled
    for certain is still one item by chance. Every item that ships must have had some chance of a label; that a policy
    ships what no past item had a chance in, nothing here says. Found by people, not the truth.

    References
    ----------
    Hájek, J. (1971). Särndal, C.-E., Swensson, B. & Wretman, J. (1992), 5.7. doi:10.1007/978-1-4612-4378-6. One more of
    the heaviest: Fay, M. P. & Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method based
    on the gamma distribution. Statistics in Medicine 16, 791-801. By a beta distribution: Tiwari, R. C., Clegg, L. X. &
    Zou, Z. (2006). Statistical Methods in Medical Research 15, 547-569. doi:10.1177/0962280206070621. Effective n:
    Korn, E. L. & Graubard, B. I. (1998). Survey Methodology 24, 193-201. Kish, L. (1965). Survey Sampling, 11.7.

    Examples
    --------
    >>> bad = np.repeat([1.0, 0.0], [4, 281])  # 3 % of 9,500 shipped were audited, 4 of them bad
    >>> told = estimate_escaped(bad, np.full(285, 0.03), np.ones(285))
    >>> round(told.estimate.value, 3), round(told.estimate.low, 4), round(told.estimate.high, 4), told.n_items
    (0.014, 0.0038, 0.0355, 9500)
    """
    refuse_misfits(is_bad, inclusion, ships, clusters)
    may_ship = ships > 0
    bad, weight = is_bad[may_ship], ships[may_ship] / inclusion[may_ship]
    n = len(bad)
    if not n:
        return PopulationShare(undefined_because(NOTHING_SHIPS, n=0), 0, None)
    units = None if clusters is None else np.unique(clusters[may_ship], return_inverse=True)[1].ravel()
    sample = weighed(bad, weight, units)
    low, high = ends_of(sample)
    flags = (*((NONE_FOUND,) if sample.share == 0 else ()), *flags_of_size(n))
    estimate = Estimate(sample.share, low, high, n=n, flags=flags)
    return PopulationShare(estimate, round(sample.total), sample.effective_n)


@dataclass(frozen=True, slots=True)
class WeighedSample:
    """Labels by unit, a cluster or each its own: the weight of each unit and of what is bad in it."""

    of_unit: Floats
    bad_of_unit: Floats
    is_clustered: bool

    @property
    def total(self) -> float:
        return float(self.of_unit.sum())

    @property
    def share(self) -> float:
        return min(1.0, float(self.bad_of_unit.sum()) / self.total)

    @property
    def variance(self) -> float:
        residual = self.bad_of_unit - self.share * self.of_unit
        correction = len(residual) / max(1, len(residual) - 1) if self.is_clustered else 1.0
        return float(residual @ residual) / self.total**2 * correction

    @property
    def effective_n(self) -> float:
        kish = self.total**2 / float(self.of_unit @ self.of_unit)
        return min(kish, self.share * (1 - self.share) / self.variance) if self.variance > 0 else kish

    def with_one_more(self, *, is_bad: bool) -> "WeighedSample":
        """With one more unit, as heavy as the heaviest."""
        heaviest = float(self.of_unit.max())
        bad = np.append(self.bad_of_unit, heaviest if is_bad else 0.0)
        return WeighedSample(np.append(self.of_unit, heaviest), bad, self.is_clustered)

    def beta_quantile(self, probability: float) -> float:
        """Of the Beta distribution with the share as its mean and n_e as the sum of its parameters."""
        from scipy.special import betaincinv

        n_effective = self.share * (1 - self.share) / self.variance
        return float(betaincinv(self.share * n_effective, (1 - self.share) * n_effective, probability))


def weighed(bad: Floats, weight: Floats, units: NDArray[np.int64] | None) -> WeighedSample:
    if units is None:
        return WeighedSample(weight, weight * bad, is_clustered=False)
    of_unit: Floats = np.bincount(units, weights=weight).astype(np.float64)
    bad_of_unit: Floats = np.bincount(units, weights=weight * bad).astype(np.float64)
    return WeighedSample(of_unit, bad_of_unit, is_clustered=True)


def ends_of(sample: WeighedSample) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    unseen = most_unseen_share(sample.of_unit)
    if sample.share == 0:
        return 0.0, unseen
    if sample.share == 1:
        return 1 - unseen, 1.0
    low = sample.with_one_more(is_bad=False).beta_quantile(tail)
    high = sample.with_one_more(is_bad=True).beta_quantile(1 - tail)
    # Where errors are common the Beta distribution may end short of its mean, or of what nobody would have seen.
    return min(low, sample.share), max(high, sample.share, unseen)


def refuse_misfits(is_bad: Floats, inclusion: Floats, ships: Floats, clusters: NDArray[np.int64] | None) -> None:
    lengths = {len(column) for column in (is_bad, inclusion, ships, clusters) if column is not None}
    if len(lengths) > 1:
        raise ValueError("every label has a chance, a share that ships and, if any has, a cluster")
    if not ((is_bad >= 0) & (is_bad <= 1)).all():
        raise ValueError("a label is from 0 to 1")
    if not ((inclusion > 0) & (inclusion <= 1)).all():
        raise ValueError("an inclusion probability lies above 0 and is at most 1")
    if not ((ships >= 0) & (ships <= 1)).all():
        raise ValueError("the chance to ship is from 0 to 1")


def most_unseen_share(weight: Floats, *, confidence: float = CONFIDENCE) -> float:
    """The largest share that may be bad where none of these labels is, the bad ones sitting where weight is largest.

    max Σ w_i e_i / Σ w   subject to   Π (1 - e_i) >= α / 2;   at its end e_i = max(0, 1 - λ / w_i)

    Parameters
    ----------
    weight : (n_units,) float > 0, of each label or cluster of labels; at least one

    Returns
    -------
    In (0, 1): with equal weights Clopper and Pearson's upper end of 0 in n, 1 - (α/2)^(1/n), about 3.69 / n.

    Notes
    -----
    λ is found as water finds its level: over the m heaviest, ln λ = (ln(α/2) + Σ ln w) / m for the first m whose next
    weight lies below λ. Labels of one stratum weigh the same and so have one e: these are error rates of strata.

    References
    ----------
    Clopper, C. J. & Pearson, E. S. (1934). doi:10.1093/biomet/26.4.404, for one stratum. Boyd, S. & Vandenberghe, L.
    (2004). Convex Optimization, example 5.2, for the level.

    Examples
    --------
    >>> round(most_unseen_share(np.ones(100)), 4), round(most_unseen_share(np.array([50.0] * 10 + [1.0] * 500)), 4)
    (0.0362, 0.1542)
    """
    falling = np.sort(weight)[::-1]
    logs = np.log(falling)
    levels = (math.log((1 - confidence) / 2) + np.cumsum(logs)) / np.arange(1, len(logs) + 1)
    is_level = levels >= np.append(logs[1:], -np.inf)
    last = int(np.argmax(is_level))
    level = math.exp(levels[last])
    return float((falling[: last + 1] - level).sum() / falling.sum())
