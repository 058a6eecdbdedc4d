"""What labels on the parts of outputs come to: shares of parts, ranked passages, repeated runs and weighted scores."""

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labeling.stats.intervals import bound_extreme_share, estimate_from_draws
from labeling.stats.resampling import collapse, draw_weights
from labeling.stats.results import Estimate, flags_of_size, undefined_because

Floats = NDArray[np.float64]


def estimate_share_of_parts(
    held: ArrayLike, asked: ArrayLike, *, replicates: int, rng: np.random.Generator
) -> Estimate:
    """The share of all parts of which something holds: supported claims of all claims.

    p = Σ_i x_i / Σ_i m_i over items i with m_i labelled parts, of which x_i hold: every part counts once, so that an
    output with many claims weighs more than one with few.

    Parameters
    ----------
    held, asked : (n_items,) int arrays, 0 <= held <= asked; an item without a labelled part has asked = 0
    replicates, rng : bootstrap over items, which are drawn with all their parts: claims of one output hang together.
        With 0 replicates there is no interval

    Returns
    -------
    Estimate in [0, 1], `n` = labelled parts. At exactly 0 or 1 the one-sided Wilson bound over items. Undefined where
    no part was labelled.

    References
    ----------
    Es, S. et al. (2024). RAGAs: automated evaluation of retrieval augmented generation. EACL demonstrations, section 3
    (faithfulness). doi:10.18653/v1/2024.eacl-demo.16. Cochran, W. G. (1977). Sampling Techniques, section 2.11.

    Examples
    --------
    >>> estimate_share_of_parts([2, 1], [2, 3], replicates=0, rng=np.random.default_rng(0)).value
    0.6
    """
    rows = np.column_stack([np.asarray(held, dtype=np.int64), np.asarray(asked, dtype=np.int64)])
    rows = rows[rows[:, 1] > 0]
    n = int(rows[:, 1].sum()) if len(rows) else 0
    if not n:
        return undefined_because("no part was labelled", n=0, flags=flags_of_size(0))
    return ratio_over_items(rows.astype(np.float64), n=n, replicates=replicates, rng=rng)


def estimate_mean_over_items(values: ArrayLike, *, replicates: int, rng: np.random.Generator) -> Estimate:
    """The mean of a share that each item has: (1 / n) Σ_i s_i, every item counting once.

    Parameters
    ----------
    values : (n_items,) float array in [0, 1], none missing; items of which the share is undefined are left out before
    replicates, rng : bootstrap over items, of which the interval holds the percentiles. With 0 there is no interval

    Returns
    -------
    Estimate in [0, 1], `n` = items. At exactly 0 or 1 the one-sided Wilson bound. Undefined without an item.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1-26.
    doi:10.1214/aos/1176344552.

    Examples
    --------
    >>> estimate_mean_over_items([1.0, 0.5], replicates=0, rng=np.random.default_rng(0)).value
    0.75
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not len(numbers):
        return undefined_because("no item has it", n=0, flags=flags_of_size(0))
    rows = np.column_stack([numbers, np.ones(len(numbers))])
    return ratio_over_items(rows, n=len(numbers), replicates=replicates, rng=rng)


def ratio_over_items(rows: Floats, *, n: int, replicates: int, rng: np.random.Generator) -> Estimate:
    """Σ first column / Σ second, items drawn whole."""
    distinct, sample = collapse(rows)

    def ratio(weights: Floats) -> Floats:
        return np.asarray((weights @ distinct[:, 0]) / (weights @ distinct[:, 1]))

    draws = None
    if replicates and sample.n_resampled > 1:
        draws = np.concatenate([ratio(weights) for weights in draw_weights(sample, replicates=replicates, rng=rng)])
    value = float(ratio(sample.observed)[0])
    estimate = estimate_from_draws(value, draws, n=n, flags=flags_of_size(sample.n_resampled))
    return bound_extreme_share(estimate, n_independent=sample.n_resampled) if replicates else estimate


def recall_at(relevant: Sequence[bool], k: int) -> float | None:
    """Recall at k of one item: the share of its relevant passages that stand among the first k.

    Parameters
    ----------
    relevant : (n_passages,) in the order retrieved, those that were labelled
    k : how many from the top, 1 or more

    Returns
    -------
    A share in [0, 1]; None where no passage is relevant. What was never retrieved cannot be labelled, so this is of
    what the retriever brought, and an upper bound of recall over all there is.

    Examples
    --------
    >>> recall_at([True, False, True], 1), recall_at([False], 1)
    (0.5, None)
    """
    n_relevant = sum(relevant)
    return sum(relevant[:k]) / n_relevant if n_relevant else None


def precision_at(relevant: Sequence[bool], k: int) -> float | None:
    """Precision at k of one item: the share of relevant ones among the first k passages.

    Parameters
    ----------
    relevant, k : as in `recall_at`; of fewer than k passages all are taken

    Returns
    -------
    A share in [0, 1]; None without a passage.

    Examples
    --------
    >>> precision_at([True, False, True], 2), precision_at([True], 5), precision_at([], 1)
    (0.5, 1.0, None)
    """
    first = relevant[:k]
    return sum(first) / len(first) if first else None


def estimate_pass_hat(
    n_passed: Sequence[int], n_runs: Sequence[int], k: int, *, replicates: int, rng: np.random.Generator
) -> Estimate:
    """pass^k: how probable it is that k runs of one task all pass, on average over tasks.

    E_t[C(c_t, k) / C(n_t, k)] over tasks with n_t >= k runs, of which c_t passed: unbiased for the mean of p_t^k.

    Parameters
    ----------
    n_passed, n_runs : (n_tasks,) whole numbers, 0 <= passed <= runs; a task with fewer than k runs is left out
    k : how many runs are to pass, 1 or more
    replicates, rng : bootstrap over tasks, each with all its runs. With 0 replicates there is no interval

    Returns
    -------
    Estimate in [0, 1], `n` = tasks with k runs or more. Undefined where no task was run k times.

    Raises
    ------
    ValueError : a k below 1

    Notes
    -----
    Assumes that the runs of a task are independent repetitions of it, and neither chosen by outcome nor labelled by
    whether they failed. It falls with k; pass@k, that any of k passes, rises with it and is another number.

    References
    ----------
    Yao, S. et al. (2024). tau-bench, section 4 (pass^k). doi:10.48550/arXiv.2406.12045.

    Examples
    --------
    >>> estimate_pass_hat([3, 1], [4, 4], 2, replicates=0, rng=np.random.default_rng(0)).value
    0.25
    """
    if k < 1:
        raise ValueError("k counts runs, so it is 1 or more")
    shares = [comb(c, k) / comb(n, k) for c, n in zip(n_passed, n_runs, strict=True) if n >= k]
    if not shares:
        return undefined_because(f"no task was run {k} times", n=0, flags=flags_of_size(0))
    return estimate_mean_over_items(shares, replicates=replicates, rng=rng)


def weighted_score(scores: Sequence[float | None], weights: Sequence[float]) -> float | None:
    """A weighted mean over the criteria that have a score: Σ w_j s_j / Σ w_j, both sums over the present ones.

    A missing score takes its weight with it, so that the result stays on the scale of the scores and is no lower for
    what was not asked.

    Parameters
    ----------
    scores : (n_criteria,) floats, all on one scale; None = missing or not applicable
    weights : (n_criteria,) floats, none negative; they need not sum to anything

    Returns
    -------
    A number between the lowest and the highest score present; None where nothing present has a weight.

    Notes
    -----
    Two items with different criteria missing are not quite comparable: what is missing is assumed to be like the rest.

    Examples
    --------
    >>> round(weighted_score([3.8, 4.3, 4.0, 3.5, 3.8, 4.2, None], [25, 15, 15, 15, 15, 10, 5]), 3)
    3.905
    """
    present = [(score, weight) for score, weight in zip(scores, weights, strict=True) if score is not None]
    total = sum(weight for _, weight in present)
    return sum(score * weight for score, weight in present) / total if total else None
