"""Switching a judge version on and off: cleared on its validation, withdrawn, suspended, and let back."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import Clearance, Incident, JudgeVersion, Suspension, User
from labeling.policy.errors import Conflict
from labeling.policy.judge_life import MAY_GATE
from labeling.queries.judge_life import is_suspended, newest_validation_of, why_not_to_clear
from labeling.services.events import record_event
from labeling.services.incidents import report_incident
from labeling.services.outbox import tell_judge
from labeling.services.stretches import end_stretch, refuse_without_reason


@transaction.atomic
def clear_judge(judge_version: JudgeVersion, *, reason: str, actor: User, now: datetime) -> Clearance:
    """Switch “may gate” on. Locks the judge version; the second of two is told.

    Refused without a reason, while suspended, and unless its newest validation says so and still holds; a trigger
    refuses what rests on no validation.
    """
    refuse_without_reason(reason)
    lock(judge_version)
    validation = newest_validation_of(judge_version)
    why_not = why_not_to_clear(judge_version, validation, now=now)
    if why_not or validation is None or validation.finding != MAY_GATE:
        raise Conflict(why_not or "No validation says that this judge may gate.")
    Clearance.objects.filter(judge_version=judge_version, ended_at__isnull=True).update(
        ended_at=now, ended_by=actor, ended_because="Cleared anew on a later validation."
    )
    clearance = Clearance.objects.create(
        judge_version=judge_version, validation=validation, reason=reason.strip(), cleared_by=actor, cleared_at=now
    )
    note(judge_version, "cleared", clearance.pk, reason=reason, actor=actor, now=now)
    return clearance


@transaction.atomic
def withdraw_clearance(judge_version: JudgeVersion, *, reason: str, actor: User, now: datetime) -> None:
    """Switch “may gate” off. Compare-and-set; whoever comes second changes nothing and is told."""
    refuse_without_reason(reason)
    clearance = Clearance.objects.filter(judge_version=judge_version, ended_at__isnull=True).first()
    end_stretch(clearance, reason=reason, actor=actor, now=now)
    note(judge_version, "withdrawn", clearance.pk, reason=reason, actor=actor, now=now)


@transaction.atomic
def suspend_judge(judge_version: JudgeVersion, *, reason: str, actor: User, now: datetime) -> Suspension:
    """Let a judge ship nothing from now on, on somebody's word. Locks the judge version; the second of two is told."""
    refuse_without_reason(reason)
    lock(judge_version)
    refuse_if_suspended(judge_version)
    suspension = Suspension.objects.create(
        judge_version=judge_version, cause=Suspension.Cause.PERSON, reason=reason.strip(), began_at=now, began_by=actor
    )
    note(judge_version, "suspended", suspension.pk, reason=reason, actor=actor, now=now)
    return suspension


def begin_drift_suspension(
    judge_version: JudgeVersion, *, reason: str, evidence: dict[str, Any], now: datetime
) -> Suspension | None:
    """What a drift alarm does, inside the caller's transaction: the judge ships nothing, an incident is open, and
    people are told. None where it is suspended already."""
    lock(judge_version)
    if is_suspended(judge_version):
        return None
    incident = report_incident(
        judge_version.project,
        title=f"{judge_version.name[:90]} drifts from people",
        words=reason,
        severity=Incident.Severity.MAJOR,
        item=None,
        reporter=None,
        now=now,
    )
    suspension = Suspension.objects.create(
        judge_version=judge_version,
        cause=Suspension.Cause.DRIFT,
        reason=reason,
        evidence=evidence,
        incident=incident,
        began_at=now,
    )
    note(judge_version, "suspended", suspension.pk, reason=reason, actor=None, now=now)
    return suspension


@transaction.atomic
def lift_suspension(judge_version: JudgeVersion, *, reason: str, actor: User, now: datetime) -> None:
    """End a suspension: the judge may again do what it might before, and its watch begins anew. Compare-and-set; the
    second of two is told."""
    refuse_without_reason(reason)
    suspension = Suspension.objects.filter(judge_version=judge_version, ended_at__isnull=True).first()
    end_stretch(suspension, reason=reason, actor=actor, now=now)
    note(judge_version, "lifted", suspension.pk, reason=reason, actor=actor, now=now)


def refuse_if_suspended(judge_version: JudgeVersion) -> None:
    if is_suspended(judge_version):
        raise Conflict("This judge version is suspended already; nothing was changed.")


def lock(judge_version: JudgeVersion) -> None:
    JudgeVersion.objects.select_for_update(no_key=True).get(pk=judge_version.pk)


def note(
    judge_version: JudgeVersion, what: str, row_id: int, *, reason: str, actor: User | None, now: datetime
) -> None:
    """The event and the messages of one change. Inside the caller's transaction."""
    record_event(
        f"judge.{what}",
        project=judge_version.project,
        now=now,
        actor=actor,
        judge_version_id=judge_version.pk,
        row_id=row_id,
    )
    tell_judge(judge_version, what, row_id, reason=reason.strip(), now=now)
