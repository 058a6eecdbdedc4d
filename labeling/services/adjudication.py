"""Finality: settling entries whose slots are done, and adjudicating what people disagree on."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from labeling.models import (
    Adjudication,
    EntryPurpose,
    FinalAnswer,
    FinalLabel,
    Item,
    QuestionedReview,
    QueueEntry,
    Recusal,
    Slot,
    User,
)
from labeling.policy.errors import Invalid, NotAllowed
from labeling.policy.finality import Settlement, is_bad_output, settle
from labeling.policy.parts import completed
from labeling.policy.rubrics import (
    NOT_APPLICABLE,
    Question,
    Submission,
    complaints_about,
    criterion_and_part,
    given_answers,
    plain_values,
)
from labeling.policy.verdicts import (
    FAILING_VERDICTS,
    LONGEST_CORRECTION,
    NO_FINDING,
    Finding,
    complaints_about_finding,
    same_text,
)
from labeling.queries.adjudication import counted_reviews, first_passes_of, question_to_mend
from labeling.queries.rubrics import asked_of_item
from labeling.queries.settling import refusal_to_settle
from labeling.services.entries import locked_dispute, locked_entry, new_slot
from labeling.services.events import record_event
from labeling.services.outbox import tell_final_label
from labeling.services.recusals import recuse
from labeling.services.rubrics import attach_case, open_gap
from labeling.services.verdicts import real_correction, save_final_details, take_over_details

State = QueueEntry.State
LONGEST_STATEMENT = 500


@transaction.atomic
def settle_entry(entry_id: int, *, now: datetime) -> str:
    """Settle one entry whose grace is over: final, a tie-break slot, or a dispute. Returns which, or `skipped`.

    Locks the entry; the second of two settlers finds it settled. Gold is never settled, since its answer is known, nor
    what a calibration round asks, which compares people and makes no label.
    """
    entry = locked_entry(entry_id)
    if entry.state != State.WAITING or entry.settle_at is None or entry.settle_at > now:
        return "skipped"
    if entry.purpose.purpose != EntryPurpose.Purpose.LIVE:
        QueueEntry.objects.filter(pk=entry.pk).update(settle_at=None)
        return "skipped"
    questions = asked_of_item(entry.rubric_version, entry.item)
    settlement = settle(
        first_passes_of(entry),
        questions,
        asks_verdict=entry.rubric_version.asks_verdict,
        overlap=entry.overlap,
        breaks_ties=entry.queue.breaks_ties,
    )
    if settlement.outcome == "tie_break":
        add_tie_break_slot(entry)
    elif settlement.outcome == "dispute":
        QueueEntry.objects.filter(pk=entry.pk).update(state=State.DISPUTED, settle_at=None)
        Item.objects.filter(pk=entry.item_id).update(status=Item.Status.DISPUTED)
    else:
        final_label = save_final_label(entry, settlement, now=now)
        take_over_details(final_label)
        settle_questions(entry, now=now)
        tell_final_label(final_label, project=entry.queue.project, now=now)
    record_event(
        f"entry.{settlement.outcome}",
        project=entry.queue.project,
        now=now,
        entry_id=entry.pk,
        item_id=entry.item_id,
        source=settlement.source,
    )
    return settlement.outcome


def add_tie_break_slot(entry: QueueEntry) -> None:
    entry.n_slots += 1
    QueueEntry.objects.filter(pk=entry.pk).update(n_slots=entry.n_slots, settle_at=None)
    new_slot(entry, slot_no=entry.n_slots, state=Slot.State.OPEN).save(force_insert=True)


def save_final_label(entry: QueueEntry, settlement: Settlement, *, now: datetime) -> FinalLabel:
    """The next revision: the first, or the one after those that were re-opened."""
    final_label = FinalLabel.objects.create(
        entry=entry,
        revision=entry.final_labels.count() + 1,
        item_id=entry.item_id,
        verdict=settlement.verdict,
        source=settlement.source,
        is_bad=settlement.is_bad,
        decided_at=now,
    )
    criteria = {criterion.key: criterion for criterion in entry.rubric_version.criteria.all()}
    FinalAnswer.objects.bulk_create(
        FinalAnswer(
            final_label=final_label,
            criterion=criteria[criterion_and_part(key)[0]],
            part=criterion_and_part(key)[1],
            value="" if value == NOT_APPLICABLE else value,
            is_not_applicable=value == NOT_APPLICABLE,
        )
        for key, value in (settlement.answers or {}).items()
    )
    QueueEntry.objects.filter(pk=entry.pk).update(state=State.SETTLED, settle_at=None)
    Item.objects.filter(pk=entry.item_id).update(status=Item.Status.FINAL)
    return final_label


def settle_questions(entry: QueueEntry, *, now: datetime) -> None:
    """Others have labelled it now: what was in question counts again, whatever it said. Once the final label is whole,
    or it would take over their words."""
    QuestionedReview.objects.filter(review__entry=entry, settled_at__isnull=True).update(settled_at=now)


@transaction.atomic
def adjudicate(
    entry: QueueEntry,
    *,
    adjudicator: User,
    verdict: str,
    answers: Mapping[str, str],
    reason: str,
    error_category: str,
    has_guideline_gap: bool,
    gap_on: str = "",
    gap_statement: str = "",
    finding: Finding = NO_FINDING,
    correction: str = "",
    now: datetime,
) -> FinalLabel:
    """Settle a disputed entry by one person's reasoned decision. Answers spell *not applicable* as `n/a`.

    They are by question, its part in its key. Nobody rules on words: they were read, and have no final answer.
    A gap in the guideline is opened with the case attached, by default on the first question they differ on and in
    the words of the reason. Locks the entry; whoever comes second is told that it is settled. Refused to anybody who
    labelled the item, wrote it, or settled it before it was re-opened.
    """
    locked = locked_dispute(entry.pk)
    refuse_if_involved(locked, adjudicator)
    asked = [question for question in asked_of_item(locked.rubric_version, locked.item) if question.is_compared]
    ruling = completed(Submission(given_answers(answers, rationale=reason), verdict=verdict, note=reason), asked)
    complaints = complaints_about_adjudication(locked, asked, ruling, error_category=error_category)
    complaints |= complaints_about_ruling(finding, correction)
    if complaints:
        raise Invalid(complaints)
    final_label = save_final_label(locked, adjudicated(asked, ruling), now=now)
    settle_questions(locked, now=now)
    save_ruled_details(final_label, finding=finding, correction=correction)
    Adjudication.objects.create(
        final_label=final_label,
        adjudicator=adjudicator,
        reason=reason.strip(),
        error_category=error_category,
        has_guideline_gap=has_guideline_gap,
    )
    if has_guideline_gap:
        open_gap_with(
            locked, question_key=gap_on, statement=gap_statement.strip() or reason, actor=adjudicator, now=now
        )
    recuse(adjudicator, [locked.item], ground=Recusal.Ground.ADJUDICATOR, now=now)
    tell_final_label(final_label, project=locked.queue.project, now=now)
    record_event(
        "entry.adjudicated",
        project=locked.queue.project,
        now=now,
        actor=adjudicator,
        entry_id=locked.pk,
        item_id=locked.item_id,
        final_label_id=final_label.pk,
        revision=final_label.revision,
    )
    return final_label


def open_gap_with(entry: QueueEntry, *, question_key: str, statement: str, actor: User, now: datetime) -> None:
    gap = open_gap(
        entry.rubric_version,
        question_key=question_key or question_to_mend(entry),
        statement=statement.strip()[:LONGEST_STATEMENT],
        opener=actor,
        now=now,
    )
    attach_case(gap, entry, actor=actor, now=now)


def refuse_if_involved(entry: QueueEntry, adjudicator: User) -> None:
    refusal = refusal_to_settle(entry, adjudicator)
    if refusal:
        raise NotAllowed(refusal)


def adjudicated(asked: Sequence[Question], ruling: Submission) -> Settlement:
    answers = plain_values(ruling.answers)
    is_bad = is_bad_output(verdict=ruling.verdict, answers=answers, questions=asked)
    return Settlement("final", FinalLabel.Source.ADJUDICATED, ruling.verdict, answers, is_bad=is_bad)


def complaints_about_adjudication(
    entry: QueueEntry, asked: Sequence[Question], ruling: Submission, *, error_category: str
) -> dict[str, str]:
    complaints = complaints_about(ruling, asked, asks_verdict=entry.rubric_version.asks_verdict)
    complaints.pop("note", None)
    if ruling.verdict == "escalate":
        complaints["verdict"] = "An adjudication decides: approve, revise or reject."
    if not ruling.note.strip():
        complaints["reason"] = "Say why; it is what reviewers learn from."
    if error_category not in Adjudication.ErrorCategory.values:
        complaints["error_category"] = "Choose what led to the disagreement."
    return complaints


def complaints_about_ruling(finding: Finding, correction: str) -> dict[str, str]:
    """Whoever settles need not name a failure; what they name must be whole."""
    complaints = complaints_about_finding(finding, is_required=False)
    if len(correction) > LONGEST_CORRECTION:
        complaints["correction"] = f"Keep the corrected text under {LONGEST_CORRECTION:,} characters."
    return complaints


def save_ruled_details(final_label: FinalLabel, *, finding: Finding, correction: str) -> None:
    """What failed and what it should say, of a failing verdict. A text that a reviewer proposed stays theirs."""
    if final_label.verdict not in FAILING_VERDICTS:
        return
    text = ""
    if final_label.verdict == "revise" and correction:
        text = real_correction(correction, final_label.item.payload.texts)
    proposed = counted_reviews(final_label.entry).filter(correction__isnull=False).select_related("correction")
    of_reviewer = next((review.pk for review in proposed if text and same_text(review.correction.text, text)), None)
    save_final_details(final_label, finding=finding, text=text, proposed_in=of_reviewer)
