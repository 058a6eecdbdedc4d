"""A project in which something of every kind was labelled."""

import pytest

from labeling.services.adjudication import adjudicate
from tests.world import BAD, GOOD, chat_row


@pytest.fixture
def labelled(world, clock):
    """r-1 approved; r-2 disputed and settled by Olga; g-1 a gold case that Ana answered; r-9 still waits."""
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, note="=HYPERLINK(1)")
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-2"))
    world.review_next(world.ana, answers=BAD, verdict="reject")
    world.review_next(world.ben)
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    # Gold is handed out among what waits, never alone.
    world.ingest(chat_row("r-9"))
    world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()
    adjudicate(
        world.entry("r-2"),
        adjudicator=world.olga,
        verdict="revise",
        answers=GOOD,
        reason="+ the rubric is silent on this",
        error_category="guideline_gap",
        has_guideline_gap=True,
        now=world.now,
    )
    clock.shift(60)
    return world
