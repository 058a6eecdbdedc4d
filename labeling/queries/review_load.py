"""The work that a policy makes of a day's traffic: turns of reviewers, hours, people and cost, by stakes and queue."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from labeling.models import Project, Queue
from labeling.policy.policies import TIERS, Policy
from labeling.queries.queues import queue_for_kind
from labeling.queries.review_speeds import ReviewSpeeds
from labeling.queries.traffic import StoredTraffic
from labeling.stats.capacity import Tier, cost_of, plan_capacity, turns_of_item
from labeling.stats.results import Estimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from labeling.policy.columnar import Decisions

MINUTES_OF_A_DAY = Fraction(8 * 60)


@dataclass(frozen=True, slots=True)
class Day:
    """How the sample stands for a day: each of its items for `items_a_day / n_items` of them.

    is_all : nothing was drawn, so nothing is uncertain for that
    """

    n_items: int
    items_a_day: Fraction
    is_all: bool

    @property
    def of_one(self) -> Fraction:
        return self.items_a_day / self.n_items if self.n_items else Fraction(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What goes to people of one tier in one queue, or in none that takes it.

    turns : of reviewers for one item, those on gold and repeats among them; minutes : of one turn
    """

    tier: str
    queue: Queue | None
    n_items: int
    turns: Fraction
    minutes: Fraction

    @property
    def all_turns(self) -> Fraction:
        return self.n_items * self.turns


@dataclass(frozen=True, slots=True)
class Work:
    """A day's work. Exact up to the last step; `hours` has the interval that drawing a sample leaves."""

    turns: Fraction
    turns_a_day: Fraction
    hours_exact: Fraction
    hours: Estimate
    people: int
    cost_a_day: Decimal | None


def queue_places(sample: StoredTraffic, queues: Sequence[Queue]) -> "NDArray[np.int64]":
    """(n_items,) the place among `queues` of the one that takes the item; their number where none does."""
    import numpy as np

    places = {queue.pk: place for place, queue in enumerate(queues)}
    of_kind: dict[str, int] = {}
    for kind in {row.kind for row in sample.rows}:
        queue = queue_for_kind(kind, queues)
        of_kind[kind] = places[queue.pk] if queue else len(queues)
    return np.array([of_kind[row.kind] for row in sample.rows], dtype=np.int64)


def parts_of(
    decisions: "Decisions",
    policy: Policy,
    *,
    queues: Sequence[Queue],
    places: "NDArray[np.int64]",
    speeds: ReviewSpeeds,
) -> list[Part]:
    """Every tier and queue to which the policy sends items."""
    import numpy as np

    from labeling.policy.columnar import REVIEW

    is_reviewed = decisions.outcomes == REVIEW
    keys = decisions.tiers[is_reviewed].astype(np.int64) * (len(queues) + 1) + places[is_reviewed]
    counts = np.bincount(keys, minlength=len(TIERS) * (len(queues) + 1)).tolist()
    parts = []
    for key, n_items in enumerate(counts):
        if n_items:
            place, at = divmod(key, len(queues) + 1)
            queue = queues[at] if at < len(queues) else None
            tier = TIERS[place]
            parts.append(
                Part(tier, queue, n_items, turns_of(policy, tier, queue), minutes_of(policy, tier, queue, speeds))
            )
    return parts


def turns_of(policy: Policy, tier: str, queue: Queue | None) -> Fraction:
    """How many turns one item takes on average: its reviewers, the share that is doubled, gold and repeats on top."""
    overlap = Fraction(policy.tiers[tier].overlap)
    if queue is None:
        return overlap
    overlap = max(overlap, Fraction(queue.overlap))
    if overlap == 1:
        overlap += Fraction(str(queue.doubled_share))
    return overlap * turns_for_one(queue)


def turns_for_one(queue: Queue) -> Fraction:
    """Turns a reviewer takes for each on live work: of all turns a share g is gold, and of the others r a repeat, so
    1 / ((1 - g) (1 - r))."""
    gold_share, repeat_share = Fraction(str(queue.gold_share)), Fraction(str(queue.repeat_share))
    # Where every turn is gold, work goes on only when the gold is used up, and then nothing comes on top.
    if 1 in (gold_share, repeat_share):
        return Fraction(1)
    return turns_of_item(Fraction(1), gold_share=gold_share, repeat_share=repeat_share)


def minutes_of(policy: Policy, tier: str, queue: Queue | None, speeds: ReviewSpeeds) -> Fraction:
    """As measured in the queue, else as the policy has it."""
    measured = speeds.minutes.get(queue.pk) if queue else None
    if measured is not None and measured.value is not None:
        return Fraction(str(round(measured.value, 4)))
    return Fraction(str(policy.tiers[tier].minutes))


def work_of(parts: Sequence[Part], day: Day, project: Project) -> Work:
    capacity = plan_capacity(
        [Tier(part.tier, day.of_one * part.all_turns, Fraction(1), part.minutes) for part in parts],
        productive_minutes_per_reviewer=MINUTES_OF_A_DAY,
        utilisation=Fraction(1),
        shrinkage=Fraction(0),
    )
    turns = sum((part.all_turns for part in parts), Fraction(0))
    return Work(
        turns=turns,
        turns_a_day=turns * day.of_one,
        hours_exact=capacity.total_hours,
        hours=hours_with_interval(parts, day, capacity.total_hours),
        people=capacity.reviewers_needed,
        cost_a_day=None if project.hourly_cost is None else cost_of(capacity.total_hours, project.hourly_cost),
    )


def hours_with_interval(parts: Sequence[Part], day: Day, hours: Fraction) -> Estimate:
    """Normal: mean ± 1.96 s / √n of the minutes an item takes. None where all items were read, or none goes to people.

    What a day brings varies beside that; this is what the draw of the sample leaves open.
    """
    if day.is_all or day.n_items < 2 or not hours:
        return Estimate(float(hours), n=day.n_items)
    minutes = [(part.n_items, float(part.turns * part.minutes)) for part in parts]
    mean = sum(n * one for n, one in minutes) / day.n_items
    n_none = day.n_items - sum(n for n, _ in minutes)
    squares = sum(n * (one - mean) ** 2 for n, one in minutes) + n_none * mean**2
    half_width = 1.96 * math.sqrt(squares / (day.n_items - 1) / day.n_items) * float(day.items_a_day) / 60
    value = float(hours)
    return Estimate(value, max(0.0, value - half_width), value + half_width, n=day.n_items)
