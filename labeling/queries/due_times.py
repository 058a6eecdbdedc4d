"""What a policy would make late: each queue's line simulated with the project's own arrivals, speeds and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from labeling.models import Queue
from labeling.policy.assignment import on_duty
from labeling.policy.policies import TIERS, Policy, parse_policy
from labeling.queries.days import day_of
from labeling.queries.duties import active_duties, reviewers_of, rotation_of, seated_reviewers_of
from labeling.queries.review_load import Part
from labeling.queries.review_speeds import HOURS_OF_WEEK
from labeling.queries.routing import live_policy_of
from labeling.queries.whatif import Side, WhatIf
from labeling.stats.results import Estimate, undefined_because

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED = 1
# Under so many days the hours of the week are not told apart, and under so many not those of the day.
DAYS_FOR_WEEK, DAYS_FOR_DAY = 14, 3
WORKING_HOURS, WORKING_DAYS = range(9, 17), range(5)


@dataclass(frozen=True, slots=True)
class LateTier:
    """Of one tier's reviews, the share begun after its due time, under both policies."""

    name: str
    due_hours: float
    now: Estimate | None
    then: Estimate

    @property
    def now_percent(self) -> float | None:
        return percent(self.now.value) if self.now else None

    @property
    def then_percent(self) -> float | None:
        return percent(self.then.value)

    @property
    def low_percent(self) -> float | None:
        return percent(self.then.low)

    @property
    def high_percent(self) -> float | None:
        return percent(self.then.high)

    @property
    def is_worse(self) -> bool:
        return self.now is not None and (self.then.value or 0) > (self.now.value or 0) + 0.005


def percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


@dataclass(frozen=True, slots=True)
class QueuePeople:
    """Who is at work in a queue, and whether that was seen or is assumed of those on duty."""

    queue: Queue
    at_work: Sequence[float]
    words: str


@dataclass(frozen=True, slots=True)
class DueTimes:
    """`overloaded` names the queues in which more comes in under the draft than people get through."""

    tiers: Sequence[LateTier]
    people: Sequence[QueuePeople]
    overloaded: Sequence[str]
    arrivals: str


def due_times(whatif: WhatIf, policy: Policy, *, at: datetime) -> DueTimes:
    """Both policies, with the same people and arrivals and the same seed. A few queries a queue."""
    live = live_policy_of(whatif.project)
    profile, arrivals = arrival_profile(whatif)
    used = [queue for queue in whatif.queues if any(part.queue == queue for part in whatif.all_parts)]
    people = [people_of(queue, whatif, at=at) for queue in used]
    then, overloaded = late_by_tier(whatif, whatif.then, policy, people, profile)
    now = None
    if whatif.now and live:
        now, _ = late_by_tier(whatif, whatif.now, parse_policy(live.definition), people, profile)
    tiers = [
        LateTier(tier, policy.tiers[tier].due_hours, now[tier] if now else None, then[tier])
        for tier in TIERS
        if then[tier].value is not None or (now and now[tier].value is not None)
    ]
    return DueTimes(tiers, people, overloaded, arrivals)


def arrival_profile(whatif: WhatIf) -> tuple["NDArray[np.float64]", str]:
    """(168,) which share of a week's items comes in each of its hours, from Monday on; and what that rests on."""
    import numpy as np

    times = whatif.read.sample.came_at
    zone_seconds = timezone.localtime(whatif.read_at).utcoffset()
    local = times + (zone_seconds.total_seconds() if zone_seconds else 0)
    # The first of January 1970 was a Thursday.
    hours = (local // 3600 + 3 * 24).astype(np.int64) % HOURS_OF_WEEK
    counts = np.bincount(hours, minlength=HOURS_OF_WEEK).astype(np.float64)
    n_days = (times.max() - times.min()) / (24 * 60 * 60) if len(times) else 0.0
    if n_days >= DAYS_FOR_WEEK:
        return counts / counts.sum(), "items come in by the hour of the week as those sampled did"
    if n_days >= DAYS_FOR_DAY:
        of_day = counts.reshape(7, 24).sum(axis=0)
        return np.tile(of_day / of_day.sum() / 7, 7), "items come in by the hour of the day as those sampled did"
    return np.full(HOURS_OF_WEEK, 1 / HOURS_OF_WEEK), "items come in evenly: there are too few days to see hours"


def people_of(queue: Queue, whatif: WhatIf, *, at: datetime) -> QueuePeople:
    seen = whatif.read.speeds.at_work.get(queue.pk)
    if seen is not None:
        return QueuePeople(queue, seen, f"at work as in the last four weeks, {sum(seen):,.0f} hours a week")
    duties = active_duties(queue)
    if duties:
        n_people = len(on_duty(duties, rotation_of(queue), day_of(at), away=frozenset()))
        who = f"{n_people} on duty"
    else:
        n_people = seated_reviewers_of(queue).count() or reviewers_of(queue.project_id).count()
        who = f"{n_people} reviewer{'' if n_people == 1 else 's'}"
    hours = [
        float(n_people if hour // 24 in WORKING_DAYS and hour % 24 in WORKING_HOURS else 0)
        for hour in range(HOURS_OF_WEEK)
    ]
    return QueuePeople(queue, hours, f"{who}, taken to review from 9 to 17 on weekdays: too few reviews to see when")


def late_by_tier(
    whatif: WhatIf, side: Side, policy: Policy, people: Sequence[QueuePeople], profile: "NDArray[np.float64]"
) -> tuple[dict[str, Estimate], list[str]]:
    """The late share of each tier over the queues it goes to, and the queues that are overloaded."""
    import numpy as np

    from labeling.stats.due_times import simulate_late

    found: dict[str, list[tuple[float, Estimate]]] = {tier: [] for tier in TIERS}
    overloaded = []
    for one in people:
        parts = {part.tier: part for part in side.parts if part.queue == one.queue}
        if not parts:
            continue
        a_week = [7 * turns_a_day(whatif, parts.get(tier)) for tier in TIERS]
        work = sum(turns_a_day(whatif, part) * float(part.minutes) for part in parts.values())
        late = simulate_late(
            np.outer(a_week, profile),
            np.array(one.at_work),
            minutes=7 * work / sum(a_week),
            due_hours=[policy.tiers[tier].due_hours for tier in TIERS],
            seed=SEED,
            n_replicates=24,
            weeks=(1, 1),
        )
        if late.load >= 1:
            overloaded.append(one.queue.name)
        for tier, turns, estimate in zip(TIERS, a_week, late.by_class, strict=True):
            if turns and estimate.value is not None:
                found[tier].append((turns, estimate))
    return {tier: together(here) for tier, here in found.items()}, overloaded


def turns_a_day(whatif: WhatIf, part: Part | None) -> float:
    return float(whatif.day.of_one * part.all_turns) if part else 0.0


def together(found: Sequence[tuple[float, Estimate]]) -> Estimate:
    """Over queues, weighed by their reviews; the ends, too, which is wider than it need be."""
    total = sum(turns for turns, _ in found)
    if not total:
        return undefined_because("nothing of it goes to people", n=0)
    value, low, high = (
        sum(turns * (getattr(one, end) or 0.0) for turns, one in found) / total for end in ("value", "low", "high")
    )
    return Estimate(value, min(low, value), max(high, value), n=found[0][1].n)
