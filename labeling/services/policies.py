"""The versions of a project's routing policy: drafting, publishing and going back. The history is append-only."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from labeling.models import Project, RoutingPolicy, User
from labeling.policy.conditions import PolicyError
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.policies import Policy, loosened_locks, parse_policy
from labeling.queries.routing import live_policy_of
from labeling.services.events import record_event

State = RoutingPolicy.State


@transaction.atomic
def publish_policy(
    *,
    project: Project,
    definition: dict[str, Any],
    reason: str,
    author: User,
    now: datetime,
    draft: RoutingPolicy | None = None,
) -> RoutingPolicy:
    """Make a definition the project's live policy and retire the one before; a draft keeps its number.

    Locks the project row, so that two admins publish one after the other. Refused, with the place marked, when
    the definition cannot be understood, no reason is given, or a locked rule would be loosened.
    """
    policy = understood(definition)
    if not reason.strip():
        raise Invalid({"reason": "Say why the routing changes; the history shows it."})
    lock(project)
    before = live_policy_of(project)
    if before is not None:
        loosened = loosened_locks(parse_policy(before.definition), policy)
        if loosened:
            raise Invalid({"rules": f"Locked rules cannot be dropped or loosened: {', '.join(loosened)}."})
        RoutingPolicy.objects.filter(pk=before.pk).update(state=State.RETIRED)
    published = current_draft(draft) if draft else new_version(project, now=now)
    published.state = State.LIVE
    published.definition = definition
    published.reason = reason.strip()
    published.author = author
    published.published_at = now
    published.save()
    record_event(
        "policy.published", project=project, now=now, actor=author, policy_id=published.pk, number=published.number
    )
    return published


@transaction.atomic
def save_draft(
    *,
    project: Project,
    definition: dict[str, Any],
    reason: str,
    author: User,
    now: datetime,
    draft: RoutingPolicy | None = None,
) -> RoutingPolicy:
    """Keep a definition that routes nothing yet, as a new draft or over an earlier one. The reason may still be empty.

    Locks the project row, so that two drafts never take one number.
    """
    understood(definition)
    lock(project)
    saved = current_draft(draft) if draft else new_version(project, now=now)
    saved.definition = definition
    saved.reason = reason.strip()
    saved.author = author
    saved.created_at = now
    saved.save()
    record_event("policy.drafted", project=project, now=now, actor=author, policy_id=saved.pk, number=saved.number)
    return saved


@transaction.atomic
def roll_back(version: RoutingPolicy, *, reason: str, author: User, now: datetime) -> RoutingPolicy:
    """Publish the definition of a retired version as a new one, whose reason names it.

    Refused like any other publication: a rule that was locked since then stays.
    """
    if version.state != State.RETIRED:
        raise Conflict(
            f"Version {version.number} is {version.get_state_display().lower()}; only a retired one is past."
        )
    if not reason.strip():
        raise Invalid({"reason": "Say why the routing goes back; the history shows it."})
    published = publish_policy(
        project=version.project,
        definition=version.definition,
        reason=f"Rolled back to version {version.number}: {reason.strip()}",
        author=author,
        now=now,
    )
    record_event(
        "policy.rolled_back",
        project=version.project,
        now=now,
        actor=author,
        policy_id=published.pk,
        number=published.number,
        to_number=version.number,
    )
    return published


def understood(definition: dict[str, Any]) -> Policy:
    try:
        return parse_policy(definition)
    except PolicyError as error:
        raise Invalid({error.place: error.message}) from error


def lock(project: Project) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def new_version(project: Project, *, now: datetime) -> RoutingPolicy:
    """The next version, not stored yet. Its number is free as long as the caller holds the project's lock."""
    last = RoutingPolicy.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    return RoutingPolicy(project=project, number=last + 1, state=State.DRAFT, created_at=now)


def current_draft(draft: RoutingPolicy) -> RoutingPolicy:
    """The draft as it is now. Inside the caller's lock, so nobody publishes it meanwhile."""
    current = RoutingPolicy.objects.get(pk=draft.pk)
    if current.state != State.DRAFT:
        raise Conflict(f"Version {current.number} was published meanwhile; change it from its own page.")
    return current
