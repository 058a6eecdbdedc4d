"""Run inside a stand: N_ITEMS items that a judge judged twice, a quarter of them labelled by two people and final.

Copies of one item that went through the services, written in bulk. The seed has the session of an owner.
"""

import json
import random
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction
from django.utils import timezone

from labeling.models import (
    EntryPurpose,
    FinalLabel,
    HandOut,
    Item,
    ItemPayload,
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


def copy_of(row, **changes):
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "id"
    }
    return type(row)(**{**values, **changes})


def said(is_good, right):
    return is_good if dice.random() < right else not is_good


def add_items(first, n_items):
    at = review.entry.item.created_at + timedelta(seconds=1)
    items = [
        copy_of(
            review.entry.item,
            external_id=f"labelled-{first + number}",
            intent=INTENTS[number % 5],
            stakes=("high", "low")[number // 5 % 2],
            created_at=at,
        )
        for number in range(n_items)
    ]
    Item.objects.bulk_create(items)
    truths = [dice.random() < 0.8 for _ in items]
    Output.objects.bulk_create(copy_of(output, item_id=one.pk) for one in items)
    ItemPayload.objects.bulk_create(
        ItemPayload(item=one, context={}, texts=["word " * dice.randint(20, 200)]) for one in items
    )
    RoutingDecision.objects.bulk_create(
        copy_of(
            decision,
            item_id=one.pk,
            outcome="review" if number % ONE_IN == 0 else "ship",
            inclusion_probability=1.0 if number % (2 * ONE_IN) == 0 else 0.15,
        )
        for number, one in enumerate(items)
    )
    verdicts = []
    for one, is_good in zip(items, truths, strict=True):
        for run in (1, 2):
            label = "pass" if said(is_good, 0.85) else "fail"
            verdicts.append(
                JudgeVerdict(
                    item=one, judge_version=judge, criterion="overall", run=run, label=label,
                    confidence=round(0.5 + dice.random() / 2, 2), received_at=at,
                )
            )  # fmt: skip
    JudgeVerdict.objects.bulk_create(verdicts)
    chosen = [(one, is_good) for one, is_good in list(zip(items, truths, strict=True))[::ONE_IN]]
    add_labels(chosen, at)


def add_labels(chosen, at):
    entries = [
        copy_of(review.entry, item_id=one.pk, overlap=2, n_slots=2, state="settled", settle_at=None, created_at=at)
        for one, _ in chosen
    ]
    QueueEntry.objects.bulk_create(entries)
    EntryPurpose.objects.bulk_create(EntryPurpose(entry=one, purpose=EntryPurpose.Purpose.LIVE) for one in entries)
    turns = [(entry, number, rater) for entry in entries for number, rater in enumerate(raters, start=1)]
    slots = [
        copy_of(review.slot, entry_id=entry.pk, slot_no=number, state="done", reviewer_id=rater.pk, lease_until=None)
        for entry, number, rater in turns
    ]
    Slot.objects.bulk_create(slots)
    hand_outs = [
        HandOut(
            slot=slot, lease_no=1, entry_id=slot.entry_id, reviewer_id=slot.reviewer_id,
            shown_id=review.hand_out.shown_id, handed_at=at,
        )
        for slot in slots
    ]  # fmt: skip
    HandOut.objects.bulk_create(hand_outs)
    truth_of = {entry.pk: is_good for entry, (_, is_good) in zip(entries, chosen, strict=True)}
    Review.objects.bulk_create(
        copy_of(
            review, hand_out_id=one.pk, entry_id=one.entry_id, slot_id=one.slot_id, reviewer_id=one.reviewer_id,
            verdict="approve" if said(truth_of[one.entry_id], 0.9) else "reject", submitted_at=at,
        )
        for one in hand_outs
    )  # fmt: skip
    FinalLabel.objects.bulk_create(
        FinalLabel(
            entry=entry, item_id=entry.item_id, verdict="approve" if truth_of[entry.pk] else "reject",
            source="unanimous", is_bad=not truth_of[entry.pk], decided_at=at,
        )
        for entry in entries
    )  # fmt: skip


for first in range(0, N_ITEMS, AT_ONCE):  # noqa: F821
    with transaction.atomic():
        add_items(first, min(AT_ONCE, N_ITEMS - first))  # noqa: F821
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(world.olga.pk)
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = world.olga.get_session_auth_hash()
session.create()
seed = {
    "session": session.session_key,
    "version_id": world.rubric.pk,
    "judge_id": judge.pk,
    "slug": world.project.slug,
    "n_labels": Review.objects.count(),
}
(settings.VAR_DIR / "seed.json").write_text(json.dumps(seed))
