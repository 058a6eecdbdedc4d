"""A pending action waits for its verdict: time never means yes, and only a final approval lets it run."""

from datetime import timedelta

import pytest

from labeling.api import schemas
from labeling.models import FinalLabel, Queue, QueueEntry, Slot
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.services.adjudication import adjudicate
from labeling.services.queues import expire_leases
from labeling.services.reopening import hand_over, reopen
from tests.world import BAD, GOOD, action_row

AGES = timedelta(days=400)
TIER = {"minutes": 3, "due_hours": 24, "overlap": 1}


@pytest.fixture
def held(world):
    """One refund that an assistant wants to make, and that its producer waits for."""
    world.ingest(action_row("pay-1"))


def ask(producer, **query):
    response = producer.item("pay-1", "/release", **query)
    schemas.ReleaseAnswer.model_validate(response.json())
    return response.status_code, response.json()


def assert_held(producer):
    status_code, answer = ask(producer)
    assert (status_code, answer["cleared"], answer["outcome"], answer["correction"]) == (202, False, "undecided", None)
    return answer


def settle(world, clock):
    clock.shift(31)
    world.settle_all()


def rule(world, adjudicator, **changes):
    ruling = {
        "verdict": "approve",
        "answers": GOOD,
        "reason": "Checked.",
        "error_category": "edge_case",
        "has_guideline_gap": False,
    }
    return adjudicate(world.entry("pay-1"), adjudicator=adjudicator, now=world.now, **{**ruling, **changes})


# --- what never lets it run -------------------------------------------------------------------------------------------


def awaits_its_signals(world, clock):
    world.publish(
        reason="Wait for the judge.",
        requires=["judge_vote_share"],
        cold_start={"mode": "sampled", "reason": "a test"},
        tiers={name: {**TIER, "review_share": 0.0} for name in ("high", "medium", "low")},
    )
    world.ingest(action_row("pay-1", judge_verdicts=[]))


def waits_unseen(world, clock):
    world.ingest(action_row("pay-1"))


def is_overdue(world, clock):
    waits_unseen(world, clock)
    clock.shift(AGES)


def queue_is_full(world, clock):
    world.set_queue(daily_cap=1)
    world.ingest(action_row("before"), action_row("pay-1"))
    for user in world.reviewers[:1]:
        world.review_next(user)
        assert not hasattr(world.hand_out(user), "token")


def queue_is_closed(world, clock):
    waits_unseen(world, clock)
    Queue.objects.filter(pk=world.queue.pk).update(is_open=False)


def no_queue_takes_it(world, clock):
    Queue.objects.filter(pk=world.queue.pk).update(kinds=["chat_reply"])
    waits_unseen(world, clock)
    assert not QueueEntry.objects.exists()


def somebody_holds_it(world, clock):
    waits_unseen(world, clock)
    world.hand_out(world.ana)


def lease_ran_out(world, clock):
    somebody_holds_it(world, clock)
    clock.shift(AGES)
    expire_leases(now=world.now)
    assert Slot.objects.get().state == Slot.State.OPEN


def approval_may_be_taken_back(world, clock):
    waits_unseen(world, clock)
    world.review_next(world.ana)


def second_turn_is_open(world, clock):
    world.set_queue(overlap=2)
    waits_unseen(world, clock)
    world.review_next(world.ana)
    clock.shift(AGES)


def was_escalated(world, clock):
    waits_unseen(world, clock)
    world.review_next(world.ana, verdict="escalate", details=VerdictDetails(escalated_to="owner"))
    settle(world, clock)
    clock.shift(AGES)


def was_handed_over(world, clock):
    was_escalated(world, clock)
    hand_over(world.entry("pay-1"), to="admin", reason="Money.", actor=world.olga, now=world.now)


def is_disputed(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    waits_unseen(world, clock)
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    settle(world, clock)
    clock.shift(AGES)


def was_reopened(world, clock):
    waits_unseen(world, clock)
    world.review_next(world.ana, verdict="reject", answers=BAD)
    settle(world, clock)
    reopen(FinalLabel.objects.get(), opener=world.olga, reason="A complaint.", now=world.now)
    clock.shift(AGES)


@pytest.mark.parametrize(
    "state",
    [
        awaits_its_signals,
        waits_unseen,
        is_overdue,
        queue_is_full,
        queue_is_closed,
        no_queue_takes_it,
        somebody_holds_it,
        lease_ran_out,
        approval_may_be_taken_back,
        second_turn_is_open,
        was_escalated,
        was_handed_over,
        is_disputed,
        was_reopened,
    ],
    ids=lambda state: state.__name__,
)
def test_a_held_action_is_not_cleared_while(state, producer, world, clock):
    state(world, clock)

    assert_held(producer)


# --- what ends the waiting --------------------------------------------------------------------------------------------


def test_a_final_approval_lets_it_run(producer, world, clock, held):
    world.review_next(world.ana)
    settle(world, clock)

    assert ask(producer)[1] == {
        "cleared": True,
        "outcome": "cleared",
        "status": "final",
        "reason": "the final verdict is approve",
        "correction": None,
        "was_cleared_before": False,
    }


def test_a_revise_releases_nothing_and_returns_the_text(producer, world, clock, held):
    details = VerdictDetails("Refund 20 EUR of the order.", Finding("wrong_action", "major"))
    world.review_next(world.ana, verdict="revise", note="", details=details)
    settle(world, clock)

    status_code, answer = ask(producer)

    assert (status_code, answer["cleared"], answer["outcome"]) == (200, False, "revised")
    assert answer["correction"] == "Refund 20 EUR of the order."
    final = producer.item("pay-1").json()["final"]
    assert (final["correction"], final["failure"]["type"]) == (answer["correction"], "wrong_action")


def test_the_corrected_text_is_decided_as_an_output_of_its_own(producer, world, clock, held):
    world.review_next(world.ana, verdict="revise", details=VerdictDetails("Refund 20 EUR."))
    settle(world, clock)

    world.ingest({**action_row("pay-2"), "output": ask(producer)[1]["correction"]})

    assert producer.item("pay-2", "/release").status_code == 202


def test_a_revise_without_an_agreed_text_says_that_there_is_none(producer, world, clock, held):
    world.review_next(world.ana, verdict="revise", note="Half of it.")
    settle(world, clock)

    _, answer = ask(producer)

    assert (answer["cleared"], answer["outcome"], answer["correction"]) == (False, "revised", None)


def test_a_reopened_approval_holds_it_again_and_says_that_it_may_have_run(producer, world, clock, held):
    world.review_next(world.ana)
    settle(world, clock)
    reopen(FinalLabel.objects.get(), opener=world.olga, reason="A complaint.", now=world.now)

    answer = assert_held(producer)
    assert answer["was_cleared_before"] is True
    assert producer.item("pay-1").json()["final"] is None

    rule(world, world.ada)
    assert ask(producer)[1]["cleared"] is True


def test_what_was_reopened_leaves_the_list_of_final_labels_until_it_is_settled_anew(producer, world, clock, held):
    world.review_next(world.ana)
    settle(world, clock)
    clock.shift(10)
    assert [row["revision"] for row in producer.get("/finals").json()["finals"]] == [1]
    reopen(FinalLabel.objects.get(), opener=world.olga, reason="A complaint.", now=world.now)
    assert producer.get("/finals").json()["finals"] == []
    rule(world, world.ada, verdict="revise", answers=BAD, correction="Refund 20 EUR.")
    clock.shift(10)

    page = producer.get("/finals").json()

    schemas.FinalsAnswer.model_validate(page)
    assert [(row["verdict"], row["revision"], row["correction"]) for row in page["finals"]] == [
        ("revise", 2, "Refund 20 EUR.")
    ]


def test_a_proposed_text_is_in_the_labels_once_it_is_settled(producer, world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(action_row("pay-1"))
    details = VerdictDetails("Refund 20 EUR.", Finding("wrong_action", "minor", "tool"))
    world.review_next(world.ana, verdict="revise", details=details)
    world.review_next(world.ben)
    settle(world, clock)
    clock.shift(60)
    disputed = producer.get("/labels").json()
    rule(world, world.olga)

    settled = producer.get("/labels").json()

    schemas.LabelsAnswer.model_validate(settled)
    assert {row["correction"] for row in disputed["labels"]} == {None}
    assert {row["correction"] for row in settled["labels"] if row["verdict"] == "revise"} == {"Refund 20 EUR."}
    assert settled["labels"][0]["failure"] == {
        "type": "wrong_action",
        "severity": "minor",
        "cause": "tool",
        "words": None,
    }
