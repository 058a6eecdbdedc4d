"""Contracting what a project decides by itself, when a guardrail trips; setting the guardrails; never expanding."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import Contraction, FallbackPolicy, Guardrail, Incident, Project, RoutingPolicy, User
from labeling.policy.autonomy import (
    DRIFT,
    TRIPPED,
    everything_to_people,
    ships_nothing,
    ways_to_ship_more,
)
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.policies import loosened_locks, parse_policy
from labeling.queries.autonomy import ShownGuardrail, autonomy_of, fallback_of, guardrails_of
from labeling.queries.policy_life import STOOD_BESIDE
from labeling.queries.routing import live_policy_of
from labeling.services.events import record_event
from labeling.services.incidents import report_incident
from labeling.services.outbox import tell_contraction
from labeling.services.policies import State, go_live, lock, new_version, save_draft, withdraw_version

EVERYTHING = "Everything goes to people"


def look_at_guardrails(project: Project, *, now: datetime) -> Contraction | None:
    """Read what is on, and contract for the first that tripped; the others are read anew at the next look, under what
    decides then. Reading and computing hold no lock; safe to repeat."""
    for guardrail in guardrails_of(project, now=now):
        if guardrail.is_on and guardrail.judgement.state == TRIPPED:
            contraction = contract(project, guardrail, now=now)
            if contraction is not None:
                return contraction
    return None


@transaction.atomic
def contract(project: Project, guardrail: ShownGuardrail, *, now: datetime) -> Contraction | None:
    """Publish the fallback, end what is staged or in shadow, open an incident and tell people; one transaction.

    Locks the project row: of two workers the second finds the contraction standing, and does nothing. None, too, where
    the guardrail was set otherwise meanwhile, or where nothing ships as it is. Never ships more than before: a fallback
    that might, or that loosens a locked rule, gives way to everything to people.
    """
    lock(project)
    is_as_read = Guardrail.objects.filter(
        project=project, kind=guardrail.kind, limit=guardrail.limit, is_on=True
    ).exists()
    stands = Contraction.objects.filter(project=project, kind=guardrail.kind, ended_at__isnull=True).exists()
    live = live_policy_of(project)
    beside = list(project.policies.filter(state__in=STOOD_BESIDE).order_by("id"))
    if live is None or stands or not is_as_read or not might_ship([live, *beside]):
        return None
    definition, fell_to = what_to_fall_to(project, live)
    words = f"{guardrail.name}: {guardrail.judgement.words}"[:300]
    reason = f"{words} {fell_to}."[:500]
    for version in beside:
        withdraw_version(version, reason=reason, actor=None, now=now)
    published = new_version(project, now=now)
    published.definition = definition
    go_live(published, reason=reason, actor=None, now=now)
    return save_contraction(project, guardrail, before=live, published=published, words=words, fell_to=fell_to, now=now)


def might_ship(versions: list[RoutingPolicy]) -> bool:
    """What is in shadow ships nothing; but it was compared with what is about to go, so it ends with it."""
    return any(
        not ships_nothing(parse_policy(one.definition)) for one in versions if one.state in (State.LIVE, State.STAGED)
    )


def what_to_fall_to(project: Project, live: RoutingPolicy) -> tuple[dict[str, Any], str]:
    """The nominated version where it is no looser than the live one, else everything to people; and that in words."""
    before, nominated = parse_policy(live.definition), fallback_of(project)
    if nominated is None:
        return everything_to_people(live.definition), f"{EVERYTHING}; no fallback is nominated"
    number = nominated.policy.number
    after = parse_policy(nominated.policy.definition)
    if nominated.policy.definition == live.definition:
        return everything_to_people(live.definition), f"{EVERYTHING}; the fallback, version {number}, was live already"
    if loosened_locks(before, after):
        return everything_to_people(live.definition), f"{EVERYTHING}; version {number} would loosen a locked rule"
    ways = ways_to_ship_more(before, after)
    if ways:
        return (
            everything_to_people(live.definition),
            f"{EVERYTHING}; version {number} might ship more ({', '.join(ways)[:120]})",
        )
    return nominated.policy.definition, f"The fallback decides, as version {number} did"


def save_contraction(
    project: Project,
    guardrail: ShownGuardrail,
    *,
    before: RoutingPolicy,
    published: RoutingPolicy,
    words: str,
    fell_to: str,
    now: datetime,
) -> Contraction:
    """The incident, the row, the event and the messages. Inside the caller's transaction."""
    incident = report_incident(
        project,
        title=f"Autonomy contracted: {guardrail.name.lower()}",
        words=f"{words} {guardrail.reading.about}. {fell_to}.",
        severity=Incident.Severity.MAJOR,
        item=None,
        reporter=None,
        now=now,
    )
    contraction = Contraction.objects.create(
        project=project,
        kind=guardrail.kind,
        words=words,
        evidence={**asdict(guardrail.reading), "limit": guardrail.limit, "fell_to": fell_to},
        incident=incident,
        before=before,
        published=published,
        began_at=now,
    )
    record_event(
        "autonomy.contracted",
        project=project,
        now=now,
        contraction_id=contraction.pk,
        guardrail=guardrail.kind,
        policy_id=published.pk,
        number=published.number,
        incident_id=incident.pk,
    )
    tell_contraction(contraction, now=now)
    return contraction


# --- what people set --------------------------------------------------------------------------------------------------


@transaction.atomic
def set_guardrail(
    project: Project, *, kind: str, limit: float | None, is_on: bool, actor: User, now: datetime
) -> Guardrail:
    """Switch one guardrail on or off, with its limit. Safe to repeat; the last of two counts."""
    if kind not in Guardrail.Kind.values:
        raise Invalid({"kind": "There is no such guardrail."})
    if kind == DRIFT:
        limit = None
    elif limit is None or not 0 <= limit <= 1:
        raise Invalid({"limit": "Write a limit from 0 to 1."})
    guardrail, _ = Guardrail.objects.update_or_create(
        project=project, kind=kind, defaults={"limit": limit, "is_on": is_on, "set_by": actor, "set_at": now}
    )
    record_event(
        "autonomy.guardrail_set", project=project, now=now, actor=actor, guardrail=kind, limit=limit, is_on=is_on
    )
    return guardrail


@transaction.atomic
def nominate_fallback(project: Project, version: RoutingPolicy | None, *, actor: User, now: datetime) -> None:
    """Which version's definition a contraction publishes; None is everything to people. Safe to repeat.

    Only what was live once: nobody falls back, at night and by themselves, to what was never tried.
    """
    if version is None:
        FallbackPolicy.objects.filter(project=project).delete()
    elif version.project_id != project.pk or version.state not in (State.LIVE, State.RETIRED):
        raise Conflict(f"Version {version.number} was never live; nominate one that was.")
    else:
        FallbackPolicy.objects.update_or_create(
            project=project, defaults={"policy": version, "set_by": actor, "set_at": now}
        )
    number = {} if version is None else {"number": version.number}
    record_event("autonomy.fallback_nominated", project=project, now=now, actor=actor, **number)


@transaction.atomic
def begin_proposal(project: Project, *, actor: User, now: datetime) -> RoutingPolicy:
    """The draft that a proposal asks for, with its evidence as the reason. It routes nothing; a person takes it from
    there. Refused where the evidence is gone. Not safe to repeat: it is another draft."""
    found = autonomy_of(project, now=now)
    if found.proposal is None:
        raise Conflict(f"There is nothing to propose any more. {found.why_none}")
    return save_draft(
        project=project,
        definition=found.proposal.definition,
        reason=f"Proposed: {found.proposal.words}. {found.proposal.why}"[:500],
        author=actor,
        now=now,
    )
