"""Labels of somebody who was paused: out of the statistics, and their items once more before others."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from labeling.models import (
    EntryPurpose,
    FinalLabel,
    Item,
    QuestionedReview,
    QueueEntry,
    Reopening,
    Review,
    Slot,
    StandingPeriod,
)
from labeling.queries.labels import standing_labels
from labeling.queries.ratings import END, questionings_at
from labeling.services.entries import due_again, locked_entry, new_slot
from labeling.services.events import record_event
from labeling.services.references import keep_from_those_who_met_its_reference

State = QueueEntry.State
REOPENED = "Somebody who labelled it was paused; it is labelled once more by somebody else."


def question_labels(period: StandingPeriod, *, since: datetime, now: datetime) -> int:
    """Put in question what the person labelled in the queue since a moment; how many labels. Nothing is deleted.

    Inside the caller's transaction. Each entry is locked, in the order of ids as everywhere, and gets one more turn for
    somebody else; a final label that rests on these reviews is re-opened. What an adjudicator has ruled on stays: that
    was somebody else's look. Safe to repeat: what is in question already is left out.
    """
    n_questioned = 0
    for entry_id in sorted({review.entry_id for review in reviews_to_question(period, since=since)}):
        entry = locked_entry(entry_id)
        # Read again under the lock: somebody may have settled, withdrawn or ruled meanwhile.
        reviews = list(reviews_to_question(period, since=since).filter(entry=entry))
        if reviews:
            question_reviews(period, reviews, now=now)
            ask_again(entry, now=now)
            n_questioned += len(reviews)
    return n_questioned


def reviews_to_question(period: StandingPeriod, *, since: datetime):
    """Counted live reviews of the person in the queue that no adjudicator has ruled on and nobody questions yet."""
    ruled = standing_labels().filter(entry=OuterRef("entry"), source=FinalLabel.Source.ADJUDICATED)
    return Review.objects.filter(
        ~Exists(ruled),
        ~Exists(questionings_at(until=END)),
        entry__queue=period.queue_id,
        reviewer=period.reviewer_id,
        entry__purpose__purpose=EntryPurpose.Purpose.LIVE,
        slot__isnull=False,
        withdrawal__isnull=True,
        submitted_at__gte=since,
    )


def question_reviews(period: StandingPeriod, reviews: Sequence[Review], *, now: datetime) -> None:
    QuestionedReview.objects.bulk_create(
        QuestionedReview(review=review, period=period, questioned_at=now) for review in reviews
    )


def ask_again(entry: QueueEntry, *, now: datetime) -> None:
    """One more turn for somebody else. A dispute needs none: whoever settles it looks at the item itself."""
    if entry.state == State.DISPUTED:
        return
    changes = {"n_slots": entry.n_slots + 1, "settle_at": None, "state": State.WAITING}
    if entry.state == State.SETTLED:
        changes["due_at"] = entry.due_at = due_again(entry, now=now)
        reopen_final_label(entry, now=now)
    keep_from_those_who_met_its_reference(entry.item, now=now)
    QueueEntry.objects.filter(pk=entry.pk).update(**changes)
    # It waits only behind the slot whose hand-out will open it: an earlier one that was given back opens no other.
    follows_one = entry.slots.filter(slot_no=entry.n_slots, state__in=[Slot.State.OPEN, Slot.State.WAITING]).exists()
    state = Slot.State.WAITING if follows_one else Slot.State.OPEN
    new_slot(entry, slot_no=entry.n_slots + 1, state=state).save(force_insert=True)


def reopen_final_label(entry: QueueEntry, *, now: datetime) -> None:
    """The final label becomes history, and until there is another nothing clears the item."""
    final_label = standing_labels().filter(entry=entry).first()
    if final_label is not None:
        Reopening.objects.create(final_label=final_label, reason=REOPENED, reopened_at=now)
    Item.objects.filter(pk=entry.item_id).update(status=Item.Status.IN_REVIEW)
    record_event(
        "entry.questioned",
        project=entry.queue.project,
        now=now,
        entry_id=entry.pk,
        item_id=entry.item_id,
        final_label_id=final_label.pk if final_label else None,
    )


def release_questions(period: StandingPeriod, *, now: datetime) -> int:
    """The pause was wrong: what it put in question counts again at once. The extra turns stay, as second opinions; the
    labels they re-opened settle with those. Inside the caller's transaction, safe to repeat."""
    return QuestionedReview.objects.filter(period=period, settled_at__isnull=True).update(settled_at=now)
