"""Guardrails are read by their intervals; what a fallback might ship more is seen from its text; rungs are small."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.policy.autonomy import (
    AGREEMENT,
    CERTIFIED,
    CLEARED,
    DRIFT,
    ESCAPED,
    EVERYTHING,
    GOLD,
    UNPROVED,
    Reading,
    everything_to_people,
    judge_reading,
    next_step,
    rung_of,
    ships_nothing,
    ways_to_ship_more,
)
from labeling.policy.policies import loosened_locks, parse_policy
from labeling.policy.routing import RoutedItem, decide
from tests.policy.worlds import LOCKED_RULE, SAMPLED, definition_with, policy_with, tiers_with


def reading(low, high, n=100):
    return Reading((low + high) / 2, low, high, n, "something")


@pytest.mark.parametrize(
    ("kind", "limit", "low", "high", "state"),
    [
        (AGREEMENT, 0.667, 0.4, 0.66, "tripped"),
        (AGREEMENT, 0.667, 0.4, 0.667, "open"),
        (AGREEMENT, 0.667, 0.667, 0.8, "held"),
        (GOLD, 0.8, 0.5, 0.79, "tripped"),
        (GOLD, 0.8, 0.5, 0.9, "open"),
        (ESCAPED, 0.02, 0.021, 0.05, "tripped"),
        (ESCAPED, 0.02, 0.02, 0.05, "open"),
        (ESCAPED, 0.02, 0.0, 0.02, "held"),
    ],
)
def test_a_guardrail_trips_only_where_the_whole_interval_lies_beyond_its_limit(kind, limit, low, high, state):
    assert judge_reading(kind, reading(low, high), limit).state == state


@pytest.mark.parametrize(("kind", "n"), [(AGREEMENT, 49), (GOLD, 29), (ESCAPED, 29)])
def test_too_few_conclude_nothing_and_say_how_many(kind, n):
    # Far beyond whichever limit.
    far = reading(0.0, 0.01, n=n) if kind != ESCAPED else reading(0.9, 1.0, n=n)

    judgement = judge_reading(kind, far, 0.5)

    assert judgement.state == "unknown"
    assert f"{n} of about {n + 1}" in judgement.words


def test_what_is_undefined_says_its_reason():
    judgement = judge_reading(GOLD, Reading(None, None, None, 0, "", "there is nothing"), 0.8)

    assert (judgement.state, judgement.words) == ("unknown", "there is nothing")


def test_drift_has_no_limit_of_its_own():
    assert judge_reading(DRIFT, Reading(None, None, None, 1, "house-judge drifts"), None).state == "tripped"
    assert judge_reading(DRIFT, Reading(None, None, None, 0, ""), None).state == "held"


# --- what a policy lets out -------------------------------------------------------------------------------------------

RULE = {"name": "dear", "when": {"field": "metadata.price", "op": ">", "value": 50}, "reason": "field_rule"}
CHECK = {"name": "short", "kind": "length", "most": 100, "on_failure": "review"}


@pytest.mark.parametrize(
    ("before", "after", "way"),
    [
        ({}, {"tiers": tiers_with(medium=0.05)}, "medium stakes"),
        ({}, {"tiers": tiers_with(high=0.9)}, "high stakes"),
        ({}, {"audit_share": 0.01}, "the audit"),
        ({}, {"confidence": {"signal": "judge_vote_share", "cut": 0.8}}, "the confidence cut"),
        ({}, {"confidence": {"signal": "judge_stated", "cut": 0.95}}, "the confidence cut"),
        ({}, {"requires": []}, "the signals an item must have"),
        ({}, {"judge_passes": None}, "what the judge has to say"),
        ({}, {"judge_passes": {"criterion": "overall", "labels": ["pass", "fair"]}}, "what the judge has to say"),
        ({"checks": [CHECK]}, {"checks": []}, "the check short"),
        ({"checks": [CHECK]}, {"checks": [{**CHECK, "most": 200}]}, "the check short"),
        ({"rules": [{**RULE, "review_share": 0.5}]}, {"rules": [{**RULE, "review_share": 0.4}]}, "the rule dear"),
        ({"rules": [{**RULE, "review_share": 0.5}]}, {"rules": []}, "the rule dear"),
        ({"cold_start": {"mode": "review_all", "reason": ""}}, {}, "nothing ships now"),
    ],
)
def test_each_way_to_ship_more_is_named(before, after, way):
    assert ways_to_ship_more(policy_with(**before), policy_with(**after)) == [way]


def test_a_policy_is_no_looser_than_itself_and_nothing_is_looser_than_everything_to_people():
    policy = policy_with(rules=[LOCKED_RULE], checks=[CHECK])

    assert ways_to_ship_more(policy, policy) == []
    assert ways_to_ship_more(policy, policy_with(cold_start={"mode": "review_all", "reason": ""})) == []


shares = st.sampled_from([0.0, 0.01, 0.3, 1.0])
rules = st.lists(
    st.builds(
        lambda field, op, value, share: {
            "when": {"field": field, "op": op, "value": value},
            "review_share": share,
            "reason": "field_rule",
        },
        st.sampled_from(["metadata.price", "metadata.shop", "confidence"]),
        st.sampled_from([">", "<", "=="]),
        st.sampled_from([0.5, 10]),
        shares,
    ),
    max_size=2,
).map(lambda found: [{**rule, "name": f"rule {number}"} for number, rule in enumerate(found)])
definitions = st.builds(
    lambda high, medium, low, audit, cut, requires, judge, is_cold, found: definition_with(
        tiers=tiers_with(high=high, medium=medium, low=low),
        audit_share=audit,
        confidence={"signal": "judge_vote_share", "cut": cut},
        requires=requires,
        judge_passes=judge,
        cold_start={"mode": "review_all", "reason": ""} if is_cold else SAMPLED,
        rules=found,
    ),
    shares,
    shares,
    shares,
    st.sampled_from([0.01, 0.3]),
    st.sampled_from([0.5, 0.9]),
    st.sampled_from([[], ["judge_vote_share"], ["grounded"]]),
    st.sampled_from(
        [None, {"criterion": "overall", "labels": ["pass"]}, {"criterion": "overall", "labels": ["ok", "pass"]}]
    ),
    st.booleans(),
    rules,
)
items = st.builds(
    lambda stakes, price, shop, vote, grounded, label, is_over: RoutedItem(
        stakes=stakes,
        facts={
            "metadata": {key: value for key, value in (("price", price), ("shop", shop)) if value is not None},
            **({} if vote is None else {"confidence": vote}),
        },
        signals={
            name: value for name, value in (("judge_vote_share", vote), ("grounded", grounded)) if value is not None
        },
        judge_labels={} if label is None else {"overall": label},
        is_hold_over=is_over,
    ),
    st.sampled_from(["high", "medium", "low", "unstated"]),
    st.sampled_from([None, 0.5, 5, 20, "dear"]),
    st.sampled_from([None, 0.5, 10]),
    st.sampled_from([None, 0.4, 0.7, 0.95]),
    st.sampled_from([None, 0.9]),
    st.sampled_from([None, "pass", "ok", "fail"]),
    st.booleans(),
)


@given(definitions, definitions, items, st.sampled_from([0.0, 0.005, 0.2, 0.5, 0.999]))
@settings(max_examples=600)
def test_where_no_way_is_named_no_item_ships_that_did_not(before, after, item, u):
    one, other = parse_policy(before), parse_policy(after)
    if not ways_to_ship_more(one, other):
        ships = decide(item, other, u=u).outcome == "ship"
        assert not ships or decide(item, one, u=u).outcome == "ship"


@given(definitions, items, st.sampled_from([0.0, 0.2, 0.999]))
@settings(max_examples=300)
def test_everything_to_people_ships_nothing_and_keeps_every_lock(definition, item, u):
    definition = {**definition, "rules": [*definition["rules"], LOCKED_RULE]}
    contracted = parse_policy(everything_to_people(definition))

    assert ships_nothing(contracted)
    assert loosened_locks(parse_policy(definition), contracted) == []
    assert decide(item, contracted, u=u).outcome == "review"


# --- the ladder -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "facts", "rung"),
    [
        (None, {"has_cleared_judge": True}, EVERYTHING),
        (policy_with(tiers=tiers_with(high=1, medium=1, low=1)), {"has_cleared_judge": True}, EVERYTHING),
        (policy_with(), {"has_cleared_judge": False}, UNPROVED),
        (policy_with(), {"has_cleared_judge": False, "certified_cut": 0.5}, UNPROVED),
        (policy_with(), {"has_cleared_judge": True}, CLEARED),
        (policy_with(), {"has_cleared_judge": True, "certified_cut": 0.95}, CLEARED),
        (policy_with(), {"has_cleared_judge": True, "certified_cut": 0.9}, CERTIFIED),
    ],
)
def test_where_a_project_stands(policy, facts, rung):
    assert rung_of(policy, **facts) == rung


def test_the_next_step_halves_one_share_and_touches_nothing_else():
    definition = definition_with(tiers=tiers_with(high=1, medium=0.4, low=0.1))

    proposed, words = next_step(definition)

    assert proposed == definition_with(tiers=tiers_with(high=1, medium=0.2, low=0.1))
    assert words == "review 20 % of medium stakes instead of 40 %"


@pytest.mark.parametrize(
    "definition",
    [
        definition_with(cold_start={"mode": "review_all", "reason": ""}),
        definition_with(tiers=tiers_with(medium=0.02, low=0.005)),
    ],
)
def test_where_nothing_ships_or_nothing_is_left_there_is_no_next_step(definition):
    assert next_step(definition) is None


def test_a_certificate_lets_the_cut_down_to_where_it_holds_and_never_up():
    definition = definition_with(tiers=tiers_with(high=1, medium=0.4, low=0.1))

    proposed, words = next_step(definition, certified_cut=0.8)

    assert proposed == {**definition, "confidence": {"signal": "judge_vote_share", "cut": 0.8}}
    assert words == "ship from 0.8 on, as certified, instead of 0.9"
    assert next_step(definition, certified_cut=0.95) == next_step(definition)
