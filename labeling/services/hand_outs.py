"""Releasing turns: what a reviewer holds and does not come back to is opened for somebody else."""

from datetime import datetime

from django.db import transaction

from labeling.models import Project, Rater, Slot, User
from labeling.policy.errors import Conflict, Invalid
from labeling.services.events import record_event
from labeling.services.queues import give_back

SUBMITTED_MEANWHILE = "This turn was submitted or given back while you were reading; nothing was changed."


@transaction.atomic
def release_turn(slot: Slot, *, lease_no: int, reason: str, actor: User, now: datetime) -> None:
    """Open one held turn for whoever comes next; the draft stays with its reviewer.

    Compare-and-set on the lease that the actor saw: a turn that was submitted, given back or handed to somebody else
    meanwhile is not touched, and the actor is told. Refused without a reason.
    """
    complain_without(reason)
    same = Slot.objects.filter(pk=slot.pk, lease_no=lease_no, reviewer=slot.reviewer_id)
    if give_back(same) != 1:
        raise Conflict(SUBMITTED_MEANWHILE)
    record_event(
        "turn.released",
        project=slot.queue.project,
        now=now,
        actor=actor,
        entry_id=slot.entry_id,
        slot_id=slot.pk,
        lease_no=lease_no,
        rater_id=slot.reviewer_id,
        reason=reason.strip(),
    )


@transaction.atomic
def release_turns_of(reviewer: Rater, *, reason: str, actor: User, now: datetime) -> int:
    """Open everything that one person holds in their project; returns how many turns. Safe to repeat.

    One statement: a turn that is just being submitted is either in it, and then counts if it still finds a slot, or
    is done already and stays so. Refused without a reason.
    """
    complain_without(reason)
    project = Project.objects.get(pk=reviewer.project_id)
    held = Slot.objects.filter(reviewer=reviewer, state=Slot.State.LEASED)
    entry_ids = list(held.order_by("entry_id").values_list("entry_id", flat=True))
    n_released = give_back(held)
    if n_released:
        record_event(
            "turn.released",
            project=project,
            now=now,
            actor=actor,
            rater_id=reviewer.pk,
            n_released=n_released,
            entry_ids=entry_ids,
            reason=reason.strip(),
        )
    return n_released


def complain_without(reason: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": "Say why; the audit trail keeps it."})
