"""Calibration rounds: laying the same batch ready for several reviewers, and closing it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from labeling.models import CalibrationRound, EntryPurpose, Item, Queue, QueueEntry, Rater, Slot, User
from labeling.policy.errors import Invalid
from labeling.policy.jobs import AGREEMENT_TASK
from labeling.policy.seeding import items_for_round
from labeling.queries.agreement import run_arguments
from labeling.queries.ratings import filter_of_round
from labeling.queries.rounds import able_reviewers_in, items_for, next_round_at, who_takes_part
from labeling.services.entries import new_slot, version_for
from labeling.services.events import record_event
from labeling.services.jobs import add_job

FEWEST_REVIEWERS = 2
MOST_ITEMS = 200
# A round that opened by itself ends after so many days, done or not.
SCHEDULED_DAYS = 14


@transaction.atomic
def open_round(
    queue: Queue,
    *,
    name: str,
    n_items: int,
    reviewer_ids: Collection[int],
    due_at: datetime,
    opener: User,
    now: datetime,
) -> CalibrationRound:
    """Draw a batch at random and lay it ready for everybody named; they meet it among their other items.

    Locks the queue, so that two rounds opened at once get different numbers and batches. Refused where the people,
    the batch or the time make no round; nothing is stored then. Not safe to repeat: it opens another round.
    """
    queue = locked_queue(queue.pk)
    able = able_reviewers_in(queue.project)
    reviewers = [able[one] for one in dict.fromkeys(reviewer_ids) if one in able]
    drawn_from = items_for(queue, reviewers) if reviewers else []
    complaints = complaints_about_round(
        name=name, n_items=n_items, reviewers=reviewers, n_able=len(drawn_from), due_at=due_at, now=now
    )
    if complaints:
        raise Invalid(complaints)
    return lay_out(
        queue,
        drawn_from,
        name=name.strip(),
        n_items=n_items,
        reviewers=reviewers,
        due_at=due_at,
        opener=opener,
        now=now,
    )


@transaction.atomic
def open_scheduled_round(queue_id: int, *, now: datetime) -> CalibrationRound | None:
    """Open the round that a queue's schedule asks for; None where it is not due any more or cannot be yet.

    Everybody who sits at the queue and labels blind takes part. With too few people, or finished items that none of
    them met, it is tried again later. Locks the queue: of two workers the second finds it opened.
    """
    queue = locked_queue(queue_id)
    last_at = queue.rounds.aggregate(last=Max("opened_at"))["last"]
    if not queue.round_days or next_round_at(queue, last_at) > now:
        return None
    reviewers = who_takes_part(queue)
    drawn_from = items_for(queue, reviewers) if len(reviewers) >= FEWEST_REVIEWERS else []
    if len(drawn_from) < queue.round_items:
        return None
    return lay_out(
        queue,
        drawn_from,
        name=f"{now:%B %Y}, by itself",
        n_items=queue.round_items,
        reviewers=reviewers,
        due_at=now + timedelta(days=SCHEDULED_DAYS),
        opener=None,
        now=now,
    )


def locked_queue(queue_id: int) -> Queue:
    locked = Queue.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("project", "rubric").get(pk=queue_id)


def lay_out(
    queue: Queue,
    drawn_from: Sequence[int],
    *,
    name: str,
    n_items: int,
    reviewers: Collection[Rater],
    due_at: datetime,
    opener: User | None,
    now: datetime,
) -> CalibrationRound:
    """Draw the batch and lay it ready. Inside the caller's transaction, the queue locked."""
    round = CalibrationRound.objects.create(
        queue=queue,
        rubric_version=version_for(queue),
        number=next_number(queue),
        name=name,
        opened_by=opener,
        opened_at=now,
        due_at=due_at,
    )
    batch = items_for_round(queue.seeding_secret, number=round.number, item_ids=drawn_from, n_wanted=n_items)
    lay_ready(round, batch, reviewers, now=now)
    record_event(
        "round.opened",
        project=queue.project,
        now=now,
        actor=opener,
        round_id=round.pk,
        n_items=len(batch),
        reviewer_ids=[one.pk for one in reviewers],
    )
    return round


def next_number(queue: Queue) -> int:
    return (queue.rounds.aggregate(last=Max("number"))["last"] or 0) + 1


def complaints_about_round(
    *, name: str, n_items: int, reviewers: Collection[Rater], n_able: int, due_at: datetime, now: datetime
) -> dict[str, str]:
    complaints = {}
    if not name.strip():
        complaints["name"] = "Give the round a name."
    if len(reviewers) < FEWEST_REVIEWERS:
        complaints["reviewers"] = "Choose at least two reviewers who label blind; agreement needs two."
    elif not 1 <= n_items <= MOST_ITEMS:
        complaints["n_items"] = f"Choose 1 to {MOST_ITEMS} items."
    elif n_able < n_items:
        complaints["n_items"] = (
            f"Only {n_able} finished items were never met by any of these people; ask for fewer, or choose others."
        )
    if due_at <= now:
        complaints["due_at"] = "A round is due in the future."
    return complaints


def lay_ready(
    round: CalibrationRound, item_ids: Collection[int], reviewers: Collection[Rater], *, now: datetime
) -> None:
    """An entry for each item with a turn reserved for everybody. Inside the caller's transaction."""
    entries = QueueEntry.objects.bulk_create(
        QueueEntry(
            queue=round.queue,
            item=item,
            rubric_version=round.rubric_version,
            round=round.number + 1,
            overlap=len(reviewers),
            n_slots=len(reviewers),
            due_at=round.due_at,
            created_at=now,
        )
        for item in Item.objects.filter(pk__in=item_ids).order_by("id")
    )
    EntryPurpose.objects.bulk_create(
        EntryPurpose(entry=entry, purpose=EntryPurpose.Purpose.ROUND, calibration_round=round) for entry in entries
    )
    Slot.objects.bulk_create(
        new_slot(entry, slot_no=slot_no, state=Slot.State.OPEN, reserved_for=reviewer)
        for entry in entries
        for slot_no, reviewer in enumerate(reviewers, start=1)
    )


@transaction.atomic
def close_round(round_id: int, *, closer: User | None = None, now: datetime) -> bool:
    """End a round: turns that nobody took are closed, its items are settled, so that names may be told, and its numbers
    are asked for.

    By compare-and-set; of two at once one closes it. A turn that somebody holds ends with it, as one that was given
    away: what they send afterwards is kept as *extra*. Safe to repeat: False where it was closed already.
    """
    if not CalibrationRound.objects.filter(pk=round_id, closed_at__isnull=True).update(closed_at=now):
        return False
    round = CalibrationRound.objects.select_related("queue__project", "rubric_version").get(pk=round_id)
    of_round = {"entry__purpose__calibration_round": round_id}
    unfinished = Slot.objects.filter(state__in=[Slot.State.OPEN, Slot.State.LEASED], **of_round)
    n_closed = unfinished.update(state=Slot.State.CLOSED, reviewer=None, lease_until=None)
    entries = QueueEntry.objects.filter(purpose__calibration_round=round_id)
    entries.update(state=QueueEntry.State.SETTLED, settle_at=None)
    arguments = run_arguments(round.rubric_version, filter_of_round(round_id).name)
    add_job(AGREEMENT_TASK, *arguments, project=round.queue.project, now=now)
    record_event(
        "round.closed", project=round.queue.project, now=now, actor=closer, round_id=round_id, n_turns_closed=n_closed
    )
    return True
