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
    QueueEntry,
    Recusal,
    Slot,
    User,
)
from labeling.policy.errors import Conflict, Invalid, NotAllowed
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
from labeling.queries.adjudication import first_passes_of
from labeling.queries.rubrics import asked_of_item
from labeling.services.entries import new_slot
from labeling.services.events import record_event
from labeling.services.outbox import tell_final_label
from labeling.services.recusals import recuse

State = QueueEntry.State


@transaction.atomic
def settle_entry(entry_id: int, *, now: datetime) -> str:
    """Settle one entry whose grace is over: final, a tie-break slot, or a dispute. Returns which, or `skipped`.

    Locks the entry; the second of two settlers finds it settled. Gold is never settled, since its answer is known, nor
    what a calibration round asks, which compares people and makes no label.
    """
    entry = (
        QueueEntry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("queue__project", "rubric_version", "item", "purpose")
        .get(pk=entry_id)
    )
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
        save_final_label(entry, settlement, now=now)
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
    final_label = FinalLabel.objects.create(
        entry=entry,
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
    tell_final_label(final_label, project=entry.queue.project, now=now)
    return final_label


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
    now: datetime,
) -> FinalLabel:
    """Settle a disputed entry by one person's reasoned decision. Answers spell *not applicable* as `n/a`.

    They are by question, its part in its key. Nobody rules on words: they were read, and have no final answer.
    Locks the entry; whoever comes second is told that it is settled. Refused to anybody who labelled the item.
    """
    locked = locked_dispute(entry, adjudicator=adjudicator)
    asked = [question for question in asked_of_item(locked.rubric_version, locked.item) if question.is_compared]
    ruling = completed(Submission(given_answers(answers, rationale=reason), verdict=verdict, note=reason), asked)
    complaints = complaints_about_adjudication(locked, asked, ruling, error_category=error_category)
    if complaints:
        raise Invalid(complaints)
    final_label = save_final_label(locked, adjudicated(asked, ruling), now=now)
    Adjudication.objects.create(
        final_label=final_label,
        adjudicator=adjudicator,
        reason=reason.strip(),
        error_category=error_category,
        has_guideline_gap=has_guideline_gap,
    )
    recuse(adjudicator, [locked.item], ground=Recusal.Ground.ADJUDICATOR, now=now)
    record_event(
        "entry.adjudicated",
        project=locked.queue.project,
        now=now,
        actor=adjudicator,
        entry_id=locked.pk,
        item_id=locked.item_id,
        final_label_id=final_label.pk,
    )
    return final_label


def locked_dispute(entry: QueueEntry, *, adjudicator: User) -> QueueEntry:
    locked = (
        QueueEntry.objects.select_for_update(of=("self",), no_key=True)
        .select_related("queue__project", "rubric_version", "item")
        .get(pk=entry.pk)
    )
    if locked.state != State.DISPUTED:
        raise Conflict("Somebody settled this dispute while you were reading it; nothing was changed.")
    if locked.reviews.filter(reviewer__user=adjudicator).exists():
        raise NotAllowed("You labelled this item, so somebody else settles it.")
    return locked


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
