"""Whether a judge may stand in for one of several people: the alternative annotator test."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.stats.intervals import estimate_from_draws
from labeling.stats.multiplicity import benjamini_yekutieli
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because
from labeling.stats.scales import Scale

Floats = NDArray[np.float64]
Codes = NDArray[np.signedinteger]

# What a person costs more than a judge: how much worse the judge may be (Calderon et al., section 4).
EPSILON = {"experts": 0.20, "skilled": 0.15, "crowd": 0.10}
LEAST_ITEMS = 30
LEAST_RATERS = 3
ERROR = 0.05
PASSES_AT = 0.5


@dataclass(frozen=True)
class Comparison:
    """One person left out: over `n` items, how often the judge (`judge_wins`) and the person (`person_wins`) are at
    least as near to the others. `p` is adjusted; None where there are too few items.
    """

    rater: str
    n: int
    judge_wins: float | None
    person_wins: float | None
    p: float | None

    @property
    def is_beaten(self) -> bool:
        return self.p is not None and self.p <= ERROR


@dataclass(frozen=True)
class AlternativeTest:
    """`winning_share` ω: of the people compared, those beaten by more than epsilon allows. `advantage` ρ: the mean of
    `judge_wins`. `passes` is None where nothing can be said.
    """

    epsilon: float
    n_compared: int
    winning_share: float | None
    advantage: Estimate
    passes: bool | None
    undefined: str | None
    comparisons: tuple[Comparison, ...]


def compare_alternative(
    people: Codes,
    judge: Codes,
    *,
    raters: tuple[str, ...],
    scale: Scale,
    epsilon: float,
    replicates: int,
    rng: np.random.Generator,
) -> AlternativeTest:
    """Whether the judge agrees with the other people at least as well as each person does, less epsilon.

    For person j and item i with others: W_f = [S(f, others) >= S(j, others)], W_h = [S(j, others) >= S(f, others)],
    d_i = W_h - W_f; a one-sided t-test of mean(d) < ε gives p_j; ω = #{adjusted p_j <= 5 %} / m; it passes at ω >= ½.
    S is the share of others with the same label (nominal), or minus the root mean squared distance (all other levels).

    Parameters
    ----------
    people : (n_items, n_raters) int codes, -1 = not labelled; judge : (n_items,) int codes, -1 = no label
    raters : a name a column
    epsilon : 0.20 beside experts, 0.15 skilled people, 0.10 a crowd: what their time is worth in wins
    replicates, rng : bootstrap over items for the interval of ρ

    Returns
    -------
    AlternativeTest. People with under 30 items that somebody else labelled, too, are listed and not compared. Undefined
    with fewer than three people who can be; p-values are adjusted by Benjamini and Yekutieli, since the comparisons
    share their items.

    Raises
    ------
    ValueError : an epsilon outside [0, 1)

    Notes
    -----
    A judge somewhat worse than people can pass: that is what epsilon is for, so show it and ρ beside the verdict. With
    three people of accuracy 0.85 a judge as good passes in 43 % with 30 items, 59 % with 50 and 92 % with 100.

    References
    ----------
    Calderon, N., Reichart, R. & Dror, R. (2025). The alternative annotator test for LLM-as-a-judge. ACL, section 3.
    doi:10.48550/arXiv.2501.10970. Benjamini, Y. & Yekutieli, D. (2001). doi:10.1214/aos/1013699998.

    Examples
    --------
    >>> from labeling.stats.scales import make_scale
    >>> draw = np.random.default_rng(0)
    >>> truth = draw.integers(0, 2, 100)
    >>> people = np.where(draw.random((100, 3)) < 0.85, truth[:, None], 1 - truth[:, None])
    >>> told = compare_alternative(people, truth, raters=("ana", "ben", "cleo"), epsilon=0.15, replicates=0, rng=draw,
    ...                         scale=make_scale("nominal", declared=["pass", "fail"], observed=[]))
    >>> told.winning_share, told.passes
    (1.0, True)
    """
    if not 0 <= epsilon < 1:
        raise ValueError("epsilon is a share: 0.20 beside experts, 0.10 beside a crowd")
    wins = [compare_with(people, judge, column, scale) for column in range(len(raters))]
    raw = [p_of(ours, theirs, epsilon) if len(ours) >= LEAST_ITEMS else None for ours, theirs, _ in wins]
    adjusted = iter(benjamini_yekutieli([p for p in raw if p is not None]))
    comparisons = tuple(
        Comparison(
            rater,
            len(ours),
            float(ours.mean()) if len(ours) else None,
            float(theirs.mean()) if len(theirs) else None,
            None if p is None else next(adjusted),
        )
        for rater, (ours, theirs, _), p in zip(raters, wins, raw, strict=True)
    )
    compared = [at for at, p in enumerate(raw) if p is not None]
    if len(compared) < LEAST_RATERS:
        reason = f"{len(compared)} of {LEAST_RATERS} people have {LEAST_ITEMS} items that others labelled, too"
        nothing = undefined_because(reason, n=0)
        return AlternativeTest(epsilon, len(compared), None, nothing, None, reason, comparisons)
    winning_share = sum(comparisons[at].is_beaten for at in compared) / len(compared)
    advantage = estimate_advantage([wins[at] for at in compared], len(judge), replicates=replicates, rng=rng)
    return AlternativeTest(
        epsilon, len(compared), winning_share, advantage, winning_share >= PASSES_AT, None, comparisons
    )


def compare_with(people: Codes, judge: Codes, column: int, scale: Scale) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """W_f and W_h of the items that the person, the judge and somebody else labelled, and which items those are."""
    others = np.delete(people, column, axis=1)
    is_there = (people[:, column] >= 0) & (judge >= 0) & (others >= 0).any(axis=1)
    own, by_judge, rest = people[is_there, column], judge[is_there], others[is_there]
    of_judge, of_person = (nearness(labels, rest, scale) for labels in (by_judge, own))
    # Equal means are not always equal floats.
    apart = np.where(np.abs(of_judge - of_person) < 1e-12, 0.0, of_judge - of_person)
    return (apart >= 0).astype(np.float64), (apart <= 0).astype(np.float64), np.flatnonzero(is_there)


def nearness(labels: Codes, others: Codes, scale: Scale) -> Floats:
    has_label = others >= 0
    if scale.level == "nominal":
        alike: Floats = ((others == labels[:, np.newaxis]) & has_label).sum(axis=1) / has_label.sum(axis=1)
        return alike
    squared = (scale.values[np.maximum(others, 0)] - scale.values[labels][:, np.newaxis]) ** 2
    return np.asarray(-np.sqrt((squared * has_label).sum(axis=1) / has_label.sum(axis=1)))


def p_of(judge_wins: Floats, person_wins: Floats, epsilon: float) -> float:
    """P(T <= t) of Student's t with n - 1 degrees of freedom, t = (mean(d) - ε) / (sd(d) / √n)."""
    from scipy.special import stdtr

    difference = person_wins - judge_wins
    n, spread = len(difference), float(difference.std(ddof=1))
    apart = float(difference.mean()) - epsilon
    if spread == 0:
        return 0.0 if apart < 0 else 1.0
    return float(stdtr(n - 1, apart / (spread / math.sqrt(n))))


def estimate_advantage(
    wins: list[tuple[Floats, Floats, NDArray[np.int64]]],
    n_items: int,
    *,
    replicates: int,
    rng: np.random.Generator,
) -> Estimate:
    """ρ = mean_j mean_i W_f, people counting alike; items are resampled with all that people said of them."""
    won, counted = np.zeros((n_items, len(wins))), np.zeros((n_items, len(wins)))
    for at, (judge_wins, _, items) in enumerate(wins):
        won[items, at], counted[items, at] = judge_wins, 1.0
    is_used = counted.any(axis=1)
    rows, sample = collapse(np.hstack([won, counted])[is_used])
    ours, all_of_them = np.hsplit(rows, 2)

    def advantage(drawn: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(((drawn @ ours) / (drawn @ all_of_them)).mean(axis=1))

    n = int(is_used.sum())
    drawn = [advantage(part) for part in draw_weights(sample, replicates=replicates, rng=rng)]
    value = float(advantage(sample.observed)[0])
    return estimate_from_draws(value, np.concatenate(drawn) if drawn else None, n=n, flags=flags_of_size(n))
