"""What a judge version in shadow would have decided, and what a change of judge costs before it happens."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from django.db.models import Count, Exists, OuterRef

from labeling.models import EntryPurpose, Item, JudgeVerdict, JudgeVersion, Project, Queue, Review
from labeling.policy.agreement import LEAST_ITEMS
from labeling.policy.assessing import assess
from labeling.policy.judging import judged_item
from labeling.policy.policies import Policy, parse_policy
from labeling.policy.routing import TIER_OF_STAKES
from labeling.policy.splits import SEALED_SHARE
from labeling.queries.agreement import ShownEstimate, estimate_from
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.judge_life import unheard_judges
from labeling.queries.judges import previous_version_of
from labeling.queries.queues import queue_for_kind
from labeling.queries.review_load import turns_for_one
from labeling.queries.routing import live_policy_of

WINDOW = timedelta(days=7)
# Of a large project the newest items stand for the week; each is decided anew.
MOST_ITEMS = 400


# --- in shadow ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shadow:
    """A version in shadow beside the one it would follow. Counts are of items of the last seven days that the version
    judged; `is_cut_off` where there are more than were looked at."""

    previous: JudgeVersion | None
    same: ShownEstimate | None
    n_items: int
    n_to_people: int
    n_shipped: int
    n_would_go_to_people: int
    n_would_ship: int
    is_cut_off: bool


def shadow_of(version: JudgeVersion, *, now: datetime) -> Shadow | None:
    """What it would have decided in the last seven days, were it heard and the other versions of its name not. None
    without a policy. A bounded number of queries; nothing is stored."""
    live = live_policy_of(version.project)
    if live is None:
        return None
    policy = parse_policy(live.definition)
    unheard, maps = unheard_judges(version.project, now=now), maps_in_use(version.project)
    siblings = JudgeVersion.objects.filter(project=version.project_id, name=version.name).exclude(pk=version.pk)
    why = {key: words for key, words in unheard.why.items() if key != str(version.pk)}
    why |= {str(pk): "another version of it" for pk in siblings.values_list("pk", flat=True)}
    as_if = replace(unheard, why=why)
    items = lately_judged_by(version, since=now - WINDOW)
    went, would = Counter[str](), Counter[tuple[str, str]]()
    for item in items[:MOST_ITEMS]:
        outcome = "ship" if item.status == Item.Status.SHIPPED else "people"
        then = assess(evidence_of(item, unheard=as_if, maps=maps), policy, u=item.sampling_u, is_hold_over=True)
        went[outcome] += 1
        would[outcome, "ship" if then.decision.outcome == "ship" else "people"] += 1
    previous = previous_version_of(version)
    return Shadow(
        previous=previous,
        same=share_of_same(version, previous) if previous else None,
        n_items=sum(went.values()),
        n_to_people=went["people"],
        n_shipped=went["ship"],
        n_would_go_to_people=would["ship", "people"],
        n_would_ship=would["people", "ship"],
        is_cut_off=len(items) > MOST_ITEMS,
    )


def lately_judged_by(version: JudgeVersion, *, since: datetime) -> list[Item]:
    said = JudgeVerdict.objects.filter(item=OuterRef("pk"), judge_version=version)
    items = Item.objects.filter(Exists(said), project=version.project_id, created_at__gt=since, payload__isnull=False)
    decided = items.exclude(status__in=[Item.Status.REFERENCE, Item.Status.BOUNCED, Item.Status.AWAITING])
    return list(with_evidence(decided).order_by("-id")[: MOST_ITEMS + 1])


def share_of_same(version: JudgeVersion, previous: JudgeVersion) -> ShownEstimate:
    """The share of questions that both versions answered, an item and a criterion each, with the same label. Two
    queries; of a question that one of them answered both ways nothing is said."""
    from labeling.stats.intervals import wilson_share

    mine, theirs = labels_of(version, beside=previous), labels_of(previous, beside=version)
    both = [key for key in mine.keys() & theirs.keys() if mine[key] and theirs[key]]
    same = wilson_share(sum(mine[key] == theirs[key] for key in both), len(both))
    return estimate_from(same.as_document())


def labels_of(version: JudgeVersion, *, beside: JudgeVersion) -> dict[tuple[int, str], str | None]:
    """Its label of each question that the other version answered, too; None where its runs tie."""
    twin = JudgeVerdict.objects.filter(item=OuterRef("item"), criterion=OuterRef("criterion"), judge_version=beside)
    said: dict[tuple[int, str], list[tuple[str, float | None]]] = {}
    found = JudgeVerdict.objects.filter(Exists(twin), judge_version=version).order_by("-id")[: 50 * MOST_ITEMS]
    for item_id, criterion, label in found.values_list("item_id", "criterion", "label"):
        said.setdefault((item_id, criterion), []).append((label, None))
    return {key: judged_item(given).label for key, given in said.items()}


# --- before a change ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TierSpill:
    """What ships a day on this judge in one tier, and the hours a day when people see it instead. `turns` are those an
    item takes: its overlap, what is doubled at random, and the gold that is seeded among them."""

    tier: str
    items_a_day: float
    minutes: float
    turns: float
    hours_a_day: float


@dataclass(frozen=True, slots=True)
class Spill:
    """What a change of judge costs until its next version is validated and cleared.

    n_labels : labelled items until enough of them are sealed ones, and as many in development
    days : how long that takes at the rate at which people labelled lately; None where nobody did
    """

    n_shipped: int
    days_counted: float
    tiers: Sequence[TierSpill]
    n_labels: int
    labels_a_day: float

    @property
    def hours_a_day(self) -> float:
        return sum(tier.hours_a_day for tier in self.tiers)

    @property
    def items_a_day(self) -> float:
        return sum(tier.items_a_day for tier in self.tiers)

    @property
    def days(self) -> float | None:
        return self.n_labels / self.labels_a_day if self.labels_a_day else None


def spill_of(project: Project, name: str, *, now: datetime) -> Spill | None:
    """The spill-over of a change of this judge, from the last seven days; None without a policy. Few queries."""
    live = live_policy_of(project)
    if live is None:
        return None
    policy = parse_policy(live.definition)
    judged = JudgeVerdict.objects.filter(item=OuterRef("pk"), judge_version__name=name)
    items = Item.objects.filter(Exists(judged), project=project, created_at__gt=now - WINDOW)
    shipped = list(
        items.filter(status=Item.Status.SHIPPED).order_by().values_list("kind", "stakes").annotate(n=Count("id"))
    )
    first = Item.objects.filter(project=project).order_by("id").values_list("created_at", flat=True).first() or now
    days = max(min(WINDOW, now - first) / timedelta(days=1), 1.0)
    return Spill(
        n_shipped=sum(n for _, _, n in shipped),
        days_counted=days,
        tiers=tiers_of(project, policy, shipped, days=days),
        n_labels=round(LEAST_ITEMS / SEALED_SHARE),
        labels_a_day=n_labelled(project, now=now) / days,
    )


def tiers_of(
    project: Project, policy: Policy, shipped: Sequence[tuple[str, str, int]], *, days: float
) -> list[TierSpill]:
    queues = list(Queue.objects.filter(project=project).order_by("id"))
    n_by_tier, turns_by_tier = Counter[str](), Counter[str]()
    for kind, stakes, n in shipped:
        tier = TIER_OF_STAKES[stakes]
        queue = queue_for_kind(kind, queues)
        turns = turns_for_one(queue) if queue else Fraction(1)
        overlap = overlap_in(policy.tiers[tier].overlap, queue)
        n_by_tier[tier] += n
        turns_by_tier[tier] += float(n * turns) * overlap
    return [
        TierSpill(
            name,
            n_by_tier[name] / days,
            policy.tiers[name].minutes,
            turns_by_tier[name] / n_by_tier[name],
            turns_by_tier[name] / days * policy.tiers[name].minutes / 60,
        )
        for name in policy.tiers
        if n_by_tier[name]
    ]


def overlap_in(tier_overlap: int, queue: Queue | None) -> float:
    least = max(tier_overlap, queue.overlap if queue else 1)
    return 1 + queue.doubled_share if queue and least == 1 else least


def n_labelled(project: Project, *, now: datetime) -> int:
    """Items that people labelled in the last seven days."""
    reviews = Review.objects.filter(entry__queue__project=project, submitted_at__gt=now - WINDOW, slot__isnull=False)
    live = reviews.filter(entry__purpose__purpose=EntryPurpose.Purpose.LIVE)
    return live.values("entry__item").distinct().count()
