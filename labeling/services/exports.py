"""What left the product, on record: the rows themselves are read and streamed elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import Project, User
from labeling.services.events import record_event
from labeling.services.outbox import tell_pack


@transaction.atomic
def record_export(
    project: Project,
    *,
    what: str,
    file_format: str,
    counts: Mapping[str, int],
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
) -> None:
    """Write that labels or decisions were handed out, with their counts. Every call is another event."""
    record_event(
        "labels.exported",
        project=project,
        now=now,
        actor=actor,
        actor_name=actor_name,
        what=what,
        format=file_format,
        **counts,
    )


@transaction.atomic
def record_pack(
    project: Project,
    manifest: Mapping[str, Any],
    *,
    file_format: str,
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
) -> None:
    """Write that a pack was handed out, and tell those who asked to hear of it. Every call is another event."""
    record_export(
        project,
        what="pack",
        file_format=file_format,
        counts=manifest["counts"],
        now=now,
        actor=actor,
        actor_name=actor_name,
    )
    tell_pack(project, manifest, now=now)
