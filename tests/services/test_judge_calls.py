"""Calls of a judge: tried again or ended, paid within the budget, and each verdict stored once whoever dies."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from labeling.models import Event, Item, JudgeBatch, JudgeCall, JudgeEndpoint, JudgeVerdict
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.judge_calls import MOST_TRIES
from labeling.queries.judge_batches import cost_of, failures_of, progress_of
from labeling.services.judge_batches import cancel_batch, go_on
from labeling.services.judge_calls import record_reply
from labeling.services.judge_endpoints import change_endpoint, switch_endpoint
from tests.services.asking_judges import (
    TERMS,
    answers,
    claim,
    fails,
    make_batch,
    make_endpoint,
    record,
    run,
    says,
)
from tests.world import chat_row

pytest.importorskip("cryptography")

State = JudgeBatch.State
Call = JudgeCall.State


# --- failing and trying again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["busy", "broken", "silent", "unreachable", "too_large"])
def test_what_may_pass_is_tried_again_later_and_not_without_end(world, clock, reason):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world, budget="50")
    n_calls = 0
    for _ in range(20):
        n_calls += run(world, batch, fails(reason))
        clock.shift(timedelta(minutes=6))

    call = JudgeCall.objects.get()
    assert (n_calls, call.state, call.reason) == (MOST_TRIES, Call.FAILED, reason)
    assert not JudgeVerdict.objects.filter(judge_version=batch.judge_version).exists()


@pytest.mark.parametrize(
    "answer",
    [
        "garbage",
        "",
        '{"label": "maybe"}',
        '{"label": true}',
        '{"label": "yes", "confidence": 7}',
        '"yes"',
        "yes",
        "null",
    ],
)
def test_an_answer_that_is_none_is_no_verdict_however_often_it_comes(world, clock, answer):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    for _ in range(10):
        run(world, batch, answers(answer))
        clock.shift(timedelta(minutes=6))

    call = JudgeCall.objects.get()
    assert (call.state, call.reason, call.n_attempts) == (Call.FAILED, "unreadable", 3)
    assert not JudgeVerdict.objects.filter(judge_version=batch.judge_version).exists()
    # Three answers were paid for: 100 tokens in at 1, 20 out at 10, for a million.
    assert call.cost == Decimal("0.0009")


def test_a_later_good_answer_counts(world, clock):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    run(world, batch, fails("broken"))
    clock.shift(10)

    run(world, batch, says("no"))

    assert JudgeCall.objects.get().state == Call.DONE
    assert JudgeVerdict.objects.get().label == "no"


def test_nobody_is_asked_before_the_endpoint_wants_to_be(world, clock):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    batch = make_batch(world)
    run(world, batch, fails("busy", status=429, retry_after=60.0))

    at_once = claim(world, batch)
    clock.shift(61)
    later = claim(world, batch)

    assert at_once is None
    assert later is not None


@pytest.mark.parametrize("reason", ["refused", "redirected"])
def test_a_refusal_ends_the_call_with_its_words(world, reason):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)

    n_calls = run(world, batch, fails(reason, status=400))

    [failure] = failures_of(batch)
    assert (n_calls, JudgeCall.objects.get().state, failure.n_calls) == (1, Call.FAILED, 1)
    assert failure.samples[0].error == "It said no."


def test_a_closed_door_stops_the_batch_and_going_on_asks_again(world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    batch = make_batch(world)

    n_calls = run(world, batch, fails("barred", status=401))
    batch.refresh_from_db()
    stopped = (n_calls, batch.state, batch.reason)
    go_on(batch, budget=batch.budget, actor=world.olga, now=world.now)
    run(world, batch, says("yes"))

    assert stopped == (1, State.BARRED, "It said no.")
    assert JudgeVerdict.objects.filter(judge_version=batch.judge_version).count() == 2


# --- money ----------------------------------------------------------------------------------------------------------


def test_a_budget_is_never_passed_and_a_higher_one_goes_on(world):
    world.ingest(*(chat_row(f"r-{number}", judge_verdicts=[]) for number in range(6)))
    batch = make_batch(world, budget="0.009")
    # Each call reserves over 0.003 for the longest answer, and costs so much.
    dear = answers('{"label": "yes"}', usage=(400, 300))

    n_calls = run(world, batch, dear)
    batch.refresh_from_db()

    assert batch.state == State.OVER_BUDGET
    assert 1 <= n_calls <= 2
    assert cost_of(batch) <= batch.budget
    with pytest.raises(Invalid, match="higher budget"):
        go_on(batch, budget=Decimal("0.001"), actor=world.olga, now=world.now)
    go_on(batch, budget=Decimal(1), actor=world.olga, now=world.now)
    assert run(world, batch, says("yes")) == 6 - n_calls


def test_calls_under_way_are_counted_against_the_budget(world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    batch = make_batch(world, budget="0.006")

    first, second = claim(world, batch), claim(world, batch)
    batch.refresh_from_db()
    while_under_way = batch.state
    record(world, first, says("yes"))
    third = claim(world, batch)

    assert second is None
    assert while_under_way == State.RUNNING
    assert third is not None


def test_what_nobody_counted_is_estimated_and_marked(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)

    run(world, batch, answers('{"label": "yes"}', usage=None))

    call = JudgeCall.objects.get()
    assert (call.state, call.is_estimated) == (Call.DONE, True)
    assert call.cost > 0


def test_costs_are_exact(world):
    world.ingest(*(chat_row(f"r-{number}", judge_verdicts=[]) for number in range(3)))
    batch = make_batch(world, make_endpoint(world, price_in=Decimal("0.1"), price_out=Decimal("0.2")))

    run(world, batch, says("yes"))

    progress = progress_of(batch)
    assert (progress.cost, progress.tokens_in, progress.tokens_out) == (Decimal("0.000042"), 300, 60)


# --- dying, racing, stopping ----------------------------------------------------------------------------------------


def test_a_killed_worker_repeats_the_call_and_never_the_verdict(world, clock):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    dead = claim(world, batch)
    while_leased = claim(world, batch)
    clock.shift(91)

    another = claim(world, batch)
    is_recorded = record(world, another, says("yes"))
    is_late_recorded = record(world, dead, says("no"))

    call = JudgeCall.objects.get()
    assert (while_leased, another.call_id, another.attempt) == (None, dead.call_id, 2)
    assert (is_recorded, is_late_recorded) == (True, False)
    assert JudgeVerdict.objects.get().label == "yes"
    # The first may have been charged, so it counts as the dearest.
    assert call.is_estimated
    assert call.cost > Decimal("0.003")


def test_a_call_that_kills_its_workers_ends(world, clock):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    for _ in range(MOST_TRIES + 2):
        claim(world, batch)
        clock.shift(91)

    assert (JudgeCall.objects.get().state, JudgeCall.objects.get().reason) == (Call.FAILED, "died")


def test_the_same_reply_twice_is_recorded_once(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    errand = claim(world, batch)

    recorded = [record_reply(errand, says("yes")(errand), now=world.now, rng=Random(1)) for _ in range(2)]

    assert recorded == [True, False]
    assert JudgeCall.objects.get().cost == Decimal("0.0003")


def test_no_more_are_asked_at_once_than_the_endpoint_takes(world):
    world.ingest(*(chat_row(f"r-{number}", judge_verdicts=[]) for number in range(4)))
    batch = make_batch(world, make_endpoint(world, most_at_once=3))

    assert [claim(world, batch) is not None for _ in range(4)] == [True, True, True, False]


def test_cancelling_works_at_once_and_keeps_what_was_under_way(world):
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=[]))
    batch = make_batch(world)
    under_way = claim(world, batch)

    cancel_batch(batch, actor=world.olga, now=world.now)
    cancel_batch(batch, actor=world.olga, now=world.now)

    batch.refresh_from_db()
    assert claim(world, batch) is None
    assert record(world, under_way, says("yes"))
    assert batch.state == State.CANCELLED
    assert Event.objects.filter(kind="judge_batch.cancelled").count() == 1
    with pytest.raises(Conflict):
        go_on(batch, budget=Decimal(9), actor=world.olga, now=world.now)


def test_an_endpoint_that_is_off_is_not_asked(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    switch_endpoint(batch.endpoint, to_on=False, actor=world.ada, now=world.now)

    asked_off = claim(world, batch)
    switch_endpoint(batch.endpoint, to_on=True, actor=world.ada, now=world.now)

    assert asked_off is None
    assert claim(world, batch) is not None


def test_a_verdict_that_came_from_elsewhere_meanwhile_stays(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    errand = claim(world, batch)
    JudgeVerdict.objects.create(
        item=world.item("r-1"),
        judge_version=batch.judge_version,
        criterion="correct",
        label="no",
        received_at=world.now,
    )

    record(world, errand, says("yes"))

    assert JudgeVerdict.objects.get().label == "no"
    assert (JudgeCall.objects.get().state, JudgeCall.objects.get().reason) == (Call.FAILED, "contradicts")


def test_an_item_whose_words_were_erased_is_not_asked_about(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    world.item("r-1").payload.delete()

    assert claim(world, batch) is None
    assert JudgeCall.objects.get().reason == "gone"


def test_not_applicable_is_an_answer_and_no_verdict(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world, criteria=("grounded",))

    run(world, batch, says("n/a"))

    assert progress_of(batch).n_not_applicable == 1
    assert not JudgeVerdict.objects.exists()


# --- keys and what others see ---------------------------------------------------------------------------------------


def test_the_key_is_in_no_row_and_no_event_and_goes_out_whole(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)

    errand = claim(world, batch)

    row = JudgeEndpoint.objects.values().get()
    assert errand.request.key == "sk-hush"
    assert "sk-hush" not in str(row) + str(errand) + str(list(Event.objects.values_list("subject", flat=True)))


def test_a_key_that_this_installation_cannot_read_stops_the_batch_and_says_so(world, settings):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)
    settings.SECRET_KEY = "another"

    errand = claim(world, batch)
    batch.refresh_from_db()
    change_endpoint(batch.endpoint, terms=TERMS, key="sk-new", actor=world.ada, now=world.now)
    go_on(batch, budget=batch.budget, actor=world.olga, now=world.now)

    assert errand is None
    assert (batch.state, "once more" in batch.reason) == (State.BARRED, True)
    assert claim(world, batch).request.key == "sk-new"


def test_the_form_an_endpoint_takes_is_remembered(world):
    world.ingest(chat_row(judge_verdicts=[]))
    batch = make_batch(world)

    run(world, batch, answers('{"label": "yes"}', form="text"))

    assert JudgeEndpoint.objects.get().answer_form == "text"


def test_an_item_that_waited_for_the_judge_is_decided_by_its_verdicts(world):
    world.publish(requires=["judge_vote_share"], reason="Ask a judge first.")
    world.ingest(chat_row(judge_verdicts=[], stakes="low"))
    held = world.item("r-1").status
    batch = make_batch(world, criteria=("overall",), n_repeats=2, which="awaiting")

    run(world, batch, says("pass"))

    assert held == Item.Status.AWAITING
    assert world.item("r-1").status == Item.Status.IN_REVIEW
