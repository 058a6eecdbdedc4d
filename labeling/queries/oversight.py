"""The oversight card of a queue: who reviews what against which rubric, with what authority, how much and how soon; and
how much of the traffic really got a person's label, beside what the policy claims.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q

from labeling.models import EntryPurpose, Item, Queue, QueueEntry, RubricVersion
from labeling.policy.policies import TIERS, Policy, parse_policy
from labeling.policy.routing import TIER_OF_STAKES
from labeling.queries.duties import reviewers_of
from labeling.queries.labels import standing_labels
from labeling.queries.queues import queue_for
from labeling.queries.rosters import OnRoster, roster_of
from labeling.queries.routing import last_id_before, live_policy_of
from labeling.queries.rubric_versions import version_in_use
from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate

COVERED_DAYS = 28
Status = Item.Status
# What was decided is traffic; what is held, bounced, not routed or a reference is none.
DECIDED = (Status.SHIPPED, Status.IN_REVIEW, Status.DISPUTED, Status.FINAL)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One tier's traffic of four weeks: the share that the policy claims to review at least, and what became of it.

    actual : the share with a final label that stands; whoever is still in time has none yet
    n_late : labelled, but after it was due
    n_overdue : due, and without a label still
    n_in_time : with people, and not due yet
    """

    tier: str
    claimed: float | None
    actual: Estimate
    n_late: int
    n_overdue: int
    n_in_time: int
    due_hours: float | None
    consequence_owner: str

    @property
    def claimed_percent(self) -> float | None:
        return None if self.claimed is None else round(100 * self.claimed, 4)

    @property
    def in_percent(self) -> tuple[float, float, float] | None:
        share = self.actual
        if share.value is None or share.low is None or share.high is None:
            return None
        return 100 * share.value, 100 * share.low, 100 * share.high

    @property
    def falls_short(self) -> bool:
        """Whether even what is still in time could not make up for what is missing."""
        if self.claimed is None or self.actual.high is None:
            return False
        return self.actual.high + self.n_in_time / self.actual.n < self.claimed


@dataclass(frozen=True, slots=True)
class OversightCard:
    """The six answers and the coverage. `n_reviewers` may draw where nobody has a duty."""

    queue: Queue
    roster: Sequence[OnRoster]
    n_reviewers: int
    version: RubricVersion | None
    policy: Policy | None
    coverage: Sequence[Coverage]
    since: datetime
    policy_since: datetime | None

    @property
    def audit_percent(self) -> float | None:
        return None if self.policy is None else round(100 * self.policy.audit_share, 4)

    @property
    def is_policy_young(self) -> bool:
        """Whether part of the traffic was decided under an earlier policy, which may have claimed something else."""
        return self.policy_since is not None and self.policy_since > self.since

    @property
    def is_anybody_on_duty(self) -> bool:
        return not self.roster or any(one.is_on_duty and one.is_here for one in self.roster)


def oversight_card(queue: Queue, *, now: datetime) -> OversightCard:
    """Some fifteen queries, however much came in."""
    live = live_policy_of(queue.project)
    policy = parse_policy(live.definition) if live else None
    since = now - timedelta(days=COVERED_DAYS)
    return OversightCard(
        queue=queue,
        roster=roster_of(queue, now=now),
        n_reviewers=reviewers_of(queue.project_id).count(),
        version=version_in_use(queue.rubric),
        policy=policy,
        coverage=coverage_of(queue, policy, since=since, now=now),
        since=since,
        policy_since=live.published_at if live else None,
    )


def coverage_of(queue: Queue, policy: Policy | None, *, since: datetime, now: datetime) -> list[Coverage]:
    counts, lateness = traffic_of(queue, since=since), lateness_of(queue, since=since, now=now)
    rows = []
    for tier in TIERS:
        n, n_final = counts[tier, ""], counts[tier, Status.FINAL]
        rows.append(
            Coverage(
                tier=tier,
                claimed=claimed_share(policy, tier, is_reserved=queue.is_reserved),
                actual=wilson_share(n_final, n),
                due_hours=policy.tiers[tier].due_hours if policy else None,
                consequence_owner=policy.tiers[tier].consequence_owner if policy else "",
                **{name: lateness[tier, name] for name in ("n_late", "n_overdue", "n_in_time")},
            )
        )
    return rows


def claimed_share(policy: Policy | None, tier: str, *, is_reserved: bool) -> float | None:
    """What the live policy promises of a tier at least; rules and confidence only add to it."""
    if policy is None:
        return None
    if is_reserved or policy.reviews_all_on_cold_start:
        return 1.0
    return max(policy.tiers[tier].review_share, policy.audit_share)


def traffic_of(queue: Queue, *, since: datetime) -> Counter[tuple[str, str]]:
    """By tier, and status or none, how many items came in that are this queue's to look at, shipped ones among them."""
    of_project = Item.objects.filter(project=queue.project_id)
    items = of_project.filter(id__gt=last_id_before(of_project.filter(created_at__lt=since)), status__in=DECIDED)
    reserved = QueueEntry.objects.filter(item=OuterRef("pk"), queue__is_reserved=True)
    if queue.is_reserved:
        items = items.filter(Exists(reserved.filter(queue=queue)))
    else:
        items = items.filter(~Exists(reserved), kind__in=kinds_for(queue, items.order_by().values_list("kind")))
    counts: Counter[tuple[str, str]] = Counter()
    for stakes, status, n in items.order_by().values_list("stakes", "status").annotate(n=Count("id")):
        counts[TIER_OF_STAKES[stakes], status] += n
        counts[TIER_OF_STAKES[stakes], ""] += n
    return counts


def kinds_for(queue: Queue, kinds: Any) -> list[str]:
    """Which of the kinds come to this queue, by the one rule that puts items into queues."""
    queues = list(queue.project.queues.order_by("id"))
    return [kind for (kind,) in kinds.distinct() if queue_for(Item(kind=kind), queues) == queue]


def lateness_of(queue: Queue, *, since: datetime, now: datetime) -> Mapping[tuple[str, str], int]:
    """By tier how many live entries were labelled late, are overdue, and are in time still."""
    entries = QueueEntry.objects.filter(
        queue=queue, created_at__gte=since, purpose__purpose=EntryPurpose.Purpose.LIVE, item__created_at__gte=since
    )
    late = standing_labels().filter(entry=OuterRef("pk"), decided_at__gt=OuterRef("due_at"))
    settled = Q(state=QueueEntry.State.SETTLED)
    counted = (
        entries.order_by()
        .values(stakes=F("item__stakes"))
        .annotate(
            n_late=Count("id", filter=Q(Exists(late))),
            n_overdue=Count("id", filter=~settled & Q(due_at__lt=now)),
            n_in_time=Count("id", filter=~settled & Q(due_at__gte=now)),
        )
    )
    found: Counter[tuple[str, str]] = Counter()
    for row in counted:
        for name in ("n_late", "n_overdue", "n_in_time"):
            found[TIER_OF_STAKES[row["stakes"]], name] += row[name]
    return found
