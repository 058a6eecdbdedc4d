"""The webhooks of a project: made, given new secrets, switched off and on."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from labeling.models import Project, Sending, User, Webhook
from labeling.models.webhooks import new_message_id, new_seed
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.sendings import SECRET_OVERLAP, secret_from
from labeling.queries.sendings import told_time
from labeling.services.events import record_event
from labeling.services.outbox import tell_switch_off, write_messages

# Each is told of every final label: more would make one project everybody's load.
MOST_WEBHOOKS = 20


@transaction.atomic
def create_webhook(
    *, project: Project, name: str, url: str, hears: Sequence[str], actor: User, now: datetime
) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is returned once. Whoever calls has had the address checked.

    Locks the project, so that two admins together make no more than there may be. Not safe to repeat.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if project.webhooks.count() >= MOST_WEBHOOKS:
        raise Invalid({"url": f"A project has at most {MOST_WEBHOOKS} webhooks, switched off ones included."})
    webhook = Webhook.objects.create(
        project=project, name=name, url=url, hears=sorted(set(hears)), created_by=actor, created_at=now
    )
    # Without the address: some receivers' addresses are keys themselves, and the trail is read by others.
    record_event(
        "webhook.created", project=project, now=now, actor=actor, webhook_id=webhook.pk, hears=list(webhook.hears)
    )
    return webhook, secret_of(webhook.secret_seed)


@transaction.atomic
def rotate_secret(webhook: Webhook, *, actor: User, now: datetime) -> str:
    """A new secret, returned once. For a day messages carry the signatures of both. Not safe to repeat: a second
    rotation ends the first secret at once."""
    locked = locked_webhook(webhook)
    locked.previous_seed, locked.previous_until = locked.secret_seed, now + SECRET_OVERLAP
    locked.secret_seed = new_seed()
    locked.save(update_fields=["secret_seed", "previous_seed", "previous_until"])
    record_event("webhook.secret_rotated", project=locked.project, now=now, actor=actor, webhook_id=locked.pk)
    return secret_of(locked.secret_seed)


def signing_secrets(webhook: Webhook, *, now: datetime) -> list[str]:
    """The newest first, and the one before it while it is still valid."""
    seeds = [webhook.secret_seed]
    if webhook.previous_until is not None and now < webhook.previous_until:
        seeds.append(webhook.previous_seed)
    return [secret_of(seed) for seed in seeds]


def secret_of(seed: str) -> str:
    return secret_from(seed, key=settings.SECRET_KEY)


@transaction.atomic
def switch_off(webhook: Webhook, *, actor: User, now: datetime) -> None:
    """Send nothing more there. What waited is kept as failed. Safe to repeat."""
    stop_webhook(locked_webhook(webhook), reason=Webhook.OffReason.ADMIN, actor=actor, now=now)


def stop_webhook(webhook: Webhook, *, reason: str, now: datetime, actor: User | None = None) -> None:
    """Inside the caller's transaction, which holds the webhook's lock."""
    if webhook.off_at is not None:
        return
    webhook.off_at, webhook.off_reason = now, reason
    webhook.save(update_fields=["off_at", "off_reason"])
    # One that was being sent when its worker died would wait for ever: nobody serves a webhook that is off.
    is_abandoned = Q(state=Sending.State.SENDING, due_at__lte=now)
    webhook.sendings.filter(Q(state=Sending.State.WAITING) | is_abandoned).update(
        state=Sending.State.FAILED, due_at=None, ended_at=now
    )
    record_event(
        "webhook.switched_off", project=webhook.project, now=now, actor=actor, webhook_id=webhook.pk, reason=reason
    )
    tell_switch_off(webhook, now=now)


@transaction.atomic
def switch_on(webhook: Webhook, *, actor: User, now: datetime) -> None:
    """Send there again what happens from now on; what failed is sent again when somebody asks. Safe to repeat."""
    locked = locked_webhook(webhook)
    if locked.off_at is None:
        return
    locked.off_at, locked.off_reason, locked.failing_since = None, "", None
    locked.save(update_fields=["off_at", "off_reason", "failing_since"])
    record_event("webhook.switched_on", project=locked.project, now=now, actor=actor, webhook_id=locked.pk)


@transaction.atomic
def send_test(webhook: Webhook, *, actor: User, now: datetime) -> None:
    """A message that says nothing, to see whether it arrives. Each call sends another."""
    locked = locked_webhook(webhook)
    if locked.off_at is not None:
        raise Conflict("This webhook is switched off; switch it on first.")
    body = json.dumps({"type": "test", "timestamp": told_time(now), "data": {}}, separators=(",", ":"))
    write_messages(locked.project, [locked], body, subject=f"test:{new_message_id()}", now=now)
    record_event("webhook.tested", project=locked.project, now=now, actor=actor, webhook_id=locked.pk)


def locked_webhook(webhook: Webhook) -> Webhook:
    """The webhook before its sendings: everybody who holds both takes them in this order."""
    rows = Webhook.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    return rows.get(pk=webhook.pk)
