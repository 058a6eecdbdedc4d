"""Run inside a stand: N_ITEMS items that a judge judged twice, a quarter of them labelled by two people and final.

Copies of one item that went through the services, written as rows: through models these took a quarter of an hour.
The seed has the session of an owner.
"""

import json
import random
from datetime import timedelta

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from labeling.models import (
    FinalLabel,
    JudgeVerdict,
    JudgeVersion,
    Membership,
    Output,
    QueueEntry,
    Review,
    RoutingDecision,
    Slot,
)
from labeling.services.projects import create_user
from tests.sessions import session_of
from tests.world import World, chat_row, judged

N_RATERS = 2
ONE_IN = 4
AT_ONCE = 4_000
INTENTS = ("refund", "delivery", "invoice", "address", "other")
dice = random.Random(8)
world = World()
world.set_queue(overlap=1, daily_cap=1_000_000)
world.ingest(chat_row("first", judge_verdicts=judged("pass", confidence=0.9)))
review = Review.objects.get(pk=world.review_next(world.ana).review.pk)
decision = RoutingDecision.objects.get(item=review.entry.item)
output = Output.objects.get(item=review.entry.item)
judge = JudgeVersion.objects.get(project=world.project)
raters = []
for number in range(N_RATERS):
    user = create_user(username=f"reviewer-{number}", password=f"unused {number} phrase", now=timezone.now())
    world.join(user, Membership.Role.REVIEWER)
    raters.append(world.rater(user))


class Copies:
    """Copies of one row that differ in the columns named; the others are made ready for the database once."""

    def __init__(self, row, *columns, **constant):
        fields = {field.attname: field for field in row._meta.concrete_fields}
        same = {name: constant.get(name, getattr(row, name)) for name in fields if name not in columns}
        self.model, self.has_number = type(row), "id" in fields
        self.columns = [name for name in columns if fields[name].get_internal_type() != "JSONField"]
        self.documents = [fields[name] for name in columns if name not in self.columns]
        self.same = [fields[name].get_db_prep_save(value, connection) for name, value in same.items() if name != "id"]
        names = [*(["id"] if self.has_number else []), *self.columns, *(one.attname for one in self.documents)]
        written = [
            connection.ops.quote_name(fields[name].column)
            for name in (*names, *(name for name in same if name != "id"))
        ]
        marks = ", ".join(["%s"] * len(written))
        self.statement = f"INSERT INTO {row._meta.db_table} ({', '.join(written)}) VALUES ({marks})"

    def insert(self, rows):
        """Write rows of the columns' values, in order; returns their numbers."""
        first = (self.model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        numbers = range(first, first + len(rows))
        n_plain = len(self.columns)
        with connection.cursor() as cursor:
            cursor.executemany(
                self.statement,
                [
                    (
                        *([number] if self.has_number else []),
                        *row[:n_plain],
                        *(one.get_db_prep_save(row[n_plain + at], connection) for at, one in enumerate(self.documents)),
                        *self.same,
                    )
                    for number, row in zip(numbers, rows, strict=True)
                ],
            )
        return numbers


def said(is_good, right):
    return is_good if dice.random() < right else not is_good


at = review.entry.item.created_at + timedelta(seconds=1)
seen = JudgeVerdict.objects.filter(judge_version=judge)[0]
decided = FinalLabel(entry=review.entry, item=review.entry.item, source="unanimous", decided_at=at)
items = Copies(review.entry.item, "external_id", "intent", "stakes", created_at=at)
outputs = Copies(output, "item_id")
payloads = Copies(review.entry.item.payload, "item_id", "texts", context={})
decisions = Copies(decision, "item_id", "outcome", "inclusion_probability")
verdicts = Copies(seen, "item_id", "run", "label", "confidence", criterion="overall", received_at=at)
entries = Copies(
    review.entry, "item_id", overlap=2, n_slots=2, state=QueueEntry.State.SETTLED, settle_at=None, created_at=at
)
purposes = Copies(review.entry.purpose, "entry_id")
slots = Copies(review.slot, "entry_id", "slot_no", "reviewer_id", state=Slot.State.DONE, lease_until=None)
hand_outs = Copies(review.hand_out, "slot_id", "entry_id", "reviewer_id", "token", lease_no=1, handed_at=at)
reviews = Copies(review, "hand_out_id", "entry_id", "slot_id", "reviewer_id", "verdict", submitted_at=at)
finals = Copies(decided, "entry_id", "item_id", "verdict", "is_bad")


def add_items(first, n_items):
    numbers = items.insert(
        [(f"labelled-{first + one}", INTENTS[one % 5], ("high", "low")[one // 5 % 2]) for one in range(n_items)]
    )
    truths = [dice.random() < 0.8 for _ in numbers]
    outputs.insert([(item_id,) for item_id in numbers])
    payloads.insert([(item_id, ["word " * dice.randint(20, 200)]) for item_id in numbers])
    decisions.insert(
        [
            (item_id, "ship" if one % ONE_IN else "review", 0.15 if one % (2 * ONE_IN) else 1.0)
            for one, item_id in enumerate(numbers)
        ]
    )
    verdicts.insert(
        [
            (item_id, run, "pass" if said(is_good, 0.85) else "fail", round(0.5 + dice.random() / 2, 2))
            for item_id, is_good in zip(numbers, truths, strict=True)
            for run in (1, 2)
        ]
    )
    add_labels(list(zip(numbers, truths, strict=True))[::ONE_IN])


def add_labels(chosen):
    entry_ids = entries.insert([(item_id,) for item_id, _ in chosen])
    purposes.insert([(entry_id,) for entry_id in entry_ids])
    turns = [(entry_id, slot_no, rater.pk) for entry_id in entry_ids for slot_no, rater in enumerate(raters, start=1)]
    slot_ids = slots.insert(turns)
    given = [(slot, entry, rater) for slot, (entry, _, rater) in zip(slot_ids, turns, strict=True)]
    hand_out_ids = hand_outs.insert([(slot, entry, rater, f"bench-{slot}") for slot, entry, rater in given])
    truth_of = {entry_id: is_good for entry_id, (_, is_good) in zip(entry_ids, chosen, strict=True)}
    reviews.insert(
        [
            (hand_out, entry, slot, rater, "approve" if said(truth_of[entry], 0.9) else "reject")
            for hand_out, (slot, entry, rater) in zip(hand_out_ids, given, strict=True)
        ]
    )
    finals.insert(
        [
            (entry_id, item_id, "approve" if is_good else "reject", not is_good)
            for entry_id, (item_id, is_good) in zip(entry_ids, chosen, strict=True)
        ]
    )


for first in range(0, N_ITEMS, AT_ONCE):  # noqa: F821
    with transaction.atomic():
        add_items(first, min(AT_ONCE, N_ITEMS - first))  # noqa: F821
copied = [one.model for one in (items, outputs, decisions, verdicts, entries, slots, hand_outs, reviews, finals)]
with connection.cursor() as cursor:
    for statement in connection.ops.sequence_reset_sql(no_style(), copied):
        cursor.execute(statement)
    cursor.execute("ANALYZE")
seed = {
    "session": session_of(world.olga),
    "version_id": world.rubric.pk,
    "judge_id": judge.pk,
    "slug": world.project.slug,
    "n_labels": Review.objects.count(),
}
(settings.VAR_DIR / "seed.json").write_text(json.dumps(seed))
