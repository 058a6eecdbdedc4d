"""The proof of blinding: every label rebuilds what its reviewer had before them, from its record and nothing else."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from labeling.models import HandOut, ItemPayload, Project, Review
from labeling.policy.blind_records import say_the_same
from labeling.policy.blinding import BlindItem, blind_item, order_for
from labeling.queries.reviews import shown_item

NEWEST = 500


@dataclass(frozen=True, slots=True)
class Proof:
    """What one hand-out showed, and what speaks for it.

    `is_intact`: the stored content has the hash it is stored under, and rebuilds to the same bytes. `is_own_order`:
    the order is the one that the queue's dice give to this reviewer and item. `is_as_now`: today's payload would give
    the same content; None where the payload was erased.
    """

    item: BlindItem
    order_shown: str
    content_hash: str
    is_intact: bool
    is_own_order: bool
    is_as_now: bool | None

    @property
    def holds(self) -> bool:
        return self.is_intact and self.is_own_order


@dataclass(frozen=True, slots=True)
class Proofs:
    """How many of the newest reviews were tried, and the ids of those whose record does not hold."""

    n_tried: int
    broken: list[int]


def proof_of(hand_out: HandOut) -> Proof:
    """The proof of one hand-out. It reads the record, and today's payload only to compare."""
    queue, entry = hand_out.slot.queue, hand_out.entry
    shown = shown_item(hand_out)
    canonical = shown.in_order(hand_out.order_shown)
    stored = hand_out.shown
    payload = getattr(entry.item, "payload", None)
    return Proof(
        item=shown,
        order_shown=hand_out.order_shown,
        content_hash=stored.content_hash,
        is_intact=hashlib.sha256(stored.content.encode()).hexdigest() == stored.content_hash
        and canonical.canonical() == stored.content,
        is_own_order=hand_out.order_shown
        == order_for(
            queue.seeding_secret,
            reviewer_id=hand_out.reviewer_id,
            item_id=entry.item_id,
            n_texts=len(canonical.texts),
        ),
        is_as_now=None if payload is None else is_still(payload, entry.item.kind, stored.content),
    )


def is_still(payload: ItemPayload, kind: str, content: str) -> bool:
    return say_the_same(content, blind_item(kind, payload.context, payload.texts).canonical())


def newest_proofs(project: Project) -> Proofs:
    """Whether the newest reviews of a project rebuild. One query, whatever there is."""
    reviews = reviews_with_record(project).order_by("-id")[:NEWEST]
    return tried(reviews)


def every_proof(project: Project) -> Proofs:
    """The same of every review, a page of rows at a time."""
    return tried(reviews_with_record(project).order_by("id").iterator(chunk_size=NEWEST))


def reviews_with_record(project: Project):
    return Review.objects.filter(entry__queue__project=project).select_related(
        "hand_out__shown", "hand_out__slot__queue", "hand_out__entry__item__payload"
    )


def tried(reviews: Iterable[Review]) -> Proofs:
    n_tried, broken = 0, []
    for review in reviews:
        n_tried += 1
        if not proof_of(review.hand_out).holds:
            broken.append(review.pk)
    return Proofs(n_tried, broken)
