"""How many reviewers the review load takes, in exact numbers up to the last step."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Tier:
    """One part of the traffic: `items` a day, of which `review_fraction` (0-1) take `minutes_per_item` each, by each of
    `overlap` reviewers; gold and repeats come on top, see `turns_of_item`."""

    name: str
    items: Fraction
    review_fraction: Fraction
    minutes_per_item: Fraction
    overlap: Fraction = Fraction(1)
    gold_share: Fraction = Fraction(0)
    repeat_share: Fraction = Fraction(0)

    @property
    def turns(self) -> Fraction:
        return turns_of_item(self.overlap, gold_share=self.gold_share, repeat_share=self.repeat_share)

    @property
    def minutes(self) -> Fraction:
        return self.items * self.review_fraction * self.turns * self.minutes_per_item


@dataclass(frozen=True)
class Capacity:
    """`minutes_of_tiers` in the order given; `reviewers_needed` is `reviewers_exact` rounded up."""

    minutes_of_tiers: tuple[tuple[str, Fraction], ...]
    total_minutes: Fraction
    total_hours: Fraction
    reviewers_exact: Fraction
    reviewers_needed: int


def turns_of_item(
    overlap: Fraction, *, gold_share: Fraction = Fraction(0), repeat_share: Fraction = Fraction(0)
) -> Fraction:
    """How many turns of reviewers one item takes: overlap / ((1 - gold) (1 - repeats)).

    Parameters
    ----------
    overlap : reviewers an item on average, the share that gets a second one among them
    gold_share : share [0, 1) of all turns that goes to known cases
    repeat_share : share [0, 1) of the other turns that goes to what was labelled before

    Raises
    ------
    ValueError : no turn is left for the item

    Examples
    --------
    >>> turns_of_item(Fraction(2), gold_share=Fraction("0.2"), repeat_share=Fraction("0.5"))
    Fraction(5, 1)
    """
    live = (1 - gold_share) * (1 - repeat_share)
    if live <= 0:
        raise ValueError("gold and repeats leave no turn for an item")
    return overlap / live


def cost_of(hours: Fraction, hourly_cost: Decimal) -> Decimal:
    """To the hundredth, rounded once.

    >>> cost_of(Fraction(2000, 3), Decimal(90))
    Decimal('60000.00')
    """
    exact = hours * Fraction(hourly_cost)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"))


def plan_capacity(
    tiers: Iterable[Tier], *, productive_minutes_per_reviewer: Fraction, utilisation: Fraction, shrinkage: Fraction
) -> Capacity:
    """How many reviewers the expected minutes of review fill.

    minutes = sum items × fraction × minutes; reviewers = ceil(minutes / (productive × utilisation × (1 - shrinkage)))

    Parameters
    ----------
    productive_minutes_per_reviewer : minutes of review in a reviewer's day, above 0
    utilisation : share (0, 1] of them that may be full; at 1 a queue never empties
    shrinkage : share [0, 1) lost to leave, training and breaks

    Raises
    ------
    ValueError : nobody has a minute

    Notes
    -----
    Fractions, because floats make 0.1 × 3 × 2000 into 600.0000000000001 and so an exact 4 reviewers into 5. An
    expected value: arrivals vary, and a queue at its expected load grows without end.

    Examples
    --------
    >>> tiers = [Tier("a", Fraction(2000), Fraction("0.1"), Fraction(3))]
    >>> plan = plan_capacity(
    ...     tiers, productive_minutes_per_reviewer=Fraction(150), utilisation=Fraction(1), shrinkage=Fraction(0)
    ... )
    >>> int(plan.total_minutes), plan.reviewers_needed
    (600, 4)
    """
    minutes_of_reviewer = productive_minutes_per_reviewer * utilisation * (1 - shrinkage)
    if minutes_of_reviewer <= 0:
        raise ValueError("a reviewer has no productive minute")
    minutes_of_tiers = tuple((tier.name, tier.minutes) for tier in tiers)
    total = sum((minutes for _, minutes in minutes_of_tiers), Fraction(0))
    exact = total / minutes_of_reviewer
    return Capacity(minutes_of_tiers, total, total / 60, exact, math.ceil(exact))
