"""Gold: making cases and laying them ready, so that a gold turn is handed out like any other."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import (
    EntryPurpose,
    GoldCase,
    GoldLabel,
    HandOut,
    Item,
    ItemPayload,
    Queue,
    QueueEntry,
    Rater,
    Recusal,
    RubricVersion,
    Seat,
    Slot,
    User,
)
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.parts import completed
from labeling.policy.rubrics import (
    NOT_APPLICABLE,
    Submission,
    complaints_about,
    criterion_and_part,
    given_answers,
    plain_values,
)
from labeling.policy.seeding import GOLD_STOCK, cases_to_plant
from labeling.queries.gold import may_become_gold
from labeling.queries.rubrics import asked_of_item
from labeling.services.entries import new_slot, version_for
from labeling.services.events import record_event
from labeling.services.recusals import recuse, recuse_authors


@transaction.atomic
def create_gold_case(
    *,
    item: Item,
    version: RubricVersion,
    verdict: str,
    answers: Mapping[str, str],
    explanation: str,
    author: User | None,
    now: datetime,
) -> GoldCase:
    """Make an item a gold case of a rubric version. Its answers must be complete, like a reviewer's.

    An item of the traffic stays as it is and lends its content to a reference: what shipped stays shipped. Refused
    for one that people have in review or that is not decided yet, since it may still come to the same reviewers.
    Locks the item, so that it is not routed into review meanwhile.
    """
    asked = [question for question in asked_of_item(version, item) if question.is_compared]
    known = completed(
        Submission(given_answers(answers, rationale=explanation), verdict=verdict, note=explanation), asked
    )
    complaints = complaints_about(known, asked, asks_verdict=version.asks_verdict)
    if not explanation.strip():
        complaints["explanation"] = "Explain the answer; reviewers learn from it."
    if complaints:
        raise Invalid(complaints)
    item = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if not may_become_gold(item):
        raise Conflict("People have this item in review, or may get it; gold is made of items that none of them meets.")
    if item.status != Item.Status.REFERENCE:
        item = reference_from(item, now=now)
    if GoldCase.objects.filter(item=item, rubric_version=version).exists():
        raise Conflict("This item is a gold case of this rubric version already; a retired one does not come back.")
    case = GoldCase.objects.create(
        item=item, rubric_version=version, verdict=verdict, explanation=explanation.strip(), created_at=now
    )
    criteria = {criterion.key: criterion for criterion in version.criteria.all()}
    GoldLabel.objects.bulk_create(
        GoldLabel(
            case=case,
            criterion=criteria[criterion_and_part(key)[0]],
            part=criterion_and_part(key)[1],
            value="" if value == NOT_APPLICABLE else value,
        )
        for key, value in plain_values(known.answers).items()
    )
    recuse(author, [item], ground=Recusal.Ground.GOLD_AUTHOR, now=now)
    record_event("gold.created", project=item.project, now=now, actor=author, case_id=case.pk, item_id=item.pk)
    return case


def reference_from(item: Item, *, now: datetime) -> Item:
    """The reference that carries an item's content: made once, whatever number of rubric versions it is gold for."""
    reference, is_new = Item.objects.get_or_create(
        project=item.project,
        source_system="reference",
        external_id=f"{item.source_system}/{item.external_id}"[:200],
        defaults={
            "kind": item.kind,
            "stakes": item.stakes,
            "intent": item.intent,
            "segment": item.segment,
            "cluster_key": item.cluster_key,
            "author": item.author,
            "metadata": item.metadata,
            "content_hash": item.content_hash,
            "sampling_u": item.sampling_u,
            "status": Item.Status.REFERENCE,
            "created_at": now,
        },
    )
    if is_new:
        payload = item.payload
        ItemPayload.objects.create(item=reference, context=payload.context, texts=payload.texts)
        for output in item.outputs.all():
            output.pk, output.item = None, reference
            output.save(force_insert=True)
        recuse_authors(item.project, [reference], now=now)
    return reference


@transaction.atomic
def retire_gold_case(
    *, case: GoldCase, because: str = GoldCase.Retirement.BY_HAND, actor: User | None, now: datetime
) -> int:
    """Stop handing out a gold case; returns how many turns that lay ready were closed.

    The case is retired by compare-and-set and its open slots close in one statement: a turn somebody has just
    been handed stays theirs to finish, and labels already given stay. Safe to repeat: the second call finds the
    case retired and only closes what a planter at work meanwhile may have added.
    """
    n_retired = GoldCase.objects.filter(pk=case.pk, retired_at__isnull=True).update(
        retired_at=now, retired_because=because
    )
    n_closed = Slot.objects.filter(entry__purpose__gold_case=case, state=Slot.State.OPEN).update(
        state=Slot.State.CLOSED
    )
    if n_retired:
        record_event(
            "gold.retired",
            project=case.item.project,
            now=now,
            actor=actor,
            case_id=case.pk,
            item_id=case.item_id,
            n_closed=n_closed,
        )
    return n_closed


@transaction.atomic
def plant_gold(queue: Queue, reviewer: Rater, *, now: datetime) -> int:
    """Lay gold ready for one reviewer: reserved slots on cases they never met; returns how many were added.

    Planting ahead is what lets a gold turn be claimed by the same statements as a live one. Locks the reviewer's
    seat, so that worker and page never plant the same case, and each gold entry before adding its slot. Safe to
    repeat.
    """
    Seat.objects.select_for_update(no_key=True).get(queue=queue, reviewer=reviewer)
    # What a calibration round has laid ready is no gold, and would keep it away for as long as it lies there.
    lying = Slot.objects.filter(queue=queue, reserved_for=reviewer, state=Slot.State.OPEN, entry__round=1)
    n_planted = lying.count()
    if n_planted >= GOLD_STOCK or queue.gold_share == 0:
        return 0
    version = version_for(queue)
    met = HandOut.objects.filter(reviewer=reviewer).values("entry__item_id")
    recused = Recusal.objects.filter(reviewer=reviewer).values("item_id")
    planted = Slot.objects.filter(reserved_for=reviewer).values("entry__item_id")
    unseen = GoldCase.objects.filter(rubric_version=version, retired_at__isnull=True).exclude(item_id__in=met)
    unseen = unseen.exclude(item_id__in=recused)
    unseen_ids = list(unseen.exclude(item_id__in=planted).order_by("id").values_list("id", flat=True))
    chosen = cases_to_plant(
        queue.seeding_secret, reviewer_id=reviewer.pk, unseen_case_ids=unseen_ids, n_planted=n_planted
    )
    for case in GoldCase.objects.filter(pk__in=chosen).order_by("id"):
        plant_case(case, queue=queue, version=version, reviewer=reviewer, now=now)
    return len(chosen)


def plant_case(case: GoldCase, *, queue: Queue, version: RubricVersion, reviewer: Rater, now: datetime) -> None:
    entry, is_new = QueueEntry.objects.get_or_create(
        item_id=case.item_id,
        queue=queue,
        rubric_version=version,
        round=1,
        defaults={"overlap": 1, "n_slots": 0, "due_at": now + timedelta(hours=24), "created_at": now},
    )
    if is_new:
        EntryPurpose.objects.create(entry=entry, purpose=EntryPurpose.Purpose.GOLD, gold_case=case)
    entry = QueueEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    entry.n_slots += 1
    QueueEntry.objects.filter(pk=entry.pk).update(n_slots=entry.n_slots)
    new_slot(entry, slot_no=entry.n_slots, state=Slot.State.OPEN, reserved_for=reviewer).save(force_insert=True)
