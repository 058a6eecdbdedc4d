"""Very many items at once are decided exactly as one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.policy.assessing import assess, modal_labels
from labeling.policy.columnar import (
    OUTCOMES,
    NoSuchColumn,
    Traffic,
    column_of,
    decide_all,
    paths_read_by,
    value_at,
)
from labeling.policy.conditions import MISSING
from labeling.policy.judge_life import Unheard
from labeling.policy.policies import TIERS, parse_policy
from tests.policy.worlds import calm_evidence, definition_with, policy_with, tiers_with, votes_for

FIELDS = (
    *("kind", "stakes", "intent", "metadata.plan", "metadata.plan.name", "metadata", "action.amount", "action"),
    *("signal.judge_vote_share", "signal.grounding", "judge.overall", "confidence", "check.has a text"),
    *("review_requested", "context.action", "confidence.of_what"),
)
NUMBERS = st.sampled_from([0, 1, -3, 0.5, 0.85, 0.9, 500, 500.0, 2**53 + 1, 2**53 + 2, 1e300])
PLAIN = st.one_of(NUMBERS, st.sampled_from(["", "pro", "500", "pass", "high", "refund"]), st.booleans(), st.none())


def comparisons():
    ordered = st.tuples(st.sampled_from(["<", "<=", ">", ">="]), NUMBERS)
    equal = st.tuples(st.sampled_from(["==", "!="]), PLAIN)
    inside = st.tuples(st.just("in"), st.lists(PLAIN, min_size=1, max_size=3))
    contains = st.tuples(st.just("contains"), st.one_of(NUMBERS, st.sampled_from(["pro", "ass"])))
    exists = st.tuples(st.just("exists"), st.booleans())
    return st.builds(
        lambda field, asked: {"field": field, "op": asked[0], "value": asked[1]},
        st.sampled_from(FIELDS),
        st.one_of(ordered, equal, inside, contains, exists),
    )


def joined(parts):
    return st.builds(
        lambda joiner, inner: {joiner: inner},
        st.sampled_from(["all", "any"]),
        st.lists(parts, min_size=1, max_size=3),
    )


CONDITIONS = st.one_of(comparisons(), joined(comparisons()), joined(st.one_of(comparisons(), joined(comparisons()))))
SHARES = st.sampled_from([0, 0.005, 0.1, 0.5, 1])
FOUND = st.one_of(PLAIN, st.lists(PLAIN, max_size=2), st.dictionaries(st.sampled_from(["name", "x.y"]), PLAIN))
EVIDENCE = st.builds(
    lambda **changes: calm_evidence(**changes),
    kind=st.sampled_from(["chat_reply", "pairwise"]),
    stakes=st.sampled_from(["high", "medium", "low", "unstated"]),
    intent=st.sampled_from(["returns", "refund"]),
    metadata=st.dictionaries(st.sampled_from(["plan", "plan.name"]), FOUND, max_size=2),
    context=st.one_of(st.just({}), st.builds(lambda one: {"action": one}, st.dictionaries(st.just("amount"), FOUND))),
    texts=st.sampled_from([["Yes."], ["You can return it within 30 days."]]),
    votes=st.sampled_from([[], votes_for("pass"), votes_for("pass", "pass", "fail"), votes_for("fail", "fail")]),
    signals=st.dictionaries(st.sampled_from(["grounding"]), st.sampled_from([0.2, 0.85, 1.0])),
    is_review_requested=st.booleans(),
    unheard=st.sampled_from([Unheard(), Unheard(why={"j1": "it changed"}), Unheard(why={"j1": ""})]),
)


@st.composite
def policies(draw):
    rules = [
        {"name": f"rule {i}", "when": when, "review_share": draw(SHARES)}
        for i, when in enumerate(draw(st.lists(CONDITIONS, max_size=4)))
    ]
    check = {
        "name": "has a text",
        "kind": "length",
        "least": 10,
        "on_failure": draw(st.sampled_from(["bounce", "review"])),
    }
    return parse_policy(
        definition_with(
            rules=rules,
            checks=draw(st.sampled_from([[], [check]])),
            confidence={"signal": draw(st.sampled_from(["judge_vote_share", "grounding"])), "cut": draw(SHARES)},
            requires=draw(
                st.sampled_from([[], ["judge_vote_share"], ["grounding"], ["judge_vote_share", "grounding"]])
            ),
            judge_passes=draw(st.sampled_from([None, {"criterion": "overall", "labels": ["pass"]}])),
            tiers=tiers_with(high=draw(SHARES), medium=draw(SHARES), low=draw(SHARES)),
        )
    )


def facts_of(evidence, assessment):
    """What the columns are made of: everything a rule may read, with the checks' results."""
    signals = dict(evidence.signals) | {one.name: one.value for one in assessment.derived_signals}
    heard = [vote for vote in evidence.votes if evidence.unheard.why_not(vote.judge, vote.criterion) is None]
    return {
        "kind": evidence.kind,
        "stakes": evidence.stakes,
        "intent": evidence.intent,
        "segment": evidence.segment,
        "metadata": evidence.metadata,
        "action": evidence.context.get("action", {}),
        "context": evidence.context,
        "signal": signals,
        "judge": modal_labels(heard, passing=("overall", frozenset({"pass"}))),
        "review_requested": evidence.is_review_requested,
        "check": {check.check_name: check.outcome for check in assessment.checks},
    }


def traffic_of(found, policy):
    """`found`: (evidence, draw, whether its hold ran out) of each item."""
    facts = [facts_of(one, assess(one, policy, u=u, is_hold_over=is_over)) for one, u, is_over in found]
    columns = {path: column_of(value_at(one, path) for one in facts) for path in paths_read_by(policy)}
    return Traffic(
        columns,
        np.array([u for _, u, _ in found]),
        np.array([is_over for *_, is_over in found], dtype=bool),
        np.array([bool(one.votes and one.unheard.why.get("j1")) for one, *_ in found], dtype=bool),
    )


@settings(max_examples=100, deadline=None)
@given(
    policy=policies(),
    found=st.lists(
        st.tuples(EVIDENCE, st.sampled_from([0.0, 0.004, 0.3, 0.99]), st.booleans()), min_size=1, max_size=6
    ),
)
def test_items_as_columns_are_decided_as_they_are_one_by_one(policy, found):
    told = decide_all(traffic_of(found, policy), policy)

    for place, (evidence, u, is_over) in enumerate(found):
        one = assess(evidence, policy, u=u, is_hold_over=is_over).decision
        assert OUTCOMES[told.outcomes[place]] == one.outcome
        assert told.inclusion_probabilities[place] == one.inclusion_probability
        assert TIERS[told.tiers[place]] == one.tier


def test_one_moved_threshold_asks_only_the_rule_that_changed():
    when = {"field": "metadata.plan", "op": "==", "value": "pro"}
    found = [(calm_evidence(metadata={"plan": "pro"}), 0.9, False)]
    traffic = traffic_of(found, policy_with(rules=[{"name": "pros", "when": when, "review_share": 1}]))
    decide_all(traffic, policy_with(rules=[{"name": "pros", "when": when, "review_share": 1}]))
    asked_before = set(traffic.remembered)

    decide_all(traffic, policy_with(rules=[{"name": "pros", "when": when, "review_share": 0.5}]))

    assert set(traffic.remembered) == asked_before


def test_policy_that_reads_what_no_column_holds_names_it():
    traffic = traffic_of([(calm_evidence(), 0.9, False)], policy_with())

    with pytest.raises(NoSuchColumn, match=r"metadata\.plan"):
        decide_all(
            traffic,
            policy_with(
                rules=[
                    {"name": "x", "when": {"field": "metadata.plan", "op": "exists", "value": True}, "review_share": 1}
                ]
            ),
        )


def test_true_is_not_one_and_missing_is_no_value():
    column = column_of([True, 1, 1.0, MISSING, [1], [1]])

    assert len(column.values) == 5
    assert column.is_missing.tolist() == [False, False, False, True, False, False]
