"""The work of a planned day, and the plan that a project's own traffic and live policy make."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from labeling.formats.plans import Plan
from labeling.models import Project, Queue
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.queries.routing import live_policy_of
from labeling.queries.whatif import WhatIf, replay
from labeling.stats.capacity import Capacity, Tier, plan_capacity

PRODUCTIVE_MINUTES = 360


def capacity_of(plan: Plan) -> Capacity:
    return plan_capacity(
        [Tier(*tier) for tier in plan.tiers],
        productive_minutes_per_reviewer=plan.productive_minutes_per_reviewer,
        utilisation=plan.utilisation,
        shrinkage=plan.shrinkage,
    )


def plan_of_project(project: Project, *, now: datetime) -> dict[str, Any]:
    """What the planner begins with: a real day of the project under its live policy, or under the default one."""
    live = live_policy_of(project)
    policy = parse_policy(live.definition if live else DEFAULT_DEFINITION)
    whatif = replay(project, policy, at=now, shows_items=False)
    queues = list(Queue.objects.filter(project=project).order_by("id"))
    plan: dict[str, Any] = {
        "productive_minutes": PRODUCTIVE_MINUTES,
        "utilisation_percent": 100,
        "shrinkage_percent": 0,
        "hourly_cost": project.hourly_cost,
    }
    for row in whatif.tiers:
        tier = policy.tiers[row.name]
        queue = most_used(whatif, row.name) or (queues[0] if queues else None)
        share = row.reviewed_then / row.items_a_day if row.items_a_day else tier.review_share
        overlap = max(tier.overlap, queue.overlap if queue else 1)
        of_tier: Mapping[str, Any] = {
            "items": round(row.items_a_day, 1),
            "review_percent": round(100 * share, 2),
            "minutes": minutes_in(whatif, row.name) or tier.minutes,
            "overlap": round(overlap + queue.doubled_share if queue and overlap == 1 else overlap, 2),
            "gold_percent": round(100 * queue.gold_share, 2) if queue else 0,
            "repeat_percent": round(100 * queue.repeat_share, 2) if queue else 0,
        }
        plan.update({f"{row.name}_{name}": value for name, value in of_tier.items()})
    return plan


def most_used(whatif: WhatIf, tier: str) -> Queue | None:
    parts = [part for part in whatif.then.parts if part.tier == tier and part.queue]
    return max(parts, key=lambda part: part.n_items).queue if parts else None


def minutes_in(whatif: WhatIf, tier: str) -> float | None:
    """The minutes of a turn, over the queues that the tier goes to."""
    parts = [part for part in whatif.then.parts if part.tier == tier]
    turns = sum((part.all_turns for part in parts), Fraction(0))
    if not turns:
        return None
    return round(float(sum(part.all_turns * part.minutes for part in parts) / turns), 2)
