"""Run inside a stand: its first reviewer, who labelled thousands, is given gold and repeats and is looked at."""

import json
import time
from pathlib import Path
from statistics import median

from django.db import transaction
from django.utils import timezone

from labeling.models import HandOut, Queue, Rater, Seat, Slot, User
from labeling.queries.jobs import seats_to_plant
from labeling.queries.repeats import seats_to_repeat
from labeling.queries.standing import seats_to_look_at
from labeling.services.gold import create_gold_case, plant_gold
from labeling.services.ingest import ingest_reference
from labeling.services.queues import hand_out_next, take_seat
from labeling.services.repeats import plant_repeats
from labeling.services.standing import look_at_answers
from tests.world import GOOD, chat_row

N_RUNS, N_CASES = 30, 40
queue = Queue.objects.select_related("project", "rubric").get(slug="support")
reviewer = Rater.objects.get(name="reviewer-0")
now = timezone.now()
Queue.objects.filter(pk=queue.pk).update(gold_share=0.1, repeat_share=0.03)
queue.refresh_from_db()
for number in range(N_CASES):
    create_gold_case(
        item=ingest_reference(queue.project, chat_row(f"known-{number}"), now=now),
        version=queue.rubric.versions.get(),
        verdict="approve",
        answers=GOOD,
        explanation="It follows the policy.",
        author=User.objects.first(),
        now=now,
    )
take_seat(queue, reviewer, now=now)
seat = Seat.objects.get(queue=queue, reviewer=reviewer)


def milliseconds(work) -> float:
    """The median of some runs, each undone."""
    times = []
    for _ in range(N_RUNS):
        with transaction.atomic():
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
            transaction.set_rollback(True)
    return 1000 * median(times)


def claim():
    assert isinstance(hand_out_next(queue, reviewer, now=timezone.now()), HandOut)


def find_seats():
    seats_to_plant().count()
    seats_to_repeat(now=timezone.now())
    seats_to_look_at()


found = {
    "plant gold": milliseconds(lambda: plant_gold(queue, reviewer, now=timezone.now())),
    "plant repeats": milliseconds(lambda: plant_repeats(seat.pk, now=timezone.now())),
    "pause rule": milliseconds(lambda: look_at_answers(seat.pk, now=timezone.now())),
    "find seats": milliseconds(find_seats),
}
plant_gold(queue, reviewer, now=timezone.now())
assert Slot.objects.filter(reserved_for=reviewer).exists()
found["claim"] = milliseconds(claim)
Path(FOUND).write_text(json.dumps(found))  # noqa: F821
