"""How much went where and why: the numbers behind the routing page, and the history of policies."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from labeling.models import Item, PolicyChange, Project, RoutingDecision, RoutingPolicy
from labeling.policy.conditions import PolicyError
from labeling.policy.policies import Policy, Rule, Tier, parse_policy
from labeling.policy.reasons import words_for_reason
from labeling.queries.in_force import DECIDING
from labeling.queries.reasons import n_fired_by_code

Status = Item.Status
WINDOW = timedelta(days=7)
# Reasons lie inside JSON, so counting them opens every decision: 100,000 take a tenth of a second.
MOST_DECISIONS_OPENED = 100_000
# Where an item went by what it is now: whatever people have or had went to review.
BRANCHES = (
    ("shipped", "Shipped", (Status.SHIPPED,)),
    ("review", "To review", (Status.IN_REVIEW, Status.DISPUTED, Status.FINAL)),
    ("held", "Held", (Status.AWAITING,)),
    ("bounced", "Bounced", (Status.BOUNCED,)),
    ("other", "Not routed", (Status.UNROUTED,)),
)


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of the flow: `start_percent` is where its part of the strip begins."""

    look: str
    name: str
    n_items: int
    percent: float
    start_percent: float
    why: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Where the items of one stretch of time went. References are no traffic and are not among them."""

    n_items: int
    branches: Sequence[Branch]

    @property
    def in_words(self) -> str:
        return ", ".join(f"{branch.name}: {branch.n_items} of {self.n_items}" for branch in self.branches)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often one reason fired, lately and in all decisions that were opened."""

    code: str
    words: str
    n_lately: int
    n_in_all: int


@dataclass(frozen=True, slots=True)
class ReasonCounts:
    """The reasons by how often they fired; `is_cut_off` when only the newest decisions were opened."""

    reasons: Sequence[ReasonCount]
    n_decisions_lately: int
    n_decisions: int
    is_cut_off: bool


@dataclass(frozen=True, slots=True)
class PolicyShown:
    """A policy as pages word it."""

    policy: Policy
    audit_percent: float
    tiers: Sequence[tuple[str, Tier, float]]
    rules: Sequence[tuple[Rule, float, str]]


def live_policy_of(project: Project) -> RoutingPolicy | None:
    return project.policies.filter(state=RoutingPolicy.State.LIVE).select_related("author").first()


def judge_passes_of(project: Project) -> tuple[str, frozenset[str]] | None:
    """The criterion and the labels by which the live policy lets a judge pass an item, if it does."""
    live = live_policy_of(project)
    return parse_policy(live.definition).judge_passes if live else None


def holds_to_decide(*, now: datetime) -> Q:
    """Held items whose hold ran out, and those that no version in force has decided yet."""
    decided = RoutingDecision.objects.filter(item=OuterRef("pk"), policy__state__in=DECIDING)
    return Q(status=Item.Status.AWAITING) & (Q(hold_until__lte=now) | Q(~Exists(decided)))


def versions_that_were_live(project: Project) -> QuerySet[RoutingPolicy]:
    return project.policies.filter(published_at__isnull=False).order_by("-published_at", "-number")[:50]


def history_of(project: Project) -> QuerySet[RoutingPolicy]:
    """Every version: drafts first, then the published ones by when that was, newest first."""
    drafts_first = F("published_at").desc(nulls_first=True)
    steps = Prefetch("changes", PolicyChange.objects.select_related("changed_by"))
    return project.policies.select_related("author").prefetch_related(steps).order_by(drafts_first, "-number")


def previous_of(policy: RoutingPolicy) -> RoutingPolicy | None:
    """The version that was live before this one; for a draft the one that is live now.

    By time, not by number: a draft keeps its number however many versions are published before it.
    """
    published = RoutingPolicy.objects.filter(project=policy.project_id, published_at__isnull=False)
    if policy.published_at is not None:
        published = published.filter(
            Q(published_at__lt=policy.published_at) | Q(published_at=policy.published_at, number__lt=policy.number)
        )
    return published.order_by("-published_at", "-number").first()


def n_unrouted(project: Project) -> int:
    return Item.objects.filter(project=project, status=Status.UNROUTED).count()


def n_decisions_under(policy: RoutingPolicy) -> int:
    return policy.decisions.count()


# --- the flow -----------------------------------------------------------------------------------------------------


def flow_of(project: Project, *, since: datetime | None = None) -> Flow:
    """The items that came in since then, or ever, by where they went."""
    items = Item.objects.filter(project=project)
    if since is not None:
        items = items.filter(id__gt=last_id_before(items.filter(created_at__lt=since)))
    n_by_status = dict(items.order_by().values_list("status").annotate(n_items=Count("id")))
    n_items = sum(n_by_status.values()) - n_by_status.get(Status.REFERENCE, 0)
    branches, start = [], 0.0
    for look, name, statuses in BRANCHES:
        n_here = sum(n_by_status.get(status, 0) for status in statuses)
        percent = 100 * n_here / n_items if n_items else 0.0
        branches.append(Branch(look, name, n_here, percent, start, why=why_of(look, n_by_status)))
        start += percent
    return Flow(n_items, branches)


def last_id_before(earlier: QuerySet) -> int:
    """The newest id among earlier rows.

    Ids follow time and are indexed, times are not: walking back from the newest row reads the window only, where
    a comparison of times would read the whole table.
    """
    return earlier.order_by("-id").values_list("id", flat=True).first() or 0


def why_of(look: str, n_by_status: Mapping[str, int]) -> str:
    if look == "review":
        parts = (("waiting", Status.IN_REVIEW), ("disputed", Status.DISPUTED), ("final", Status.FINAL))
        return ", ".join(f"{n_by_status.get(status, 0):,} {word}" for word, status in parts)
    return {
        "shipped": "No ground for review fired.",
        "held": "A required signal has not come; when the hold runs out, a person decides.",
        "bounced": "A check sent it back to the producer.",
        "other": "Came in while no policy was live.",
    }[look]


def reason_counts_of(project: Project, *, since: datetime) -> ReasonCounts:
    """How often each reason fired since then and in all. An item that was held and decided again counts twice."""
    policy_ids = list(project.policies.values_list("id", flat=True))
    decisions = RoutingDecision.objects.filter(policy__in=policy_ids)
    window_start = last_id_before(decisions.filter(decided_at__lt=since))
    opened_from = decisions.order_by("-id").values_list("id", flat=True)[MOST_DECISIONS_OPENED:].first() or 0
    lately = n_fired_by_code(policy_ids, after_id=max(window_start, opened_from))
    in_all = n_fired_by_code(policy_ids, after_id=opened_from)
    reasons = [ReasonCount(code, words_for_reason(code), lately.get(code, 0), in_all[code]) for code in in_all]
    return ReasonCounts(
        sorted(reasons, key=lambda reason: (-reason.n_lately, -reason.n_in_all, reason.code)),
        n_decisions_lately=decisions.filter(id__gt=max(window_start, opened_from)).count(),
        n_decisions=decisions.filter(id__gt=opened_from).count(),
        is_cut_off=opened_from > 0,
    )


# --- one version --------------------------------------------------------------------------------------------------


def policy_in_words(definition: Any) -> PolicyShown | None:
    """The parsed policy with its shares as percent, or None for a definition that this code no longer reads."""
    try:
        policy = parse_policy(definition)
    except PolicyError:
        return None
    return PolicyShown(
        policy,
        audit_percent=percent_of(policy.audit_share),
        tiers=[(name, tier, percent_of(tier.review_share)) for name, tier in policy.tiers.items()],
        rules=[(rule, percent_of(rule.review_share), words_for_reason(rule.reason)) for rule in policy.rules],
    )


def percent_of(share: float) -> float:
    # Rounded, because 100 * 0.07 is 7.000000000000001.
    return round(100 * share, 6)


def lines_of(definition: Any) -> list[str]:
    return json.dumps(definition, ensure_ascii=False, indent=2, sort_keys=True).splitlines()


def text_of_parts(parts: Sequence[Any]) -> str:
    """Rules or checks as JSON, in their own order, or nothing at all."""
    return json.dumps(parts, ensure_ascii=False, indent=2, sort_keys=True) if parts else ""


def diff_of(before: Any, after: Any) -> list[tuple[str, str]]:
    """What changed between two definitions, line by line: (added, removed, hunk or empty, the line)."""
    looks = {"+": "added", "-": "removed", "@": "hunk"}
    lines = list(difflib.unified_diff(lines_of(before), lines_of(after), lineterm="", n=3))[2:]
    return [(looks.get(line[0], ""), line if line[0] == "@" else line[1:]) for line in lines]
