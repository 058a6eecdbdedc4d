"""Incidents: reporting what went wrong outside, and closing it with what was learnt."""

from datetime import datetime

from django.db import transaction

from labeling.models import Incident, Item, Project, User
from labeling.policy.errors import Conflict, Invalid
from labeling.services.events import record_event

LONGEST_TITLE = 120


@transaction.atomic
def report_incident(
    project: Project, *, title: str, words: str, severity: str, item: Item | None, reporter: User | None, now: datetime
) -> Incident:
    """Note one thing that went wrong; without a reporter an alarm did. Refused without a title or a severity. Not safe
    to repeat: it is another one."""
    complaints = {}
    if not title.strip():
        complaints["title"] = "Give it a title; the list shows nothing else."
    elif len(title.strip()) > LONGEST_TITLE:
        complaints["title"] = f"Keep the title under {LONGEST_TITLE} characters."
    if severity not in Incident.Severity.values:
        complaints["severity"] = "Say how bad it was."
    if complaints:
        raise Invalid(complaints)
    incident = Incident.objects.create(
        project=project,
        item=item,
        title=title.strip(),
        words=words.strip(),
        severity=severity,
        reported_by=reporter,
        reported_at=now,
    )
    record_event(
        "incident.reported",
        project=project,
        now=now,
        actor=reporter,
        incident_id=incident.pk,
        severity=severity,
        **({"item_id": item.pk} if item else {}),
    )
    return incident


@transaction.atomic
def close_incident(incident: Incident, *, lesson: str, closer: User, now: datetime) -> None:
    """Close an incident with what was learnt. By compare-and-set: the second of two is told, and their lesson is not
    kept. Refused without a lesson."""
    if not lesson.strip():
        raise Invalid({"lesson": "Say what was learnt; without it the same happens again."})
    is_closed = Incident.objects.filter(pk=incident.pk, closed_at__isnull=True).update(
        closed_at=now, closed_by=closer, lesson=lesson.strip()
    )
    if not is_closed:
        raise Conflict("Somebody closed this incident while you were writing; nothing was changed.")
    record_event("incident.closed", project=incident.project, now=now, actor=closer, incident_id=incident.pk)
