"""What another policy would have done with the newest stored items: who changes sides, and the hours it takes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from labeling.models import Item, Project, Queue
from labeling.policy.assessing import Assessment, Evidence, assess
from labeling.policy.policies import Policy, loosened_locks, parse_policy
from labeling.policy.seeding import overlap_of_entry
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.judge_life import unheard_judges
from labeling.queries.queues import queue_for
from labeling.queries.routing import live_policy_of
from labeling.stats.capacity import Tier, plan_capacity

MOST_ITEMS = 2_000
MOST_MOVED_SHOWN = 20
# Payloads may be long: so many lie in memory at once.
READ_AT_ONCE = 500
SHORTEST_PERIOD = timedelta(days=1)
MINUTES_OF_A_DAY = Fraction(8 * 60)
OUTCOMES = {"ship": "Shipped", "review": "Reviewed", "hold": "Held", "bounce": "Bounced"}
NOTES = {"hold": "Each waits for a signal; one that never comes makes it a review, which is not counted here."}


@dataclass(frozen=True, slots=True)
class Side:
    """What one policy does with the sample. `reviews` are turns of reviewers, those on gold among them."""

    n_by_outcome: dict[str, int]
    reviews: float
    reviews_a_day: float
    hours_a_day: float
    people: int


@dataclass(frozen=True, slots=True)
class Move:
    """How many items go from one outcome to another."""

    before: str
    after: str
    n_items: int

    @property
    def in_words(self) -> str:
        return move_in_words(self.before, self.after)


@dataclass(frozen=True, slots=True)
class MovedItem:
    """One item that changes sides; `why` names the grounds that appear, or those that are gone."""

    item_id: int
    external_id: str
    before: str
    after: str
    why: str

    @property
    def in_words(self) -> str:
        return move_in_words(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome under both policies; `now` is None while none is live."""

    name: str
    now: int | None
    then: int
    note: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The comparison; `now` is None while no policy is live, and then nothing changes sides."""

    n_items: int
    since: datetime | None
    until: datetime | None
    days: float
    now: Side | None
    then: Side
    moves: Sequence[Move]
    moved: Sequence[MovedItem]
    n_without_queue: int
    loosened: Sequence[str]

    @property
    def n_moved(self) -> int:
        return sum(move.n_items for move in self.moves)

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


class Load:
    """Adds up what one policy does: outcomes, and the turns of reviewers by tier."""

    def __init__(self, policy: Policy, queues: Sequence[Queue]):
        self.policy = policy
        self.queues = queues
        self.n_by_outcome = Counter[str]()
        self.turns_by_tier = {name: Fraction(0) for name in policy.tiers}
        self.n_without_queue = 0

    def assess(self, item: Item, evidence: Evidence, *, is_hold_over: bool) -> Assessment:
        assessment = assess(evidence, self.policy, u=item.sampling_u, is_hold_over=is_hold_over)
        self.n_by_outcome[assessment.decision.outcome] += 1
        if assessment.decision.outcome == "review":
            self.turns_by_tier[assessment.decision.tier] += self.turns_of(item, assessment.decision.tier)
        return assessment

    def turns_of(self, item: Item, tier_name: str) -> Fraction:
        tier = self.policy.tiers[tier_name]
        queue = queue_for(item, self.queues)
        if queue is None:
            self.n_without_queue += 1
            return Fraction(tier.overlap)
        overlap = overlap_of_entry(
            queue.seeding_secret,
            item_id=item.pk,
            overlap=queue.overlap,
            tier_overlap=tier.overlap,
            doubled_share=queue.doubled_share,
        )
        return overlap * turns_for_one(queue)

    def side(self, days: Fraction) -> Side:
        capacity = plan_capacity(
            [
                Tier(name, turns / days, Fraction(1), Fraction(str(self.policy.tiers[name].minutes)))
                for name, turns in self.turns_by_tier.items()
            ],
            productive_minutes_per_reviewer=MINUTES_OF_A_DAY,
            utilisation=Fraction(1),
            shrinkage=Fraction(0),
        )
        reviews = sum(self.turns_by_tier.values(), Fraction(0))
        return Side(
            {outcome: self.n_by_outcome[outcome] for outcome in OUTCOMES},
            reviews=float(reviews),
            reviews_a_day=float(reviews / days),
            hours_a_day=float(capacity.total_hours),
            people=capacity.reviewers_needed,
        )


def turns_for_one(queue: Queue) -> Fraction:
    """Turns a reviewer takes for each on live work: a share g of all turns is gold, so 1 / (1 - g)."""
    gold_share = Fraction(str(queue.gold_share))
    # Where every turn is gold, work goes on only when the gold is used up, and then nothing comes on top.
    return 1 / (1 - gold_share) if gold_share < 1 else Fraction(1)


def move_in_words(before: str, after: str) -> str:
    return f"{OUTCOMES[before].lower()} now, {OUTCOMES[after].lower()} then"


def replay(project: Project, policy: Policy, *, at: datetime) -> WhatIf:
    """Decide the newest items under the live policy and under this one, with each item's own stored draw.

    Both sides are decided anew on the evidence that is there today, so that what differs is the policy alone.
    At most `MOST_ITEMS`, in a bounded number of queries; nothing is stored.
    """
    live = live_policy_of(project)
    live_policy = parse_policy(live.definition) if live else None
    queues = list(Queue.objects.filter(project=project).order_by("id"))
    before, after = (Load(live_policy, queues) if live_policy else None), Load(policy, queues)
    unheard, maps = unheard_judges(project, now=at), maps_in_use(project)
    n_items, n_by_move, shown, times = 0, Counter[tuple[str, str]](), [], []
    for item in newest_items(project):
        n_items += 1
        times.append(item.created_at)
        evidence = evidence_of(item, unheard=unheard, maps=maps)
        is_hold_over = item.hold_until is not None and item.hold_until <= at
        then = after.assess(item, evidence, is_hold_over=is_hold_over)
        if before is None:
            continue
        now = before.assess(item, evidence, is_hold_over=is_hold_over)
        move = (now.decision.outcome, then.decision.outcome)
        if move[0] == move[1]:
            continue
        n_by_move[move] += 1
        if n_by_move[move] <= MOST_MOVED_SHOWN:
            moved = MovedItem(item.pk, item.external_id, *move, why=why_moved(now, then))
            shown.append((n_by_move[move], moved))
    days = period(times)
    return WhatIf(
        n_items=n_items,
        since=min(times, default=None),
        until=max(times, default=None),
        days=float(days),
        now=before.side(days) if before else None,
        then=after.side(days),
        moves=[Move(*move, n_here) for move, n_here in n_by_move.most_common()],
        moved=some_of_each(shown),
        n_without_queue=after.n_without_queue,
        loosened=loosened_locks(live_policy, policy) if live_policy else [],
    )


def newest_items(project: Project) -> Iterator[Item]:
    """The newest outputs with their evidence. References are no traffic; of erased ones there is nothing to decide."""
    items = Item.objects.filter(project=project, payload__isnull=False).exclude(status=Item.Status.REFERENCE)
    return with_evidence(items).order_by("-id")[:MOST_ITEMS].iterator(chunk_size=READ_AT_ONCE)


def period(times: Sequence[datetime]) -> Fraction:
    """The days in which the items came, at least one: what came in a minute says nothing about a day."""
    length = max(max(times) - min(times), SHORTEST_PERIOD) if times else SHORTEST_PERIOD
    return Fraction(length // timedelta(seconds=1), 24 * 60 * 60)


def why_moved(now: Assessment, then: Assessment) -> str:
    """The grounds of the new outcome; for an item that ships instead, those that fire no more."""
    if then.decision.outcome == "ship":
        return f"No longer: {grounds_of(now)}"
    return grounds_of(then)


def grounds_of(assessment: Assessment) -> str:
    return "; ".join(reason.explanation for reason in assessment.decision.reasons if reason.fired)


def some_of_each(shown: Sequence[tuple[int, MovedItem]]) -> list[MovedItem]:
    """A list short enough to read in which no kind of change crowds out another, one kind after the other."""
    in_turns = sorted(shown, key=lambda ranked: ranked[0])[:MOST_MOVED_SHOWN]
    return [moved for _, moved in sorted(in_turns, key=lambda ranked: (ranked[1].before, ranked[1].after))]
