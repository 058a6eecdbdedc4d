"""The endpoints at which judges are asked: made, given other terms or another key, switched off and on."""

from dataclasses import asdict
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from labeling.models import JudgeEndpoint, Project, User
from labeling.policy.errors import Invalid
from labeling.policy.judge_calls import EndpointTerms, sealed_key
from labeling.services.events import record_event

MOST_ENDPOINTS = 20
TAKEN = "An endpoint of this name is here already; its name is the judge's, so give this one another."


@transaction.atomic
def create_endpoint(
    *,
    project: Project,
    name: str,
    url: str,
    model: str,
    family: str,
    key: str,
    terms: EndpointTerms,
    actor: User,
    now: datetime,
) -> JudgeEndpoint:
    """A new endpoint. Whoever calls has had the address checked. Locks the project, so that two admins together make
    no more than there may be; of two with one name the second is refused. Not safe to repeat."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    active = project.judge_endpoints.filter(off_at__isnull=True)
    if active.count() >= MOST_ENDPOINTS:
        raise Invalid({"name": f"A project has at most {MOST_ENDPOINTS} endpoints; switch one off first."})
    if active.filter(name=name).exists():
        raise Invalid({"name": TAKEN})
    endpoint = JudgeEndpoint.objects.create(
        project=project,
        name=name,
        url=url,
        model=model,
        family=family,
        sealed_key=sealed(key),
        **asdict(terms),
        created_by=actor,
        created_at=now,
    )
    # Without the address: some hold a name or a path that says more than the trail's readers should know.
    record_event("judge_endpoint.created", project=project, now=now, actor=actor, endpoint_id=endpoint.pk, model=model)
    return endpoint


@transaction.atomic
def change_endpoint(endpoint: JudgeEndpoint, *, terms: EndpointTerms, key: str, actor: User, now: datetime) -> None:
    """Other terms, and another key where one is given. Batches that run keep their prices and their longest answer.

    Locks the endpoint; the last of two wins. Safe to repeat.
    """
    locked = locked_endpoint(endpoint)
    for name, value in asdict(terms).items():
        setattr(locked, name, value)
    if key:
        locked.sealed_key = sealed(key)
    locked.rests_until = None
    locked.save()
    record_event(
        "judge_endpoint.changed",
        project=locked.project,
        now=now,
        actor=actor,
        endpoint_id=locked.pk,
        has_new_key=bool(key),
    )


@transaction.atomic
def switch_endpoint(endpoint: JudgeEndpoint, *, to_on: bool, actor: User, now: datetime) -> None:
    """Ask it no more, or again; its batches wait meanwhile. Locks the endpoint. Safe to repeat."""
    locked = locked_endpoint(endpoint)
    if (locked.off_at is None) == to_on:
        return
    locked.off_at = None if to_on else now
    try:
        with transaction.atomic():
            locked.save(update_fields=["off_at"])
    except IntegrityError as error:
        raise Invalid({"name": TAKEN}) from error
    kind = "judge_endpoint.switched_on" if to_on else "judge_endpoint.switched_off"
    record_event(kind, project=locked.project, now=now, actor=actor, endpoint_id=locked.pk)


def sealed(key: str) -> str:
    return sealed_key(key, key=settings.SECRET_KEY) if key else ""


def locked_endpoint(endpoint: JudgeEndpoint) -> JudgeEndpoint:
    """The endpoint before its batches and calls: everybody who waits for several takes them in this order."""
    rows = JudgeEndpoint.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    return rows.get(pk=endpoint.pk)
