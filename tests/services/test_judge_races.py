"""Workers at the calls of one judge at the same moment, on PostgreSQL: each call is one worker's, each verdict once."""

from random import Random

import pytest
from django.db import connection

from labeling.models import JudgeCall, JudgeVerdict
from labeling.queries.judge_batches import cost_of
from labeling.services.judge_batches import cancel_batch
from labeling.services.judge_calls import claim_next_call, record_reply
from tests.services.asking_judges import make_batch, make_endpoint, says
from tests.services.test_races import at_once
from tests.world import World, chat_row

pytest.importorskip("cryptography")

N_ITEMS = 12
pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time: races are for PostgreSQL"
)


@pytest.fixture
def world(transactional_db):
    return World()


def work(world, batch, done):
    """What one worker does until nothing is due."""
    while (errand := claim_next_call(batch.endpoint_id, now=world.now, boundary="b" * 32)) is not None:
        done.append((errand.call_id, errand.attempt))
        record_reply(errand, says("yes")(errand), now=world.now, rng=Random(1))


def test_three_workers_share_the_calls_and_the_budget_holds(world):
    world.ingest(*(chat_row(f"r-{number}", judge_verdicts=[]) for number in range(N_ITEMS)))
    batch = make_batch(world, make_endpoint(world, most_at_once=3), budget="0.02")
    done = []

    errors = at_once(*[lambda: work(world, batch, done)] * 3)

    assert errors == [None] * 3
    assert len(done) == len(set(done))
    assert JudgeVerdict.objects.count() == len(done) == JudgeCall.objects.filter(state="done").count()
    assert cost_of(batch) <= batch.budget


def test_a_slow_worker_and_the_one_that_took_over_store_one_verdict(world, clock):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    slow = claim_next_call(batch.endpoint_id, now=world.now, boundary="b" * 32)
    clock.shift(91)
    quick = claim_next_call(batch.endpoint_id, now=world.now, boundary="b" * 32)

    errors = at_once(
        lambda: record_reply(slow, says("no")(slow), now=world.now, rng=Random(1)),
        lambda: record_reply(quick, says("yes")(quick), now=world.now, rng=Random(1)),
        lambda: cancel_batch(batch, actor=world.olga, now=world.now),
    )

    assert errors == [None] * 3
    assert JudgeVerdict.objects.get().label == "yes"
