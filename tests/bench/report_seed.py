"""Run inside a stand: N_ITEMS items that five people labelled on every question, of five intents and two stakes.

Copies of one item that went through the services, written in bulk. People are right four times of five, each by dice
of their own. The seed has the session of an owner, who may see the report.
"""

import json
import random
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from labeling.models import Answer, EntryPurpose, HandOut, Item, Membership, QueueEntry, Review, Slot
from labeling.services.projects import create_user
from tests.sessions import session_of
from tests.world import World, chat_row

N_RATERS = 5
AT_ONCE = 4_000
INTENTS = ("refund", "delivery", "invoice", "address", "other")
VERDICTS = ("approve", "revise", "reject")
dice = random.Random(4)
world = World()
world.set_queue(overlap=1, daily_cap=100_000)
world.ingest(chat_row("first"))
review = Review.objects.get(pk=world.review_next(world.ana).review.pk)
raters = []
for number in range(N_RATERS):
    user = create_user(username=f"reviewer-{number}", password=f"unused {number} phrase", now=timezone.now())
    world.join(user, Membership.Role.REVIEWER)
    raters.append(world.rater(user))
criteria = {criterion.key: criterion for criterion in world.rubric.criteria.all()}
CHOICES = {key: tuple(option["value"] for option in one.options) for key, one in criteria.items()}


def copy_of(row, **changes):
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "id"
    }
    return type(row)(**{**values, **changes})


def truth_of(number):
    """A large number of no pattern, the same whenever asked."""
    return int.from_bytes(sha256(str(number).encode()).digest()[:4])


def said(choices, truth):
    return choices[truth % len(choices)] if dice.random() < 0.8 else dice.choice(choices)


def add_items(first, n_items):
    item, entry = review.entry.item, review.entry
    items = [
        copy_of(
            item,
            external_id=f"labelled-{first + number}",
            intent=INTENTS[number % 5],
            stakes=("high", "low")[number // 5 % 2],
        )
        for number in range(n_items)
    ]
    Item.objects.bulk_create(items)
    created = [
        timezone.now() - timedelta(weeks=12) + timedelta(minutes=3 * (first + number)) for number in range(n_items)
    ]
    entries = [
        copy_of(
            entry, item_id=one.pk, overlap=N_RATERS, n_slots=N_RATERS, state="settled", settle_at=None, created_at=at
        )
        for one, at in zip(items, created, strict=True)
    ]
    QueueEntry.objects.bulk_create(entries)
    EntryPurpose.objects.bulk_create(EntryPurpose(entry=one, purpose=EntryPurpose.Purpose.LIVE) for one in entries)
    slots = [
        copy_of(review.slot, entry_id=one.pk, slot_no=number + 1, state="done", reviewer_id=rater.pk, lease_until=None)
        for one in entries
        for number, rater in enumerate(raters)
    ]
    Slot.objects.bulk_create(slots)
    hand_outs = [
        HandOut(
            slot=slot,
            lease_no=1,
            entry_id=slot.entry_id,
            reviewer_id=slot.reviewer_id,
            shown_id=review.hand_out.shown_id,
            handed_at=timezone.now(),
        )
        for slot in slots
    ]
    HandOut.objects.bulk_create(hand_outs)
    reviews = []
    for number, hand_out in enumerate(hand_outs):
        truth = truth_of(first + number // N_RATERS)
        at = created[number // N_RATERS]
        reviews.append(
            copy_of(
                review,
                hand_out_id=hand_out.pk,
                entry_id=hand_out.entry_id,
                slot_id=hand_out.slot_id,
                reviewer_id=hand_out.reviewer_id,
                verdict=said(VERDICTS, truth),
                submitted_at=at,
            )
        )
    Review.objects.bulk_create(reviews)
    Answer.objects.bulk_create(
        Answer(review=one, criterion=criteria[key], value=said(choices, truth_of(first + number // N_RATERS)))
        for number, one in enumerate(reviews)
        for key, choices in CHOICES.items()
    )


for first in range(0, N_ITEMS, AT_ONCE):  # noqa: F821
    with transaction.atomic():
        add_items(first, min(AT_ONCE, N_ITEMS - first))  # noqa: F821
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
seed = {"session": session_of(world.olga), "version_id": world.rubric.pk, "slug": world.project.slug}
(settings.VAR_DIR / "seed.json").write_text(json.dumps(seed))
