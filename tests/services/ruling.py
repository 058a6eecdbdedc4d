"""Steps to a final label and into a dispute, for the tests of who settles what and how."""

from labeling.models import FinalLabel, QueueEntry
from labeling.policy.verdicts import VerdictDetails
from labeling.services.adjudication import adjudicate
from tests.world import BAD, chat_row

RULING = {
    "verdict": "reject",
    "answers": BAD,
    "reason": "The window is wrong.",
    "error_category": "reviewer_error",
    "has_guideline_gap": False,
}


def settled(world, clock, **submission):
    world.ingest(chat_row())
    world.review_next(world.ana, **submission)
    clock.shift(31)
    world.settle_all()
    return FinalLabel.objects.get()


def rule(world, adjudicator, **changes):
    return adjudicate(world.entry("r-1"), adjudicator=adjudicator, now=world.now, **{**RULING, **changes})


def disputed(world, clock):
    """An item on which two reviewers differ."""
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row())
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(31)
    world.settle_all()
    return world.entry("r-1")


def escalated(world, clock, to="", user=None, **row):
    world.ingest(chat_row(**row))
    world.review_next(user or world.ana, verdict="escalate", details=VerdictDetails(escalated_to=to))
    clock.shift(31)
    world.settle_all()
    return QueueEntry.objects.get(state=QueueEntry.State.DISPUTED)
