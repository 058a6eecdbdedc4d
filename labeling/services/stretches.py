"""Ending what lasts until somebody ends it: a clearance or a suspension of a judge, a confidence map in use."""

from datetime import datetime

from labeling.models import ChosenMap, Clearance, Suspension, User
from labeling.policy.errors import Conflict, Invalid


def end_stretch(row: Clearance | Suspension | ChosenMap | None, *, reason: str, actor: User, now: datetime) -> None:
    """Compare-and-set inside the caller's transaction; whoever comes second, or finds none, is told and changes
    nothing."""
    rows = type(row).objects.filter(pk=row.pk, ended_at__isnull=True) if row else None
    if rows is None or rows.update(ended_at=now, ended_by=actor, ended_because=reason.strip()) != 1:
        raise Conflict("This was decided while you were reading; nothing was changed.")


def refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": "Say why; whoever looks back reads it."})
