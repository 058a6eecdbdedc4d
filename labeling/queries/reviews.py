"""What a reviewer's desk shows. Nothing here reads why an entry exists, so gold and live cost the same queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from labeling.models import (
    SCREEN_ROUND,
    TRAINING_ROUND,
    Draft,
    HandOut,
    Queue,
    QueueEntry,
    Rater,
    Reveal,
    Review,
    Slot,
)
from labeling.policy.assignment import Admission
from labeling.policy.blinding import BlindItem, item_of_record
from labeling.policy.parts import asks_of_parts, questions_asked
from labeling.policy.pauses import Stretch, minutes_without_pause
from labeling.policy.rubrics import Question
from labeling.queries.duties import admission_to
from labeling.queries.prepared import Given, Prepared
from labeling.queries.rubrics import questions_of

# Nothing was decided by it yet. A calibration round decides nothing, so that it was closed stops nobody; it is told by
# its number and not by its purpose, which no query here may ask for. What was answered in training has been explained.
UNDECIDED = (Q(entry__state=QueueEntry.State.WAITING) | Q(entry__round__gt=1)) & ~Q(entry__round=TRAINING_ROUND)
LATEST_REVIEW: Prepared[Review] = Prepared(
    Review.objects.filter(hand_out=Given("hand_out")).select_related("withdrawal").order_by("-revision")[:1]
)
STANDING_REVIEW: Prepared[Review] = Prepared(
    Review.objects.filter(entry=Given("entry"), reviewer=Given("reviewer"), withdrawal__isnull=True)
    .select_related("hand_out")
    .order_by("-id")[:1]
)
LAST_TO_TAKE_BACK: Prepared[Review] = Prepared(
    Review.objects.filter(
        UNDECIDED,
        reviewer=Given("reviewer"),
        submitted_at__gte=Given("earliest"),
        entry__queue=Given("queue"),
        slot__isnull=False,
        withdrawal__isnull=True,
        reveal_offer__reveal__isnull=True,
    )
    .select_related("hand_out")
    .order_by("-submitted_at", "-id")[:1]
)
DRAFT: Prepared[Draft] = Prepared(Draft.objects.filter(entry=Given("entry"), reviewer=Given("reviewer"))[:1])


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A review that may still be taken back: under which token, which one of its revisions, and until when."""

    token: str
    revision: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a reviewer's page receives. A field that is not here cannot reach the page."""

    token: str
    queue_name: str
    item: BlindItem
    instructions: str
    questions: tuple[Question, ...]
    asks_verdict: bool
    draft: dict[str, Any]
    saved_at: datetime | None
    revision: int
    is_held: bool
    n_today: int
    daily_cap: int
    last: TakeBack | None
    minutes_without_pause: int | None
    # What is declared: "training", "screen", or nothing.
    stage: str


@dataclass(frozen=True, slots=True)
class SubmittedItem:
    """What a reviewer sees of an item they have submitted: when, whether it counts, and until when it can return."""

    token: str
    queue_id: int
    queue_name: str
    submitted_at: datetime
    is_counted: bool
    take_back: TakeBack | None


def shown_item(hand_out: HandOut) -> BlindItem:
    """What was shown, read back from its record, in this reviewer's order."""
    return item_of_record(hand_out.shown.content).in_order(hand_out.order_shown)


def asked_of(hand_out: HandOut, item: BlindItem | None = None) -> tuple[Question, ...]:
    """The questions that a hand-out asks. What was shown is read only by a rubric that asks of its parts."""
    questions = questions_of(hand_out.entry.rubric_version)
    if not asks_of_parts(questions):
        return questions_asked(questions, None)
    return questions_asked(questions, item or shown_item(hand_out))


def latest_review(hand_out: HandOut) -> Review | None:
    return LATEST_REVIEW.first(hand_out=hand_out.pk)


def standing_review(hand_out: HandOut) -> Review | None:
    """The reviewer's review of this entry that was not taken back, on whichever of their hand-outs: a tab that stood
    open while the item came back to them in another one must not go on with what is submitted."""
    return STANDING_REVIEW.first(entry=hand_out.entry_id, reviewer=hand_out.reviewer_id)


def draft_of(hand_out: HandOut) -> Draft | None:
    return DRAFT.first(entry=hand_out.entry_id, reviewer=hand_out.reviewer_id)


def submission_of(hand_out: HandOut, *, now: datetime) -> SubmittedItem | None:
    """The review of a hand-out's item that stands; None while it is still to be written, or was taken back."""
    review = standing_review(hand_out)
    if review is None:
        return None
    until = review.submitted_at + timedelta(seconds=hand_out.slot.queue.project.take_back_seconds)
    is_open = review.slot_id is not None and now <= until and is_undecided(hand_out.entry)
    is_open = is_open and not has_seen_judge(review)
    return SubmittedItem(
        token=hand_out.token,
        queue_id=hand_out.slot.queue_id,
        queue_name=hand_out.slot.queue.name,
        submitted_at=review.submitted_at,
        is_counted=review.slot_id is not None,
        take_back=TakeBack(review.hand_out.token, review.revision, until) if is_open else None,
    )


def has_seen_judge(review: Review) -> bool:
    """Whether its reviewer has looked at what the judge said of its item, on whichever of their turns: then nothing of
    it can be taken back."""
    looks = Reveal.objects.filter(offer__review__reviewer=review.reviewer_id)
    return looks.filter(offer__review__entry__item__entries=review.entry_id).exists()


def is_undecided(entry: QueueEntry) -> bool:
    """As `UNDECIDED`, of an entry that was read."""
    return (entry.state == QueueEntry.State.WAITING or entry.round > 1) and entry.round != TRAINING_ROUND


def desk_of(
    hand_out: HandOut, *, admission: Admission | None = None, submitted: Review | None = None, now: datetime
) -> Desk:
    """The desk of one hand-out. At most seven queries, whatever the item is and however many were reviewed before.

    `admission` is what the claim of it has asked already: such a hand-out is new, and nobody has reviewed it yet.
    `submitted` is the review that counted in this request: the last that can be taken back.
    """
    queue, version = hand_out.slot.queue, hand_out.entry.rubric_version
    item = shown_item(hand_out)
    draft = draft_of(hand_out)
    latest = None if admission else latest_review(hand_out)
    admission = admission or admission_to(queue, hand_out.reviewer, now=now)
    return Desk(
        token=hand_out.token,
        queue_name=queue.name,
        item=item,
        instructions=version.instructions,
        questions=asked_of(hand_out, item),
        asks_verdict=version.asks_verdict,
        draft=draft.content if draft else {},
        saved_at=draft.saved_at if draft else None,
        revision=(latest.revision if latest else 0) + 1,
        is_held=is_held(hand_out),
        n_today=admission.n_today,
        daily_cap=admission.daily_cap,
        last=take_back_of(submitted, queue, now=now) if submitted else take_back_for(queue, hand_out.reviewer, now=now),
        minutes_without_pause=minutes_without_pause(
            stretch_of(hand_out.reviewer), put_away_at=hand_out.reviewer.hint_put_away_at, now=now
        ),
        stage=stage_of(hand_out.entry),
    )


def stage_of(entry: QueueEntry) -> str:
    """What a turn is declared to be, by the round of its entry: `training`, `screen`, or nothing."""
    return {TRAINING_ROUND: "training", SCREEN_ROUND: "screen"}.get(entry.round, "")


def stretch_of(reviewer: Rater) -> Stretch | None:
    """The stretch of work a reviewer is in, from their own row, which every page of theirs has read already."""
    if reviewer.at_it_since is None or reviewer.last_submitted_at is None:
        return None
    return Stretch(reviewer.at_it_since, reviewer.last_submitted_at)


def is_held(hand_out: HandOut) -> bool:
    """Whether the reviewer holds a turn at this entry; after a late submission it may be another slot's."""
    holds = {"state": Slot.State.LEASED, "reviewer_id": hand_out.reviewer_id}
    if all(getattr(hand_out.slot, name) == value for name, value in holds.items()):
        return True
    return Slot.objects.filter(entry_id=hand_out.entry_id, **holds).exists()


def take_back_for(queue: Queue, reviewer: Rater, *, now: datetime) -> TakeBack | None:
    """The reviewer's latest review in this queue, if it can still be taken back."""
    earliest = now - timedelta(seconds=queue.project.take_back_seconds)
    review = LAST_TO_TAKE_BACK.first(queue=queue.pk, reviewer=reviewer.pk, earliest=earliest)
    return take_back_of(review, queue, now=now) if review else None


def take_back_of(review: Review, queue: Queue, *, now: datetime) -> TakeBack | None:
    until = review.submitted_at + timedelta(seconds=queue.project.take_back_seconds)
    return TakeBack(review.hand_out.token, review.revision, until) if now <= until else None
