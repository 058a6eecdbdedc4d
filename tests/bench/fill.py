"""Run inside a stand: N_WAITING more items in its queue, and N_OWN of them labelled once by its first reviewer.

Copies of one item that came in through the services, written in bulk: storing a million one delivery at a time is
measured elsewhere.
"""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from labeling.models import EntryPurpose, Item, ItemPayload, Queue, QueueEntry, Rater, Slot

AT_ONCE = 10_000


def copy_of(row, **changes):
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "id"
    }
    return type(row)(**{**values, **changes})


def add_waiting(first, n_items, *, n_own):
    sample = Item.objects.select_related("payload").get(external_id="item-0")
    entry = QueueEntry.objects.get(item=sample)
    now = timezone.now()
    items = [copy_of(sample, external_id=f"waiting-{first + number}") for number in range(n_items)]
    Item.objects.bulk_create(items)
    ItemPayload.objects.bulk_create(copy_of(sample.payload, item_id=item.pk) for item in items)
    # What its reviewer labelled already stands in front and is due first, as it would.
    due = [entry.due_at - timedelta(days=1) if number < n_own else entry.due_at for number in range(n_items)]
    entries = [
        copy_of(entry, item_id=item.pk, due_at=due_at, created_at=now, overlap=2, n_slots=2)
        for item, due_at in zip(items, due, strict=True)
    ]
    QueueEntry.objects.bulk_create(entries)
    EntryPurpose.objects.bulk_create(EntryPurpose(entry=one, purpose=EntryPurpose.Purpose.LIVE) for one in entries)
    reviewer = Rater.objects.get(name="reviewer-0")
    Slot.objects.bulk_create(
        Slot(
            entry=one,
            slot_no=slot_no,
            queue_id=one.queue_id,
            priority=one.priority,
            due_at=one.due_at,
            state=state_of(slot_no, is_own=number < n_own),
            reviewer=reviewer if number < n_own and slot_no == 1 else None,
        )
        for number, one in enumerate(entries)
        for slot_no in (1, 2)
    )


def state_of(slot_no, *, is_own):
    if is_own:
        return Slot.State.DONE if slot_no == 1 else Slot.State.OPEN
    return Slot.State.OPEN if slot_no == 1 else Slot.State.WAITING


for first in range(0, N_WAITING, AT_ONCE):  # noqa: F821
    with transaction.atomic():
        n_items = min(AT_ONCE, N_WAITING - first)  # noqa: F821
        add_waiting(first, n_items, n_own=max(0, min(n_items, N_OWN - first)))  # noqa: F821
Queue.objects.update(daily_cap=1_000_000_000)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
