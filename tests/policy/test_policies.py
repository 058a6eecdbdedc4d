"""Policies: read as they are written, refused with the place of the mistake, and locks that stay locked."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.policy.conditions import PolicyError
from labeling.policy.policies import DEFAULT_DEFINITION, RULE_REASONS, TIERS, loosened_locks, parse_policy
from labeling.policy.reasons import REASONS
from tests.policy.worlds import LOCKED_RULE, SAMPLED, definition_with, policy_with


def refused_at(definition):
    with pytest.raises(PolicyError) as refusal:
        parse_policy(definition)
    return refusal.value.place


def changed(path, value):
    """The default definition with a locked rule and one part replaced."""
    definition = copy.deepcopy(definition_with(rules=[LOCKED_RULE]))
    part = definition
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return definition


def test_the_default_policy_reviews_everything_until_a_signal_has_proved_itself():
    policy = parse_policy(DEFAULT_DEFINITION)

    assert policy.reviews_all_on_cold_start
    assert (policy.confidence_cut, policy.audit_share) == (0.9, 0.02)
    assert [policy.tiers[name].review_share for name in TIERS] == [1.0, 0.1, 0.005]
    assert [policy.tiers[name].due_hours for name in TIERS] == [4, 24, 72]
    assert policy.tiers["high"].overlap == 2


def test_a_definition_survives_json():
    definition = definition_with(rules=[LOCKED_RULE])

    assert parse_policy(json.loads(json.dumps(definition))) == parse_policy(definition)


def test_every_reason_a_rule_may_give_has_words():
    assert set(RULE_REASONS) <= set(REASONS)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("surprise",), 1, "surprise"),
        (("audit_share",), None, "audit_share"),
        (("audit_share",), 0.0099, "audit_share"),
        (("audit_share",), 0, "audit_share"),
        (("audit_share",), 1.01, "audit_share"),
        (("audit_share",), float("nan"), "audit_share"),
        (("audit_share",), True, "audit_share"),
        (("cold_start",), "sampled", "cold_start"),
        (("cold_start",), {"mode": "off", "reason": "x"}, "cold_start.mode"),
        (("cold_start",), {"mode": ["sampled"]}, "cold_start.mode"),
        (("cold_start",), {"mode": "sampled"}, "cold_start.reason"),
        (("cold_start",), {"mode": "sampled", "reason": "  "}, "cold_start.reason"),
        (("cold_start",), {"mode": "sampled", "reason": None}, "cold_start.reason"),
        (("cold_start",), {"mode": "sampled", "reason": False}, "cold_start.reason"),
        (("cold_start",), {**SAMPLED, "until": "May"}, "cold_start.until"),
        (("confidence",), 0.9, "confidence"),
        (("confidence", "signal"), " ", "confidence.signal"),
        (("confidence", "cut"), 90, "confidence.cut"),
        (("confidence", "cutt"), 0.9, "confidence.cutt"),
        (("requires",), "judge_vote_share", "requires"),
        (("requires",), [1], "requires"),
        (("judge_passes",), [], "judge_passes"),
        (("judge_passes", "labels"), [], "judge_passes.labels"),
        (("judge_passes", "labels"), "pass", "judge_passes.labels"),
        (("judge_passes", "criterion"), None, "judge_passes.criterion"),
        (("judge_passes", "label"), "pass", "judge_passes.label"),
        (("tiers",), [], "tiers"),
        (("tiers",), {"high": {}}, "tiers"),
        (("tiers", "low"), 5, "tiers.low"),
        (("tiers", "low", "review_share"), -0.1, "tiers.low.review_share"),
        (("tiers", "low", "review_share"), 10**400, "tiers.low.review_share"),
        (("tiers", "low", "minutes"), 0, "tiers.low.minutes"),
        (("tiers", "low", "minutes"), float("inf"), "tiers.low.minutes"),
        (("tiers", "low", "due_hours"), "4", "tiers.low.due_hours"),
        (("tiers", "low", "overlap"), 0, "tiers.low.overlap"),
        (("tiers", "low", "overlap"), True, "tiers.low.overlap"),
        (("tiers", "low", "share"), 1, "tiers.low.share"),
        (("checks",), {}, "checks"),
        (("checks", 0, "kind"), "magic", "checks[0].kind"),
        (("checks",), DEFAULT_DEFINITION["checks"] * 2, "checks[1].name"),
        (("rules",), None, "rules"),
        (("rules", 0), "refund", "rules[0]"),
        (("rules", 0, "name"), "", "rules[0].name"),
        (("rules", 0, "when"), None, "rules[0].when"),
        (("rules", 0, "when", "op"), "above", "rules[0].when.op"),
        (("rules", 0, "when", "field"), "amount", "rules[0].when"),
        (("rules", 0, "when", "field"), "actoin.amount", "rules[0].when"),
        (("rules", 0, "review_share"), 0.99, "rules[0].review_share"),
        (("rules", 0, "review_share"), None, "rules[0].review_share"),
        (("rules", 0, "reason"), "because", "rules[0].reason"),
        (("rules", 0, "reason"), ["novel"], "rules[0].reason"),
        (("rules", 0, "locked"), 1, "rules[0].locked"),
        (("rules", 0, "lock"), True, "rules[0].lock"),
        (("rules",), [LOCKED_RULE, LOCKED_RULE], "rules[1].name"),
        (("rules", 0, "name"), "half a pair \ud800", "policy"),
        (("rules", 0, "name"), "nothing \0 here", "policy"),
    ],
)
def test_a_mistake_is_refused_with_its_place(path, value, place):
    assert refused_at(changed(path, value)) == place


@pytest.mark.parametrize("key", sorted(set(DEFAULT_DEFINITION) - {"judge_passes"}))
def test_a_missing_part_is_refused_by_name(key):
    definition = {name: part for name, part in DEFAULT_DEFINITION.items() if name != key}

    assert refused_at(definition) == key


@pytest.mark.parametrize("definition", [None, [], "policy", 5])
def test_a_policy_is_one_object(definition):
    assert refused_at(definition) == "policy"


def test_the_spelling_of_a_nul_is_an_ordinary_text():
    assert parse_policy(changed(("rules", 0, "name"), "spells \\u0000")).rules[0].name == "spells \\u0000"


def test_an_endless_nesting_is_refused_and_crashes_nothing():
    when = {"field": "kind", "op": "==", "value": 1}
    for _ in range(100_000):
        when = {"all": [when]}

    assert refused_at(changed(("rules", 0, "when"), when)) == "policy"


@pytest.mark.parametrize("audit_share", [0.01, 0.02, 1])
def test_one_percent_is_audited_at_the_least(audit_share):
    assert policy_with(audit_share=audit_share).audit_share == audit_share


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
PLACES = st.sampled_from(
    [
        *((key,) for key in DEFAULT_DEFINITION),
        ("confidence", "signal"),
        ("confidence", "cut"),
        ("judge_passes", "labels"),
        ("cold_start", "mode"),
        ("cold_start", "reason"),
        ("tiers", "low"),
        ("tiers", "low", "overlap"),
        ("checks", 0),
        *(("checks", 0, key) for key in ("name", "kind", "on_failure", "fields", "strings", "least", "most")),
        ("rules", 0),
        *(("rules", 0, key) for key in LOCKED_RULE),
        *(("rules", 0, "when", key) for key in ("field", "op", "value", "all", "any")),
    ]
)


def place_refused(definition):
    """The place of a refusal, or None where the policy was read; anything but a `PolicyError` comes through."""
    try:
        parse_policy(definition)
    except PolicyError as refusal:
        return refusal.place
    return None


@given(JSON)
def test_any_json_is_a_policy_or_a_policy_error(definition):
    place = place_refused(definition)

    assert place is None or place


@given(PLACES, JSON)
def test_any_json_anywhere_in_a_policy_is_read_or_refused_with_a_place(path, value):
    definition = changed(path, value)

    place = place_refused(definition)

    assert place is None or place
    if place is None:
        assert loosened_locks(parse_policy(definition), parse_policy(definition)) == []


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{**LOCKED_RULE, "locked": False}],
        [{**LOCKED_RULE, "locked": False, "review_share": 0.5}],
        [{**LOCKED_RULE, "name": "renamed"}],
        [{**LOCKED_RULE, "when": {"field": "action.amount", "op": ">", "value": 501}}],
        [{**LOCKED_RULE, "when": {"field": "action.amount", "op": ">=", "value": 500}}],
    ],
)
def test_a_locked_rule_that_is_dropped_or_changed_is_named(rules):
    before = policy_with(rules=[LOCKED_RULE])

    assert loosened_locks(before, policy_with(rules=rules)) == ["big refunds"]


def test_true_is_not_one_in_a_locked_rule():
    locked_on = [
        {**LOCKED_RULE, "when": {"field": "review_requested", "op": "==", "value": value}} for value in (True, 1)
    ]

    before, after = (policy_with(rules=[rule]) for rule in locked_on)

    assert loosened_locks(before, after) == ["big refunds"]


def test_locked_rules_may_be_moved_explained_and_joined_by_others():
    other = {"name": "other", "when": {"field": "intent", "op": "in", "value": ["legal"]}, "review_share": 0.5}
    before = policy_with(rules=[LOCKED_RULE])

    after = policy_with(rules=[other, {**LOCKED_RULE, "reason": "hard_to_reverse"}])

    assert loosened_locks(before, after) == []
    assert loosened_locks(after, before) == []


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("confidence", {"confidence": {"signal": "judge_stated", "cut": 0.9}}),
        ("judge.overall", {"judge_passes": None}),
        ("judge.overall", {"judge_passes": {"criterion": "overall", "labels": ["pass", "unclear"]}}),
        ("judge.overall", {"judge_passes": {"criterion": "tone", "labels": ["pass"]}}),
        ("check.short", {"checks": []}),
        ("check.short", {"checks": [{"name": "short", "kind": "length", "most": 9_000, "on_failure": "review"}]}),
    ],
)
def test_a_locked_rule_is_loosened_by_changing_what_it_reads(field, changes):
    when = (
        {"field": field, "op": "<", "value": 0.5}
        if field == "confidence"
        else {"field": field, "op": "==", "value": "failed"}
    )
    rule = {"name": "kept", "when": when, "review_share": 1, "reason": "field_rule", "locked": True}
    short = {"name": "short", "kind": "length", "most": 100, "on_failure": "review"}
    before = {**DEFAULT_DEFINITION, "rules": [rule], "checks": [short]}

    assert loosened_locks(parse_policy(before), parse_policy({**before, **changes})) == ["kept"]
    assert loosened_locks(parse_policy(before), parse_policy({**before, "audit_share": 0.5})) == []
