"""Sending what was written down: taken by one worker, recorded, tried again, given up where it is seen."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from labeling.models import Sending, SendingAttempt, User, Webhook
from labeling.policy.errors import Conflict
from labeling.policy.sendings import (
    GONE,
    MOST_TRIES,
    Letter,
    Outcome,
    Outgoing,
    WebhookCall,
    gives_up,
    next_try,
    signed_headers,
)
from labeling.queries.sendings import Lane, due_sendings, is_still_manager
from labeling.services.events import record_event
from labeling.services.webhooks import locked_webhook, signing_secrets, stop_webhook

State = Sending.State
# Far longer than the gateways wait, so that nobody sends what somebody else is sending.
LEASE_SECONDS = 60
FAILED = {"state": State.FAILED, "due_at": None}
# How many that cannot be sent at all are put aside before a lane rests.
MOST_PUT_ASIDE = 20
DIED = "The worker ended before it said what came of this; it may have arrived."
NO_ADDRESS = "This person has no e-mail address, or is no admin or owner here any more."


@transaction.atomic
def claim_next_sending(lane: Lane, *, now: datetime) -> Outgoing | None:
    """Take a lane's next due message, with a lease; None when there is none.

    Compare-and-set on the state and the attempt: of two workers one gets it. One whose worker died is taken again, so a
    message arrives at least once, and its id is the same each time.
    """
    for _ in range(MOST_PUT_ASIDE):
        due = due_sendings(Sending.objects.filter(webhook=lane), now=now)
        unlocked = due.select_for_update(skip_locked=True, of=("self",))
        sending = unlocked.select_related("webhook", "recipient", "project").first()
        if sending is None:
            return None
        if sending.state == State.SENDING:
            record_death(sending, now=now)
        held = Sending.objects.filter(pk=sending.pk, state=sending.state, n_attempts=sending.n_attempts)
        if sending.n_tries >= MOST_TRIES:
            held.update(**FAILED, ended_at=now)
            continue
        lease_until = now + timedelta(seconds=LEASE_SECONDS)
        taken = {"n_attempts": F("n_attempts") + 1, "n_tries": F("n_tries") + 1}
        if not held.update(state=State.SENDING, due_at=lease_until, **taken):
            continue
        sending.n_attempts += 1
        content = content_of(sending, now=now)
        if content is not None:
            return Outgoing(sending.pk, sending.n_attempts, content)
        Sending.objects.filter(pk=sending.pk).update(**FAILED, ended_at=now)
        write_attempt(sending.pk, sending.n_attempts, error=NO_ADDRESS, ended_at=now)
    return None


def record_death(sending: Sending, *, now: datetime) -> None:
    write_attempt(sending.pk, sending.n_attempts, error=DIED, ended_at=now)


def write_attempt(sending_id: int, number: int, **record: Any) -> None:
    SendingAttempt.objects.create(sending_id=sending_id, number=number, **record)


def content_of(sending: Sending, *, now: datetime) -> WebhookCall | Letter | None:
    """What goes out now; None for a letter to somebody whom it no longer concerns."""
    if sending.webhook is not None:
        body = sending.body.encode()
        secrets = signing_secrets(sending.webhook, now=now)
        signed = signed_headers(body, message_id=sending.message_id, now=now, secrets=secrets)
        headers = {"Content-Type": "application/json", "User-Agent": "Reviewapp", **signed}
        return WebhookCall(sending.webhook.url, headers, body)
    if not sending.recipient.email or not is_still_manager(sending.recipient, sending.project):
        return None
    return Letter(sending.recipient.email, sending.title, sending.body, sending.message_id)


@transaction.atomic
def record_attempt(outgoing: Outgoing, outcome: Outcome, *, now: datetime, rng: Random) -> bool:
    """Note what came of an attempt, and when the next is. True when the message was delivered.

    Locks the webhook, then the message by compare-and-set: a worker that was so slow that another took over changes
    nothing. A webhook through which nothing has got for days is switched off.
    """
    sending = Sending.objects.select_related("webhook").get(pk=outgoing.sending_id)
    webhook = locked_webhook(sending.webhook) if sending.webhook is not None else None
    held = Sending.objects.filter(pk=sending.pk, state=State.SENDING, n_attempts=outgoing.attempt)
    is_off = webhook is not None and webhook.off_at is not None
    if not held.update(**state_after(outcome, n_tries=sending.n_tries, is_off=is_off, now=now, rng=rng)):
        return False
    write_attempt(
        sending.pk,
        outgoing.attempt,
        status=outcome.status,
        duration_ms=outcome.duration_ms,
        answer=outcome.answer,
        error=outcome.error,
        ended_at=now,
    )
    if webhook is not None:
        note_health(webhook, outcome, now=now)
    return outcome.is_delivered


def state_after(outcome: Outcome, *, n_tries: int, is_off: bool, now: datetime, rng: Random) -> dict[str, Any]:
    if outcome.is_delivered:
        return {"state": State.SENT, "due_at": None, "ended_at": now}
    due_at = None if is_off else next_try(n_tries, now=now, rng=rng)
    if due_at is None:
        return {**FAILED, "ended_at": now}
    return {"state": State.WAITING, "due_at": due_at}


def note_health(webhook: Webhook, outcome: Outcome, *, now: datetime) -> None:
    if outcome.is_delivered:
        if webhook.failing_since is not None:
            Webhook.objects.filter(pk=webhook.pk).update(failing_since=None)
        return
    if webhook.failing_since is None:
        webhook.failing_since = now
        webhook.save(update_fields=["failing_since"])
    if gives_up(webhook.failing_since, status=outcome.status, now=now):
        reason = Webhook.OffReason.GONE if outcome.status == GONE else Webhook.OffReason.FAILING
        stop_webhook(webhook, reason=reason, now=now)


@transaction.atomic
def repeat_sending(sending: Sending, *, actor: User, now: datetime) -> bool:
    """Send one failed message again, with as many tries as the first time. Safe to repeat: the second finds it waiting.

    Locks its webhook, so that it is not switched off meanwhile.
    """
    if sending.webhook is not None:
        refuse_switched_off(sending.webhook)
    n_repeated = send_anew(Sending.objects.filter(pk=sending.pk), now=now)
    if n_repeated:
        record_event(
            "sending.repeated", project=sending.project, now=now, actor=actor, sending_id=sending.pk, n_messages=1
        )
    return n_repeated == 1


@transaction.atomic
def repeat_failed(webhook: Webhook, *, actor: User, now: datetime) -> int:
    """Send everything that failed to reach a webhook again; returns how many messages. Safe to repeat."""
    refuse_switched_off(webhook)
    n_repeated = send_anew(webhook.sendings.all(), now=now)
    if n_repeated:
        record_event(
            "sending.repeated",
            project=webhook.project,
            now=now,
            actor=actor,
            webhook_id=webhook.pk,
            n_messages=n_repeated,
        )
    return n_repeated


def refuse_switched_off(webhook: Webhook) -> None:
    if locked_webhook(webhook).off_at is not None:
        raise Conflict("This webhook is switched off; switch it on first.")


def send_anew(sendings: QuerySet[Sending], *, now: datetime) -> int:
    failed = sendings.filter(state=State.FAILED)
    return failed.update(state=State.WAITING, due_at=now, n_tries=0, ended_at=None)
