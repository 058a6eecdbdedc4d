"""What a producer may know of what it sent: decisions, due time, final label and release."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Min, OuterRef, Subquery

from labeling.models import EntryPurpose, FinalLabel, Item, QueueEntry, Reopening, RoutingDecision
from labeling.policy.release import Release, release_of
from labeling.queries.labels import standing_labels

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
    """The newest final label that stands, with its answers and the rubric version they belong to."""
    if item.status != Item.Status.FINAL:
        return None
    return (
        standing_labels()
        .filter(item=item)
        .select_related("entry__rubric_version__rubric", "correction", "failure")
        .prefetch_related("answers__criterion")
        .order_by("-id")
        .first()
    )


@dataclass(frozen=True, slots=True)
class ReleaseNow:
    """The release of an item at one moment. `correction` is the text of a final *revise*, and clears nothing.

    `was_cleared_before` says that a final label which was re-opened since had cleared it: it may have left.
    """

    status: str
    release: Release
    correction: str | None = None
    was_cleared_before: bool = False


def release_now(item_id: int) -> ReleaseNow:
    """The item's status as it is in the database now, and whether the output may leave.

    One statement, so that status and final label are of one moment, whoever settles or re-opens it meanwhile.
    """
    newest = standing_labels().filter(item=OuterRef("pk")).order_by("-id")
    reopened = Reopening.objects.filter(final_label__item=OuterRef("pk"))
    cleared = reopened.filter(final_label__verdict="approve", final_label__is_bad=False)
    now = Item.objects.values("status").annotate(
        verdict=Subquery(newest.values("verdict")[:1]),
        is_bad=Subquery(newest.values("is_bad")[:1]),
        correction=Subquery(newest.values("correction__text")[:1]),
        is_reopened=Exists(reopened),
        was_cleared_before=Exists(cleared),
    )
    found: dict[str, Any] = now.get(pk=item_id)
    is_final = found["status"] == Item.Status.FINAL
    release = release_of(
        found["status"],
        verdict=found["verdict"] if is_final else None,
        is_bad=found["is_bad"] if is_final else None,
        is_reopened=found["is_reopened"],
    )
    correction = found["correction"] if release.is_revised else None
    return ReleaseNow(found["status"], release, correction, found["was_cleared_before"])
