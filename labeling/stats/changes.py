"""Alpha before and after: one bootstrap of the difference, since two overlapping intervals are no test."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import build_kernel, estimate_alpha
from labeling.stats.intervals import estimate_from_draws
from labeling.stats.ratings import CountPatterns, Ratings, count_categories
from labeling.stats.resampling import Sample, collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
Ids = Sequence[Hashable]


@dataclass(frozen=True)
class Change:
    """Alpha on both sides and `difference` = after - before; `n_units_in_common` are pairable on both sides."""

    before: Estimate
    after: Estimate
    difference: Estimate
    n_units_in_common: int

    def as_document(self) -> dict[str, object]:
        """As it is written into JSON; the keys are a contract."""
        return {
            "before": self.before.as_document(),
            "after": self.after.as_document(),
            "difference": self.difference.as_document(),
            "n_units_in_common": self.n_units_in_common,
        }


@dataclass(frozen=True)
class JointCounts:
    """The units of both sides and their `counts` : (2, n_units, n_categories), before and after.

    clusters, times : as in `Ratings`
    """

    units: tuple[Hashable, ...]
    counts: NDArray[np.signedinteger]
    clusters: NDArray[np.int64] | None = None
    times: NDArray[np.int64] | None = None

    @property
    def n_in_common(self) -> int:
        is_common = self.counts.any(axis=2).all(axis=0)
        return int(is_common.sum() if self.times is None else self.times[is_common].sum())


def estimate_change(
    before: Ratings,
    after: Ratings,
    *,
    units_before: Ids,
    units_after: Ids,
    replicates: int,
    rng: np.random.Generator,
    clusters_before: Ids | None = None,
    clusters_after: Ids | None = None,
) -> Change:
    """How far alpha moved: alpha of `after` minus alpha of `before`, with one bootstrap for the three.

    A replicate draws from the union of the units that are pairable on either side, with replacement; a unit of both
    sides is drawn into both (paired). difference*_b = alpha(after_b) - alpha(before_b); the interval is its 2.5 and
    97.5 percentiles. Without common units this is the bootstrap of two independent samples.

    Parameters
    ----------
    before, after : ratings on one and the same scale; raters may differ
    units_before, units_after : (n_units,) names of the rows of each; a name in both is one unit
    clusters_before, clusters_after : (n_units,) names of the rows' clusters, wanted where the ratings have clusters,
        whose numbers mean nothing across two matrices; then clusters of the union are drawn, whole
    replicates : bootstrap samples; 0 = no interval

    Returns
    -------
    Change. The difference is in [-2, 2], above 0 when agreement rose; its `n` counts the union. It is undefined where
    either alpha is, and the reason names the side. Where every replicate gives the same, as for identical data, it
    has no interval, flagged. Flags of the two alphas are repeated with their side, but for *fewer than 30 units*.

    Raises
    ------
    ValueError : scales that differ, a unit twice on one side, names that do not fit the rows, clusters named on one
        side only, a unit in two clusters
    KernelMismatch, TooManyValues : as in `estimate_alpha`

    Notes
    -----
    Common units make the difference more precise the more they resemble themselves; taken for different ones they
    give an interval that is too wide. Raters are fixed: if other people rated
    after, the change is that of the people, too. The two samples must speak of the same kind of units, or the change
    is the units'. A side without disagreement varies in no replicate: the interval then knows of the other side only.

    References
    ----------
    Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap, ch. 8 (two samples, resampling what was
    drawn together). Vanbelle, S. & Albert, A. (2008). A bootstrap method for comparing correlated kappa coefficients.
    Journal of Statistical Computation and Simulation 78, 1009-1015. doi:10.1080/00949650701410249.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> scale = make_scale("nominal", declared=["a", "b"], observed=[])
    >>> units = [f"u{number:02}" for number in range(40)]
    >>> def rate(second):
    ...     first = "ab" * 20
    ...     rows = [(unit, "ann", label) for unit, label in zip(units, first)]
    ...     return make_ratings([*rows, *((unit, "bob", label) for unit, label in zip(units, second))], scale=scale)
    >>> change = estimate_change(
    ...     rate("abba" * 10), rate("ab" * 19 + "aa"), units_before=units, units_after=units,
    ...     replicates=1000, rng=np.random.default_rng(0),
    ... )
    >>> print(read_change_of_alpha(change))
    agreement rose by 0.94 (0.65 to 1.28)
    """
    check_scales(before.scale, after.scale)
    joint = join_units(before, after, units_before, units_after)
    clusters = name_clusters(before, after, units_before, units_after, clusters_before, clusters_after)
    return estimate_joint_change(before, after, number_clusters(joint, clusters), replicates=replicates, rng=rng)


def estimate_joint_change(
    before: Ratings, after: Ratings, joint: JointCounts, *, replicates: int, rng: np.random.Generator
) -> Change:
    """As `estimate_change`, of units whose counts on both sides stand side by side already."""
    first, second = (estimate_alpha(side, replicates=0, rng=rng) for side in (before, after))
    patterns, sample = collapse_joint(joint)
    kernels = [build_kernel(side, before.scale) for side in patterns if side.counts.any()]
    drawn = None
    if replicates and len(kernels) == 2 and sample.n_resampled > 1:
        chunks = draw_weights(sample, replicates=replicates, rng=rng)
        drawn = np.hstack([np.stack([kernel.alpha_of(weights) for kernel in kernels]) for weights in chunks])
    return Change(
        before=with_interval(first, None if drawn is None else drawn[0]),
        after=with_interval(second, None if drawn is None else drawn[1]),
        difference=difference_of(first, second, drawn, n=sample.n_units),
        n_units_in_common=joint.n_in_common,
    )


def check_scales(before: Scale, after: Scale) -> None:
    if before.level != after.level:
        raise ValueError(f"before is {before.level} and after is {after.level}: their alphas cannot be compared")
    if before.categories != after.categories:
        different = sorted(set(before.categories) ^ set(after.categories))
        named = f"; only one has {different[0]!r}" if different else ", in another order"
        raise ValueError(f"before and after have different categories{named}: declare one list for both")


def join_units(before: Ratings, after: Ratings, units_before: Ids, units_after: Ids) -> JointCounts:
    sides = count_pairable(before, units_before, "before"), count_pairable(after, units_after, "after")
    units = tuple(dict.fromkeys([*units_before, *units_after]))
    row_of_unit = {unit: row for row, unit in enumerate(units)}
    counts = np.zeros((2, len(units), len(before.scale)), dtype=np.int32)
    for side, names, own in zip(counts, (units_before, units_after), sides, strict=True):
        side[[row_of_unit[unit] for unit in names]] = own
    return JointCounts(units, counts)


def count_pairable(ratings: Ratings, units: Ids, side: str) -> NDArray[np.int32]:
    """(n_units, n_categories) counts, zeros where fewer than two ratings: such a unit is not there."""
    if len(units) != len(ratings.codes):
        raise ValueError(f"{len(units)} units are named {side} and {len(ratings.codes)} are rated")
    if len(set(units)) < len(units):
        twice, _ = Counter(units).most_common(1)[0]
        raise ValueError(f"the unit {twice!r} is named twice {side}")
    counts = count_categories(ratings.codes, len(ratings.scale))
    counts[counts.sum(axis=1) < 2] = 0
    return counts


def name_clusters(
    before: Ratings,
    after: Ratings,
    units_before: Ids,
    units_after: Ids,
    clusters_before: Ids | None,
    clusters_after: Ids | None,
) -> dict[Hashable, Hashable] | None:
    """The cluster of each unit of the union; None where units are drawn."""
    if clusters_before is None and clusters_after is None:
        if before.clusters is not None or after.clusters is not None:
            raise ValueError("the ratings have clusters: name those of both sides, or units would be drawn")
        return None
    if clusters_before is None or clusters_after is None:
        raise ValueError("clusters are named on one side only: name them on both")
    cluster_of_unit: dict[Hashable, Hashable] = {}
    for units, clusters in ((units_before, clusters_before), (units_after, clusters_after)):
        for unit, cluster in zip(units, clusters, strict=True):
            if cluster_of_unit.setdefault(unit, cluster) != cluster:
                raise ValueError(f"the unit {unit!r} is in two clusters, {cluster_of_unit[unit]!r} and {cluster!r}")
    return cluster_of_unit


def number_clusters(joint: JointCounts, cluster_of_unit: dict[Hashable, Hashable] | None) -> JointCounts:
    if cluster_of_unit is None:
        return joint
    position = {name: index for index, name in enumerate(dict.fromkeys(cluster_of_unit.values()))}
    clusters = np.array([position[cluster_of_unit[unit]] for unit in joint.units], dtype=np.int64)
    return replace(joint, clusters=clusters)


def collapse_joint(joint: JointCounts) -> tuple[tuple[CountPatterns, CountPatterns], Sample]:
    """Both sides' counts of the distinct joint rows: the same weights then draw a unit into both."""
    is_there = joint.counts.any(axis=(0, 2))
    of_rows = (None if one is None else one[is_there] for one in (joint.clusters, joint.times))
    rows, sample = collapse(np.hstack([side[is_there] for side in joint.counts]), *of_rows)
    before, after = np.hsplit(rows.astype(np.int64), 2)
    return (CountPatterns(before, sample), CountPatterns(after, sample)), sample


def with_interval(point: Estimate, draws: Floats | None) -> Estimate:
    # As in `estimate_alpha`: percentiles of [1, 1] would promise what nobody knows, and one unit has alpha 0.
    if point.value is None or point.value == 1.0 or point.n == 1:
        return point
    return estimate_from_draws(point.value, draws, n=point.n, flags=point.flags)


def difference_of(before: Estimate, after: Estimate, drawn: Floats | None, *, n: int) -> Estimate:
    flags = flags_of_size(min(before.n, after.n))
    sides = {"before": before, "after": after}
    flags += tuple(f"{side}: {flag}" for side, own in sides.items() for flag in own.flags if flag not in flags)
    for side, own in sides.items():
        if own.undefined:
            return undefined_because(f"alpha {side} is undefined: {own.undefined}", n=n, flags=flags)
    assert before.value is not None
    assert after.value is not None
    differences = None if drawn is None else drawn[1] - drawn[0]
    return estimate_from_draws(after.value - before.value, differences, n=n, flags=flags)


def read_change_of_alpha(change: Change) -> str:
    """The difference as a sentence: a direction only where the interval leaves 0 out.

    Examples
    --------
    >>> fell = Estimate(-0.12, -0.21, -0.03, n=80)
    >>> read_change_of_alpha(Change(Estimate(0.72, n=80), Estimate(0.6, n=80), fell, 80))
    'agreement fell by 0.12 (0.03 to 0.21)'
    """
    difference = change.difference
    if difference.value is None:
        return f"no comparison: {difference.undefined}"
    if difference.low is None or difference.high is None:
        if difference.value == 0:
            return "no detectable change"
        return f"no comparison: the difference of {difference.value:+.2f} has no interval"
    if difference.low <= 0 <= difference.high:
        return "no detectable change"
    if difference.low > 0:
        return f"agreement rose by {difference.value:.2f} ({difference.low:.2f} to {difference.high:.2f})"
    return f"agreement fell by {-difference.value:.2f} ({-difference.high:.2f} to {-difference.low:.2f})"
