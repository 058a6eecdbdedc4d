"""What another policy would do with the project's traffic: who changes sides, the work, and what escapes.

Both policies decide the same random sample anew, by column; see queries/traffic.py. Nothing is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from labeling.models import Project, Queue
from labeling.policy.policies import TIERS, Policy, loosened_locks, parse_policy
from labeling.queries.escapes import Escaped, Shipping, chance_to_ship, escaped_under
from labeling.queries.remembered_traffic import ReadTraffic, read_traffic
from labeling.queries.review_load import Day, Part, Work, parts_of, queue_places, work_of
from labeling.queries.routing import live_policy_of
from labeling.queries.whatif_items import MOST_MOVED_SHOWN, OUTCOMES, Move, MovedItem, moved_items, some_of_each
from labeling.stats.results import Estimate

if TYPE_CHECKING:
    from labeling.policy.columnar import Decisions

# A day's volume is that of the last weeks: last year's would be too few, or too many.
LATELY = timedelta(days=28)
SHORTEST_PERIOD = timedelta(days=1)
NOTES = {"hold": "Each waits for a signal; one that never comes makes it a review, which is not counted here."}


@dataclass(frozen=True, slots=True)
class Side:
    """What one policy does with the sample, and in a day. `work.turns` are of reviewers, gold and repeats among them.

    n_by_tier : items by tier and outcome
    """

    n_by_outcome: dict[str, int]
    n_by_tier: dict[str, dict[str, int]]
    parts: Sequence[Part]
    work: Work
    escaped: Escaped

    @property
    def reviews(self) -> float:
        return float(self.work.turns)

    @property
    def reviews_a_day(self) -> float:
        return float(self.work.turns_a_day)

    @property
    def hours_a_day(self) -> float:
        return float(self.work.hours_exact)

    @property
    def people(self) -> int:
        return self.work.people

    @property
    def cost_a_day(self) -> Decimal | None:
        return self.work.cost_a_day

    @property
    def n_without_queue(self) -> int:
        return sum(part.n_items for part in self.parts if part.queue is None)


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome under both policies; `now` is None while none is live."""

    name: str
    now: int | None
    then: int
    note: str


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier in a day: what comes, and of it what people get, under both policies."""

    name: str
    items_a_day: float
    reviewed_now: float | None
    reviewed_then: float
    hours_now: float | None
    hours_then: float


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One queue in a day under both policies; `pace` says whose minutes the hours are counted with."""

    name: str
    reviewed_now: float | None
    reviewed_then: float
    hours_now: float | None
    hours_then: float
    pace: str


@dataclass(frozen=True)
class WhatIf:
    """The comparison; `now` is None while no policy is live, and then nothing changes sides.

    n_items : of the sample, drawn from `n_traffic` with `seed` and read at `read_at`
    since, until : between which the items came in; days : over which a day's volume is counted
    """

    project: Project
    n_items: int
    n_traffic: int
    seed: int
    read_at: datetime
    since: datetime | None
    until: datetime | None
    days: float
    day: Day
    now: Side | None
    then: Side
    moves: Sequence[Move]
    moved: Sequence[MovedItem]
    loosened: Sequence[str]
    queues: Sequence[Queue]
    read: ReadTraffic

    @property
    def n_moved(self) -> int:
        return sum(move.n_items for move in self.moves)

    @property
    def percent_moved(self) -> float:
        return 100 * self.n_moved / self.n_items if self.n_items else 0.0

    @property
    def is_sample(self) -> bool:
        return not self.day.is_all

    @property
    def items_a_day(self) -> float:
        return float(self.day.items_a_day)

    @property
    def n_without_queue(self) -> int:
        return self.then.n_without_queue

    @property
    def refusal(self) -> str:
        """Why this policy could not be published, or nothing."""
        if not self.loosened:
            return ""
        return f"Cannot be published: it drops or loosens locked rules ({', '.join(self.loosened)})."

    @property
    def rows(self) -> list[Row]:
        rows = []
        for outcome, name in OUTCOMES.items():
            n_then = self.then.n_by_outcome[outcome]
            n_now = self.now.n_by_outcome[outcome] if self.now else None
            rows.append(Row(name, n_now, n_then, NOTES.get(outcome, "") if n_then else ""))
        return rows

    @property
    def hours_change(self) -> float:
        return round(self.then.hours_a_day - self.now.hours_a_day, 6) if self.now else 0.0

    @cached_property
    def tiers(self) -> list[TierRow]:
        of_one = float(self.day.of_one)
        return [
            TierRow(
                tier,
                of_one * sum(self.then.n_by_tier[tier].values()),
                of_one * self.now.n_by_tier[tier]["review"] if self.now else None,
                of_one * self.then.n_by_tier[tier]["review"],
                self.hours_of(self.now, tier=tier) if self.now else None,
                self.hours_of(self.then, tier=tier),
            )
            for tier in TIERS
        ]

    @cached_property
    def queue_rows(self) -> list[QueueRow]:
        used = [queue for queue in self.queues if any(part.queue == queue for part in self.all_parts)]
        return [
            QueueRow(
                queue.name,
                self.reviewed_in(self.now, queue) if self.now else None,
                self.reviewed_in(self.then, queue),
                self.hours_of(self.now, queue=queue) if self.now else None,
                self.hours_of(self.then, queue=queue),
                pace_in_words(self.read.speeds.minutes.get(queue.pk)),
            )
            for queue in used
        ]

    @property
    def all_parts(self) -> list[Part]:
        return [*self.then.parts, *(self.now.parts if self.now else ())]

    def reviewed_in(self, side: Side, queue: Queue) -> float:
        return float(self.day.of_one * sum(part.n_items for part in side.parts if part.queue == queue))

    def hours_of(self, side: Side, *, tier: str | None = None, queue: Queue | None = None) -> float:
        minutes = sum(
            part.all_turns * part.minutes
            for part in side.parts
            if tier in (None, part.tier) and (queue is None or part.queue == queue)
        )
        return float(self.day.of_one * minutes / 60)


def pace_in_words(minutes: Estimate | None) -> str:
    if minutes is None or minutes.value is None:
        return "the policy’s minutes, until 30 reviews were measured"
    if minutes.low is None or minutes.high is None:
        return f"{minutes.value:.1f} minutes, the mean of {minutes.n:,} reviews"
    return f"{minutes.value:.1f} minutes ({minutes.low:.1f} to {minutes.high:.1f}), the mean of {minutes.n:,} reviews"


def replay(project: Project, policy: Policy, *, at: datetime, shows_items: bool = True) -> WhatIf:
    """Decide the project's traffic under the live policy and under this one, with each item's own stored draw.

    Both sides are decided anew on the evidence that is there today, so that what differs is the policy alone. In a
    bounded number of queries, and a few where the traffic was read within the last minutes; nothing is stored.
    """
    from labeling.policy.columnar import decide_all

    live = live_policy_of(project)
    live_policy = parse_policy(live.definition) if live else None
    read = read_traffic(project, now=at)
    queues = list(Queue.objects.filter(project=project).order_by("id"))
    days, day = day_of_traffic(read)
    told: list[tuple[Decisions, Side]] = []
    ships_now = nothing_ships(read)
    for one in (live_policy, policy):
        if one is None:
            continue
        asked = (read.sample.under(one, at=at.timestamp()), read.labelled.under(one, at=at.timestamp()))
        decisions = decide_all(asked[0], one)
        ships = Shipping(chance_to_ship(decisions), chance_to_ship(decide_all(asked[1], one)))
        ships_now = ships if one is live_policy else ships_now
        escaped = escaped_under(
            read,
            ships,
            ships_now,
            signal=one.confidence_signal,
            asked=asked,
            items_a_day=float(day.items_a_day),
        )
        places = queue_places(read.sample, queues)
        parts = parts_of(decisions, one, queues=queues, places=places, speeds=read.speeds)
        told.append((decisions, side_of(decisions, parts, work_of(parts, day, project), escaped)))
    before = told[0] if live_policy else None
    moves, chosen = moves_between(before[0] if before else None, told[-1][0], read.sample.ids)
    times = read.sample.came_at
    return WhatIf(
        project=project,
        n_items=len(read.sample),
        n_traffic=read.n_items,
        seed=read.seed,
        read_at=read.read_at,
        since=datetime.fromtimestamp(float(times.min()), UTC) if len(times) else None,
        until=datetime.fromtimestamp(float(times.max()), UTC) if len(times) else None,
        days=days,
        day=day,
        now=before[1] if before else None,
        then=told[-1][1],
        moves=moves,
        moved=moved_items(project, chosen, policy, live_policy, at=at) if shows_items and live_policy else [],
        loosened=loosened_locks(live_policy, policy) if live_policy else [],
        queues=queues,
        read=read,
    )


def day_of_traffic(read: ReadTraffic) -> tuple[float, Day]:
    """Over how many days a day's volume is counted, and the day: that of the last four weeks, or of all there is where
    it is less, but of one day at least. What came in a minute says nothing about a day."""
    times = read.sample.came_at
    if not len(times):
        return 1.0, Day(0, Fraction(0), is_all=True)
    until = float(times.max())
    since = max(float(times.min()), until - LATELY.total_seconds())
    n_lately = int((times >= since).sum())
    days = Fraction(max(int(until - since), int(SHORTEST_PERIOD.total_seconds())), 24 * 60 * 60)
    items_a_day = Fraction(read.n_items * n_lately, len(times)) / days
    return float(days), Day(len(times), items_a_day, is_all=read.is_all)


def nothing_ships(read: ReadTraffic) -> Shipping:
    import numpy as np

    return Shipping(np.zeros(len(read.sample)), np.zeros(len(read.labelled)))


def side_of(decisions: "Decisions", parts: Sequence[Part], work: Work, escaped: Escaped) -> Side:
    import numpy as np

    keys = decisions.tiers.astype(np.int64) * len(OUTCOMES) + decisions.outcomes
    counts = np.bincount(keys, minlength=len(TIERS) * len(OUTCOMES)).reshape(len(TIERS), len(OUTCOMES)).tolist()
    n_by_tier = {
        tier: dict(zip(OUTCOMES, by_outcome, strict=True)) for tier, by_outcome in zip(TIERS, counts, strict=True)
    }
    n_by_outcome = {outcome: sum(here[outcome] for here in n_by_tier.values()) for outcome in OUTCOMES}
    return Side(n_by_outcome, n_by_tier, parts, work, escaped)


def moves_between(now: "Decisions | None", then: "Decisions", item_ids: Sequence[int]) -> tuple[list[Move], list[int]]:
    """How many items go which way, the most first, and some of each to be shown."""
    import numpy as np

    if now is None:
        return [], []
    names = list(OUTCOMES)
    keys = now.outcomes.astype(np.int64) * len(names) + then.outcomes
    moves, some = [], []
    for key in np.unique(keys[now.outcomes != then.outcomes]).tolist():
        places = np.flatnonzero(keys == key)
        moves.append(Move(names[key // len(names)], names[key % len(names)], len(places)))
        some.append([item_ids[place] for place in places[:MOST_MOVED_SHOWN].tolist()])
    return sorted(moves, key=lambda move: -move.n_items), some_of_each(some)
