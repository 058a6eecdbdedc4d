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
    Queue,
    QueueEntry,
    Rater,
    RubricVersion,
    Slot,
    User,
)
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.finality import NOT_APPLICABLE
from labeling.policy.rubrics import GivenAnswer, Submission, complaints_about
from labeling.policy.seeding import GOLD_STOCK, cases_to_plant
from labeling.queries.rubrics import questions_of
from labeling.services.entries import new_slot, newest_version
from labeling.services.events import record_event


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

    Refused for an item that people have in review: gold is served from items that nobody waits for.
    """
    complaints = complaints_about_case(version, verdict=verdict, answers=answers, explanation=explanation)
    if complaints:
        raise Invalid(complaints)
    if item.entries.exists():
        raise Conflict("This item is in review; gold cases are made of items that no queue holds.")
    if GoldCase.objects.filter(item=item, rubric_version=version).exists():
        raise Conflict("This item is a gold case of this rubric version already; a retired one does not come back.")
    Item.objects.filter(pk=item.pk).update(status=Item.Status.REFERENCE, hold_until=None)
    case = GoldCase.objects.create(
        item=item, rubric_version=version, verdict=verdict, explanation=explanation.strip(), created_at=now
    )
    criteria = {criterion.key: criterion for criterion in version.criteria.all()}
    GoldLabel.objects.bulk_create(
        GoldLabel(case=case, criterion=criteria[key], value="" if value == NOT_APPLICABLE else value)
        for key, value in answers.items()
    )
    record_event("gold.created", project=item.project, now=now, actor=author, case_id=case.pk, item_id=item.pk)
    return case


def complaints_about_case(
    version: RubricVersion, *, verdict: str, answers: Mapping[str, str], explanation: str
) -> dict[str, str]:
    given = {
        key: GivenAnswer(
            "" if value == NOT_APPLICABLE else value, is_not_applicable=value == NOT_APPLICABLE, rationale=explanation
        )
        for key, value in answers.items()
    }
    complaints = complaints_about(
        Submission(given, verdict=verdict, note=explanation),
        questions_of(version),
        asks_verdict=version.asks_verdict,
    )
    if not explanation.strip():
        complaints["explanation"] = "Explain the answer; reviewers learn from it."
    return complaints


@transaction.atomic
def retire_gold_case(*, case: GoldCase, actor: User, now: datetime) -> int:
    """Stop handing out a gold case; returns how many turns that lay ready were closed.

    The case is retired by compare-and-set and its open slots close in one statement: a turn somebody has just
    been handed stays theirs to finish, and labels already given stay. Safe to repeat: the second call finds the
    case retired and only closes what a planter at work meanwhile may have added.
    """
    n_retired = GoldCase.objects.filter(pk=case.pk, retired_at__isnull=True).update(retired_at=now)
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

    Planting ahead is what lets a gold turn be claimed by the same statements as a live one. Locks each gold entry
    before adding its slot; the unique (entry, reserved reviewer) makes it safe to repeat.
    """
    n_planted = Slot.objects.filter(queue=queue, reserved_for=reviewer, state=Slot.State.OPEN).count()
    if n_planted >= GOLD_STOCK or queue.gold_share == 0:
        return 0
    version = newest_version(queue)
    met = HandOut.objects.filter(reviewer=reviewer).values("entry__item_id")
    planted = Slot.objects.filter(reserved_for=reviewer).values("entry__item_id")
    unseen = GoldCase.objects.filter(rubric_version=version, retired_at__isnull=True).exclude(item_id__in=met)
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
    entry = QueueEntry.objects.select_for_update().get(pk=entry.pk)
    entry.n_slots += 1
    QueueEntry.objects.filter(pk=entry.pk).update(n_slots=entry.n_slots)
    new_slot(entry, slot_no=entry.n_slots, state=Slot.State.OPEN, reserved_for=reviewer).save(force_insert=True)
