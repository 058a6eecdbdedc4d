"""Every trigger that product.md lists can be added by one choice, and catches what it is named after."""

import pytest

from labeling.policy.policies import DEFAULT_DEFINITION, RULE_REASONS, parse_policy, parse_rule
from labeling.policy.presets.agents import TRAJECTORY
from labeling.policy.reasons import REASONS
from labeling.policy.rule_templates import BUILT_IN, RULE_TEMPLATES, TEMPLATE_OF_KEY

# Routing and oversight design, "Trigger reasons are an enumerated list with templates", in its order.
PRODUCT_LIST = [
    "low_confidence",
    "high_stakes",
    "outcome_process_disagree",
    "policy_sensitive_tool",
    "hard_to_reverse",
    "overspend",
    "regulated_subject",
    "money_data_auth_code",
    "novel",
    "adversarial",
    "named_decision",
    "audit",
    "producer_asked",
]
# By template: what it catches, and what is one step from that.
CAUGHT = {
    "outcome_process": (
        [{"judge": {"outcome": "yes", "process": "2"}}, {"judge": {"outcome": "no", "process": "4"}}],
        [{"judge": {"outcome": "yes", "process": "3"}}, {"judge": {"outcome": "no", "process": "1"}}],
    ),
    "sensitive_tool": (
        [{"action": {"name": "refund"}}, {"metadata": {"tools": ["search", "delete_account"]}}],
        [{"action": {"name": "search"}}, {"metadata": {"tools": ["search"]}}],
    ),
    "hard_to_reverse": (
        [
            {"metadata": {"minutes_to_reverse": 5.1}},
            {"action": {"reversible": False}},
            {"kind": "pending_action", "action": {"name": "send"}, "metadata": {}},
        ],
        [
            {"kind": "pending_action", "metadata": {"minutes_to_reverse": 5}},
            {"kind": "pending_action", "action": {"reversible": True}},
            {"kind": "chat_reply"},
        ],
    ),
    "overspend": ([{"metadata": {"spend_ratio": 2.01}}], [{"metadata": {"spend_ratio": 2}}]),
    "regulated": ([{"intent": "medical"}, {"segment": "legal"}], [{"intent": "returns", "segment": "retail"}]),
    "guarded_code": (
        [{"kind": "code_diff", "metadata": {"touches": ["auth"]}}],
        [{"kind": "code_diff", "metadata": {"touches": ["docs"]}}, {"kind": "chat_reply", "metadata": {}}],
    ),
    "novel": ([{"signal": {"novelty": 0.96}}], [{"signal": {"novelty": 0.95}}]),
    "adversarial": ([{"metadata": {"suspected_attack": True}}], [{"metadata": {"suspected_attack": False}}]),
    "large_refund": (
        [{"action": {"name": "refund", "amount": 501}}],
        [{"action": {"name": "refund", "amount": 500}}, {"action": {"name": "search", "amount": 501}}],
    ),
    "legal_threat": ([{"intent": "legal_threat"}], [{"intent": "returns"}]),
    "irreversible": ([{"action": {"reversible": False}}], [{"action": {"reversible": True}}, {"action": {}}]),
}


def test_every_trigger_of_the_product_has_words_and_a_template_or_is_built_in():
    templated = {template.reason for template in RULE_TEMPLATES}

    assert set(PRODUCT_LIST) <= set(REASONS)
    assert set(PRODUCT_LIST) == templated | set(BUILT_IN)
    assert not templated & set(BUILT_IN)


def test_every_reason_of_a_rule_but_the_projects_own_has_a_template():
    assert {template.reason for template in RULE_TEMPLATES} == set(RULE_REASONS) - {"field_rule"}


@pytest.mark.parametrize("key", TEMPLATE_OF_KEY)
def test_a_template_catches_what_it_is_named_after_and_nothing_beside_it(key):
    rule = parse_rule(TEMPLATE_OF_KEY[key].rule, "rules[0]")
    caught, spared = CAUGHT[key]

    assert [rule.when.holds(facts) for facts in caught] == [True] * len(caught)
    assert [rule.when.holds(facts) for facts in spared] == [False] * len(spared)
    assert rule.review_share == 1


def test_all_templates_together_are_one_policy():
    policy = parse_policy({**DEFAULT_DEFINITION, "rules": [dict(template.rule) for template in RULE_TEMPLATES]})

    assert len(policy.rules) == len(RULE_TEMPLATES) == len(TEMPLATE_OF_KEY)
    assert {rule.name for rule in policy.rules if rule.is_locked} == {
        "large refunds",
        "legal threat",
        "irreversible action",
    }


def test_the_labels_of_outcome_and_process_are_those_of_the_preset_for_runs():
    options = {question.key: question.options for question in TRAJECTORY.questions}

    passing = {key: [one.value for one in options[key] if one.is_passing] for key in ("outcome", "process")}
    assert passing == {"outcome": ["yes"], "process": ["3", "4"]}
    assert [one.value for one in options["process"]] == ["1", "2", "3", "4"]
