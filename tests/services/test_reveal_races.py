"""Looking at the judge and taking back at the same moment: one of the two happens, never both."""

import pytest
from django.db import connection

from labeling.models import Reveal, SecondLabel, Withdrawal
from labeling.policy.errors import Conflict
from labeling.services.reveals import reveal, save_second_label
from labeling.services.reviews import take_back
from tests.services.test_races import N_ROUNDS, again, at_once
from tests.world import World, chat_row

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time: races are for PostgreSQL"
)


@pytest.fixture
def world(transactional_db):
    world = World()
    world.ingest(*(chat_row(f"r-{number}") for number in range(N_ROUNDS)))
    world.set_queue(reveal_share=1.0)
    return world


def test_whoever_looks_and_takes_back_at_once_does_one_of_them(world):
    for number in range(1, N_ROUNDS + 1):
        submitted = world.review_next(world.ana)

        errors = at_once(
            lambda one=submitted: take_back(again(one.review.hand_out), now=world.now),
            lambda one=submitted: reveal(one.offer, now=world.now),
        )

        assert sorted(type(error) for error in errors if error) == [Conflict]
        assert Reveal.objects.count() + Withdrawal.objects.count() == number
        if not Reveal.objects.filter(offer=submitted.offer).exists():
            world.submit(again(submitted.review.hand_out), revision=2)


def test_two_answers_at_once_are_one_label(world):
    offer = world.review_next(world.ana).offer
    errors = at_once(*[lambda: reveal(offer, now=world.now)] * 4)

    errors += at_once(
        *[lambda value=value: save_second_label(offer, value=value, now=world.now) for value in ("reject", "approve")]
    )

    assert errors == [None] * 6
    assert SecondLabel.objects.count() == 1
