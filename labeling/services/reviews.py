"""Drafts, submissions and take-backs: the writes behind every press of a reviewer's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from labeling.models import Answer, Criterion, Draft, HandOut, QueueEntry, Review, Slot, Withdrawal
from labeling.policy.blinding import canonical_choice
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.rubrics import Submission, complaints_about
from labeling.queries.access import is_blind
from labeling.queries.reviews import latest_review
from labeling.queries.rubrics import question_from, stated
from labeling.services.events import record_event
from labeling.services.queues import CLAIM_ATTEMPTS, held_slot, open_following_slot
from labeling.services.rubrics import freeze_version

LARGEST_DRAFT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission: `counted`, `extra` (kept, and not counted) or `repeated` (was there already)."""

    outcome: str
    review: Review


@transaction.atomic
def save_draft(hand_out: HandOut, *, content: dict[str, Any], now: datetime) -> Draft:
    """Keep unsent work. It is accepted after the lease is gone too: a draft belongs to the reviewer, not the lease.

    One upsert; the newest save wins.
    """
    if len(str(content)) > LARGEST_DRAFT:
        raise Invalid({"note": f"A draft holds at most {LARGEST_DRAFT // 1024} kB."})
    draft, _ = Draft.objects.update_or_create(
        entry_id=hand_out.entry_id,
        reviewer_id=hand_out.reviewer_id,
        defaults={"content": content, "saved_at": now},
    )
    return draft


@transaction.atomic
def submit_review(
    hand_out: HandOut, *, revision: int, submission: Submission, active_ms: int, now: datetime
) -> Submitted:
    """Store one review with its answers and finish its slot.

    Locks the entry, so that the last two reviewers of an item see each other and one of them starts the grace; but
    not its key, which a hand-out or draft that is just being written points to: that would be a deadlock.
    The slot goes from leased to done by compare-and-set. Whoever comes after their lease was given away gets
    another open slot of the entry, or the review is kept as *extra*. The same submit twice is one review.
    """
    QueueEntry.objects.select_for_update(no_key=True).get(pk=hand_out.entry_id)
    latest = latest_review(hand_out)
    if latest is not None and latest.revision >= revision:
        return Submitted("repeated", latest)
    if latest is not None and not hasattr(latest, "withdrawal"):
        raise Conflict("You have submitted this item already; take it back to change it.")
    version = hand_out.entry.rubric_version
    criteria = list(version.criteria.all())
    questions = [question_from(criterion) for criterion in criteria]
    complaints = complaints_about(submission, questions, asks_verdict=version.asks_verdict)
    if complaints:
        raise Invalid(complaints)
    slot = finish_slot(hand_out)
    freeze_version(version, now=now)
    review = write_review(hand_out, submission, slot=slot, supersedes=latest, active_ms=active_ms, now=now)
    save_answers(review, submission, criteria)
    Draft.objects.filter(entry_id=hand_out.entry_id, reviewer_id=hand_out.reviewer_id).delete()
    if slot is not None:
        start_grace(hand_out, now=now)
    record_event(
        "review.submitted" if slot else "review.kept_as_extra",
        project=hand_out.slot.queue.project,
        now=now,
        actor=hand_out.reviewer.user,
        review_id=review.pk,
        entry_id=hand_out.entry_id,
        revision=review.revision,
    )
    return Submitted("counted" if slot else "extra", review)


def write_review(
    hand_out: HandOut,
    submission: Submission,
    *,
    slot: Slot | None,
    supersedes: Review | None,
    active_ms: int,
    now: datetime,
) -> Review:
    is_blind_here = is_blind(hand_out.reviewer)
    return Review.objects.create(
        hand_out=hand_out,
        revision=supersedes.revision + 1 if supersedes else 1,
        entry_id=hand_out.entry_id,
        slot=slot,
        reviewer=hand_out.reviewer,
        supersedes=supersedes,
        verdict=submission.verdict,
        note=submission.note.strip(),
        blind_state=Review.BlindState.BLIND if is_blind_here else Review.BlindState.NOT_BLIND,
        active_ms=active_ms,
        submitted_at=now,
    )


def save_answers(review: Review, submission: Submission, criteria: Sequence[Criterion]) -> None:
    by_key = {criterion.key: criterion for criterion in criteria}
    Answer.objects.bulk_create(
        Answer(
            review=review,
            criterion=by_key[key],
            value=stored_value(answer.value, by_key[key].scale, review.hand_out.order_shown),
            is_not_applicable=answer.is_not_applicable,
            rationale=answer.rationale.strip(),
        )
        for key, answer in submission.answers.items()
        if answer.value or answer.is_not_applicable
    )


def stored_value(value: str, scale: str, order_shown: str) -> str:
    """Labels of pairs are stored by canonical side, or statistics would mix up who saw what first."""
    return canonical_choice(value, order_shown) if scale == "pairwise" else value


def finish_slot(hand_out: HandOut) -> Slot | None:
    """The slot this submission fills: its own, one the reviewer holds anew, any open one; None when all are gone."""
    if held_slot(hand_out).update(state=Slot.State.DONE, lease_until=None):
        return Slot.objects.get(entry_id=hand_out.entry_id, reviewer_id=hand_out.reviewer_id)
    for _ in range(CLAIM_ATTEMPTS):
        slot = slot_left_for(hand_out)
        if slot is None:
            return None
        n_taken = Slot.objects.filter(pk=slot.pk, state=slot.state, lease_no=slot.lease_no).update(
            state=Slot.State.DONE, reviewer_id=hand_out.reviewer_id, lease_until=None
        )
        if n_taken:
            open_following_slot(slot)
            return slot
    return None


def slot_left_for(hand_out: HandOut) -> Slot | None:
    """Where a submission goes that came after its lease was given away."""
    siblings = Slot.objects.filter(entry_id=hand_out.entry_id)
    mine = siblings.filter(reviewer_id=hand_out.reviewer_id).first()
    if mine is not None and mine.state == Slot.State.DONE:
        raise Conflict("You have reviewed this item already.")
    return (
        mine
        or siblings.filter(state=Slot.State.OPEN)
        .filter(Q(reserved_for__isnull=True) | Q(reserved_for=hand_out.reviewer_id))
        .order_by("slot_no")
        .first()
    )


def start_grace(hand_out: HandOut, *, now: datetime) -> None:
    """When every slot is done, the entry settles once nobody can take back any more."""
    is_unfinished = Slot.objects.filter(entry_id=hand_out.entry_id).exclude(state=Slot.State.DONE).exists()
    grace = timedelta(seconds=hand_out.slot.queue.project.take_back_seconds)
    QueueEntry.objects.filter(pk=hand_out.entry_id).update(settle_at=None if is_unfinished else now + grace)


@transaction.atomic
def take_back(hand_out: HandOut, *, now: datetime) -> Review:
    """Withdraw the latest review of a hand-out within the grace; the slot is the reviewer's again, with a draft.

    Locks the entry. Refused when the grace is over, the entry is settled or somebody else has the slot. Safe to
    repeat: the second call finds the withdrawal and returns the same review.
    """
    entry = QueueEntry.objects.select_for_update(no_key=True).get(pk=hand_out.entry_id)
    review = latest_review(hand_out)
    if review is None:
        raise Conflict("There is nothing to take back: this item was not submitted.")
    if hasattr(review, "withdrawal"):
        return review
    grace = timedelta(seconds=hand_out.slot.queue.project.take_back_seconds)
    if now > review.submitted_at + grace or entry.state != QueueEntry.State.WAITING:
        raise Conflict("The time to take this back is over; your review counts as you submitted it.")
    if review.slot_id is None:
        raise Conflict("This review came after its turn was given away; it is kept and cannot be changed.")
    Withdrawal.objects.create(review=review, withdrawn_at=now)
    slot = review.slot
    Slot.objects.filter(pk=slot.pk, state=Slot.State.DONE, reviewer_id=hand_out.reviewer_id).update(
        state=Slot.State.LEASED,
        lease_until=now + timedelta(seconds=hand_out.slot.queue.lease_seconds),
    )
    QueueEntry.objects.filter(pk=entry.pk).update(settle_at=None)
    Draft.objects.update_or_create(
        entry=entry,
        reviewer_id=hand_out.reviewer_id,
        defaults={"content": draft_from(review, hand_out.order_shown), "saved_at": now},
    )
    record_event(
        "review.withdrawn",
        project=hand_out.slot.queue.project,
        now=now,
        actor=hand_out.reviewer.user,
        review_id=review.pk,
        entry_id=entry.pk,
    )
    return review


def draft_from(review: Review, order_shown: str) -> dict[str, Any]:
    """The submitted answers as the form fields they were, so that taking back loses no work."""
    content: dict[str, Any] = {"verdict": review.verdict, "note": review.note}
    for answer in review.answers.select_related("criterion"):
        key = answer.criterion.key
        content[f"answer-{key}"] = stored_value(stated(answer), answer.criterion.scale, order_shown)
        if answer.rationale:
            content[f"rationale-{key}"] = answer.rationale
    return content
