"""A version on its way to going live: in shadow, staged for a share of the items, approved, withdrawn.

Each function is one transaction that locks the project row: of two admins at once the second is told, and changes
nothing. None is safe to repeat, except where it says so.
"""

from datetime import datetime

from django.db import transaction

from labeling.models import PolicyApproval, Project, RoutingPolicy, User
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.policy.policies import hash_of_definition
from labeling.queries.routing import live_policy_of
from labeling.services.events import record_event
from labeling.services.policies import (
    State,
    current_draft,
    current_version,
    end_contractions,
    lock,
    note_change,
    refuse_loosened,
    refuse_unapproved,
    refuse_unproved,
    refuse_without_owner,
    refuse_without_reason,
    understood,
    version_as_read,
    withdraw_version,
)

WHY = "Say why; the history shows it."


@transaction.atomic
def begin_shadow(version: RoutingPolicy, *, reason: str, actor: User, now: datetime) -> RoutingPolicy:
    """Let a draft decide beside the live version from now on, and ship nothing. One at a time."""
    refuse_without_reason(reason, WHY)
    lock(version.project)
    current = current_draft(version)
    understood(current.definition)
    live_version_beside(current)
    refuse_second(current, State.SHADOW)
    current.state = State.SHADOW
    current.save(update_fields=["state"])
    note(current, "policy.shadowed", reason=reason, actor=actor, now=now)
    return current


def stage_version(version: RoutingPolicy, *, share: float, reason: str, actor: User, now: datetime) -> RoutingPolicy:
    """Let a draft, or what was in shadow, decide a share of the items from now on; or set the share of what is staged.

    It really decides them, so what may not go live may not be staged: locked rules, who answers for high stakes and a
    second admin's word count alike, and what had contracted by itself ends. The same items fall below the same share
    for ever, so widening adds some and takes none away. One at a time.
    """
    refuse_without_reason(reason, WHY)
    if not 0 < share < 1:
        raise Invalid({"share": "Write a share above 0 and below 100 percent; for all of them make it live."})
    refuse_unproved(version.project, version.definition, now=now)
    with transaction.atomic():
        return stage(version, share=share, reason=reason, actor=actor, now=now)


def stage(version: RoutingPolicy, *, share: float, reason: str, actor: User, now: datetime) -> RoutingPolicy:
    lock(version.project)
    current = version_as_read(version, State.DRAFT, State.SHADOW, State.STAGED)
    refuse_loosened(live_version_beside(current), current.definition)
    refuse_without_owner(understood(current.definition))
    refuse_unapproved(current)
    refuse_second(current, State.STAGED)
    if current.staged_share == share:
        raise Conflict(f"It decides {100 * share:g} % already; nothing was changed.")
    kind = "policy.share_set" if current.state == State.STAGED else "policy.staged"
    current.state = State.STAGED
    current.staged_share = share
    current.save(update_fields=["state", "staged_share"])
    note(current, kind, reason=reason, actor=actor, now=now)
    because = f"Version {current.number} was staged at {100 * share:g} %: {reason.strip()}"
    end_contractions(current.project, because=because, actor=actor, now=now)
    return current


@transaction.atomic
def withdraw_policy(version: RoutingPolicy, *, reason: str, actor: User, now: datetime) -> None:
    """End a shadow or a staging: the live version decides everything again. Nobody is asked for a second word."""
    refuse_without_reason(reason, WHY)
    lock(version.project)
    withdraw_version(current_version(version, State.SHADOW, State.STAGED), reason=reason, actor=actor, now=now)


@transaction.atomic
def approve_policy(version: RoutingPolicy, *, definition_hash: str, approver: User, now: datetime) -> PolicyApproval:
    """Agree to exactly the definition that was read, which `definition_hash` names. Safe to repeat.

    Refused to the author (a trigger refuses, too) and where the version was edited meanwhile.
    """
    lock(version.project)
    current = current_version(version, State.DRAFT, State.SHADOW, State.STAGED)
    if hash_of_definition(current.definition) != definition_hash:
        raise Conflict("This version was edited while you were reading. Read it once more; nothing was approved.")
    if current.author_id == approver.pk:
        raise NotAllowed("You wrote this version as it stands; another admin has to approve it.")
    approval, is_new = PolicyApproval.objects.get_or_create(
        policy=current, definition_hash=definition_hash, approved_by=approver, defaults={"approved_at": now}
    )
    if is_new:
        record_event(
            "policy.approved",
            project=current.project,
            now=now,
            actor=approver,
            policy_id=current.pk,
            number=current.number,
            definition_hash=definition_hash,
        )
    return approval


@transaction.atomic
def set_second_admin(project: Project, *, is_needed: bool, actor: User, now: datetime) -> None:
    """Whether a version decides items only once a second admin approved it. Compare-and-set; safe to repeat."""
    changed = Project.objects.filter(pk=project.pk).exclude(needs_second_admin=is_needed)
    if changed.update(needs_second_admin=is_needed):
        kind = "policy.second_admin_needed" if is_needed else "policy.second_admin_not_needed"
        record_event(kind, project=project, now=now, actor=actor)


def live_version_beside(version: RoutingPolicy) -> RoutingPolicy:
    live = live_policy_of(version.project)
    if live is None:
        raise Conflict("No policy is live, so there is nothing beside which it could decide. Publish it.")
    return live


def refuse_second(version: RoutingPolicy, state: str) -> None:
    others = RoutingPolicy.objects.filter(project=version.project_id, state=state).exclude(pk=version.pk)
    if (other := others.first()) is not None:
        words = other.get_state_display().lower()
        raise Conflict(f"Version {other.number} is {words}. Make it live or withdraw it first.")


def note(version: RoutingPolicy, kind: str, *, reason: str, actor: User, now: datetime) -> None:
    note_change(version, version.state, reason=reason, actor=actor, now=now, staged_share=version.staged_share)
    share = {"staged_share": version.staged_share} if version.staged_share is not None else {}
    record_event(
        kind, project=version.project, now=now, actor=actor, policy_id=version.pk, number=version.number, **share
    )
