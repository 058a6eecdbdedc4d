"""Deliveries: one key is one delivery, whoever else comes with it."""

import pytest

from labeling.models import IngestBatch
from labeling.policy.errors import Invalid
from labeling.services import deliveries
from labeling.services.deliveries import StillProcessing, begin_delivery, end_delivery, fail_delivery
from labeling.services.ingest import RowOutcome


def begin(world, key="k-1", request_hash="h"):
    return begin_delivery(
        project=world.project, token=world.token, idempotency_key=key, request_hash=request_hash, now=world.now
    )


def test_a_finished_delivery_gives_its_answer_again(world):
    answer = {"status": 200, "body": "{}"}
    end_delivery(begin(world).batch, [RowOutcome(0, "created", "r-1")], answer=answer, now=world.now)

    again = begin(world)

    assert again.answer == answer
    assert again.batch.outcome["counts"]["created"] == 1


def test_without_a_key_no_answer_is_kept(world):
    batch = begin(world, key=None).batch

    end_delivery(batch, [], answer={"status": 200, "body": "{}"}, now=world.now)

    assert "answer" not in batch.outcome


def test_another_content_under_the_same_key_is_refused(world):
    begin(world)

    with pytest.raises(Invalid, match="new key"):
        begin(world, request_hash="other")


def test_the_second_of_two_at_once_is_told_to_wait(world):
    begin(world)

    with pytest.raises(StillProcessing):
        begin(world)


def test_who_loses_the_insert_reads_the_row_of_the_winner(world, monkeypatch):
    begin(world)
    real, looks = deliveries.batch_of, []

    def sees_nothing_at_first(project, key):
        looks.append(key)
        return None if len(looks) == 1 else real(project, key)

    monkeypatch.setattr(deliveries, "batch_of", sees_nothing_at_first)

    with pytest.raises(StillProcessing):
        begin(world)
    assert IngestBatch.objects.count() == 1


def test_a_delivery_that_was_killed_is_taken_over_once(world, clock):
    first = begin(world).batch
    clock.shift(deliveries.TAKE_OVER_SECONDS)

    second = begin(world)

    assert (second.batch.pk, second.answer) == (first.pk, None)
    with pytest.raises(StillProcessing):
        begin(world)


def test_of_two_who_take_over_one_loses(world, clock):
    stale = begin(world).batch
    clock.shift(deliveries.TAKE_OVER_SECONDS)
    begin(world)

    with pytest.raises(StillProcessing):
        deliveries.take_over(stale, now=world.now)


def test_a_delivery_that_broke_off_is_taken_over_at_once_and_says_what_it_stored(world):
    batch = begin(world).batch
    fail_delivery(batch, [RowOutcome(0, "created", "r-1")], error="OperationalError", now=world.now)

    again = begin(world)

    assert batch.outcome["counts"]["created"] == 1
    assert (again.batch.pk, again.answer) == (batch.pk, None)
