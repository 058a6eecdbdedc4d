"""Assessing: evidence in, checks, signals and decision out, the same on every replay."""

import pytest

from labeling.policy.assessing import assess, modal_labels
from labeling.policy.conditions import FACTS
from tests.policy.worlds import LOCKED_RULE, calm_evidence, policy_with, tiers_with, votes_for

LATEST = 0.999999


def outcome_of(evidence, **changes):
    return assess(evidence, policy_with(**changes), u=LATEST).decision.outcome


def codes_of(assessment):
    return {reason.code for reason in assessment.decision.reasons if reason.fired}


def test_a_calm_output_with_three_agreeing_verdicts_ships():
    assessment = assess(calm_evidence(), policy_with(), u=LATEST)

    assert assessment.decision.outcome == "ship"
    assert [check.outcome for check in assessment.checks] == ["passed"]
    assert [(signal.name, signal.value) for signal in assessment.derived_signals] == [("judge_vote_share", 1.0)]


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"votes": []}, "hold"),
        ({"votes": votes_for("pass")}, "hold"),
        ({"votes": votes_for("pass", "pass", criterion="tone")}, "hold"),
        ({"votes": votes_for("pass", "pass", "fail")}, "review"),
        ({"votes": votes_for("fail", "fail")}, "review"),
        ({"texts": ["I am hidden-model."]}, "review"),
        ({"stakes": "unstated"}, "review"),
        ({"is_review_requested": True}, "review"),
        ({"context": {"action": {"amount": 501}}}, "review"),
        ({"context": {"action": {"amount": "501"}}}, "review"),
        ({"context": {"action": "refund 501"}}, "review"),
        ({"context": {"action": {"amount": 500}}}, "ship"),
        ({"context": {"action": None}}, "ship"),
        ({"context": {}}, "ship"),
    ],
)
def test_each_piece_of_evidence_counts(changes, outcome):
    assert outcome_of(calm_evidence(**changes), rules=[LOCKED_RULE]) == outcome


def test_a_producer_cannot_send_a_derived_signal_as_its_own():
    evidence = calm_evidence(votes=[], signals={"judge_vote_share": 1.0, "judge_stated": 1.0})

    assert outcome_of(evidence) == "hold"


def test_confidence_may_come_from_a_signal_of_the_producer():
    changes = {"confidence": {"signal": "grounding", "cut": 0.8}, "requires": ["grounding"]}

    outcomes = [outcome_of(calm_evidence(signals={"grounding": value}), **changes) for value in (0.8, 0.79)]

    assert outcomes == ["ship", "review"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "chat_reply"),
        ("stakes", "low"),
        ("intent", "returns"),
        ("segment", "vip"),
        ("metadata.channel", "email"),
        ("action.amount", 20),
        ("context.action.amount", 20),
        ("signal.grounding", 0.95),
        ("signal.judge_vote_share", 1.0),
        ("judge.overall", "pass"),
        ("confidence", 1),
        ("review_requested", False),
        ("check.names its source", "passed"),
    ],
)
def test_a_rule_may_read_every_kind_of_fact(field, value):
    evidence = calm_evidence(
        segment="vip",
        metadata={"channel": "email"},
        context={"action": {"amount": 20}},
        signals={"grounding": 0.95},
    )
    rule = {"name": "matches", "when": {"field": field, "op": "==", "value": value}, "review_share": 1}

    assessment = assess(evidence, policy_with(rules=[rule]), u=LATEST)

    assert field.partition(".")[0] in FACTS
    assert codes_of(assessment) == {"field_rule"}


def test_a_check_that_crashes_goes_to_a_person():
    evidence = calm_evidence(source_names=[None])

    assessment = assess(evidence, policy_with(), u=LATEST)

    assert codes_of(assessment) == {"check_crashed"}


def test_a_bounced_output_takes_no_time_of_a_person():
    checks = [{"name": "has a text", "kind": "length", "on_failure": "bounce", "least": 20}]

    assert outcome_of(calm_evidence(texts=["no"], stakes="high", is_review_requested=True), checks=checks) == "bounce"


@pytest.mark.parametrize(
    "changes", [{}, {"tiers": tiers_with(low=0.5)}, {"rules": [LOCKED_RULE]}, {"audit_share": 0.3}]
)
def test_the_same_evidence_says_the_same_on_a_replay(changes):
    evidence, policy = calm_evidence(), policy_with(**changes)

    assert assess(evidence, policy, u=0.2) == assess(evidence, policy, u=0.2)


@pytest.mark.parametrize(
    ("labels", "modal"),
    [(["pass", "pass", "fail"], "pass"), (["ok"], "ok"), (["b", "a"], "a"), (["b", "a", "b", "a", "c"], "a")],
)
def test_the_modal_label_is_the_most_frequent_and_ties_go_by_the_alphabet(labels, modal):
    assert modal_labels(votes_for(*labels)) == {"overall": modal}


def test_a_tie_takes_the_label_that_does_not_pass():
    votes = votes_for("accept", "reject") + votes_for("accept", "reject", criterion="tone")

    labels = modal_labels(votes, passing=("overall", frozenset({"accept"})))

    assert labels == {"overall": "reject", "tone": "accept"}


def test_two_judges_each_sure_of_the_opposite_ship_nothing():
    votes = votes_for("accept", "accept") + votes_for("reject", "reject", judge="j2")

    outcome = outcome_of(calm_evidence(votes=votes), judge_passes={"criterion": "overall", "labels": ["accept"]})

    assert outcome == "review"
