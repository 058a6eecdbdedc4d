"""Whether people agree less on some of the items than on as many others, picked at random."""

import numpy as np
from numpy.typing import NDArray

from labeling.stats.alpha import build_kernel, reason_undefined
from labeling.stats.ratings import Ratings, count_patterns

# Draws of each look, and how small a p-value must be to be looked at once more, since a correction multiplies it.
LOOKS = ((100, 0.1), (1_000, 0.01), (10_000, 0.0))
SAME = 1e-9


def probability_as_low(ratings: Ratings, rows: NDArray[np.bool_], *, rng: np.random.Generator) -> float | None:
    """How probable an alpha as low as that of `rows` would be for as many units drawn from all.

    p = (1 + #{alpha of a draw <= alpha of the rows}) / (1 + draws), a draw being as many pairable units, without
    replacement, from all pairable ones: a permutation test of *these rows are like any others*.

    Parameters
    ----------
    ratings : codes (n_units, n_raters) int, -1 = not rated, without clusters
    rows : (n_units,) bool, the slice

    Returns
    -------
    In (0, 1]. None where alpha of the slice is undefined, where it has no pairable unit or all of them, and where the
    ratings have clusters: units of one conversation are not exchangeable one by one.

    Notes
    -----
    Exact whatever the spread of alpha, which in a small slice with a rare label is neither normal nor symmetric: there
    an interval from the slice alone is far too narrow. A slice can be lower because its people differ more or because
    its units are more alike. One that is no lower than the whole gets 1 without a draw. Draws without variation, whose
    alpha is undefined, count as low: that errs towards silence.

    References
    ----------
    Phipson, B. & Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical Applications in Genetics
    and Molecular Biology 9, article 39. doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> from labeling.stats.ratings import make_ratings
    >>> from labeling.stats.scales import make_scale
    >>> truth = ["ab"[n % 2] for n in range(40)]
    >>> rows = [(f"u{n:02}", "ann", truth[n]) for n in range(40)]
    >>> rows += [(f"u{n:02}", "bob", truth[n] if n >= 8 else truth[n - 1]) for n in range(40)]
    >>> ratings = make_ratings(rows, scale=make_scale("nominal", declared=["a", "b"], observed=[]))
    >>> probability_as_low(ratings, np.arange(40) < 8, rng=np.random.default_rng(0)) < 0.001
    True
    >>> probability_as_low(ratings, np.arange(40) >= 30, rng=np.random.default_rng(0)) > 0.5
    True
    """
    if ratings.clusters is not None:
        return None
    part = count_patterns(ratings.only(rows))
    whole = count_patterns(ratings)
    n_part = part.sample.n_units
    if not 0 < n_part < whole.sample.n_units or reason_undefined(ratings, part):
        return None
    value = float(build_kernel(part, ratings.scale).alpha_of(part.sample.observed)[0])
    kernel = build_kernel(whole, ratings.scale)
    p = 1.0
    if value >= kernel.alpha_of(whole.sample.observed)[0]:
        return p
    for n_draws, worth_another in LOOKS:
        draws = rng.multivariate_hypergeometric(whole.sample.multiplicity, n_part, size=n_draws, method="marginals")
        alphas = kernel.alpha_of(draws.astype(np.float64))
        n_as_low = np.count_nonzero(~(alphas > value + SAME))
        p = (1 + int(n_as_low)) / (1 + n_draws)
        if p > worth_another:
            break
    return p
