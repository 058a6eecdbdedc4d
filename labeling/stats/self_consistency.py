"""Whether a judge says the same of the same: of a pair in both orders, and of one input asked again.

Where there is too little to say so, each estimate says how much there is and how much it takes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import estimate_alpha
from labeling.stats.effective import estimate_share
from labeling.stats.intervals import bound_extreme_share, estimate_from_draws, wilson_share
from labeling.stats.ratings import Ratings
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
Codes = NDArray[np.signedinteger]

FIRST, SECOND, TIE, MISSING = 0, 1, 2, -1
LEAST_PAIRS = 30


@dataclass(frozen=True)
class PositionBias:
    """`n` pairs judged in both orders, `n_missing` in one or none.

    flips : share of pairs whose verdict changes when the two change places; 1 - flips is the position consistency
    fairness : -1 to 1, the tilt of those that flip: 1 always to what is shown first, -1 second, 0 fair
    first_shown : share of all verdicts but ties that go to what is shown first; one half without position bias
    """

    n: int
    n_missing: int
    flips: Estimate
    fairness: Estimate
    first_shown: Estimate


@dataclass(frozen=True)
class SelfInconsistency:
    """`n` items judged `n_runs` times or less, twice at least.

    flips : share of items whose runs do not all say the same
    stability : mean share of an item's runs that give its most frequent label
    alpha : Krippendorff's, among the runs: a ceiling of what the judge can have with people
    """

    n: int
    flips: Estimate
    stability: Estimate
    alpha: Estimate


def estimate_position_bias(
    in_order: Codes, swapped: Codes, *, clusters: NDArray[np.int64] | None = None, least: int = LEAST_PAIRS
) -> PositionBias:
    """How much of a judge's verdicts on pairs is about which one is shown first.

    flips = #{v_ab ≠ v_ba} / n; fairness = Σ_flipped (f - s) / 2 / #flipped, f and s how often of the two times the one
    shown first and second won. A tie in one order counts half.

    Parameters
    ----------
    in_order, swapped : (n_pairs,) int, who won when the first of the pair was shown first, and when it was shown
        second, both named by the pair: 0 = the first of the pair, 1 = its second, 2 = tie, -1 = no valid verdict.
        A pair without both counts as missing
    clusters : (n_pairs,) int or None, where pairs share a question
    least : fewer pairs have no numbers, but the reason how many there are

    Returns
    -------
    PositionBias. Shares have Wilson's interval, by the effective number where there are clusters. Fairness is undefined
    where nothing flipped; its interval, Wilson's of (1 + fairness) / 2, is too wide rather than too narrow with ties.

    Notes
    -----
    A judge that guesses flips half of the time and is fair: read the repeats of one order (`report_repeats`) beside it.

    References
    ----------
    Shi, L. et al. (2024). Judging the judges: a systematic study of position bias in LLM-as-a-judge, section 3.
    doi:10.48550/arXiv.2406.07791. Wang, P. et al. (2024). Large language models are not fair evaluators. ACL.
    doi:10.18653/v1/2024.acl-long.511.

    Examples
    --------
    >>> in_order, swapped = np.array([0] * 30 + [0] * 9 + [1]), np.array([0] * 30 + [1] * 9 + [0])
    >>> bias = estimate_position_bias(in_order, swapped)
    >>> bias.flips.value, bias.fairness.value, bias.first_shown.value
    (0.25, 0.8, 0.6)
    """
    is_both = (in_order != MISSING) & (swapped != MISSING)
    first, second = in_order[is_both], swapped[is_both]
    grouped = None if clusters is None else clusters[is_both]
    n, n_missing = len(first), int(len(in_order) - is_both.sum())
    if n < least:
        nothing = undefined_because(f"not enough pairs in both orders: {n} of {least}", n=n, flags=flags_of_size(n))
        return PositionBias(n, n_missing, nothing, nothing, nothing)
    has_flipped = first != second
    # +1 for the one shown first, -1 for the one shown second, 0 for a tie, in each of the two orders.
    lean = np.array([1.0, -1.0, 0.0])[first] + np.array([-1.0, 1.0, 0.0])[second]
    return PositionBias(
        n,
        n_missing,
        estimate_share(has_flipped, clusters=grouped),
        estimate_fairness(lean[has_flipped] / 2, None if grouped is None else grouped[has_flipped]),
        estimate_first_shown(first, second, np.arange(n) if grouped is None else grouped),
    )


def estimate_fairness(lean: Floats, clusters: NDArray[np.int64] | None) -> Estimate:
    n = len(lean)
    if not n:
        return undefined_because("no pair flipped", n=0, flags=flags_of_size(0))
    n_independent = n if clusters is None else len(np.unique(clusters))
    share = float(lean.mean() + 1) / 2
    interval = wilson_share(share * n_independent, n_independent)
    assert interval.low is not None
    assert interval.high is not None
    return Estimate(2 * share - 1, 2 * interval.low - 1, 2 * interval.high - 1, n=n, flags=flags_of_size(n))


def estimate_first_shown(first: Codes, second: Codes, pairs: NDArray[np.int64]) -> Estimate:
    """Both verdicts of a pair are one cluster: they are about the same two outputs."""
    went_to_first = np.concatenate([first == FIRST, second == SECOND])
    is_no_tie = np.concatenate([first, second]) != TIE
    if not is_no_tie.any():
        return undefined_because("every verdict was a tie", n=0, flags=flags_of_size(0))
    return estimate_share(went_to_first[is_no_tie], clusters=np.tile(pairs, 2)[is_no_tie])


def report_repeats(
    runs: Codes,
    *,
    scale: Scale,
    replicates: int,
    rng: np.random.Generator,
    clusters: NDArray[np.int64] | None = None,
    least: int = LEAST_PAIRS,
) -> SelfInconsistency:
    """How far a judge agrees with itself when it is asked the same thing again.

    stability = mean_i max_c n_ic / m_i over items with m_i >= 2 runs; alpha as among people, runs in their place.

    Parameters
    ----------
    runs : (n_items, n_runs) int codes of one order and one setting, -1 = no label from that run
    clusters : (n_items,) int or None, resampled whole
    least : fewer items have no numbers, but the reason how many there are

    Returns
    -------
    SelfInconsistency: flips and stability in [0, 1]; alpha undefined where every run said one thing.

    Notes
    -----
    Runs at temperature 0 may come from a cache: that judge looks stable and may not be. The more runs, the more items
    flip: compare judges on the same number.

    References
    ----------
    Haldar, R. & Hockenmaier, J. (2025). Rating roulette: self-inconsistency in LLM-as-a-judge frameworks.
    doi:10.48550/arXiv.2510.27106. Krippendorff, K. (2011), see `estimate_alpha`.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> scale = make_scale("nominal", declared=["pass", "fail"], observed=[])
    >>> runs = np.array([[0, 0, 0]] * 18 + [[1, 1, 1]] * 9 + [[0, 1, 1]] * 3)
    >>> report = report_repeats(runs, scale=scale, replicates=0, rng=np.random.default_rng(0))
    >>> round(report.flips.value, 3), round(report.stability.value, 3), round(report.alpha.value, 3)
    (0.1, 0.967, 0.858)
    """
    is_repeated = (runs >= 0).sum(axis=1) >= 2
    asked = runs[is_repeated]
    grouped = None if clusters is None else clusters[is_repeated]
    n = len(asked)
    if n < least:
        nothing = undefined_because(f"not enough items judged twice: {n} of {least}", n=n, flags=flags_of_size(n))
        return SelfInconsistency(n, nothing, nothing, nothing)
    counts = np.column_stack([(asked == code).sum(axis=1) for code in range(len(scale))])
    modal = counts.max(axis=1) / counts.sum(axis=1)
    for_alpha, for_stability = rng.spawn(2)
    names = tuple(f"run {number}" for number in range(1, asked.shape[1] + 1))
    return SelfInconsistency(
        n,
        estimate_share(modal < 1, clusters=grouped),
        estimate_stability(modal, grouped, replicates=replicates, rng=for_stability),
        estimate_alpha(Ratings(asked, names, scale, grouped), replicates=replicates, rng=for_alpha),
    )


def estimate_stability(
    modal: Floats, clusters: NDArray[np.int64] | None, *, replicates: int, rng: np.random.Generator
) -> Estimate:
    rows, sample = collapse(modal[:, np.newaxis], clusters)
    share = rows[:, 0]
    drawn = [part @ share / part.sum(axis=1) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    draws = np.concatenate(drawn) if drawn and sample.n_resampled > 1 else None
    value = 1.0 if (modal == 1).all() else float(modal.mean())
    estimate = estimate_from_draws(value, draws, n=len(modal), flags=flags_of_size(len(modal)))
    return bound_extreme_share(estimate, n_independent=sample.n_resampled) if replicates else estimate
