"""What ada does beyond publishing: an hour has its cost, guardrails are on, a threshold was looked for, the next
version is tried in shadow, and one decision stays with named people.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from labeling.management.demo_world.policies import NEXT_POLICY, NEXT_REASON
from labeling.management.demo_world.shop import Shop
from labeling.models import ThresholdSearch
from labeling.policy.errors import Conflict, Invalid
from labeling.services.autonomy import look_at_guardrails, set_guardrail
from labeling.services.named_decisions import enter_decision
from labeling.services.policies import save_draft
from labeling.services.policy_life import begin_shadow
from labeling.services.projects import set_hourly_cost
from labeling.services.shadows import decide_in_shadow
from labeling.services.thresholds import look_at_labels, plan_search

HOURLY_COST, CURRENCY = Decimal(32), "€"
GUARDRAILS: dict[str, float | None] = {"agreement": 0.667, "gold": 0.7, "escaped": 0.05, "drift": None}
# Fewer than three months of audit bring for sure, and too few for the promise: what is then said is part of the tour.
N_LABELS_TO_LOOK_AT = 35
GUARDED_RULE = "refunds above 100"


def say_what_an_hour_costs(shop: Shop, *, at: datetime) -> None:
    set_hourly_cost(shop.project, hourly_cost=HOURLY_COST, currency=CURRENCY, actor=shop.users["ada"], now=at)


def switch_guardrails_on(shop: Shop, *, at: datetime) -> None:
    for kind, limit in GUARDRAILS.items():
        set_guardrail(shop.project, kind=kind, limit=limit, is_on=True, actor=shop.users["ada"], now=at)


def plan_threshold(shop: Shop, *, at: datetime) -> None:
    plan_search(
        shop.project,
        signal="judge_vote_share",
        target=0.05,
        confidence=0.9,
        n_labels=N_LABELS_TO_LOOK_AT,
        actor=shop.users["ada"],
        now=at,
    )


def look_for_threshold(shop: Shop, *, at: datetime) -> None:
    """A plan whose labels are not in yet waits for them, as it would for anybody."""
    for search in ThresholdSearch.objects.filter(project=shop.project, certificate__isnull=True):
        try:
            look_at_labels(search, actor=shop.users["ada"], now=at)
        except (Conflict, Invalid):
            continue


def try_next_version(shop: Shop, *, at: datetime) -> None:
    draft = save_draft(
        project=shop.project, definition=NEXT_POLICY, reason=NEXT_REASON, author=shop.users["ada"], now=at
    )
    begin_shadow(draft, reason=NEXT_REASON, actor=shop.users["ada"], now=at)


def oversee(shop: Shop, *, at: datetime) -> None:
    """What the worker does between two nights: it decides in shadow, and reads the guardrails."""
    while decide_in_shadow(shop.project, now=at):
        pass
    look_at_guardrails(shop.project, now=at)


def name_who_decides(shop: Shop, *, at: datetime) -> None:
    """From here on large refunds wait for ana, or for cleo while ana is away."""
    enter_decision(
        shop.project,
        title="Refunds above 100 euros",
        rule_name=GUARDED_RULE,
        rubric=shop.support.rubric,
        accountable=shop.users["ana"],
        backup=shop.users["cleo"],
        review_on=(at + timedelta(days=90)).date(),
        reason="Money that is paid out does not come back, and somebody has to answer for it.",
        actor=shop.users["ada"],
        now=at,
    )
