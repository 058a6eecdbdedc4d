"""The loosest threshold whose error among what ships is below a target, with a stated confidence; or none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.guessing import clopper_pearson
from labeling.stats.results import Estimate

Floats = NDArray[np.float64]

CERTIFIED, INCONCLUSIVE, ALL_TO_PEOPLE = "certified", "inconclusive", "all_to_people"
N_POINTS = 10
START_SHARE = 0.5
# More labels than this are no plan; the answer is then that the target is too tight for what was seen.
MOST_MORE = 1_000_000


@dataclass(frozen=True, slots=True)
class ThresholdGrid:
    """The thresholds that may be asked about, from strict to loose, fixed before any label is looked at.

    The first is where the walk begins: what lies stricter than it is never tried.
    """

    thresholds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.thresholds or any(a <= b for a, b in zip(self.thresholds, self.thresholds[1:], strict=False)):
            raise ValueError("A grid holds at least one threshold and falls from strict to loose.")


@dataclass(frozen=True, slots=True)
class Step:
    """One threshold of the walk: what was shipped at or above it in the sample, how much of it was wrong, and the p of
    *its error is above the target*."""

    threshold: float
    n: int
    n_wrong: int
    p: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the labels allow to promise.

    threshold : the loosest certified one, None unless `state` is *certified*. Without one everything goes to people
    steps : the walk, up to and with the threshold at which it stopped
    n_more : about how many more labels of shipped items the next step needs; None where no number would do, or where
        the walk came to the loose end
    """

    state: str
    target: float
    confidence: float
    threshold: float | None
    steps: tuple[Step, ...]
    n_more: int | None


def plan_grid(scores: Floats, *, n_points: int = N_POINTS, start_share: float = START_SHARE) -> ThresholdGrid:
    """A grid from scores alone: their quantiles from where a share of `start_share` ships to where everything does.

    Parameters
    ----------
    scores : (n_items,) float of past traffic, no NaN; labels are not asked for, and must not be
    n_points : at most so many; fewer where scores repeat
    start_share : in (0, 1), the share that ships at the strictest threshold

    Returns
    -------
    ThresholdGrid of values that occur among the scores, each once.

    Raises
    ------
    ValueError : no score, or one that is no finite number

    Notes
    -----
    Begun at the strict end of the scores, where next to nothing ships, the walk certifies nothing in half of all runs;
    begun where half ships, seldom (methods page, *A threshold with a promise*).
    """
    if not len(scores) or not np.isfinite(scores).all():
        raise ValueError("a grid needs scores, all of them finite numbers")
    shares = np.linspace(start_share, 1.0, n_points)
    values = np.quantile(scores, 1 - shares, method="lower")
    return ThresholdGrid(tuple(sorted({float(value) for value in values}, reverse=True)))


def is_in_even_sample(inclusion_probability: Floats, draw: Floats) -> NDArray[np.bool_]:
    """Which labelled items form a uniform random sample of the traffic, though some entered review more surely.

    An item entered review when its draw u was below its π. Of those, the ones with u < min π were chosen with the same
    probability, min π, whatever they are: labels piled up on one side of the old threshold no longer weigh there.

    Parameters
    ----------
    inclusion_probability : (n_items,) float in (0, 1], as stored when each was routed
    draw : (n_items,) float in [0, 1), the same for ever for an item, below its π for each that is labelled

    Returns
    -------
    (n_items,) bool

    Raises
    ------
    ValueError : a π outside (0, 1]

    References
    ----------
    Poisson sampling with permanent random numbers: Ohlsson, E. (1995). Coordination of samples using permanent random
    numbers. In Business Survey Methods, ch. 9. doi:10.1002/9781118150504.ch9.
    """
    if not len(inclusion_probability):
        return np.zeros(0, dtype=bool)
    if not ((inclusion_probability > 0) & (inclusion_probability <= 1)).all():
        raise ValueError("an inclusion probability lies above 0 and is at most 1")
    return np.asarray(draw < inclusion_probability.min())


def certify(
    scores: Floats, is_wrong: NDArray[np.bool_], *, grid: ThresholdGrid, target: float, confidence: float
) -> Certificate:
    """Walk from strict to loose while the labels rule out an error above the target; the last success is certified.

    p_j = P(X <= k_j),  X ~ Bin(n_j, target),  n_j labelled items with a score of at least λ_j, k_j of them wrong;
    go on while p_j <= 1 - confidence, stop at the first that is not (fixed-sequence testing).

    Parameters
    ----------
    scores, is_wrong : (n,) of a uniform random sample of the traffic (`is_in_even_sample`), one row a cluster
    grid : fixed before these labels were looked at
    target : in (0, 1), the highest error among what ships that is tolerable
    confidence : in (0, 1), such as 0.90

    Returns
    -------
    Certificate. With probability `confidence` at least over such samples, the error of what ships at or above its
    threshold is at most the target, or there is no threshold and all goes to people.

    Raises
    ------
    ValueError : a target or confidence outside (0, 1), or arrays of two lengths

    Notes
    -----
    *inconclusive* where what was seen is below the target but too little; *all_to_people* where it is not below it,
    and no number of labels like these would certify. Looking again after more labels is another test: a certificate
    is asked for at a number of labels settled before. The promise is void once the judge, the rubric or the traffic
    changes.

    References
    ----------
    Angelopoulos, A. N., Bates, S., Candès, E. J., Jordan, M. I. & Lei, L. (2021). Learn then test: calibrating
    predictive algorithms to achieve risk control. arXiv:2110.01052, sections 2 and 3, proposition 4. Fixed sequences:
    Maurer, W., Hothorn, L. & Lehmacher, W. (1995). Bauer, P. (1991). doi:10.1002/sim.4780100609.

    Examples
    --------
    >>> scores = np.linspace(1, 0, 400)
    >>> wrong = scores < 0.2
    >>> told = certify(scores, wrong, grid=ThresholdGrid((0.5, 0.3, 0.1)), target=0.05, confidence=0.90)
    >>> told.state, told.threshold, [step.n_wrong for step in told.steps]
    ('certified', 0.3, [0, 0, 40])
    """
    if not (0 < target < 1 and 0 < confidence < 1):
        raise ValueError("a target and a confidence lie between 0 and 1")
    if len(scores) != len(is_wrong):
        raise ValueError("every score has its label")
    steps: list[Step] = []
    for threshold in grid.thresholds:
        ships = scores >= threshold
        n, n_wrong = int(ships.sum()), int(is_wrong[ships].sum())
        steps.append(Step(threshold, n, n_wrong, p_of_error_above(target, n_wrong=n_wrong, n=n)))
        if steps[-1].p > 1 - confidence:
            break
    passed = [step for step in steps if step.p <= 1 - confidence]
    failed = steps[-1] if len(passed) < len(steps) else None
    n_more = None if failed is None else n_more_to_certify(failed, target=target, confidence=confidence)
    if passed:
        return Certificate(CERTIFIED, target, confidence, passed[-1].threshold, tuple(steps), n_more)
    state = INCONCLUSIVE if n_more is not None else ALL_TO_PEOPLE
    return Certificate(state, target, confidence, None, tuple(steps), n_more)


def error_at_each(
    scores: Floats, is_wrong: NDArray[np.bool_], *, grid: ThresholdGrid, confidence: float
) -> list[tuple[float, Estimate]]:
    """What a picture shows of each threshold: the share wrong among what ships, up to its exact one-sided bound.

    The upper end is Clopper and Pearson's at `confidence`, so it lies at the target or below exactly where
    p <= 1 - confidence.
    Undefined where nothing ships. No promise by itself: the walk decides, and it stops at the first that fails.

    Examples
    --------
    >>> ((threshold, error),) = error_at_each(
    ...     np.ones(45), np.zeros(45, bool), grid=ThresholdGrid((0.5,)), confidence=0.90)
    >>> threshold, error.value, round(error.high, 4)
    (0.5, 0.0, 0.0499)
    """
    found = []
    for threshold in grid.thresholds:
        ships = scores >= threshold
        n, n_wrong = int(ships.sum()), int(is_wrong[ships].sum())
        # Two-sided at 2 c - 1 has the upper end of one-sided at c.
        found.append((threshold, clopper_pearson(n_wrong, n, confidence=2 * confidence - 1)))
    return found


def p_of_error_above(target: float, *, n_wrong: int, n: int) -> float:
    """P(X <= n_wrong) for X ~ Bin(n, target): how well these labels go with an error as high as the target. 1 for none.

    Examples
    --------
    >>> round(p_of_error_above(0.05, n_wrong=0, n=45), 4)
    0.0994
    """
    from scipy.special import bdtr

    return float(bdtr(n_wrong, n, target)) if n else 1.0


def n_more_to_certify(step: Step, *, target: float, confidence: float) -> int | None:
    """How many more labels, wrong as often as those seen, would certify a step; None where none would.

    With nothing seen it is what an error-free sample takes: ln(1 - confidence) / ln(1 - target).

    Examples
    --------
    >>> n_more_to_certify(Step(0.9, 30, 0, 0.21), target=0.05, confidence=0.90)
    15
    """
    share = step.n_wrong / step.n if step.n else 0.0
    if share >= target:
        return None

    def is_enough(n: int) -> bool:
        # Wrong ones are whole: rounded up, so that the plan is not lucky.
        n_wrong = math.ceil(share * n - 1e-9)
        return p_of_error_above(target, n_wrong=n_wrong, n=n) <= 1 - confidence

    high = max(step.n, 1)
    while not is_enough(high):
        high *= 2
        if high - step.n > MOST_MORE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return max(high - step.n, 0)


def naive_threshold(
    scores: Floats, is_wrong: NDArray[np.bool_], *, thresholds: Sequence[float], target: float
) -> float | None:
    """The loosest threshold whose sample error is at most the target: what a hand would type, and no promise at all.

    Here to be shown beside the certified one, never to route by.
    """
    for threshold in sorted(thresholds):
        ships = scores >= threshold
        if ships.any() and is_wrong[ships].mean() <= target:
            return float(threshold)
    return None
