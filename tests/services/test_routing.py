"""Where items go, why, and that nothing ships by accident."""

import pytest
from django.db import DatabaseError, transaction

from labeling.formats.rows import parse_judge_verdict
from labeling.models import Item, Queue, QueueEntry, RoutingDecision, RoutingPolicy
from labeling.policy.errors import Invalid
from labeling.policy.sampling import sampling_u
from labeling.services.item_signals import add_verdicts
from labeling.services.routing import open_missing_entries, release_holds, route_unrouted
from tests.world import action_row, chat_row, judged

SAMPLED = {"mode": "sampled", "reason": "A test that ships."}
LOCKED = {
    "name": "large refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "reason": "named_decision",
    "locked": True,
}


def ship_what_is_safe(world, **changes):
    """A policy that samples nothing below high stakes and audits the least allowed."""
    tier = {"review_share": 0, "minutes": 3, "due_hours": 24, "overlap": 1}
    tiers = {"high": {**tier, "review_share": 1}, "medium": tier, "low": tier}
    return world.publish(tiers=tiers, cold_start=SAMPLED, audit_share=0.01, **changes)


def not_audited(world, row):
    """The row under an id whose draw lies above the audit share: whether it ships depends on its content alone."""
    for number in range(50):
        external_id = f"{row['external_id']}-{number}"
        u = sampling_u(world.project.sampling_salt, source_system=row["source_system"], external_id=external_id)
        if u > 0.01:
            return {**row, "external_id": external_id}
    raise AssertionError("fifty draws in a row below 0.01")


def route_one(world, row):
    row = not_audited(world, row)
    world.ingest(row)
    item = world.item(row["external_id"])
    decision = item.decisions.order_by("-id").first()
    return item, decision, {reason["code"] for reason in decision.reasons if reason["fired"]}


def test_judges_who_are_tied_match_a_locked_rule_whatever_is_published_next(world):
    """Of a tie the label that does not pass is taken, so dropping what has to pass would turn it round."""
    wrong = {
        "name": "wrong",
        "when": {"field": "judge.overall", "op": "==", "value": "wrong"},
        "review_share": 1,
        "locked": True,
    }
    world.publish(rules=[wrong], judge_passes={"criterion": "overall", "labels": ["fine"]})

    with pytest.raises(Invalid, match="Locked rules"):
        world.publish(rules=[wrong], judge_passes=None)


def test_until_a_signal_has_proved_itself_everything_is_reviewed(world):
    world.ingest(chat_row())

    decision = RoutingDecision.objects.get()
    assert (decision.outcome, decision.inclusion_probability) == ("review", 1.0)
    assert "cold_start" in {reason["code"] for reason in decision.reasons}


def test_a_safe_item_ships_and_its_inclusion_probability_is_stored(world):
    ship_what_is_safe(world)

    item, decision, fired = route_one(world, chat_row())

    assert (item.status, decision.inclusion_probability, fired) == (Item.Status.SHIPPED, 0.01, set())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (chat_row(judge_verdicts=judged("pass", "fail", "pass")), "low_confidence"),
        (chat_row(judge_verdicts=judged("fail", "fail")), "judge_failed"),
        (chat_row(judge_verdicts=[]), "missing_signal"),
        (chat_row(stakes="high"), "high_stakes"),
        ({key: value for key, value in chat_row().items() if key != "stakes"}, "unstated_stakes"),
        (chat_row(output="As hidden-model I would say yes."), "check_failed"),
        (chat_row(review_requested=True), "producer_asked"),
        (action_row(amount=501), "named_decision"),
        (action_row() | {"context": {"action": {"name": "refund", "amount": 501, "note": "x"}}}, "named_decision"),
    ],
)
def test_each_ground_sends_an_item_to_a_person(world, row, reason):
    ship_what_is_safe(world, rules=[LOCKED])

    item, _decision, fired = route_one(world, row)

    assert item.status == Item.Status.IN_REVIEW
    assert reason in fired


def test_a_failed_check_that_bounces_costs_no_persons_time(world):
    check = {"name": "not empty", "kind": "length", "on_failure": "bounce", "least": 5}
    world.publish(checks=[check])

    world.ingest(chat_row(output="ok"))

    assert world.item("r-1").status == Item.Status.BOUNCED
    assert QueueEntry.objects.count() == 0


def test_an_item_without_its_signals_is_held_and_goes_to_a_person_when_the_hold_runs_out(world, clock):
    ship_what_is_safe(world, requires=["judge_vote_share"])
    world.ingest(chat_row(judge_verdicts=[]))
    held = world.item("r-1").status
    clock.shift(world.project.hold_seconds + 1)

    release_holds(world.project, now=world.now)

    assert held == Item.Status.AWAITING
    assert world.item("r-1").status == Item.Status.IN_REVIEW
    assert [decision.outcome for decision in RoutingDecision.objects.order_by("number")] == ["hold", "review"]


def test_signals_that_come_in_time_decide_a_held_item(world):
    ship_what_is_safe(world, requires=["judge_vote_share"])
    row = not_audited(world, chat_row(judge_verdicts=[]))
    world.ingest(row)
    verdicts = [parse_judge_verdict(raw, "[0]") for raw in judged("pass", "pass")]

    add_verdicts(world.item(row["external_id"]), verdicts, actor_name="token", now=world.now)

    assert world.item(row["external_id"]).status == Item.Status.SHIPPED


def test_without_a_policy_nothing_ships_and_the_first_policy_routes_what_waits(world):
    RoutingPolicy.objects.filter(project=world.project).update(state="retired")
    world.ingest(chat_row())
    before = world.item("r-1").status
    world.publish()

    n_routed = route_unrouted(world.project, now=world.now)

    assert (before, n_routed) == (Item.Status.UNROUTED, 1)
    assert world.item("r-1").status == Item.Status.IN_REVIEW


def test_an_item_that_no_queue_takes_stays_in_review_until_there_is_one(world):
    world.ingest(chat_row(kind="poem"))
    before = QueueEntry.objects.count()
    world.make_queue("poems", "Poems", world.rubric, kinds=("poem",))

    n_opened = open_missing_entries(world.project, now=world.now)

    assert (before, n_opened) == (0, 1)
    assert world.item("r-1").status == Item.Status.IN_REVIEW


def test_the_tier_says_when_it_is_due_and_how_often_it_is_labelled(world):
    tier = {"review_share": 1, "minutes": 4, "due_hours": 4, "overlap": 2}
    world.publish(tiers={"high": tier, "medium": tier, "low": tier})

    world.ingest(chat_row(stakes="high"))

    entry = world.entry("r-1")
    assert (entry.due_at - entry.created_at).total_seconds() == 4 * 3600
    assert [slot.state for slot in world.slots("r-1")] == ["open", "waiting"]


def test_a_new_version_retires_the_one_before_and_keeps_its_decisions(world):
    world.ingest(chat_row())

    second = world.publish(reason="A stricter cut.", confidence={"signal": "judge_vote_share", "cut": 0.95})

    states = dict(RoutingPolicy.objects.values_list("number", "state"))
    assert states == {1: "retired", 2: "live"}
    assert second.reason == "A stricter cut."
    assert RoutingDecision.objects.get().policy.number == 1


def test_a_policy_without_a_reason_is_refused(world):
    with pytest.raises(Invalid) as refusal:
        world.publish(reason="  ")

    assert list(refusal.value.complaints) == ["reason"]


def test_a_policy_that_cannot_be_understood_is_refused_with_the_place_marked(world):
    with pytest.raises(Invalid) as refusal:
        world.publish(rules=[{**LOCKED, "when": {"field": "action.amount", "op": "above", "value": 1}}])

    assert list(refusal.value.complaints) == ["rules[0].when.op"]


def test_a_locked_rule_cannot_be_dropped(world):
    world.publish(rules=[LOCKED])

    with pytest.raises(Invalid, match="large refunds"):
        world.publish(rules=[])


def test_the_database_refuses_to_change_a_published_policy(world):
    with pytest.raises(DatabaseError, match="published"), transaction.atomic():
        RoutingPolicy.objects.filter(state="live").update(definition={})


def test_the_database_refuses_a_second_live_policy(world):
    live = RoutingPolicy.objects.get(state="live")

    with pytest.raises(DatabaseError), transaction.atomic():
        RoutingPolicy.objects.create(
            project=live.project,
            number=9,
            state="live",
            definition=live.definition,
            reason="two",
            created_at=world.now,
            published_at=world.now,
        )


def test_a_closed_queue_hands_out_nothing_and_keeps_its_items(world):
    world.ingest(chat_row())
    Queue.objects.filter(pk=world.queue.pk).update(is_open=False)
    world.queue.refresh_from_db()

    assert world.hand_out(world.ana).reason == "closed"
    assert world.item("r-1").status == Item.Status.IN_REVIEW
