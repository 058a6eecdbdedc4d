"""Putting a final label back into dispute, and passing a dispute on: both append-only, both with a reason."""

from datetime import datetime

from django.db import transaction

from labeling.models import FinalLabel, HandOver, Item, QueueEntry, Reopening, User
from labeling.policy.errors import Conflict, Invalid
from labeling.services.entries import due_again, locked_dispute, locked_entry
from labeling.services.events import record_event
from labeling.services.verdicts import addressee

State = QueueEntry.State


@transaction.atomic
def reopen(final_label: FinalLabel, *, opener: User, reason: str, now: datetime) -> Reopening:
    """Put a final label back into dispute: it stays as history, and somebody else settles the entry anew, in as much
    time as it was given first.

    Locks the entry. From here on the item is disputed, so nothing clears it. The second of two who re-open is told;
    so is whoever comes after somebody settled it anew. Refused without a reason.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; whoever settles it anew reads this first."})
    entry = locked_entry(final_label.entry_id)
    if entry.state != State.SETTLED or Reopening.objects.filter(final_label=final_label).exists():
        raise Conflict("This label was re-opened already; nothing was changed.")
    reopening = Reopening.objects.create(
        final_label=final_label, reopened_by=opener, reason=reason.strip(), reopened_at=now
    )
    QueueEntry.objects.filter(pk=entry.pk).update(state=State.DISPUTED, due_at=due_again(entry, now=now))
    Item.objects.filter(pk=entry.item_id).update(status=Item.Status.DISPUTED)
    record_event(
        "entry.reopened",
        project=entry.queue.project,
        now=now,
        actor=opener,
        entry_id=entry.pk,
        item_id=entry.item_id,
        final_label_id=final_label.pk,
    )
    return reopening


@transaction.atomic
def hand_over(entry: QueueEntry, *, to: str, reason: str, actor: User, now: datetime) -> HandOver:
    """Say for whom a dispute waits from now on: a role, or somebody of the list. Everybody still sees it.

    Its due time stays. Locks the entry, so that none is handed over that somebody settles meanwhile.
    """
    if not reason.strip():
        raise Invalid({"handed_reason": "Say why; it is what they read first."})
    locked = locked_dispute(entry.pk)
    role, person = addressee(to, locked.queue.project, field="handed_to")
    passed_on = HandOver.objects.create(
        entry=locked, role=role, person=person, handed_by=actor, reason=reason.strip(), handed_at=now
    )
    record_event(
        "entry.handed_over",
        project=locked.queue.project,
        now=now,
        actor=actor,
        entry_id=locked.pk,
        to_role=role,
        to_user_id=person.pk if person else None,
    )
    return passed_on
