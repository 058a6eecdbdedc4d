"""How many bad outputs a policy would ship, by the labels that people gave to items of known chance; or why not said.

Nothing is said of where nobody looked: a share that a policy would ship and too few labels speak of is refused.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labeling.policy.conditions import MISSING, is_number
from labeling.queries.remembered_traffic import ReadTraffic
from labeling.stats.results import Estimate, undefined_because

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labeling.policy.columnar import Decisions, Traffic

# So few labels speak of nothing; about as many as make an interval that is of any use.
LEAST_LABELLED = 10
# Of all that would ship. Less than this may stay unlooked at, and is then counted as if all of it were bad.
LARGEST_UNSEEN = 0.01
WHAT_HELPS = "Let people label some of it first: publish a smaller step, or raise the audit."


@dataclass(frozen=True, slots=True)
class Escaped:
    """share : of what ships, how much is bad; a_day : how many; is_refused : said nothing, for want of labels there"""

    share: Estimate
    a_day: Estimate
    effective_n: float | None = None
    is_refused: bool = False

    @property
    def percent(self) -> float | None:
        return None if self.share.value is None else 100 * self.share.value

    @property
    def in_words(self) -> str:
        """The interval, what it comes to in a day, and what it rests on."""
        share, a_day = self.share, self.a_day
        if share.low is None or share.high is None or a_day.low is None or a_day.high is None:
            return ""
        return (
            f"{share.low:.2%} to {share.high:.2%} of what ships, {a_day.low:,.1f} to {a_day.high:,.1f} a day; "
            f"{share.n:,} labels, worth {self.effective_n or 0:,.0f} drawn alike"
            + "".join(f"; {flag}" for flag in share.flags)
        )


@dataclass(frozen=True)
class Shipping:
    """The chance that a policy ships each item: of the sample, and of the labelled items."""

    sample: "NDArray[np.float64]"
    labelled: "NDArray[np.float64]"


def chance_to_ship(decisions: "Decisions") -> "NDArray[np.float64]":
    """(n_items,) over the draws that an item could have had; none where it waits or went back to the producer."""
    import numpy as np

    from labeling.policy.columnar import BOUNCE, HOLD

    stops = (decisions.outcomes == HOLD) | (decisions.outcomes == BOUNCE)
    return np.where(stops, 0.0, 1 - decisions.inclusion_probabilities)


def escaped_under(
    read: ReadTraffic,
    then: Shipping,
    now: Shipping,
    *,
    signal: str,
    asked: "tuple[Traffic, Traffic]",
    items_a_day: float,
) -> Escaped:
    """What escapes under a policy; `now` is what ships already.

    asked : the columns of the sample and of the labelled items; signal : the confidence that decides
    """
    import numpy as np

    from labeling.stats.escapes import estimate_escaped

    shipped_share = float(then.sample.sum()) / max(1, len(then.sample))
    if not shipped_share:
        return refused("nothing would ship", n=0, is_refused=False)
    chances = np.array([one.inclusion_probability for one in read.audited])
    told = estimate_escaped(
        is_bad=np.array([float(one.is_bad) for one in read.audited]),
        inclusion=chances,
        ships=then.labelled,
        clusters=np.unique([one.group for one in read.audited], return_inverse=True)[1] if read.audited else None,
    )
    if told.estimate.value is None:
        return refused(f"{told.estimate.undefined}. {WHAT_HELPS}", n=0)
    unseen, why_not = unseen_share(then, now, chances)
    why_not = why_not or hole_below(then, asked, signal, effective_n=told.effective_n)
    if why_not:
        return refused(f"{why_not} What escapes there cannot be told from the rest. {WHAT_HELPS}", n=told.estimate.n)
    share = at_worst(told.estimate, unseen)
    return Escaped(share, times(share, shipped_share * items_a_day), told.effective_n)


def unseen_share(then: Shipping, now: Shipping, chances: "NDArray[np.float64]") -> tuple[float, str]:
    """How much of what would ship is new to it and too few labels speak of; and why that is too much, if so."""
    more = then.sample - now.sample
    new_share = float(more[more > 0].sum()) / float(then.sample.sum())
    of_labels = then.labelled - now.labelled
    is_new = of_labels > 0
    weights = of_labels[is_new] / chances[is_new]
    n_new = float(weights.sum() ** 2 / (weights @ weights)) if len(weights) else 0.0
    if not new_share or n_new >= LEAST_LABELLED:
        return 0.0, ""
    if new_share <= LARGEST_UNSEEN:
        return new_share, ""
    return new_share, f"{new_share:.1%} of what would ship does not ship now, and {len(weights)} labels speak of it."


def hole_below(then: Shipping, asked: "tuple[Traffic, Traffic]", signal: str, *, effective_n: float | None) -> str:
    """Why too much would ship of lower confidence than anything labelled that would, if it does.

    By three over n: a share that n labels, drawn from all that ships, would have met with 95 %.
    """
    confidence, of_labels = (numbers_in(traffic, f"signal.{signal}") for traffic in asked)
    told = of_labels[then.labelled > 0]
    told = told[told == told]
    if not len(told):
        return ""
    share = float(then.sample[confidence < told.min()].sum()) / float(then.sample.sum())
    if share <= max(LARGEST_UNSEEN, 3 / (effective_n or 1)):
        return ""
    return f"{share:.1%} of what would ship has a confidence below {told.min():.2f}, where no item has a label."


def numbers_in(traffic: "Traffic", path: str) -> "NDArray[np.float64]":
    """(n_items,) NaN where there is none."""
    import numpy as np

    column = traffic.column(path)
    values = [float(one) if one is not MISSING and is_number(one) else np.nan for one in column.values]
    return np.array(values, dtype=np.float64)[column.codes]


def at_worst(share: Estimate, unseen: float) -> Estimate:
    """With the share of which nothing is known all bad at the upper end, and all good at the lower one."""
    if not unseen or share.value is None or share.low is None or share.high is None:
        return share
    seen = 1 - unseen
    flag = f"{unseen:.2%} of it, which no labels speak of, counted as all bad at the upper end"
    return Estimate(share.value, share.low * seen, share.high * seen + unseen, n=share.n, flags=(*share.flags, flag))


def times(share: Estimate, factor: float) -> Estimate:
    if share.value is None or share.low is None or share.high is None:
        return share
    return Estimate(share.value * factor, share.low * factor, share.high * factor, n=share.n, flags=share.flags)


def refused(reason: str, *, n: int, is_refused: bool = True) -> Escaped:
    estimate = undefined_because(reason, n=n)
    return Escaped(estimate, estimate, is_refused=is_refused)
