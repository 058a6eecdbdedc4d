"""What follows a submission: the grace begins, the hour is noted, and now and then something is asked or offered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, OuterRef, When

from labeling.models import HandOut, QueueEntry, Rater, RevealOffer, Review, Slot, SourceQuestion
from labeling.policy.pauses import stretch_after
from labeling.policy.rubrics import Question, Submission
from labeling.queries.prepared import Given, PreparedUpdate
from labeling.queries.reviews import stage_of, stretch_of
from labeling.services.probes import ask_source
from labeling.services.reveals import offer_reveal
from labeling.services.screenings import note_training

UNFINISHED = Slot.objects.filter(entry=OuterRef("pk")).exclude(state=Slot.State.DONE)
START_GRACE = PreparedUpdate(
    QueueEntry.objects.filter(pk=Given("entry")),
    settle_at=Case(When(~Exists(UNFINISHED), then=Given("settle_at", DateTimeField()))),
)
NOTE_STRETCH = PreparedUpdate(
    Rater.objects.filter(pk=Given("rater")), at_it_since=Given("since"), last_submitted_at=Given("last_at")
)


def follow_up(
    hand_out: HandOut, review: Review, submission: Submission, asked: Sequence[Question], *, now: datetime
) -> tuple[SourceQuestion | None, RevealOffer | None]:
    """All that a stored review brings with it, inside the caller's transaction; what its reviewer is asked, if any.

    Asked once for a turn: whoever takes an item back has been asked about it already, and knew while they labelled it
    again. What is declared tests no blindness. Of a source and of a judge never both: one question after an item.
    """
    stage = stage_of(hand_out.entry)
    if review.slot is not None and not stage:
        start_grace(hand_out, now=now)
    if review.slot is not None and stage == "training":
        note_training(hand_out, now=now)
    note_stretch(hand_out.reviewer, active_ms=review.active_ms, now=now)
    if stage or review.revision > 1:
        return None, None
    offer = offer_reveal(hand_out, review, submission, asked, now=now)
    return None if offer else ask_source(hand_out, now=now), offer


def start_grace(hand_out: HandOut, *, now: datetime) -> None:
    """When every slot is done, the entry settles once nobody can take back any more."""
    grace = timedelta(seconds=hand_out.slot.queue.project.take_back_seconds)
    START_GRACE(entry=hand_out.entry_id, settle_at=now + grace)


def note_stretch(reviewer: Rater, *, active_ms: int, now: datetime) -> None:
    """How long they have been at it without a pause, for the hint on their next page. One statement."""
    stretch = stretch_after(stretch_of(reviewer), submitted_at=now, active_ms=active_ms)
    reviewer.at_it_since, reviewer.last_submitted_at = stretch.since, stretch.last_at
    NOTE_STRETCH(rater=reviewer.pk, since=stretch.since, last_at=stretch.last_at)


@transaction.atomic
def put_hint_away(reviewer: Rater, *, now: datetime) -> None:
    """No hint of a pause any more in this stretch of work. One statement, safe to repeat."""
    reviewer.hint_put_away_at = now
    Rater.objects.filter(pk=reviewer.pk).update(hint_put_away_at=now)
