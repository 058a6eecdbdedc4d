"""Entries: putting items into queues with their slots, whatever the purpose, and holding one while it is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from labeling.models import EntryPurpose, GoldCase, Item, Queue, QueueEntry, RubricVersion, Slot
from labeling.policy.errors import Conflict
from labeling.policy.policies import Tier
from labeling.policy.seeding import overlap_of_entry
from labeling.queries.queues import queue_for
from labeling.queries.rubric_versions import version_in_use

PRIORITY_OF_TIER = {"high": 0, "medium": 1, "low": 2}
# How soon what lies ready for one person alone says it is due, where nothing says better.
BESIDE_THE_LINE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Routed:
    """An item that goes to review, with the tier that says how soon and how often, and the queue of whoever alone
    decides it, if so."""

    item: Item
    tier_name: str
    tier: Tier
    reserved: Queue | None = None


def open_entries(routed: Sequence[Routed], queues: Sequence[Queue], *, now: datetime) -> list[QueueEntry]:
    """Entries, purposes and slots, one statement each for however many items. Inside the caller's transaction.

    An item whose kind no queue takes gets no entry: it stays *in review*, is not released, and is found again
    once there is such a queue.
    """
    versions = {queue.pk: version_for(queue) for queue in queues}
    entries = []
    for one in routed:
        queue = one.reserved or queue_for(one.item, queues)
        if queue is None:
            continue
        # One person decides: a second turn would wait for ever.
        overlap = (
            1
            if one.reserved
            else overlap_of_entry(
                queue.seeding_secret,
                item_id=one.item.pk,
                overlap=queue.overlap,
                tier_overlap=one.tier.overlap,
                doubled_share=queue.doubled_share,
            )
        )
        entries.append(
            QueueEntry(
                queue=queue,
                item=one.item,
                rubric_version=versions[queue.pk],
                overlap=overlap,
                n_slots=overlap,
                priority=PRIORITY_OF_TIER[one.tier_name],
                due_at=now + timedelta(hours=one.tier.due_hours),
                created_at=now,
            )
        )
    QueueEntry.objects.bulk_create(entries)
    EntryPurpose.objects.bulk_create(EntryPurpose(entry=entry, purpose=EntryPurpose.Purpose.LIVE) for entry in entries)
    Slot.objects.bulk_create(
        new_slot(entry, slot_no=slot_no, state=Slot.State.OPEN if slot_no == 1 else Slot.State.WAITING)
        for entry in entries
        for slot_no in range(1, entry.n_slots + 1)
    )
    return entries


def locked_entry(entry_id: int) -> QueueEntry:
    """The entry as it is now, with what settling it needs; nobody else changes it until the transaction ends."""
    locked = QueueEntry.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("queue__project", "rubric_version", "item", "purpose").get(pk=entry_id)


def due_again(entry: QueueEntry, *, now: datetime) -> datetime:
    """When an entry that is re-opened is due: in as much time as it was given first, as its first slot says."""
    first_due_at = entry.slots.order_by("slot_no").values_list("due_at", flat=True)[0]
    return now + (first_due_at - entry.created_at)


def locked_dispute(entry_id: int) -> QueueEntry:
    """The same of an entry in dispute; whoever comes after somebody settled it is told so."""
    locked = locked_entry(entry_id)
    if locked.state != QueueEntry.State.DISPUTED:
        raise Conflict("Somebody settled this dispute while you were reading it; nothing was changed.")
    return locked


def new_slot(entry: QueueEntry, *, slot_no: int, state: str, **more) -> Slot:
    return Slot(
        entry=entry,
        slot_no=slot_no,
        queue_id=entry.queue_id,
        state=state,
        priority=entry.priority,
        due_at=entry.due_at,
        **more,
    )


def locked_shared_entry(
    item_id: int,
    *,
    queue: Queue,
    version_id: int,
    round: int,
    purpose: str,
    gold_case: GoldCase | None = None,
    now: datetime,
    **defaults: Any,
) -> QueueEntry:
    """The entry that everybody shares who meets an item for a purpose beside the line's; made the first time, and
    locked, so that its turns are added one after the other. Inside the caller's transaction."""
    entry, is_new = QueueEntry.objects.get_or_create(
        item_id=item_id,
        queue=queue,
        rubric_version_id=version_id,
        round=round,
        defaults={"overlap": 1, "n_slots": 0, "due_at": now + BESIDE_THE_LINE, "created_at": now, **defaults},
    )
    if is_new:
        EntryPurpose.objects.create(entry=entry, purpose=purpose, gold_case=gold_case)
    return QueueEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)


def add_reserved_turn(entry: QueueEntry, *, reviewer_id: int) -> None:
    """One more turn of a locked entry, for one person alone."""
    entry.n_slots += 1
    QueueEntry.objects.filter(pk=entry.pk).update(n_slots=entry.n_slots, priority=entry.priority, due_at=entry.due_at)
    slot = new_slot(entry, slot_no=entry.n_slots, state=Slot.State.OPEN, reserved_for_id=reviewer_id)
    slot.save(force_insert=True)


def version_for(queue: Queue) -> RubricVersion:
    """What is asked of items that come into a queue now. A queue is opened only on a rubric that has such a version,
    and a version in use never goes back to a draft."""
    version = version_in_use(queue.rubric)
    if version is None:
        raise Conflict(f"{queue.rubric} has no version in use; put one to use first.")
    return version
