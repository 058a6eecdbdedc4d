"""Rules written in fields: to JSON and back unchanged, and what the buttons do."""

import json

from hypothesis import given
from hypothesis import strategies as st

from labeling.forms.rule_builder import pressed, rules_defined, rules_posted, rules_written, value_read, values_read
from labeling.forms.rule_fields import builder_of, field_at
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.policy.rule_templates import RULE_TEMPLATES

WORDS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(' ,"\\'), min_size=1, max_size=8)
PLAIN = st.one_of(WORDS, st.booleans(), st.none(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6))
FIELDS = st.sampled_from(["metadata.amount", "intent", "signal.novelty", "action.name"])
COMPARISONS = st.one_of(
    st.fixed_dictionaries({"field": FIELDS, "op": st.sampled_from(["<", ">="]), "value": st.floats(-1e6, 1e6)}),
    st.fixed_dictionaries({"field": FIELDS, "op": st.sampled_from(["==", "!="]), "value": PLAIN}),
    st.fixed_dictionaries({"field": FIELDS, "op": st.just("in"), "value": st.lists(PLAIN, min_size=1, max_size=4)}),
    st.fixed_dictionaries({"field": FIELDS, "op": st.just("exists"), "value": st.booleans()}),
)


def groups(parts):
    lists = st.lists(parts, min_size=1, max_size=3)
    return st.sampled_from(["all", "any"]).flatmap(lambda joiner: st.fixed_dictionaries({joiner: lists}))


RULES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["large refunds", "legal"]),
        "when": st.one_of(COMPARISONS, groups(st.one_of(COMPARISONS, groups(COMPARISONS)))),
        "review_share": st.sampled_from([1.0, 0.29, 0.005, 0.123456]),
        "reason": st.just("field_rule"),
    }
)


def posted_as(rules):
    """The fields of a page with these rules, as a browser sends them."""
    posted = {}

    def add(row):
        for field in (row.field, row.op, row.value, row.joiner):
            if field is not None:
                posted[field.name] = field.value
        for part in row.parts:
            add(part)

    for row in builder_of(rules_written(rules), complaints={}, known_fields=()).rows:
        posted |= {one.name: one.value for one in (row.name, row.reason, row.percent, row.joiner)}
        if row.is_locked:
            posted[f"{row.prefix}-locked"] = "on"
        for part in row.parts:
            add(part)
    return posted


@given(st.lists(RULES, max_size=3))
def test_rules_come_back_from_their_fields_as_they_were_spelt(rules):
    back = rules_defined(rules_posted(posted_as(rules)))

    # Compared as texts: as values `true` and `1` are equal in Python, and a locked rule is told by its spelling.
    assert json.dumps(back, sort_keys=True) == json.dumps(rules, sort_keys=True)


def test_a_locked_rule_stays_locked():
    locked = {"name": "a", "when": {"field": "intent", "op": "==", "value": "legal"}, "review_share": 1.0}
    locked |= {"reason": "named_decision", "locked": True}

    assert rules_defined(rules_posted(posted_as([locked]))) == [locked]


def test_a_value_is_a_number_where_it_looks_like_one_and_a_text_in_quotes():
    assert [value_read(text) for text in ("500", "0.85", "true", '"500"', "007", "1e999", "refund")] == [
        500,
        0.85,
        True,
        "500",
        "007",
        "1e999",
        "refund",
    ]
    assert values_read('refund, "a, b", 3,') == ["refund", "a, b", 3]


def test_buttons_add_and_remove_rules_conditions_and_groups():
    rules, focus = pressed([], "add:")
    assert focus == "rules-0-name"

    rules, focus = pressed(rules, "add-part:0")
    assert (rules[0]["joiner"], focus) == ("all", "rules-0-parts-1-field")
    rules, focus = pressed(rules, "add-group:0")
    assert (rules[0]["parts"][2]["joiner"], focus) == ("any", "rules-0-parts-2-parts-0-field")
    rules, focus = pressed(rules, "add-part:0.2")
    assert (len(rules[0]["parts"][2]["parts"]), focus) == (3, "rules-0-parts-2-parts-2-field")
    rules, _ = pressed(rules, "remove-part:0.2.0")
    assert len(rules[0]["parts"][2]["parts"]) == 2
    rules, _ = pressed(rules, "remove-part:0.2")
    assert len(rules[0]["parts"]) == 2
    assert pressed(rules, "remove:0") == ([], "")


def test_a_button_of_an_old_page_changes_nothing():
    rules, _ = pressed([], "add")

    for action in ("remove:7", "add-part:7", "remove-part:0.9", "remove-part:0.0.1", "add-part:x", "dance:0"):
        assert pressed(rules, action)[0] == rules


def test_a_complaint_stands_at_the_field_it_is_about():
    assert field_at("rules[0].review_share") == "rules-0-percent"
    assert field_at("rules[1].when.value") == "rules-1-parts-0-value"
    assert field_at("rules[1].when.all[2].op") == "rules-1-parts-2-op"
    assert field_at("rules[1].when.all[2].any[0].field") == "rules-1-parts-2-parts-0-field"
    assert field_at("rules[0].when") == "rules-0-joiner"


@given(RULES)
def test_what_the_fields_say_is_what_the_grammar_reads(rule):
    policy = {**DEFAULT_DEFINITION, "rules": [rule]}
    again = {**DEFAULT_DEFINITION, "rules": rules_defined(rules_posted(posted_as([rule])))}

    assert repr(parse_policy(again).rules) == repr(parse_policy(policy).rules)


def test_every_ready_rule_is_added_as_the_grammar_reads_it():
    for template in RULE_TEMPLATES:
        rules, focus = pressed([], f"ready:{template.key}")

        assert focus == "rules-0-name"
        (rule,) = parse_policy({**DEFAULT_DEFINITION, "rules": rules_defined(rules)}).rules
        (meant,) = parse_policy({**DEFAULT_DEFINITION, "rules": [template.rule]}).rules
        assert repr(rule) == repr(meant)
