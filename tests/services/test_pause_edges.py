"""A pause that meets what was under way: take-backs, late answers, a screen half done, appeals and final details."""

import pytest

from labeling.models import QuestionedReview, Slot, StandingPeriod
from labeling.policy.errors import Conflict
from labeling.queries.ratings import END, reviews_that_count
from labeling.services.reviews import take_back
from labeling.services.standing import pause
from tests.world import chat_row


def paused_by_hand(world, user) -> StandingPeriod:
    return pause(world.queue, world.rater(user), reason="Too fast.", actor=world.olga, now=world.now)


def test_somebody_paused_takes_nothing_back_and_so_answers_nothing_anew(world):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)
    review = world.submit(hand_out).review
    paused_by_hand(world, world.ana)

    with pytest.raises(Conflict):
        take_back(hand_out, now=world.now)

    assert not Slot.objects.filter(reviewer=world.rater(world.ana), state="leased").exists()
    assert QuestionedReview.objects.get().review == review
    assert not reviews_that_count(world.rubric, until=END).exists()
