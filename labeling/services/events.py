"""The audit trail: writing events beside what they tell of, and sealing them into a chain afterwards."""

from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import Event, EventSeal, Project, User
from labeling.policy.sealing import hash_of_event, link_hash
from labeling.queries.prepared import insert

SEAL_BATCH = 2_000


def record_event(
    kind: str,
    *,
    project: Project | None,
    now: datetime,
    actor: User | None = None,
    actor_name: str = "",
    **subject: Any,
) -> Event:
    """Write one event. Called inside the transaction of what happened, so that neither exists without the other.

    `subject` holds ids, counts and hashes; never item content, since events outlive erased payloads.
    """
    event = Event(
        project=project,
        kind=kind,
        actor=actor,
        actor_name=actor_name or (actor.username if actor else "system"),
        subject=subject,
        happened_at=now,
    )
    event.content_hash = hash_of_event(event)
    return insert(event)


@transaction.atomic
def seal_events(project: Project, *, now: datetime) -> int:
    """Append the project's unsealed events to its chain; returns how many.

    Locks the project row, so that two sealers on PostgreSQL take turns; the unique (project, sequence) refuses
    what the lock would miss. Safe to repeat.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    last = EventSeal.objects.filter(project=project).order_by("-sequence").first()
    sequence, chain_hash = (last.sequence, last.chain_hash) if last else (0, "")
    seals = []
    for event in Event.objects.filter(project=project, seal__isnull=True).order_by("id")[:SEAL_BATCH]:
        sequence += 1
        chain_hash = link_hash(chain_hash, event.content_hash)
        seals.append(EventSeal(event=event, project=project, sequence=sequence, chain_hash=chain_hash, sealed_at=now))
    EventSeal.objects.bulk_create(seals)
    return len(seals)
