"""Deciding items under the policy in force for each. Policies themselves are published in `policies.py`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Q

from labeling.models import CheckResult, Item, Project, Queue, RoutingDecision, Signal
from labeling.policy.assessing import Assessment, assess
from labeling.policy.named_decisions import guarded_rule
from labeling.policy.routing import TIER_OF_STAKES, Decision
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.evidence import evidence_of, with_evidence
from labeling.queries.in_force import Ruling, policies_in_force
from labeling.queries.judge_life import unheard_judges
from labeling.queries.named_decisions import guarded_queues
from labeling.queries.routing import holds_to_decide
from labeling.services.entries import Routed, open_entries
from labeling.services.new_rows import insert_rows

Outcome = RoutingDecision.Outcome
STATUS_OF_OUTCOME = {
    Outcome.SHIP: Item.Status.SHIPPED,
    Outcome.REVIEW: Item.Status.IN_REVIEW,
    Outcome.BOUNCE: Item.Status.BOUNCED,
    Outcome.HOLD: Item.Status.AWAITING,
}
ROUTE_BATCH = 200
DECISION_COLUMNS = (
    "item_id",
    "policy_id",
    "number",
    "outcome",
    "reasons",
    "sampling_u",
    "inclusion_probability",
    "decided_at",
)


class Assessed(NamedTuple):
    """One item, what was found of it, and the version under which that was decided."""

    item: Item
    assessment: Assessment
    ruling: Ruling


def place_item(item: Item, decision: Decision, *, project: Project, now: datetime) -> None:
    """Give an item the status that a decision says, in memory. Who is held again keeps the hold they had."""
    item.status = STATUS_OF_OUTCOME[decision.outcome]
    if item.status == Item.Status.AWAITING and item.hold_until is None:
        item.hold_until = now + timedelta(seconds=project.hold_seconds)


def save_assessments(assessed: Sequence[Assessed], *, project: Project, now: datetime) -> None:
    """Store checks, derived signals and decisions of items and open the entries they need.

    Inside the caller's transaction, with the items new or locked. The items' own status is the caller's to write.
    """
    save_evidence(assessed)
    save_decisions(assessed, now=now)
    to_review = [one for one in assessed if one.assessment.decision.outcome == Outcome.REVIEW]
    if to_review:
        queues = queues_of(project.pk)
        guarded = queues_by_guarded_rule(queues)
        open_entries([routed_as(one, guarded) for one in to_review], queues, now=now)


def routed_as(assessed: Assessed, guarded: Mapping[str, Queue]) -> Routed:
    decision = assessed.assessment.decision
    reserved = reserved_for_named((reason._asdict() for reason in decision.reasons), guarded)
    return Routed(assessed.item, decision.tier, assessed.ruling.policy.tiers[decision.tier], reserved)


def save_evidence(assessed: Sequence[Assessed]) -> None:
    """A check takes the result it has under the newest policy, a derived signal the value its votes give now."""
    insert_rows(
        CheckResult,
        ("item_id", "check_name", "outcome", "on_failure", "explanation"),
        (
            (item.pk, check.check_name, check.outcome, check.on_failure, check.explanation)
            for item, assessment, _ in assessed
            for check in assessment.checks
        ),
        replacing=("item_id", "check_name"),
    )
    insert_rows(
        Signal,
        ("item_id", "name", "kind", "value", "n_votes"),
        (
            (item.pk, signal.name, signal.kind, signal.value, signal.n_votes)
            for item, assessment, _ in assessed
            for signal in assessment.derived_signals
        ),
        replacing=("item_id", "name"),
    )


def save_decisions(assessed: Sequence[Assessed], *, now: datetime) -> None:
    """Each numbered after those that the item has under the same version."""
    earlier = {
        (item_id, policy_id): n_decisions
        for item_id, policy_id, n_decisions in RoutingDecision.objects.filter(
            item__in=[item.pk for item, _, _ in assessed], policy__in={ruling.version for _, _, ruling in assessed}
        )
        .values_list("item", "policy")
        .annotate(n_decisions=Count("id"))
    }
    # Most items of a chunk are decided for the same reasons.
    stored_reasons = cache(lambda reasons: [reason._asdict() for reason in reasons])
    insert_rows(
        RoutingDecision,
        DECISION_COLUMNS,
        (
            (
                item.pk,
                ruling.version.pk,
                earlier.get((item.pk, ruling.version.pk), 0) + 1,
                assessment.decision.outcome,
                stored_reasons(assessment.decision.reasons),
                item.sampling_u,
                assessment.decision.inclusion_probability,
                now,
            )
            for item, assessment, ruling in assessed
        ),
    )


def queues_of(project_id: int) -> list[Queue]:
    queues = Queue.objects.filter(project_id=project_id).select_related("rubric").order_by("id")
    return list(guarded_queues(queues))


def queues_by_guarded_rule(queues: Sequence[Queue]) -> dict[str, Queue]:
    """The reserved queues of `queues_of` by the rule that each is reserved for now."""
    return {name: queue for queue in queues if (name := getattr(queue, "guards", None))}


def reserved_for_named(reasons: Iterable[Mapping[str, Any]], guarded: Mapping[str, Queue]) -> Queue | None:
    """The queue of the people who alone decide what was sent for these reasons."""
    return guarded.get(guarded_rule(reasons, guarded)) if guarded else None


def decide_again(items: Sequence[Item], *, project: Project, now: datetime) -> int:
    """Assess stored items under the policy in force for each and move each where the decision says; returns how many.

    Inside the caller's transaction, with the items locked. The caller passes no item that people already have:
    nothing is ever moved out of review by a policy.
    """
    in_force = policies_in_force(project) if items else None
    if in_force is None:
        return 0
    unheard, maps = unheard_judges(project, now=now), maps_in_use(project)
    assessed = []
    for item in items:
        is_hold_over = item.hold_until is not None and item.hold_until <= now
        evidence = evidence_of(item, unheard=unheard, maps=maps)
        ruling = in_force.ruling_for(item)
        assessment = assess(evidence, ruling.policy, u=item.sampling_u, is_hold_over=is_hold_over)
        place_item(item, assessment.decision, project=project, now=now)
        assessed.append(Assessed(item, assessment, ruling))
    Item.objects.bulk_update([item for item, _, _ in assessed], ["status", "hold_until"])
    save_assessments(assessed, project=project, now=now)
    return len(assessed)


def locked_items(*conditions: Q, **lookup: Any) -> list[Item]:
    """Items to decide, with their evidence. Locked where the database can, so that two workers never share one."""
    items = Item.objects.select_for_update(of=("self",), no_key=True).filter(*conditions, **lookup)
    return list(with_evidence(items).order_by("id")[:ROUTE_BATCH])


@transaction.atomic
def route_unrouted(project: Project, *, now: datetime) -> int:
    """Decide the next items that came before there was a policy; returns how many. Safe to repeat."""
    return decide_again(locked_items(project=project, status=Item.Status.UNROUTED), project=project, now=now)


@transaction.atomic
def release_holds(project: Project, *, now: datetime) -> int:
    """Decide the held items whose hold ran out, or that a newer policy may not hold any more.

    What never came by the end of the hold counts as missing, so those go to a person. Safe to repeat and to run
    twice at once.
    """
    return decide_again(locked_items(holds_to_decide(now=now), project=project), project=project, now=now)


@transaction.atomic
def open_missing_entries(project: Project, *, now: datetime) -> int:
    """Queue the items that are in review without an entry, since no queue took their kind when they came.

    Returns how many got one. Of two workers at once the unique entry refuses the second, which stores nothing and
    finds the rest on its next run. Safe to repeat.
    """
    queues = queues_of(project.pk)
    # Only kinds that some queue takes: two hundred of a kind that none takes would keep all later ones from theirs.
    items = list(
        Item.objects.select_for_update(of=("self",), no_key=True)
        .filter(kinds_taken_by(queues), project=project, status=Item.Status.IN_REVIEW, entries__isnull=True)
        .order_by("id")[:ROUTE_BATCH]
    )
    in_force = policies_in_force(project) if items else None
    if in_force is None:
        return 0
    newest = RoutingDecision.objects.filter(item__in=items, outcome=Outcome.REVIEW).order_by("id")
    reasons, guarded = dict(newest.values_list("item_id", "reasons")), queues_by_guarded_rule(queues)
    routed = []
    for item in items:
        tier = TIER_OF_STAKES[item.stakes]
        reserved = reserved_for_named(reasons.get(item.pk, []), guarded)
        routed.append(Routed(item, tier, in_force.ruling_for(item).policy.tiers[tier], reserved))
    return len(open_entries(routed, queues, now=now))


def kinds_taken_by(queues: Sequence[Queue]) -> Q:
    if any(not queue.kinds and not queue.is_reserved for queue in queues):
        return Q()
    return Q(kind__in=[kind for queue in queues for kind in queue.kinds])
