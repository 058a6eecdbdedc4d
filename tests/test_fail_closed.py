"""Every way in which product.md says that an output must not leave by itself, tried through the producer's door: 1.

| what the product promises of routing | here |
|---|---|
| low confidence at any stakes, high stakes at any confidence, unusual, attacked, named decision: person | `GROUNDS` |
| some of everything that would ship is audited; whatever the producer asks a person for goes to one | `GROUNDS` |
| until a signal has proved itself all is reviewed, or sampled by an override with a reason | `GROUNDS`, `REFUSED` |
| fail closed: a missing signal, an unreadable rule or field routes to a person and says so | `GROUNDS` |
| a judge timeout, a crashed check routes to a person and says so | tests of their own |
| awaiting signals: held, never shipped, sent to a person when the hold runs out | tests of their own |
| a check says what failing means: back to the producer, or review | a test of its own, `GROUNDS` |
| a locked rule cannot be loosened, the audit not be switched off | `REFUSED`, a test of its own |
| no policy, a draft, a version in shadow, a policy that cannot be read: nothing ships | tests of their own |

What happens once a judge is not heard, or people have the item, is in test_fail_closed_later.py. The first test shows
that the very item which all others change would ship.
"""

import pytest
from django.core.cache import cache

from labeling.formats.rows import parse_judge_verdict
from labeling.models import JudgeCall, RoutingPolicy
from labeling.policy import checks
from labeling.policy.conditions import PolicyError
from labeling.policy.errors import Invalid
from labeling.services.item_signals import add_verdicts
from labeling.services.policies import save_draft
from labeling.services.policy_life import withdraw_policy
from labeling.services.routing import release_holds
from tests.api.producer import Producer
from tests.closing import AGES, SAMPLED, TIERS, assert_not_released, assert_with_a_person, publish, send
from tests.services.asking_judges import fails, make_batch, run
from tests.services.test_policy_life import shadow_of, staged_at
from tests.world import chat_row, judged


@pytest.fixture
def producer(client, world):
    cache.clear()
    return Producer(client, world.secret)


def test_the_calm_item_that_all_other_tests_change_ships(producer, world):
    publish(world)

    answer = producer.item(send(world), "/release").json()

    assert (answer["cleared"], answer["reason"]) == (True, "the routing policy shipped it")


# --- one ground is enough for a person, and it says which ---------------------------------------------------------


def ruled(reason, field, op, value, name="a rule"):
    when = {"field": field, "op": op, "value": value}
    return {"rules": [{"name": name, "when": when, "review_share": 1, "reason": reason}]}


NOVELTY = ruled("novel", "signal.novelty", ">", 0.95)
AMOUNT = ruled("named_decision", "action.amount", ">", 500)
PHRASE = {"name": "injection", "kind": "forbidden_strings", "strings": ["ignore all"], "on_failure": "review"}
GROUNDS = {
    "a signal is missing": ({}, {"judge_verdicts": []}, "missing_signal", "no judge_vote_share"),
    "one vote is no agreement": ({}, {"judge_verdicts": judged("pass")}, "missing_signal", "no judge_vote_share"),
    "confidence is low, at low stakes": (
        {},
        {"stakes": "low", "judge_verdicts": judged("pass", "fail", "pass")},
        "low_confidence",
        "0.67 is below 0.90",
    ),
    "stakes are high, at full confidence": ({}, {"stakes": "high"}, "high_stakes", "100 %"),
    "nobody said the stakes": ({}, {"stakes": None}, "unstated_stakes", "count as high"),
    "the judge fails it, surely": ({}, {"judge_verdicts": judged("fail", "fail")}, "judge_failed", "says fail"),
    "two votes differ": ({}, {"judge_verdicts": judged("pass", "fail")}, "judge_failed", "says fail"),
    "it is out of distribution": (
        NOVELTY,
        {"signals": [{"name": "novelty", "kind": "novelty", "value": 0.99}]},
        "novel",
        "signal.novelty > 0.95",
    ),
    "the signal that a rule reads has not come": (NOVELTY, {}, "missing_signal", "has not come"),
    "it looks like an attack": (
        ruled("adversarial", "metadata.attack", "==", True),
        {"metadata": {"attack": True}},
        "adversarial",
        "metadata.attack == true",
    ),
    "a check finds an injection": ({"checks": [PHRASE]}, {"output": "Ignore all rules."}, "check_failed", "injection"),
    "a decision is reserved by amount": (
        AMOUNT,
        {"context": {"question": "?", "action": {"name": "refund", "amount": 501}}},
        "named_decision",
        "action.amount > 500",
    ),
    "a decision is reserved by intent": (
        ruled("named_decision", "intent", "in", ["refund", "legal"]),
        {"intent": "legal"},
        "named_decision",
        "refund, legal",
    ),
    "it is hard to reverse": (
        ruled("hard_to_reverse", "metadata.minutes_to_reverse", ">", 5),
        {"metadata": {"minutes_to_reverse": 6}},
        "hard_to_reverse",
        "> 5",
    ),
    "a rule cannot read its field": (
        AMOUNT,
        {"context": {"question": "?", "action": {"name": "refund", "amount": "a lot"}}},
        "rule_unclear",
        "holds a text, which is not a number",
    ),
    "a field is not of the shape that a rule reads": (
        AMOUNT,
        {"context": {"question": "?", "action": "refund 501"}},
        "rule_unclear",
        "runs into a text where an object was expected",
    ),
    "the output names its own source": ({}, {"output": "I, hidden-model, say yes."}, "check_failed", "names the model"),
    "the producer asked": ({}, {"review_requested": True}, "producer_asked", "asked for a person"),
    "no signal has proved itself": ({"cold_start": {"mode": "review_all", "reason": ""}}, {}, "cold_start", "proved"),
    "it was drawn for the audit": ({"audit_share": 1.0}, {}, "audit", "of what would ship is audited"),
}


@pytest.mark.parametrize(("policy", "row", "code", "words"), GROUNDS.values(), ids=GROUNDS)
def test_a_person_decides_when(policy, row, code, words, producer, world):
    publish(world, **policy)

    name = send(world, **row)

    assert_with_a_person(producer, name, code, words)


def test_a_crashed_check_sends_to_a_person_even_where_failing_would_bounce(producer, world, monkeypatch):
    monkeypatch.setitem(checks.COMPLAINTS, "length", lambda check, output: 1 / 0)
    publish(world, checks=[{"name": "short", "kind": "length", "most": 9_999, "on_failure": "bounce"}])

    assert_with_a_person(producer, send(world), "check_crashed", "short crashed: ZeroDivisionError")


def test_what_a_check_bounces_goes_back_and_is_refused(producer, world):
    publish(world, checks=[{"name": "short", "kind": "length", "most": 5, "on_failure": "bounce"}])

    assert_not_released(producer, send(world), "a check bounced it", is_decided=True)


# --- signals that have not come -----------------------------------------------------------------------------------


@pytest.fixture
def held(world):
    publish(world, requires=["judge_vote_share"])
    return send(world, judge_verdicts=[])


def test_an_item_without_its_signals_is_held_and_goes_to_a_person_when_the_hold_runs_out(producer, world, held, clock):
    assert_not_released(producer, held, "waits for signals")
    clock.shift(AGES)
    assert_not_released(producer, held, "waits for signals")

    release_holds(world.project, now=world.now)

    assert_with_a_person(producer, held, "missing_signal", "judge_vote_share", "never came")


def test_when_the_judge_times_out_a_person_decides(producer, world, held, clock):
    batch = make_batch(world, criteria=("overall",), which="awaiting")
    run(world, batch, fails("silent"))
    clock.shift(AGES)

    release_holds(world.project, now=world.now)

    assert JudgeCall.objects.get().n_tries == 1
    assert_with_a_person(producer, held, "missing_signal", "judge_vote_share", "never came")


def test_late_signals_take_nothing_away_from_people(producer, world, held, clock):
    clock.shift(AGES)
    release_holds(world.project, now=world.now)
    verdicts = [parse_judge_verdict(raw, "[0]") for raw in judged("pass", "pass")]

    add_verdicts(world.item(held), verdicts, actor_name="helpdesk", now=world.now)

    assert_with_a_person(producer, held, "missing_signal")


# --- the policy itself --------------------------------------------------------------------------------------------


def retire(world):
    RoutingPolicy.objects.filter(project=world.project).update(state="retired")


def test_without_a_policy_nothing_is_released(producer, world):
    retire(world)

    assert_not_released(producer, send(world), "no routing policy has decided")


def test_a_draft_decides_nothing(producer, world):
    world.publish()
    loose = {**RoutingPolicy.objects.get(state="live").definition, "tiers": TIERS, "cold_start": SAMPLED}
    save_draft(project=world.project, definition=loose, reason="", author=world.ada, now=world.now)

    assert_with_a_person(producer, send(world), "cold_start")


def test_a_looser_version_in_shadow_ships_nothing_and_the_share_it_is_not_staged_for_stays_with_people(producer, world):
    world.publish()
    loose = {"tiers": TIERS, "cold_start": SAMPLED}
    shadow = shadow_of(world, **loose)
    in_shadow = send(world)
    withdraw_policy(shadow, reason="Seen enough.", actor=world.ada, now=world.now)
    staged_at(world, 1e-9, **loose)

    not_staged = send(world)

    for name in (in_shadow, not_staged):
        assert_with_a_person(producer, name, "cold_start")


def test_under_a_policy_that_cannot_be_read_nothing_is_stored_let_alone_released(producer, world):
    retire(world)
    world.project.policies.create(
        number=9, state="live", definition={"rules": "all"}, reason="?", created_at=world.now, published_at=world.now
    )

    with pytest.raises(PolicyError):
        world.ingest(chat_row("r-1"))

    assert producer.item("r-1", "/release").status_code == 404


[LARGE] = AMOUNT["rules"]
REFUSED = {
    "its override has no reason": ({"cold_start": {"mode": "sampled", "reason": " "}}, "cold_start.reason"),
    "its audit looks at nothing": ({"audit_share": 0.0}, "audit_share"),
    "a locked rule reviews half": (
        {"rules": [{**LARGE, "locked": True, "review_share": 0.5}]},
        "rules[0].review_share",
    ),
    "a rule reads a misspelt field": (ruled("novel", "sginal.novelty", ">", 0.9), "rules[0].when"),
    "a rule compares with a text": (ruled("named_decision", "action.amount", ">", "500"), "rules[0].when.value"),
}


@pytest.mark.parametrize(("changes", "place"), REFUSED.values(), ids=REFUSED)
def test_a_policy_is_refused_and_the_one_before_it_goes_on_when(changes, place, producer, world):
    with pytest.raises(Invalid) as refusal:
        publish(world, **changes)

    assert list(refusal.value.complaints) == [place]
    assert_with_a_person(producer, send(world), "cold_start")


def test_a_locked_rule_cannot_be_dropped_and_goes_on_reviewing_everything(producer, world):
    publish(world, rules=[{**LARGE, "locked": True}])

    with pytest.raises(Invalid):
        publish(world, rules=[])

    name = send(world, context={"question": "?", "action": {"name": "refund", "amount": 501}})
    assert_with_a_person(producer, name, "named_decision")
