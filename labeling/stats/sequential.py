"""Looking at one reviewer again and again: when known answers say, with a stated error, that somebody is below par."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln


@dataclass(frozen=True, slots=True)
class PausePlan:
    """When to pause: at each look, this many right answers or fewer.

    Parameters
    ----------
    required : the accuracy that is tested against, in (0, 1)
    error : the chance that somebody of exactly this accuracy is paused at any of the looks
    looks : numbers of known answers at which one looks, rising
    most_right : one a look; that many right or fewer pause. -1 where no number would: too few answers yet
    """

    required: float
    error: float
    looks: tuple[int, ...]
    most_right: tuple[int, ...]

    def says_pause(self, n_right: int, n: int) -> bool:
        """Whether this look says so. Between looks nothing is asked: that would be one look more."""
        return n in self.looks and n_right <= self.most_right[self.looks.index(n)]


def error_of_each(panel_error: float, n_reviewers: int) -> float:
    """The error for one reviewer of a panel in which, with this chance, at most, anybody is wronged.

    1 - (1 - panel_error)^(1 / n_reviewers), for reviewers whose answers are independent of each other.

    Parameters
    ----------
    panel_error : in (0, 1), the chance that any of them is paused of whom each is exactly as good as required
    n_reviewers : 1 or more

    Returns
    -------
    A probability in (0, panel_error], lower the more reviewers there are.

    Raises
    ------
    ValueError : an error outside (0, 1), or a panel of nobody

    References
    ----------
    Šidák, Z. (1967). Rectangular confidence regions for the means of multivariate normal distributions. JASA 62,
    626-633. doi:10.1080/01621459.1967.10482935.

    Examples
    --------
    >>> round(error_of_each(0.05, 12), 5)
    0.00427
    """
    if not 0 < panel_error < 1 or n_reviewers < 1:
        raise ValueError("The error of a panel lies between 0 and 1, and a panel has at least one reviewer.")
    return 1 - float((1 - panel_error) ** (1 / n_reviewers))


def plan_pauses(*, required: float, error: float, looks: Sequence[int]) -> PausePlan:
    """Exact boundaries of a group-sequential binomial test of *accuracy >= required* against less.

    At look k of K the boundary is the largest c_k for which P(X_{n_j} <= c_j for some j <= k | required) stays within
    error · n_k / n_K. What discreteness leaves unspent at one look is there for the next.

    Parameters
    ----------
    required : in (0, 1)
    error : in (0, 1), for one reviewer over all looks together
    looks : whole numbers of known answers, rising, the first at least 1

    Returns
    -------
    PausePlan. The chance of pausing somebody of exactly the required accuracy is at most `error`, and less for
    somebody better, since the boundary is on one side.

    Raises
    ------
    ValueError : probabilities outside (0, 1), or looks that do not rise

    Notes
    -----
    Exact for independent answers of one probability. Nobody is tested between looks or before the first, and the plan
    ends with the last: whoever goes on begins another one, with its own error. The error grows evenly with the number
    of answers, so that somebody far below par is found early and somebody a little below by the end.

    References
    ----------
    Jennison, C. & Turnbull, B. W. (2000). Group Sequential Methods with Applications to Clinical Trials, chapter 12
    (exact binomial) and section 7.2 (error spending). doi:10.1201/9780367805326.
    Lan, K. K. G. & DeMets, D. L. (1983). Discrete sequential boundaries for clinical trials. Biometrika 70, 659-663.
    doi:10.1093/biomet/70.3.659.

    Examples
    --------
    >>> plan = plan_pauses(required=0.85, error=0.05, looks=[20, 30])
    >>> plan.most_right, plan.says_pause(13, 20), plan.says_pause(14, 20), plan.says_pause(3, 21)
    ((13, 21), True, False, False)
    """
    steps = list(looks)
    if not 0 < required < 1 or not 0 < error < 1:
        raise ValueError("The required accuracy and the error lie between 0 and 1.")
    if not steps or steps[0] < 1 or any(later <= sooner for sooner, later in itertools.pairwise(steps)):
        raise ValueError("Looks are whole numbers of answers that rise.")
    going_on, n_before, spent, most_right = np.ones(1), 0, 0.0, []
    for look in steps:
        going_on = np.convolve(going_on, binomial_shares(look - n_before, required))
        # Of those not paused so far, from none right upwards, as many as the error allows by now.
        lower_tail = np.cumsum(going_on)
        allowed = error * look / steps[-1] - spent
        boundary = int(np.searchsorted(lower_tail, allowed, side="right")) - 1
        if boundary >= 0:
            spent += float(lower_tail[boundary])
            going_on[: boundary + 1] = 0
        most_right.append(boundary)
        n_before = look
    return PausePlan(required, error, tuple(steps), tuple(most_right))


def binomial_shares(n: int, p: float) -> NDArray[np.float64]:
    """(n + 1,) float64: the probability of 0 … n successes in n independent tries. By logarithms, so that a large n
    does not overflow."""
    k = np.arange(n + 1)
    logs = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * np.log(p) + (n - k) * np.log1p(-p)
    return np.asarray(np.exp(logs), dtype=np.float64)


def chance_of_pause(plan: PausePlan, accuracy: float) -> list[float]:
    """The chance that somebody of this accuracy is paused by each look.

    Exact, by the recursion that makes the plan. At the required accuracy the last one is the plan's true error.

    Parameters
    ----------
    accuracy : in (0, 1), the same at every answer, each independent of the others

    Returns
    -------
    (K,) probabilities in [0, 1], one a look, never falling.

    Raises
    ------
    ValueError : an accuracy outside (0, 1)

    References
    ----------
    Jennison, C. & Turnbull, B. W. (2000). Group Sequential Methods with Applications to Clinical Trials, chapter 12.
    doi:10.1201/9780367805326.

    Examples
    --------
    >>> plan = plan_pauses(required=0.85, error=0.05, looks=[20, 30])
    >>> [round(chance, 3) for chance in chance_of_pause(plan, 0.65)]
    [0.583, 0.793]
    """
    if not 0 < accuracy < 1:
        raise ValueError("An accuracy lies between 0 and 1.")
    going_on, n_before, paused, chances = np.ones(1), 0, 0.0, []
    for look, boundary in zip(plan.looks, plan.most_right, strict=True):
        going_on = np.convolve(going_on, binomial_shares(look - n_before, accuracy))
        if boundary >= 0:
            paused += float(going_on[: boundary + 1].sum())
            going_on[: boundary + 1] = 0
        chances.append(paused)
        n_before = look
    return chances
