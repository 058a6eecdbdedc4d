"""The versions of a project's routing policy: drafting, publishing and going back. The history is append-only.

What lies between a draft and going live (in shadow, staged) is in `policy_life.py`.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from labeling.models import Contraction, PolicyChange, Project, RoutingPolicy, User
from labeling.policy.conditions import PolicyError
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.policies import Policy, loosened_locks, parse_policy, refuse_unowned
from labeling.policy.signal_standing import INVERTED
from labeling.queries.policy_life import approvals_of
from labeling.queries.routing import live_policy_of
from labeling.queries.signals import standing_of
from labeling.services.events import record_event

State = RoutingPolicy.State


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

    One transaction, before which labels are read for whether its signal has proved itself: nobody waits for that.
    Locks the project row, so that two admins publish one after the other. Refused, with the place marked, when the
    definition cannot be understood, no reason is given, a locked rule would be loosened, or a second admin has to agree
    and did not.
    """
    refuse_without_owner(understood(definition))
    refuse_without_reason(reason, "Say why the routing changes; the history shows it.")
    refuse_unproved(project, definition, now=now)
    with transaction.atomic():
        lock(project)
        version = current_draft(draft) if draft else new_version(project, now=now)
        version.definition = definition
        refuse_unapproved(version)
        version.author = author
        return go_live(version, reason=reason, actor=author, now=now)


def make_live(version: RoutingPolicy, *, reason: str, actor: User, now: datetime) -> RoutingPolicy:
    """Publish a draft, or what is in shadow or staged, as it stands. Locks and refuses as `publish_policy` does."""
    refuse_without_reason(reason, "Say why the routing changes; the history shows it.")
    refuse_unproved(version.project, version.definition, now=now)
    with transaction.atomic():
        lock(version.project)
        current = version_as_read(version, State.DRAFT, State.SHADOW, State.STAGED)
        refuse_unapproved(current)
        refuse_without_owner(understood(current.definition))
        return go_live(current, reason=reason, actor=actor, now=now)


def go_live(version: RoutingPolicy, *, reason: str, actor: User | None, now: datetime) -> RoutingPolicy:
    """Retire what is live and let this version decide instead; what is staged ends with it, what is in shadow goes on.

    Inside the caller's lock. Refused when a locked rule would be loosened. Whether its signal has proved itself is
    asked of people before they lock (`refuse_unproved`); what contracts by itself is never held up by that.
    """
    project = version.project
    before = live_policy_of(project)
    if before is not None:
        refuse_loosened(before, version.definition)
        RoutingPolicy.objects.filter(pk=before.pk).update(state=State.RETIRED)
        note_change(before, State.RETIRED, reason=f"Version {version.number} went live.", actor=actor, now=now)
    # Staged it was compared with a version that is gone.
    for staged in project.policies.filter(state=State.STAGED).exclude(pk=version.pk):
        withdraw_version(staged, reason=f"Version {version.number} went live.", actor=actor, now=now)
    version.state = State.LIVE
    version.staged_share = None
    version.reason = reason.strip()
    version.published_at = now
    version.save()
    note_change(version, State.LIVE, reason=reason, actor=actor, now=now)
    if actor is not None:
        because = f"Version {version.number} went live: {reason.strip()}"
        end_contractions(project, because=because, actor=actor, now=now)
    record_event("policy.published", project=project, now=now, actor=actor, policy_id=version.pk, number=version.number)
    return version


def end_contractions(project: Project, *, because: str, actor: User, now: datetime) -> None:
    """What contracted by itself lasts until a person lets a version decide again, and then says so. Its guardrail looks
    again from then on, for one that stands contracts nothing."""
    standing = Contraction.objects.filter(project=project, ended_at__isnull=True)
    standing.update(ended_at=now, ended_by=actor, ended_because=because[:300])


def withdraw_version(version: RoutingPolicy, *, reason: str, actor: User | None, now: datetime) -> None:
    """End what is in shadow or staged. Inside the caller's lock."""
    RoutingPolicy.objects.filter(pk=version.pk).update(state=State.WITHDRAWN, staged_share=None)
    note_change(version, State.WITHDRAWN, reason=reason, actor=actor, now=now)
    record_event(
        "policy.withdrawn", project=version.project, now=now, actor=actor, policy_id=version.pk, number=version.number
    )


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


def roll_back(version: RoutingPolicy, *, reason: str, author: User, now: datetime) -> RoutingPolicy:
    """Publish the definition of a retired version as a new one, whose reason names it.

    A rule that was locked since then stays. It waits for no second admin: that definition was live before, and whoever
    goes back is often in a hurry. Not so while a contraction lasts: to go back is then to let out what it stopped.
    """
    refuse_without_reason(reason, "Say why the routing goes back; the history shows it.")
    understood(version.definition)
    refuse_unproved(version.project, version.definition, now=now)
    with transaction.atomic():
        return go_back(version, reason=reason, author=author, now=now)


def go_back(version: RoutingPolicy, *, reason: str, author: User, now: datetime) -> RoutingPolicy:
    project = version.project
    lock(project)
    current_version(version, State.RETIRED)
    again = new_version(project, now=now)
    again.definition = with_owner(version.definition, live_policy_of(project))
    again.author = author
    if Contraction.objects.filter(project=project, ended_at__isnull=True).exists():
        refuse_unapproved(again)
    published = go_live(
        again, reason=f"Rolled back to version {version.number}: {reason.strip()}", actor=author, now=now
    )
    record_event(
        "policy.rolled_back",
        project=project,
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


def refuse_without_owner(policy: Policy) -> None:
    try:
        refuse_unowned(policy)
    except PolicyError as error:
        raise Invalid({error.place: error.message}) from error


def with_owner(definition: dict[str, Any], live: RoutingPolicy | None) -> dict[str, Any]:
    """A definition from before high stakes had an owner, with the one who answers today: going back is never barred."""
    high = definition["tiers"]["high"]
    owner = live.definition["tiers"]["high"].get("consequence_owner") if live else None
    if high.get("consequence_owner") or not owner:
        return definition
    return {**definition, "tiers": {**definition["tiers"], "high": {**high, "consequence_owner": owner}}}


def refuse_unproved(project: Project, definition: dict[str, Any], *, now: datetime) -> None:
    """A signal lets outputs past people once labels prove it, or for a reason while they do not; never while they show
    that the surer it is, the worse the output. Reads thousands of labels, so never inside a lock."""
    mode, signal = definition["cold_start"]["mode"], definition["confidence"]["signal"]
    if mode == "review_all":
        return
    standing = standing_of(project, signal, now=now)
    if standing.state == INVERTED:
        raise Invalid({"confidence.signal": f"{signal} may only send outputs to people. {standing.words}"})
    if mode == "proved" and not standing.is_proved:
        raise Invalid({"cold_start.mode": f"{signal} has not proved itself. {standing.words}"})


def lock(project: Project) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def new_version(project: Project, *, now: datetime) -> RoutingPolicy:
    """The next version, not stored yet. Its number is free as long as the caller holds the project's lock."""
    last = RoutingPolicy.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    return RoutingPolicy(project=project, number=last + 1, state=State.DRAFT, created_at=now)


def current_draft(draft: RoutingPolicy) -> RoutingPolicy:
    """The draft as it is now. Inside the caller's lock, so nobody publishes it meanwhile."""
    return current_version(draft, State.DRAFT)


def current_version(version: RoutingPolicy, *states: str) -> RoutingPolicy:
    """The version as it is now, if it is in one of these states. Inside the caller's lock."""
    current = RoutingPolicy.objects.select_related("project").get(pk=version.pk)
    if current.state not in states:
        raise Conflict(
            f"Version {current.number} is {current.get_state_display().lower()} meanwhile; nothing was changed."
        )
    return current


def version_as_read(version: RoutingPolicy, *states: str) -> RoutingPolicy:
    """The version as it is now, if it still ships on the signal that `refuse_unproved` judged before the lock."""
    current = current_version(version, *states)
    judged, found = version.definition, current.definition
    if (judged["confidence"]["signal"], judged["cold_start"]) != (found["confidence"]["signal"], found["cold_start"]):
        raise Conflict(f"Version {current.number} was edited meanwhile; read it once more. Nothing was changed.")
    return current


def note_change(
    version: RoutingPolicy,
    state: str,
    *,
    reason: str,
    actor: User | None,
    now: datetime,
    staged_share: float | None = None,
) -> None:
    PolicyChange.objects.create(
        policy=version, state=state, staged_share=staged_share, reason=reason.strip(), changed_by=actor, changed_at=now
    )


# --- what is refused --------------------------------------------------------------------------------------------------


def refuse_without_reason(reason: str, words: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": words})


def refuse_loosened(live: RoutingPolicy, definition: dict[str, Any]) -> None:
    loosened = loosened_locks(parse_policy(live.definition), understood(definition))
    if loosened:
        raise Invalid({"rules": f"Locked rules cannot be dropped or loosened: {', '.join(loosened)}."})


def refuse_unapproved(version: RoutingPolicy) -> None:
    """With four eyes on, the definition as it stands needs the approval of an admin who did not write it."""
    # As it is now: whoever holds the project may have read it before this was switched on.
    if not Project.objects.filter(pk=version.project_id, needs_second_admin=True).exists():
        return
    if version.pk is None or not approvals_of(version).exists():
        raise Conflict(
            "A second admin has to approve this version as it stands. Save it as a draft and ask one; nothing was "
            "published."
        )
