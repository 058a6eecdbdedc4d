"""How many more doubly labelled units an interval needs to become as narrow as wanted."""

import math
from dataclasses import dataclass

from labeling.stats.results import Estimate

FEWEST_UNITS = 10


@dataclass(frozen=True)
class Plan:
    """From `n_now` units and an interval of ± `half_width_now` to one of ± `half_width`.

    n_more : further units, rounded up to two significant digits; 0 when the interval is narrow enough already; None
        exactly when `undefined` says why there is no plan
    """

    half_width: float
    n_now: int
    half_width_now: float | None = None
    n_more: int | None = None
    undefined: str | None = None

    def as_document(self) -> dict[str, object]:
        """As it is written into JSON; the keys are a contract."""
        return {
            "half_width": self.half_width,
            "n_now": self.n_now,
            "half_width_now": self.half_width_now,
            "n_more": self.n_more,
            "undefined": self.undefined,
        }


def plan_units(estimate: Estimate, *, half_width: float) -> Plan:
    """About how many more units until the 95 % interval of a coefficient is ± `half_width`.

    n_needed = n (h_now / half_width)² with h_now = (high - low) / 2: an interval narrows with the square root of n.

    Parameters
    ----------
    estimate : with its interval; `n` units, each labelled by two or more
    half_width : half of the width that is wanted, above 0, in the units of the estimate

    Returns
    -------
    Plan whose `n_more` = n_needed - n, rounded up to two significant digits: the rest would be false precision.
    Undefined without an interval or a value, under 10 units, whose interval foretells nothing, and where the interval
    is one-sided, which narrows with n and not with its root.

    Raises
    ------
    ValueError : a half width that is not above 0

    Notes
    -----
    Assumes further units of the same kind: as many raters on each, categories as frequent, clusters as large. The
    present interval is itself a guess: three plans in four are right within 40 % from 30 units, within 25 % from 100
    (two raters, right nine times in ten). A plan for one coefficient; a difference of two is planned from its own
    interval.

    References
    ----------
    Planning for the width of an interval and not for a test: Bonett, D. G. (2002). Sample size requirements for
    estimating intraclass correlations with desired precision. Statistics in Medicine 21, 1331-1335.
    doi:10.1002/sim.1108. That a standard error falls with the root of n: Efron, B. & Tibshirani, R. J. (1993). An
    Introduction to the Bootstrap, ch. 6.

    Examples
    --------
    >>> plan = plan_units(Estimate(0.61, 0.49, 0.71, n=110), half_width=0.08)
    >>> plan.n_more, read_plan(plan)
    (98, 'about 98 more double-labelled items for ±0.08')
    """
    if not half_width > 0:
        raise ValueError(f"an interval of ±{half_width:g} cannot be planned for; state a width above 0")
    n = estimate.n
    if reason := reason_against_plan(estimate):
        return Plan(half_width, n, undefined=reason)
    assert estimate.low is not None
    assert estimate.high is not None
    half_width_now = (estimate.high - estimate.low) / 2
    # Floats would make 4 times as many units of an exact half 4.000000000000001 times.
    n_needed = math.ceil(round(n * (half_width_now / half_width) ** 2, 6))
    return Plan(half_width, n, half_width_now, round_up(max(0, n_needed - n)))


def reason_against_plan(estimate: Estimate) -> str:
    if estimate.undefined:
        return estimate.undefined
    if estimate.low is None:
        return "there is no interval to start from"
    if estimate.n < FEWEST_UNITS:
        return f"{estimate.n} units are too few to foretell anything; label {FEWEST_UNITS} first"
    if any(flag.endswith("one-sided") for flag in estimate.flags):
        return "the interval is one-sided"
    return ""


def round_up(number: int) -> int:
    """To two significant digits, never down: a plan that falls short is none.

    Examples
    --------
    >>> round_up(7), round_up(98), round_up(131), round_up(2001)
    (7, 98, 140, 2100)
    """
    step = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // step) * step


def read_plan(plan: Plan) -> str:
    """The plan as a person reads it.

    Examples
    --------
    >>> read_plan(plan_units(Estimate(0.61, 0.55, 0.66, n=400), half_width=0.08))
    'the interval is ±0.08 or narrower already'
    """
    if plan.n_more is None:
        return f"no plan: {plan.undefined}"
    if plan.n_more == 0:
        return f"the interval is ±{plan.half_width:g} or narrower already"
    return f"about {plan.n_more:,} more double-labelled items for ±{plan.half_width:g}"
