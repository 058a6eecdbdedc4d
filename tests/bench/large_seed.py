"""Run inside a stand: N_ITEMS items over a year, one in ten waiting for a review and one in a hundred reviewed.

Copies made by the database of items that went through the services; the rest was shipped. PostgreSQL or SQLite.
"""

import json
import time

from django.conf import settings
from django.db import connection
from django.utils import timezone

from labeling.models import (
    CheckResult,
    FinalLabel,
    Item,
    JudgeVerdict,
    Membership,
    Output,
    QueueEntry,
    RoutingDecision,
    Slot,
)
from labeling.models import Signal as ItemSignal
from labeling.services.projects import create_token, create_user
from tests.bench.copies import Copies, quoted
from tests.sessions import session_of
from tests.world import World, chat_row, judged

N_REVIEWERS = 60
N_DAYS = 360
SAMPLED = {"mode": "sampled", "reason": "A bench that ships."}
HIGH = chat_row(stakes="high", judge_verdicts=judged("pass", confidence=0.9))


start = time.perf_counter()


def copy_item(item, *, status, where, **decision):
    """Copies of an item with all that is written of it beside; the id after which they begin."""
    first = copies.make(
        item,
        external_id=f"{quoted(status + '-')} || k",
        intent="CASE k % 5 WHEN 0 THEN 'refund' WHEN 1 THEN 'delivery' ELSE 'other' END",
        sampling_u=copies.draw,
        created_at=begin,
        status=quoted(status),
        where=where,
    )
    own = {"item_id": f"{first} + k", "where": where}
    copies.make(item.payload, to_id=False, texts=copies.words("60 + k % 1000 * 7919 % 400"), **own)
    copies.make(Output.objects.get(item=item), **own)
    for model in (JudgeVerdict, ItemSignal, CheckResult):
        for row in model.objects.filter(item=item):
            copies.make(row, **own)
    copies.make(RoutingDecision.objects.get(item=item), **decision, **own)
    return first


def copy_entry(entry, first, *, where, due_at):
    item_id = f"{first} + k"
    entries = copies.make(entry, item_id=item_id, created_at=begin, due_at=due_at, where=where)
    copies.make(entry.purpose, to_id=False, entry_id=f"{entries} + k", where=where)
    return entries


world = World()
world.set_queue(daily_cap=100_000)
world.publish("The bench begins.", cold_start=SAMPLED)
for number in range(12):
    world.make_gold(chat_row(f"gold-{number}"))
world.set_queue(gold_share=0.1)
world.ingest({**HIGH, "external_id": "first"}, {**HIGH, "external_id": "second"})
copies = Copies(N_ITEMS)  # noqa: F821
begin = copies.days_ago(f"{N_DAYS} - {N_DAYS}.0 * k / {N_ITEMS}")  # noqa: F821
reviewed, waits = world.review_next(world.ana).review, world.item("second")
waits = next(one for one in (world.item("first"), waits) if one.pk != reviewed.entry.item_id)
shipped = "k % 10 <> 0 AND k % 100 <> 1"
copy_item(waits, status="shipped", where=shipped, outcome=quoted("ship"))

first = copy_item(waits, status="in_review", where="k % 10 = 0")
due_at = copies.days_ago(f"-0.1 - 9.0 * k / {N_ITEMS}")  # noqa: F821
entry = QueueEntry.objects.get(item=waits)
entries = copy_entry(entry, first, where="k % 10 = 0", due_at=due_at)
slot = Slot.objects.get(entry=entry)
copies.make(slot, entry_id=f"{entries} + k", due_at=due_at, where="k % 10 = 0")

Item.objects.filter(pk=reviewed.entry.item_id).update(status=Item.Status.FINAL)
final = FinalLabel.objects.create(
    entry=reviewed.entry, item=reviewed.entry.item, source="unanimous", verdict="approve", is_bad=False,
    decided_at=timezone.now(),
)  # fmt: skip
QueueEntry.objects.filter(pk=reviewed.entry_id).update(state=QueueEntry.State.SETTLED, settle_at=None)
reviewed.entry.refresh_from_db()
done = "k % 100 = 1"
first = copy_item(reviewed.entry.item, status="final", where=done)
soon = copies.days_ago(f"{N_DAYS} - 1 - {N_DAYS}.0 * k / {N_ITEMS}")  # noqa: F821
entries = copy_entry(reviewed.entry, first, where=done, due_at=soon)
own = {"entry_id": f"{entries} + k", "where": done}
slots = copies.make(reviewed.slot, state=quoted("done"), **own)
handed = copies.make(reviewed.hand_out, slot_id=f"{slots} + k", token="'bench-' || k", handed_at=begin, **own)
reviews = copies.make(
    reviewed,
    slot_id=f"{slots} + k",
    hand_out_id=f"{handed} + k",
    submitted_at=begin,
    active_ms=f"20000 + floor({copies.draw} * 400000)",
    **own,
)
for answer in reviewed.answers.all():
    copies.make(answer, review_id=f"{reviews} + k", where=done)
copies.make(final, item_id=f"{first} + k", is_bad=f"{copies.draw} < 0.04", decided_at=begin, **own)

people = []
for number in range(N_REVIEWERS):
    user = create_user(username=f"reviewer-{number}", password=f"unused {number} phrase", now=timezone.now())
    world.join(user, Membership.Role.REVIEWER)
    people.append(session_of(user))
token, secret = create_token(
    project=world.project, name="bench", scopes=["items:write"], actor=world.ada, now=timezone.now()
)
with connection.cursor() as cursor:
    cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    size = None
    if connection.vendor == "postgresql":
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
facts = {
    "sessions": people,
    "admin": session_of(world.ada),
    "slug": world.project.slug,
    "secret": secret,
    "queue_id": world.queue.pk,
    "bytes": size,
    "seconds": time.perf_counter() - start,
}
(settings.VAR_DIR / "seed.json").write_text(json.dumps(facts))
