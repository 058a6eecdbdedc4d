"""What a producer may know of what it sent: decisions, due time, final label and release."""

from datetime import datetime
from typing import Any

from django.db.models import Min

from labeling.models import EntryPurpose, FinalLabel, Item, QueueEntry, RoutingDecision
from labeling.policy.release import Release, release_of

PEOPLE_HAVE_IT = (Item.Status.IN_REVIEW, Item.Status.DISPUTED)


def decisions_of(item: Item) -> list[RoutingDecision]:
    """Every decision about the item, the newest first."""
    return list(item.decisions.select_related("policy").order_by("-id"))


def fired_reasons(decision: RoutingDecision) -> list[dict[str, str]]:
    """The reasons that sent the item where it went; those that merely might have stay here."""
    return [
        {"code": reason["code"], "explanation": reason["explanation"]}
        for reason in decision.reasons
        if reason.get("fired")
    ]


def due_at_of(item: Item) -> datetime | None:
    """When the people who have the item should be done; None while nobody has it."""
    if item.status not in PEOPLE_HAVE_IT:
        return None
    waiting = item.entries.filter(purpose__purpose=EntryPurpose.Purpose.LIVE).exclude(state=QueueEntry.State.SETTLED)
    return waiting.aggregate(soonest=Min("due_at"))["soonest"]


def final_label_of(item: Item) -> FinalLabel | None:
    """The newest final label, with its answers and the rubric version they belong to."""
    if item.status != Item.Status.FINAL:
        return None
    return (
        item.final_labels.select_related("entry__rubric_version__rubric")
        .prefetch_related("answers__criterion")
        .order_by("-id")
        .first()
    )


def release_now(item_id: int) -> tuple[str, Release]:
    """The item's status as it is in the database now, and whether the output may leave.

    The status is read first: the final label is written in the same transaction, so *final* always finds it.
    """
    status = Item.objects.values_list("status", flat=True).get(pk=item_id)
    final: dict[str, Any] = {}
    if status == Item.Status.FINAL:
        newest = FinalLabel.objects.filter(item=item_id).order_by("-id")
        final = newest.values("verdict", "is_bad").first() or {}
    return status, release_of(status, **final)
