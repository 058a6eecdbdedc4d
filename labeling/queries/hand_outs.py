"""Who holds which item now, for owners and admins. It tells gold, so no reviewer's page may read from here.

Names are for admins alone. Whoever settles a dispute must not know who labelled the item, and what is in review today
may be disputed tomorrow: an owner sees that somebody holds it, and no two rows of one person can be told to be theirs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, QuerySet, Subquery

from labeling.models import KNOWN, Draft, HandOut, Project, Rater, Slot


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """One turn that somebody holds. `reviewer` is empty where the reader may not know them."""

    slot: Slot
    reviewer: str
    is_gold: bool
    held_since: datetime | None
    last_sign_at: datetime | None
    saved_at: datetime | None


def held_slots(project: Project, *, queue_id: int | None = None, reviewer_id: int | None = None) -> QuerySet[Slot]:
    """The turns that are held, the longest held first."""
    own = {"entry": OuterRef("entry"), "reviewer": OuterRef("reviewer")}
    handed = HandOut.objects.filter(**own).order_by("-id").values("handed_at")[:1]
    held = Slot.objects.filter(queue__project=project, state=Slot.State.LEASED)
    if queue_id is not None:
        held = held.filter(queue=queue_id)
    if reviewer_id is not None:
        held = held.filter(reviewer=reviewer_id)
    return (
        held.select_related("reviewer__user", "entry__item", "queue")
        .annotate(
            held_since=Subquery(handed),
            saved_at=Subquery(Draft.objects.filter(**own).values("saved_at")[:1]),
            purpose=F("entry__purpose__purpose"),
        )
        .order_by("held_since", "id")
    )


def held_turn(slot: Slot, *, shows_names: bool) -> HeldTurn:
    """A row of `held_slots` as its reader may see it.

    Each sign of life moves the lease to its full length from then, so its end tells when the last one was; but not
    when the queue's lease was changed since, so it is never told as earlier than the hand-out or a saved draft.
    """
    signs = [slot.lease_until - timedelta(seconds=slot.queue.lease_seconds), slot.held_since, slot.saved_at]
    return HeldTurn(
        slot=slot,
        reviewer=slot.reviewer.user.shown_name if shows_names else "",
        is_gold=slot.purpose in KNOWN,
        held_since=slot.held_since,
        last_sign_at=max(filter(None, signs)),
        saved_at=slot.saved_at,
    )


def holders(project: Project) -> list[Rater]:
    """Everybody who holds something now, by name."""
    held = Slot.objects.filter(queue__project=project, state=Slot.State.LEASED)
    raters = project.raters.filter(pk__in=held.values("reviewer")).select_related("user")
    return sorted(raters, key=lambda rater: rater.user.shown_name.casefold())
