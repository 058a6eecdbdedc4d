"""Drafts, submissions and take-backs: the writes behind every press of a reviewer's key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import JSONField, Q

from labeling.models import (
    Answer,
    Draft,
    HandOut,
    QueueEntry,
    Recusal,
    RevealOffer,
    Review,
    RubricVersion,
    Slot,
    SourceQuestion,
    Withdrawal,
)
from labeling.policy.blinding import canonical_choice
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.parts import completed
from labeling.policy.rubrics import (
    NOT_APPLICABLE,
    WORDS,
    Question,
    Submission,
    answer_key,
    complaints_about,
    criterion_and_part,
)
from labeling.policy.verdicts import VerdictDetails, complaints_about_details
from labeling.queries.access import is_blind
from labeling.queries.prepared import Given, Prepared, PreparedDelete, PreparedUpdate, insert, insert_all
from labeling.queries.reviews import (
    asked_of,
    draft_of,
    has_seen_judge,
    is_undecided,
    latest_review,
    stage_of,
    standing_review,
)
from labeling.queries.rubrics import criterion_ids_of, stated
from labeling.queries.standing import is_paused
from labeling.queries.verdicts import details_of
from labeling.services.events import record_event
from labeling.services.follow_ups import follow_up
from labeling.services.queues import CLAIM_ATTEMPTS, LOCKED_SEAT, held_slots_of, open_following_slot, wait_for_pause
from labeling.services.rubrics import freeze_version
from labeling.services.screenings import refuse_if_screened
from labeling.services.verdicts import save_details, with_checked_details

# Room for a corrected text besides the notes.
LARGEST_DRAFT = 128 * 1024

# What every draft and submission reads and writes.
LOCKED_ENTRY: Prepared[QueueEntry] = Prepared(
    QueueEntry.objects.select_for_update(no_key=True).filter(pk=Given("entry"))
)
SAVE_DRAFT = PreparedUpdate(
    Draft.objects.filter(pk=Given("draft")), content=Given("content", JSONField()), saved_at=Given("now")
)
DROP_DRAFT = PreparedDelete(Draft.objects.filter(entry=Given("entry"), reviewer=Given("reviewer")))
FINISH_ANOTHER = PreparedUpdate(
    held_slots_of(Given("entry"), Given("reviewer")), state=Slot.State.DONE, lease_until=None
)
FINISH_OWN = PreparedUpdate(
    held_slots_of(Given("entry"), Given("reviewer")).filter(pk=Given("slot")), state=Slot.State.DONE, lease_until=None
)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission: `counted`, `extra` (kept, and not counted) or `repeated` (was there already).

    Now and then it comes with a question, which system they think wrote it, or with the offer of a look at the judge.
    """

    outcome: str
    review: Review
    question: SourceQuestion | None = None
    offer: RevealOffer | None = None


@transaction.atomic
def save_draft(hand_out: HandOut, *, content: dict[str, Any], revision: int | None = None, now: datetime) -> Draft:
    """Keep unsent work. It is accepted after the lease is gone too: a draft belongs to the reviewer, not the lease.

    The newest save wins; one that was overtaken on its way by a newer one of the same page, or by the submission and
    the taking back of what it is a draft of, changes nothing. Locks the entry, or a save that is still under way when
    its review is stored would outlive it; such a one is refused.
    """
    if len(str(content)) > LARGEST_DRAFT:
        raise Invalid({"note": f"A draft holds at most {LARGEST_DRAFT // 1024} kB."})
    LOCKED_ENTRY.lock(entry=hand_out.entry_id)
    if standing_review(hand_out) is not None:
        raise Conflict("This item is submitted already.")
    stored = draft_of(hand_out)
    if stored is None:
        return insert(
            Draft(entry_id=hand_out.entry_id, reviewer_id=hand_out.reviewer_id, content=content, saved_at=now)
        )
    if not is_overtaken(content, by=stored.content) and not is_of_before(hand_out, revision, stored):
        stored.content, stored.saved_at = content, now
        SAVE_DRAFT(draft=stored.pk, content=content, now=now)
    return stored


def is_overtaken(content: dict[str, Any], *, by: dict[str, Any]) -> bool:
    """Whether this was written before what is there, by the count that one page keeps of its changes."""
    is_same_page = bool(content.get("page")) and content.get("page") == by.get("page")
    return is_same_page and content.get("change", 0) < by.get("change", 0)


def is_of_before(hand_out: HandOut, revision: int | None, stored: Draft) -> bool:
    """Whether this was written for a review that was taken back since, whose answers lie here as it left them."""
    if revision is None or stored.content.get("page"):
        return False
    latest = latest_review(hand_out)
    return latest is not None and revision <= latest.revision


@transaction.atomic
def submit_review(
    hand_out: HandOut, *, revision: int, submission: Submission, active_ms: int, now: datetime
) -> Submitted:
    """Store one review with its answers and finish its slot.

    Locks the entry, so that the last two reviewers of an item see each other and one of them starts the grace; but
    not its key, which a hand-out or draft that is just being written points to: that would be a deadlock.
    The slot goes from leased to done by compare-and-set. Whoever comes after their lease was given away gets
    another open slot of the entry, or the review is kept as *extra*. The same submit twice is one review; the same
    with other answers is refused, or whoever changed them after a lost answer would believe them stored.
    """
    asked = asked_of(hand_out)
    submission = completed(submission, asked)
    wait_for_pause(hand_out)
    LOCKED_ENTRY.lock(entry=hand_out.entry_id)
    submission = with_checked_details(submission, hand_out)
    latest = latest_review(hand_out)
    if latest is not None and latest.revision >= revision:
        refuse_other_answers(hand_out, submission, revision=revision)
        return Submitted("repeated", latest)
    if latest is not None and not hasattr(latest, "withdrawal"):
        raise Conflict("You have submitted this item already; take it back to change it.")
    version = hand_out.entry.rubric_version
    complaints = complaints_about(submission, asked, asks_verdict=version.asks_verdict)
    complaints |= complaints_about_details(submission.details, verdict=submission.verdict, note=submission.note)
    if complaints:
        raise Invalid(complaints)
    slot = finish_slot(hand_out)
    freeze_version(version, now=now)
    review = write_review(hand_out, submission, slot=slot, supersedes=latest, active_ms=active_ms, now=now)
    save_answers(review, submission, asked, version)
    save_details(review, submission.details, project=hand_out.slot.queue.project)
    DROP_DRAFT(entry=hand_out.entry_id, reviewer=hand_out.reviewer_id)
    record_event(
        "review.submitted" if slot else "review.kept_as_extra",
        project=hand_out.slot.queue.project,
        now=now,
        actor=hand_out.reviewer.user,
        review_id=review.pk,
        entry_id=hand_out.entry_id,
        revision=review.revision,
    )
    question, offer = follow_up(hand_out, review, submission, asked, now=now)
    return Submitted("counted" if slot else "extra", review, question, offer)


def refuse_other_answers(hand_out: HandOut, submission: Submission, *, revision: int) -> None:
    """A press that comes again must say what the first one said; what stands is named, and nothing is changed."""
    stored = hand_out.reviews.filter(revision=revision).select_related("withdrawal").first()
    if stored is not None and draft_from(stored, hand_out.order_shown) == fields_of(submission):
        return
    if stored is not None and hasattr(stored, "withdrawal"):
        raise Conflict("You took this item back in another window; your answers wait for you there.")
    raise Conflict("This item was stored as you first sent it, without your last changes; take it back to change it.")


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
    review = Review(
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
    return insert(review)


def save_answers(review: Review, submission: Submission, asked: Sequence[Question], version: RubricVersion) -> None:
    ids, scales = criterion_ids_of(version), {question.key: question.scale for question in asked}
    insert_all(
        [
            Answer(
                review=review,
                criterion_id=ids[criterion_and_part(key)[0]],
                part=criterion_and_part(key)[1],
                value=stored_value(answer.value, scales[key], review.hand_out.order_shown),
                is_not_applicable=answer.is_not_applicable,
                rationale=answer.rationale.strip(),
            )
            for key, answer in submission.answers.items()
            if answer.value or answer.is_not_applicable
        ]
    )


def stored_value(value: str, scale: str, order_shown: str) -> str:
    """Labels of pairs are stored by canonical side, or statistics would mix up who saw what first."""
    return canonical_choice(value, order_shown) if scale == "pairwise" else value


def finish_slot(hand_out: HandOut) -> Slot | None:
    """The slot this submission fills: its own, one the reviewer holds anew, any open one; None when all are gone, and
    for somebody who was paused meanwhile, whose way back is training and screens alone."""
    turn = {"entry": hand_out.entry_id, "reviewer": hand_out.reviewer_id}
    if FINISH_OWN(slot=hand_out.slot_id, **turn):
        return hand_out.slot
    if FINISH_ANOTHER(**turn):
        return Slot.objects.get(entry_id=hand_out.entry_id, reviewer_id=hand_out.reviewer_id)
    if not stage_of(hand_out.entry) and is_paused(hand_out):
        # What was theirs alone is over too, or it would come back to them after the pause with its answer given.
        Slot.objects.filter(
            entry_id=hand_out.entry_id, reserved_for=hand_out.reviewer_id, state=Slot.State.OPEN
        ).update(state=Slot.State.CLOSED)
        return None
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
    """Where a submission goes that came after its lease was given away; nowhere from whoever has seen the judge on the
    item since, in another queue."""
    seen = Recusal.objects.filter(reviewer=hand_out.reviewer_id, ground=Recusal.Ground.REVEALED)
    if seen.filter(item__entries=hand_out.entry_id).exists():
        return None
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


@transaction.atomic
def take_back(hand_out: HandOut, *, revision: int | None = None, now: datetime) -> Review:
    """Withdraw the latest review of a hand-out within the grace; the slot is the reviewer's again, with a draft.

    Locks the seat, so that a pause comes before or after it, then the entry. Refused when the grace is over, the entry
    is settled, somebody else has the slot, or to somebody paused: their next answer would count; and to whoever has
    seen the judge on it, since theirs would not be blind. Safe to repeat: the second call finds the withdrawal and
    returns the same review. One that names its revision and arrives after the next one was submitted is refused, or it
    would silently withdraw what was confirmed since.
    """
    LOCKED_SEAT.first(queue=hand_out.slot.queue_id, reviewer=hand_out.reviewer_id)
    entry = LOCKED_ENTRY.one(entry=hand_out.entry_id)
    review = latest_review(hand_out)
    if review is None:
        raise Conflict("There is nothing to take back: this item was not submitted.")
    if revision is not None and review.revision > revision:
        raise Conflict("You took this back and submitted it again since; what you submitted last counts.")
    if hasattr(review, "withdrawal"):
        return review
    grace = timedelta(seconds=hand_out.slot.queue.project.take_back_seconds)
    if now > review.submitted_at + grace or not is_undecided(entry):
        raise Conflict("The time to take this back is over; your review counts as you submitted it.")
    if review.slot_id is None:
        raise Conflict("This review came after its turn was given away; it is kept and cannot be changed.")
    if stage_of(entry) == "screen":
        refuse_if_screened(hand_out)
    elif is_paused(hand_out):
        raise Conflict("You are paused in this queue, so what you submitted stays as it is.")
    if has_seen_judge(review):
        raise Conflict("You have seen what the judge said of this item, so what you submitted before stays as it is.")
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


def fields_of(submission: Submission) -> dict[str, Any]:
    """A completed submission as the form fields that `draft_from` makes of a stored one."""
    fields: dict[str, Any] = {"verdict": submission.verdict, "note": submission.note.strip()}
    fields |= detail_fields(submission.details)
    for key, answer in submission.answers.items():
        if answer.value or answer.is_not_applicable:
            value = NOT_APPLICABLE if answer.is_not_applicable else answer.value
            fields |= answer_fields(key, value, answer.rationale.strip())
    return fields


def draft_from(review: Review, order_shown: str) -> dict[str, Any]:
    """The submitted answers as the form fields they were, so that taking back loses no work."""
    content: dict[str, Any] = {"verdict": review.verdict, "note": review.note} | detail_fields(details_of(review))
    for answer in review.answers.select_related("criterion"):
        key = answer_key(answer.criterion.key, answer.part)
        value = stored_value(stated(answer), answer.criterion.scale, order_shown)
        content |= answer_fields(key, value, answer.rationale)
    return content


def detail_fields(details: VerdictDetails) -> dict[str, str]:
    """What was given beside a verdict, as its form fields."""
    fields = {
        "correction": details.correction,
        "failure_kind": details.finding.kind,
        "failure_severity": details.finding.severity,
        "failure_cause": details.finding.cause,
        "failure_words": details.finding.words.strip() if details.finding.kind == "other" else "",
        "escalated_to": details.escalated_to,
    }
    return {name: value for name, value in fields.items() if value}


def answer_fields(key: str, value: str, rationale: str) -> dict[str, str]:
    """Words stand where reasons are kept, and are typed where answers are."""
    if value == WORDS:
        return {f"answer-{key}": rationale}
    return {f"answer-{key}": value} | ({f"rationale-{key}": rationale} if rationale else {})
