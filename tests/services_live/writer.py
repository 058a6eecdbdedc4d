"""Somebody who labels item after item without end and says which review is stored, until they are stopped."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

from tests.services_live.stand import ROOT

SEED = """
from tests.world import World

World().set_queue(daily_cap=1_000_000)
"""
LABEL = """
from itertools import count
from django.utils import timezone
from labeling.models import Project, Queue, User
from labeling.policy.rubrics import Submission, given_answers
from labeling.queries.access import rater_of
from labeling.services.events import seal_events
from labeling.services.queues import hand_out_next, take_seat
from labeling.services.reviews import submit_review
from tests.world import GOOD, World, chat_row

world = World.__new__(World)
world.project = Project.objects.get()
queue = Queue.objects.select_related("project", "rubric").get(slug="support")
ana = rater_of(User.objects.get(username="ana"), queue.project)
take_seat(queue, ana, now=timezone.now())
for number in count():
    world.ingest(chat_row(f"r-{number}"))
    hand_out = hand_out_next(queue, ana, now=timezone.now())
    submission = Submission(given_answers(GOOD), verdict="approve", note="")
    done = submit_review(hand_out, revision=1, submission=submission, active_ms=1, now=timezone.now())
    print(done.review.pk, flush=True)
    seal_events(queue.project, now=timezone.now())
"""
KEPT = """
import json
from labeling.models import Answer, Review
print(json.dumps({"reviews": list(Review.objects.values_list("pk", flat=True)), "answers": Answer.objects.count()}))
"""


class Writer:
    """The confirmed reviews, read as far as somebody waited for them."""

    def __init__(self, process: "subprocess.Popen[str]"):
        self.process = process
        self.confirmed: list[int] = []

    def wait_for(self, n_more: int) -> list[int]:
        for _ in range(n_more):
            line = self.process.stdout.readline()
            assert line, "the writer ended; see above"
            self.confirmed.append(json.loads(line))
        return list(self.confirmed)

    def wait_for_one_that_is_not_in(self, kept: list[int]) -> None:
        """They went on writing, and what they wrote since is not in the backup."""
        while self.wait_for(1)[-1] in kept:
            pass


@contextlib.contextmanager
def writing(environment: dict[str, str]) -> Iterator[Writer]:
    command = [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", LABEL]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield Writer(process)
    finally:
        process.kill()
        process.communicate()
