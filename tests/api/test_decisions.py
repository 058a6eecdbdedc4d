"""Reading back: what was decided about an item, and whether its output may leave."""

import pytest

from labeling.api import decisions, schemas
from labeling.models import Item
from labeling.services.adjudication import adjudicate
from labeling.services.projects import create_project, create_token
from tests.api.producer import Producer, assert_problem
from tests.world import BAD, GOOD, chat_row, judged, pair_row

SHIPS_WHAT_PASSES = {"cold_start": {"mode": "sampled", "reason": "a test"}, "audit_share": 0.01}
TIER = {"minutes": 3, "due_hours": 24, "overlap": 1}
NOTHING_SAMPLED = {name: {**TIER, "review_share": 0.0} for name in ("medium", "low")} | {
    "high": {**TIER, "review_share": 1.0}
}


def settle(world, clock, **submission):
    world.review_next(world.ana, **submission)
    clock.shift(31)
    world.settle_all()


def release(producer, external_id="r-1", **query):
    response = producer.item(external_id, "/release", **query)
    schemas.ReleaseAnswer.model_validate(response.json())
    return response.status_code, response.json()["cleared"], response.json()["reason"]


@pytest.fixture
def sleeps(monkeypatch):
    """No test waits: every pause is noted, and `sleeps.meanwhile` is what happens in it."""

    class Sleeps(list):
        meanwhile = staticmethod(lambda n_sleeps: None)

        def __call__(self, seconds):
            self.append(seconds)
            self.meanwhile(len(self))

    sleeps = Sleeps()
    monkeypatch.setattr(decisions, "sleep", sleeps)
    return sleeps


# --- the item -----------------------------------------------------------------------------------------------------


def test_an_item_in_review_shows_its_decision_reasons_and_due_time(producer, world):
    world.ingest(chat_row("r-1"))

    item = producer.item("r-1").json()

    assert (item["status"], item["kind"], item["stakes"], item["final"]) == ("in_review", "chat_reply", "medium", None)
    assert item["due_at"] == "2026-11-03T09:00:00Z"
    assert item["decision"] == item["decisions"][0]
    assert item["decision"]["outcome"] == "review"
    assert item["decision"]["policy_version"] == 1
    assert item["decision"]["inclusion_probability"] == 1.0
    assert item["decision"]["decided_at"] == "2026-11-02T09:00:00Z"
    assert {reason["code"] for reason in item["decision"]["reasons"]} >= {"cold_start"}


def test_a_reason_that_did_not_apply_is_not_told(producer, world):
    world.publish(reason="Sample.", **SHIPS_WHAT_PASSES, tiers=NOTHING_SAMPLED)
    world.ingest(chat_row("r-1", stakes="low"))

    decision = producer.item("r-1").json()["decision"]

    is_audited = decision["outcome"] == "review"
    assert [reason["code"] for reason in decision["reasons"]] == ["audit"] * is_audited


def test_a_final_item_shows_verdict_source_and_answers(producer, world, clock):
    world.ingest(chat_row("r-1"))
    settle(world, clock, verdict="reject", answers=BAD)

    item = producer.item("r-1").json()

    assert (item["status"], item["due_at"]) == ("final", None)
    assert item["final"] == {
        "verdict": "reject",
        "is_bad": True,
        "source": "single",
        "revision": 1,
        "correction": None,
        "failure": {"type": "factual_error", "severity": "major", "cause": None, "words": None},
        "rubric": "support-reply",
        "rubric_version": 1,
        "answers": BAD,
        "decided_at": "2026-11-02T09:00:31Z",
    }


def test_an_item_that_waits_for_signals_says_until_when(producer, world):
    world.publish(
        reason="Wait for the judge.", requires=["judge_vote_share"], **SHIPS_WHAT_PASSES, tiers=NOTHING_SAMPLED
    )
    world.ingest(chat_row("r-1", stakes="low", judge_verdicts=[]))

    item = producer.item("r-1").json()

    assert (item["status"], item["hold_until"], item["due_at"]) == ("awaiting", "2026-11-02T09:15:00Z", None)


@pytest.mark.parametrize("external_id", ["a/b/c", "with space", "100%", "é?&#", "a//b", "x/release/y", "verdicts"])
def test_an_id_may_hold_slashes_spaces_and_signs(producer, world, external_id):
    world.ingest(chat_row(external_id))

    assert producer.item(external_id).json()["external_id"] == external_id
    assert producer.item(external_id, "/release").status_code == 202


def test_an_id_that_two_systems_use_needs_the_system(producer, world):
    world.ingest(chat_row("r-1", source_system="crm"), chat_row("r-1", source_system="helpdesk"))

    assert_problem(producer.item("r-1"), 409, "crm", "helpdesk", "source_system")
    assert producer.item("r-1", source_system="crm").json()["source_system"] == "crm"


@pytest.mark.parametrize("query", [{}, {"source_system": "crm"}, {"source_system": "\0"}])
def test_an_unknown_item_is_not_found(producer, world, query):
    world.ingest(chat_row("r-1"))

    assert_problem(producer.item("r-2" if not query else "r-1", **query), 404, "no such item")
    assert_problem(producer.item("r\0"), 404, "no such item")


def test_the_item_of_another_project_is_not_found(producer, world):
    elsewhere = create_project(slug="elsewhere", name="Elsewhere", creator=world.ada, now=world.now)
    world.ingest(chat_row("r-1"))
    Item.objects.update(project=elsewhere)

    assert_problem(producer.item("r-1"), 404)


# --- release ------------------------------------------------------------------------------------------------------


def test_a_shipped_item_is_cleared(producer, world):
    world.publish(reason="Ship.", **SHIPS_WHAT_PASSES, tiers=NOTHING_SAMPLED)
    world.ingest(*(chat_row(f"r-{n}", stakes="low") for n in range(5)))
    shipped = Item.objects.filter(status=Item.Status.SHIPPED).first()

    assert release(producer, shipped.external_id) == (200, True, "the routing policy shipped it")


def test_a_final_approval_is_cleared(producer, world, clock):
    world.ingest(chat_row("r-1"))
    settle(world, clock)

    assert release(producer) == (200, True, "the final verdict is approve")


@pytest.mark.parametrize("verdict", ["reject", "revise"])
def test_a_final_refusal_is_refused(producer, world, clock, verdict):
    world.ingest(chat_row("r-1"))
    settle(world, clock, verdict=verdict, answers=BAD)

    assert release(producer) == (200, False, f"the final verdict is {verdict}")


def test_an_approval_that_fails_a_gating_criterion_is_refused(producer, world, clock):
    world.ingest(chat_row("r-1"))
    settle(world, clock, verdict="approve", answers=BAD)

    status_code, is_cleared, reason = release(producer)

    assert (status_code, is_cleared) == (200, False)
    assert "gating" in reason


def test_a_comparison_has_no_verdict_and_is_never_cleared(producer, world, clock):
    world.ingest(pair_row("r-1"))
    hand_out = world.hand_out(world.ana, world.pair_queue)
    world.submit(hand_out, verdict="", answers={"preference": "a"}, note="")
    clock.shift(31)
    world.settle_all()

    assert release(producer) == (200, False, "its rubric asks for no verdict, so nobody approved it")


def test_a_bounced_item_is_refused(producer, world):
    check = {"name": "promises", "kind": "forbidden_strings", "strings": ["refund"], "on_failure": "bounce"}
    world.publish(reason="No promises.", checks=[check])
    world.ingest(chat_row("r-1"))

    status_code, is_cleared, reason = release(producer)

    assert (status_code, is_cleared) == (200, False)
    assert "bounced" in reason
    assert producer.item("r-1").json()["decision"]["reasons"][0]["code"] == "check_failed"


def test_a_reference_case_is_refused(producer, world):
    world.make_gold(chat_row("g-1"))

    assert release(producer, "g-1")[:2] == (200, False)


def test_what_is_undecided_is_202_and_says_when_to_ask_again(producer, world):
    world.ingest(chat_row("r-1"))

    response = producer.item("r-1", "/release")

    assert (response.status_code, response.json()["cleared"]) == (202, False)
    assert response.json()["status"] == "in_review"
    assert int(response["Retry-After"]) > 0


def test_a_dispute_is_not_cleared_before_it_is_settled(producer, world, clock):
    world.ingest(chat_row("r-1"))
    settle(world, clock, verdict="escalate")

    assert release(producer)[:2] == (202, False)


def test_what_came_before_any_policy_is_not_cleared(client, world):
    bare = create_project(slug="bare", name="Bare", creator=world.ada, now=world.now)
    scopes = ["items:write", "items:read"]
    _, secret = create_token(project=bare, name="t", scopes=scopes, actor=world.ada, now=world.now)
    other = Producer(client, secret, "bare")
    other.send(chat_row("r-1"))

    response = other.item("r-1", "/release")

    assert (response.status_code, response.json()["status"]) == (202, "unrouted")
    assert other.item("r-1").json()["decision"] is None


def test_no_passing_of_time_clears_an_item(producer, world, clock):
    world.ingest(chat_row("r-1"))
    clock.shift(365 * 24 * 3600)

    assert release(producer)[:2] == (202, False)


def test_waiting_ends_as_soon_as_the_item_is_final(producer, world, clock, sleeps):
    world.ingest(chat_row("r-1"))
    sleeps.meanwhile = lambda n_sleeps: settle(world, clock) if n_sleeps == 3 else None

    assert release(producer, wait=15)[:2] == (200, True)
    assert sleeps == [0.5, 0.5, 0.5]


def test_waiting_in_vain_ends_with_202(producer, world, sleeps):
    world.ingest(chat_row("r-1"))

    assert release(producer, wait=2)[:2] == (202, False)
    assert sum(sleeps) == 2


def test_nobody_waits_for_what_is_decided(producer, world, clock, sleeps):
    world.ingest(chat_row("r-1"))
    settle(world, clock)

    release(producer, wait=15)

    assert sleeps == []


def test_the_third_who_waits_is_told_to_come_back_at_once(producer, world, sleeps):
    world.ingest(chat_row("r-1"))
    assert decisions.WAITING_ROOM.acquire(blocking=False)
    assert decisions.WAITING_ROOM.acquire(blocking=False)
    try:
        answer = release(producer, wait=15)
    finally:
        decisions.WAITING_ROOM.release(2)

    assert (answer[:2], sleeps) == ((202, False), [])


def test_a_place_in_the_waiting_room_is_given_back(producer, world, sleeps):
    world.ingest(chat_row("r-1"))
    for _ in range(3):
        release(producer, wait=1)

    assert len(sleeps) == 6


@pytest.mark.parametrize("wait", ["16", "-1", "soon", "1.5"])
def test_a_wait_out_of_range_is_refused(producer, world, wait):
    world.ingest(chat_row("r-1"))

    assert assert_problem(producer.item("r-1", "/release", wait=wait), 422)["errors"][0]["field"] == "wait"


# --- judge verdicts -----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(world):
    world.publish(
        reason="Wait for the judge.", requires=["judge_vote_share"], **SHIPS_WHAT_PASSES, tiers=NOTHING_SAMPLED
    )
    world.ingest(chat_row("r-1", stakes="low", judge_verdicts=[]))
    assert world.item("r-1").status == Item.Status.AWAITING


def test_late_verdicts_decide_an_item_that_waited_for_them(producer, world, waiting):
    response = producer.send(judged("pass", "fail"), path="/items/r-1/verdicts")

    assert response.status_code == 200
    assert response.json() == {"added": 2, "unchanged": 0, "status": "in_review"}
    assert [one["outcome"] for one in producer.item("r-1").json()["decisions"]] == ["review", "hold"]


def test_the_same_verdicts_again_are_stored_once(producer, world, waiting):
    producer.send(judged("pass"), path="/items/r-1/verdicts")

    again = producer.send(judged("pass", "pass"), path="/items/r-1/verdicts").json()
    twice = producer.send(judged("pass", run=9) * 2, path="/items/r-1/verdicts").json()

    assert (again["added"], again["unchanged"]) == (1, 1)
    assert (twice["added"], twice["unchanged"]) == (1, 1)
    assert world.item("r-1").judge_verdicts.count() == 3


def test_a_run_that_says_something_else_now_is_a_conflict(producer, world, waiting):
    producer.send(judged("pass"), path="/items/r-1/verdicts")

    response = producer.send(judged("fail", "pass"), path="/items/r-1/verdicts")

    assert_problem(response, 409, "another run")
    assert world.item("r-1").judge_verdicts.count() == 1


def test_one_verdict_needs_no_list(producer, world, waiting):
    assert producer.send(judged("pass")[0], path="/items/r-1/verdicts").json()["added"] == 1


def test_bad_verdicts_are_named_by_field_and_none_is_stored(producer, world, waiting):
    body = [
        *judged("pass"),
        {"judge": {"name": "j"}, "criterion": "overall"},
        {**judged("pass")[0], "confidence": 7},
        3,
    ]

    problem = assert_problem(producer.send(body, path="/items/r-1/verdicts"), 422, "3 of 4")

    assert [one["field"] for one in problem["errors"]] == ["[1].label", "[2].confidence", "[3]"]
    assert world.item("r-1").judge_verdicts.count() == 0


def test_verdicts_of_an_unknown_item_are_refused(producer):
    assert_problem(producer.send(judged("pass"), path="/items/nobody/verdicts"), 404)


def test_an_adjudicated_item_names_its_source(producer, world, clock):
    world.ingest(chat_row("r-1"))
    settle(world, clock, verdict="escalate")
    adjudicate(
        world.entry("r-1"),
        adjudicator=world.olga,
        verdict="approve",
        answers=GOOD,
        reason="It is fine.",
        error_category="edge_case",
        has_guideline_gap=False,
        now=world.now,
    )

    assert producer.item("r-1").json()["final"]["source"] == "adjudicated"
    assert release(producer)[:2] == (200, True)
