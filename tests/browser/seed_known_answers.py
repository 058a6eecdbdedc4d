"""Run inside that installation: ana approves nineteen known answers that are to be rejected."""

from django.utils import timezone

from labeling.models import Queue, Rater
from labeling.policy.rubrics import Submission, given_answers
from labeling.services.gold import plant_gold
from labeling.services.queues import hand_out_next
from labeling.services.reviews import submit_review
from tests.world import GOOD

queue, ana = Queue.objects.select_related("project", "rubric").get(), Rater.objects.get(name="ana")
for _ in range(19):
    now = timezone.now()
    plant_gold(queue, ana, now=now)
    hand_out = hand_out_next(queue, ana, now=now)
    assert hand_out.entry.purpose.purpose == "gold"
    submission = Submission(given_answers(GOOD), verdict="approve")
    submit_review(hand_out, revision=1, submission=submission, active_ms=5_000, now=now)
