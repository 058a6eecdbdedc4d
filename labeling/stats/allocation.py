"""How a number of audit labels is best dealt out among strata, with none left unseen."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def allocate_audit(n_items: Floats, error_share: Floats, *, n_labels: float, floor: float) -> Floats:
    """The share of each stratum to label so that the error share of all is known best: Neyman's allocation.

    n_h ∝ N_h √(p_h (1 - p_h)),   π_h = n_h / N_h within [floor, 1]

    What reaches an end stays there, and the rest of the labels is dealt out among the others by the same rule.

    Parameters
    ----------
    n_items : (n_strata,) float > 0, the items of each stratum that would ship
    error_share : (n_strata,) float in (0, 1), guessed; where nothing was found, not 0: see `guess_error_share`
    n_labels : how many labels there are for all strata
    floor : in (0, 1], the least share of every stratum: what nobody looks at may become bad unseen

    Returns
    -------
    (n_strata,) float in [floor, 1]. Where the floors alone take more than `n_labels`, all are at the floor: the sum is
    then above it.

    Raises
    ------
    ValueError : a stratum without items, a share out of its range, or arrays of different lengths

    Notes
    -----
    Best for one number, the error share of all strata together, if the guessed shares are right; it is flat around its
    best, so a guess that is off by half costs little. For knowing each stratum, equal numbers are better.

    References
    ----------
    Neyman, J. (1934). On the two different aspects of the representative method. JRSS 97, 558-606, 580.
    doi:10.2307/2342192. Cochran, W. G. (1977). Sampling Techniques, 3rd ed., 5.5 and 5.8 (more than all of a stratum).

    Examples
    --------
    >>> shares = allocate_audit(np.array([8000.0, 2000.0]), np.array([0.01, 0.20]), n_labels=200, floor=0.01)
    >>> shares.round(4).tolist(), round(float(shares @ [8000, 2000]))
    ([0.0125, 0.0501], 200)
    """
    if not len(n_items) == len(error_share) or not (n_items > 0).all():
        raise ValueError("every stratum has items and an error share")
    if not ((error_share > 0) & (error_share < 1)).all() or not 0 < floor <= 1:
        raise ValueError("an error share lies between 0 and 1, and the floor above 0")
    spread = np.sqrt(error_share * (1 - error_share))
    low, high = 0.0, 1.0 / float(spread.min())
    # π = clip(c √(p (1 - p))) takes more labels the larger c is: the c that takes all of them is found by halving.
    for _ in range(100):
        middle = (low + high) / 2
        takes = float(n_items @ np.clip(middle * spread, floor, 1.0))
        low, high = (middle, high) if takes < n_labels else (low, middle)
    shares: Floats = np.clip(high * spread, floor, 1.0)
    return shares if float(n_items @ np.full(len(n_items), floor)) < n_labels else np.full(len(n_items), floor)


def guess_error_share(n_bad: Floats, n_labels: Floats) -> Floats:
    """(k + 1/2) / (n + 1): never 0 or 1, and a half of a half without a label, where little is known and much looked.

    Jeffreys' posterior mean; as a guess for planning, no estimate to show.

    Examples
    --------
    >>> guess_error_share(np.array([0.0, 4.0]), np.array([0.0, 99.0])).tolist()
    [0.5, 0.045]
    """
    guessed: Floats = (n_bad + 0.5) / (n_labels + 1)
    return guessed
