"""What share of all traffic passes, from labels of items that were drawn with known chances: nothing is assumed of the
judge, and the chances, stored when an item was routed, make up for who was looked at more.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.guessing import clopper_pearson
from labeling.stats.intervals import CONFIDENCE, wilson_share
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]
NO_LABEL = "no item of known chance has a label"
NEVER_DRAWN = "some items could not be drawn at all"
# A variance below this is rounding.
TINY = 1e-15


@dataclass(frozen=True)
class PopulationShare:
    """A share of all `n_items`, from `estimate.n` labels that are worth `effective_n` drawn all alike."""

    estimate: Estimate
    n_items: int
    effective_n: float | None


def estimate_horvitz_thompson(
    labels: Floats, inclusion: Floats, *, clusters: NDArray[np.int64] | None = None, is_exact: bool = False
) -> PopulationShare:
    """The share by Horvitz and Thompson's total: unbiased whatever was drawn, for what is rare.

    p = Σ_s y_i / π_i / N,   V = Σ_s (1 - π_i) y_i² / π_i² / N²,   interval on n_e = p (1 - p) / V

    Parameters
    ----------
    labels : (n_items,) float in [0, 1], 1 = has it (an error, a pass), NaN = not labelled; the mean where several
        people labelled the item
    inclusion : (n_items,) float in (0, 1], the chance that the item was to be labelled; of every item, labelled or not
    clusters : (n_items,) int or None; then V = Σ_c (Σ_{i in c} y_i / π_i - p / π_i)² / N², drawn as if with replacement
    is_exact : Clopper and Pearson's interval on n_e in place of Wilson's: wider, never short

    Returns
    -------
    PopulationShare in [0, 1] (a total above N is cut, with a flag). Undefined without a label, or where some item had
    no chance. Never [0, 0]: see `largest_unseen_share`.

    Raises
    ------
    ValueError : a label outside [0, 1], or arrays of different lengths

    Notes
    -----
    For a share near 1 the number of labels, itself by chance, adds to V: take `estimate_hajek` there. A label that was
    due and is missing (a skip) is not missing by chance.

    References
    ----------
    Horvitz, D. G. & Thompson, D. J. (1952). JASA 47, 663-685. doi:10.1080/01621459.1952.10483446. Korn, E. L. &
    Graubard, B. I. (1998). Survey Methodology 24, 193-201. Särndal, C.-E. et al. (1992), 3.5.

    Examples
    --------
    >>> labels, inclusion = np.full(1000, np.nan), np.full(1000, 0.1)
    >>> labels[:100] = [1.0] * 4 + [0.0] * 96
    >>> share = estimate_horvitz_thompson(labels, inclusion)
    >>> round(share.estimate.value, 3), round(share.estimate.low, 3), round(share.estimate.high, 3)
    (0.04, 0.016, 0.096)
    """
    n_items, is_labelled, reason = check_sample(labels, inclusion)
    if reason:
        return PopulationShare(undefined_because(reason, n=int(is_labelled.sum())), n_items, None)
    values, chance = labels[is_labelled], inclusion[is_labelled]
    total = float((values / chance).sum()) / n_items
    share = min(1.0, total)
    if clusters is None:
        variance = float(((1 - chance) * (values / chance) ** 2).sum()) / n_items**2
    else:
        variance = cluster_variance((values - share) / chance, clusters[is_labelled]) / n_items**2
    flags = ("more than all: cut at 1",) if total > 1 else ()
    return with_effective_interval(share, variance, values, inclusion, is_exact=is_exact, flags=flags)


def estimate_hajek(
    labels: Floats, inclusion: Floats, *, clusters: NDArray[np.int64] | None = None, is_exact: bool = False
) -> PopulationShare:
    """The share by Hájek's ratio: the weighted mean of the labels, for any share. The default here.

    p = Σ_s y_i / π_i / Σ_s 1 / π_i,   V = Σ_s (1 - π_i) (y_i - p)² / π_i² / (Σ_s 1 / π_i)²

    Parameters, Returns, Raises as in `estimate_horvitz_thompson`, and the interval on n_e, too; never above 1.

    References
    ----------
    Hájek, J. (1971). Comment on a paper by D. Basu. Foundations of Statistical Inference, 236. Särndal, C.-E.,
    Swensson, B. & Wretman, J. (1992). Model Assisted Survey Sampling, 5.7. doi:10.1007/978-1-4612-4378-6.

    Examples
    --------
    >>> labels, inclusion = np.full(1000, np.nan), np.repeat([0.5, 0.05], 500)
    >>> labels[:250], labels[500:525] = [1.0] * 125 + [0.0] * 125, [1.0] * 24 + [0.0]
    >>> share = estimate_hajek(labels, inclusion)
    >>> round(share.estimate.value, 2), share.estimate.n, round(share.effective_n)
    (0.73, 275, 193)
    """
    n_items, is_labelled, reason = check_sample(labels, inclusion)
    if reason:
        return PopulationShare(undefined_because(reason, n=int(is_labelled.sum())), n_items, None)
    values, chance = labels[is_labelled], inclusion[is_labelled]
    all_weight = float((1 / chance).sum())
    share = float((values / chance).sum()) / all_weight
    if values.min() == values.max():
        share = float(values[0])
    residual = (values - share) / chance
    variance = float(((1 - chance) * residual**2).sum()) / all_weight**2
    if clusters is not None:
        variance = cluster_variance(residual, clusters[is_labelled]) / all_weight**2
    return with_effective_interval(share, variance, values, inclusion, is_exact=is_exact)


def check_sample(labels: Floats, inclusion: Floats) -> tuple[int, NDArray[np.bool_], str]:
    """How many items, which have a label, and why nothing can be said, if so."""
    if len(labels) != len(inclusion):
        raise ValueError("every item has a chance, labelled or not")
    is_labelled = ~np.isnan(labels)
    values = labels[is_labelled]
    if len(values) and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError("a label is from 0 to 1")
    if not len(values):
        return len(labels), is_labelled, NO_LABEL
    if not (inclusion > 0).all() or not (inclusion <= 1).all():
        return len(labels), is_labelled, NEVER_DRAWN
    return len(labels), is_labelled, ""


def cluster_variance(residual: Floats, clusters: NDArray[np.int64]) -> float:
    """Of a sum over labels whose clusters vary independently: Σ_c (Σ r)² C / (C - 1)."""
    _, numbered = np.unique(clusters, return_inverse=True)
    sums = np.bincount(numbered.ravel(), weights=residual)
    return float(sums @ sums) * len(sums) / max(1, len(sums) - 1)


def with_effective_interval(
    share: float,
    variance: float,
    values: Floats,
    inclusion: Floats,
    *,
    is_exact: bool,
    flags: tuple[str, ...] = (),
) -> PopulationShare:
    n, n_items = len(values), len(inclusion)
    flags = (*flags, *flags_of_size(n))
    if n == n_items:
        flags = ("every item has a label: no sampling error", *flags)
        return PopulationShare(Estimate(share, share, share, n=n, flags=flags), n_items, float(n))
    if share in (0.0, 1.0) or variance <= TINY:
        room = largest_unseen_share(inclusion)
        low, high = max(0.0, share - room), min(1.0, share + room)
        return PopulationShare(Estimate(share, low, high, n=n, flags=flags), n_items, None)
    effective = share * (1 - share) / variance
    interval = (clopper_pearson if is_exact else wilson_share)(share * effective, effective)
    return PopulationShare(Estimate(share, interval.low, interval.high, n=n, flags=flags), n_items, effective)


def largest_unseen_share(inclusion: Floats, *, confidence: float = CONFIDENCE) -> float:
    """The largest share of items that may have something of which none was found among those drawn.

    The largest D with Π_{i <= D} (1 - π_(i)) >= α / 2, π_(1) <= π_(2) <= ..., over N: the errors sit where one looks
    least. Exact where items are drawn independently of each other, whatever the errors are about.

    Parameters
    ----------
    inclusion : (n_items,) float in (0, 1], of all items

    Returns
    -------
    In (0, 1]: at least one item's share, since one may always be unseen where not every item was drawn for certain.

    References
    ----------
    Clopper, C. J. & Pearson, E. S. (1934), doi:10.1093/biomet/26.4.404, for equal chances: 3.69 / n. Hanley, J. A. &
    Lippman-Hand, A. (1983), the rule of three. JAMA 249, 1743-1745. doi:10.1001/jama.1983.03330370053031.

    Examples
    --------
    >>> round(largest_unseen_share(np.full(10_000, 0.03)), 4)  # about 300 drawn
    0.0121
    """
    rising = np.sort(inclusion)
    with np.errstate(divide="ignore"):
        unseen = np.cumsum(np.log1p(-rising))
    n_hidden = int(np.searchsorted(-unseen, -math.log((1 - confidence) / 2), side="right"))
    return max(1, n_hidden) / len(inclusion) if (rising < 1).any() else 0.0
