"""Blind first, then the judge: offering a look after a submission, the look, and what the reviewer says then.

None of it changes a review: what was submitted blind is what counts, and what is said here counts nowhere.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import HandOut, QueueEntry, Recusal, Reveal, RevealOffer, Review, SecondLabel, Slot
from labeling.policy.blinding import canonical_choice
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.revealing import answer_to_reveal, is_offered, label_of_second, words_to_show
from labeling.policy.rubrics import NOT_APPLICABLE, Question, Submission
from labeling.queries.reveals import hidden_names_of, said_of, second_values
from labeling.services.events import record_event
from labeling.services.recusals import recuse

# Whoever comes back later has forgotten what they saw in the output, or has talked about it.
OPEN_FOR = timedelta(hours=1)


def offer_reveal(
    hand_out: HandOut, review: Review, submission: Submission, asked: Sequence[Question], *, now: datetime
) -> RevealOffer | None:
    """Draw what was just submitted for a look at the judge, when the dice say so. Inside the caller's transaction.

    The dice come before anything is read, and what is read is the same for gold and live. Only of a blind label that
    took a slot: of no other could anything be learnt. What the judge says later is not for this look.
    """
    queue = hand_out.slot.queue
    is_hit = is_offered(
        queue.seeding_secret,
        reviewer_id=hand_out.reviewer_id,
        hand_out_id=hand_out.pk,
        reveal_share=queue.reveal_share,
    )
    if not is_hit or review.slot is None or review.blind_state != Review.BlindState.BLIND:
        return None
    item = hand_out.entry.item
    found = answer_to_reveal(
        said_of(item),
        questions=asked,
        asks_verdict=hand_out.entry.rubric_version.asks_verdict,
        verdict=submission.verdict,
        answers=answers_as_stored(hand_out, submission, asked),
    )
    if found is None:
        return None
    is_pair = hand_out.order_shown != "single"
    return RevealOffer.objects.create(
        review=review,
        judge_version_id=found.judge_version_id,
        question=found.question,
        judge_label=found.judge_label,
        judge_words=words_to_show(
            found.words, hidden_names=hidden_names_of(item, found.judge_version_id), is_pair=is_pair
        ),
        blind_label=found.blind_label,
        offered_at=now,
    )


def answers_as_stored(hand_out: HandOut, submission: Submission, asked: Sequence[Question]) -> dict[str, str]:
    """What was submitted, of a pair by its canonical side: the judge knows nothing of the order that was shown."""
    pairs = {question.key for question in asked if question.scale == "pairwise"}
    return {
        key: NOT_APPLICABLE
        if one.is_not_applicable
        else canonical_choice(one.value, hand_out.order_shown)
        if key in pairs
        else one.value
        for key, one in submission.answers.items()
    }


@transaction.atomic
def reveal(offer: RevealOffer, *, now: datetime) -> Reveal:
    """Let the reviewer see what the judge said. From here on the blind label cannot be taken back, and the item is
    kept from them for good: it would not be blind again.

    Locks the entry, as taking back does: whichever of the two comes second is refused. Safe to repeat: the first look
    stands. Refused an hour after the submission, too, and while the reviewer holds another turn of the item: what they
    submit on that one would count as blind.
    """
    review = offer.review
    QueueEntry.objects.select_for_update(no_key=True).get(pk=review.entry_id)
    seen = Reveal.objects.filter(offer=offer).first()
    if seen is not None:
        return seen
    if Review.objects.filter(pk=review.pk, withdrawal__isnull=False).exists():
        raise Conflict("You took this item back, so there is nothing to look at.")
    refuse_if_over(offer, now=now)
    held = Slot.objects.filter(reviewer=review.reviewer_id, state=Slot.State.LEASED).exclude(entry=review.entry_id)
    if held.filter(entry__item__entries=review.entry_id).exists():
        raise Conflict("You have this item open in another queue as well. Submit it there first.")
    seen = Reveal.objects.create(offer=offer, revealed_at=now)
    recuse(review.reviewer.user, [review.entry.item], ground=Recusal.Ground.REVEALED, now=now)
    record("review.judge_seen", review, now=now)
    return seen


@transaction.atomic
def save_second_label(offer: RevealOffer, *, value: str, now: datetime) -> SecondLabel:
    """Keep what the reviewer says after the look: their own answer again, or another one.

    The first one stands, and saying it again changes nothing; the primary key refuses the loser of a race. Refused
    before the look, an hour after the submission, and for what the question does not offer.
    """
    seen = Reveal.objects.filter(offer=offer).select_related("second_label").first()
    if seen is None:
        raise Conflict("Look first at what the judge said.")
    if hasattr(seen, "second_label"):
        return seen.second_label
    refuse_if_over(offer, now=now)
    own, others = second_values(offer)
    if value not in (own, *others):
        raise Invalid({"value": "Keep your answer, or choose one of the others."})
    label = offer.blind_label if value == own else label_of_second(value, question=offer.question)
    second, is_new = SecondLabel.objects.get_or_create(
        reveal=seen, defaults={"value": value, "label": label, "given_at": now}
    )
    if is_new:
        record("review.second_label", offer.review, now=now)
    return second


def refuse_if_over(offer: RevealOffer, *, now: datetime) -> None:
    if now - offer.offered_at > OPEN_FOR:
        raise Conflict("This look is over; nothing is missing, and your review counts as you submitted it.")


def record(kind: str, review: Review, *, now: datetime) -> None:
    record_event(
        kind,
        project=review.entry.queue.project,
        now=now,
        actor=review.reviewer.user,
        review_id=review.pk,
        entry_id=review.entry_id,
    )
