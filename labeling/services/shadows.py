"""Deciding items in shadow: what the version that is tried out would do, stored where nobody acts on it."""

from datetime import datetime

from django.db import transaction

from labeling.models import Project, ShadowDecision
from labeling.policy.assessing import assess
from labeling.policy.policies import parse_policy
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.judge_life import unheard_judges
from labeling.queries.shadows import items_to_shadow, shadow_of_project

SHADOW_BATCH = 200


def decide_in_shadow(project: Project, *, now: datetime) -> int:
    """Decide the next items under the version in shadow, on the evidence and the draw they have; returns how many.

    Reading and deciding hold no lock and move no item. Of two workers at once the unique row keeps the first. Safe to
    repeat.
    """
    shadow = shadow_of_project(project)
    items = list(with_evidence(items_to_shadow(shadow)).order_by("id")[:SHADOW_BATCH]) if shadow else []
    if not items:
        return 0
    policy = parse_policy(shadow.definition)
    unheard, maps = unheard_judges(project, now=now), maps_in_use(project)
    decided = []
    for item in items:
        is_hold_over = item.hold_until is not None and item.hold_until <= now
        evidence = evidence_of(item, unheard=unheard, maps=maps)
        decision = assess(evidence, policy, u=item.sampling_u, is_hold_over=is_hold_over).decision
        decided.append(
            ShadowDecision(
                item=item,
                policy=shadow,
                outcome=decision.outcome,
                reasons=[reason._asdict() for reason in decision.reasons],
                inclusion_probability=decision.inclusion_probability,
                decided_at=now,
            )
        )
    with transaction.atomic():
        ShadowDecision.objects.bulk_create(decided, ignore_conflicts=True)
    return len(decided)
