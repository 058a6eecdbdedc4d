"""Routing: every ground is weighed, the largest share decides, and nothing ships for want of evidence."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labeling.policy.checks import CheckOutcome
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.reasons import REASONS
from labeling.policy.routing import Reason, decide, weigh
from labeling.policy.sampling import sampling_u
from tests.policy.worlds import LOCKED_RULE, calm_item, definition_with, policy_with, tiers_with

LATEST = 0.999999
WAITS = ["judge_vote_share"]
CRASHED = CheckOutcome("names its source", "crashed", "review", "ValueError")
FAILED = CheckOutcome("carries markup", "failed", "review", "contains: <script")
BOUNCED = CheckOutcome("has a text", "failed", "bounce", "0 characters, fewer than 20")
PASSED = CheckOutcome("has a text", "passed", "bounce")


def fired(decision):
    return {reason.code for reason in decision.reasons if reason.fired}


def test_a_calm_item_ships_with_the_probability_of_its_audit():
    decision = decide(calm_item(), policy_with(), u=LATEST)

    assert (decision.outcome, decision.inclusion_probability, decision.tier) == ("ship", 0.02, "low")


@pytest.mark.parametrize(("u", "outcome"), [(0.0199999, "review"), (0.02, "ship")])
def test_a_draw_at_the_share_is_not_below_it(u, outcome):
    assert decide(calm_item(), policy_with(), u=u).outcome == outcome


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checks": [CRASHED]}, "check_crashed"),
        ({"checks": [PASSED, FAILED]}, "check_failed"),
        ({"stakes": "high"}, "high_stakes"),
        ({"stakes": "unstated"}, "unstated_stakes"),
        ({"stakes": "colossal"}, "unstated_stakes"),
        ({"is_review_requested": True}, "producer_asked"),
        ({"signals": {"judge_vote_share": 0.8999}}, "low_confidence"),
        ({"signals": {"judge_vote_share": float("nan")}}, "low_confidence"),
        ({"judge_labels": {"overall": "fail"}}, "judge_failed"),
        ({"judge_labels": {"overall": "Pass"}}, "judge_failed"),
        ({"facts": {"action": {"amount": 500.01}}}, "named_decision"),
        ({"facts": {"action": {"amount": "600"}}}, "rule_unclear"),
        ({"facts": {"action": {"amount": None}}}, "rule_unclear"),
        ({"facts": {"action": [{"amount": 600}]}}, "rule_unclear"),
    ],
)
def test_one_ground_is_enough_for_a_person(changes, code):
    decision = decide(calm_item(**changes), policy_with(rules=[LOCKED_RULE]), u=LATEST)

    assert (decision.outcome, decision.inclusion_probability) == ("review", 1.0)
    assert fired(decision) == {code}


@pytest.mark.parametrize(("confidence", "outcome"), [(0.9, "ship"), (0.8999999, "review"), (1.0, "ship")])
def test_confidence_at_the_cut_is_not_below_it(confidence, outcome):
    item = calm_item(signals={"judge_vote_share": confidence})

    assert decide(item, policy_with(), u=LATEST).outcome == outcome


@pytest.mark.parametrize(("amount", "outcome"), [(500, "ship"), (500.01, "review")])
def test_an_amount_of_500_is_not_above_500(amount, outcome):
    item = calm_item(facts={"action": {"amount": amount}})

    assert decide(item, policy_with(rules=[LOCKED_RULE]), u=LATEST).outcome == outcome


def test_a_confident_judge_that_says_fail_ships_nothing():
    item = calm_item(signals={"judge_vote_share": 1.0}, judge_labels={"overall": "fail"})

    assert decide(item, policy_with(), u=LATEST).outcome == "review"


def test_unstated_stakes_are_treated_as_high():
    policy = policy_with(tiers=tiers_with(high=0.4, medium=0.0, low=0.0))

    decision = decide(calm_item(stakes="unstated"), policy, u=0.3)

    assert (decision.tier, decision.inclusion_probability, decision.outcome) == ("high", 0.4, "review")


@pytest.mark.parametrize("more", [{"stakes": "high"}, {"checks": [CRASHED, BOUNCED]}, {"is_review_requested": True}])
def test_bounce_wins_over_everything(more):
    item = calm_item(**{"checks": [BOUNCED], "signals": {}, "facts": {"action": {"amount": 501}}, **more})

    decision = decide(item, policy_with(rules=[LOCKED_RULE]), u=0.0)

    assert (decision.outcome, decision.inclusion_probability) == ("bounce", 0.0)
    assert fired(decision) == {"check_failed"}


def test_a_check_that_would_bounce_and_crashes_goes_to_a_person():
    crashed = CheckOutcome("has a text", "crashed", "bounce", "KeyError")

    assert decide(calm_item(checks=[crashed]), policy_with(), u=LATEST).outcome == "review"


def test_an_item_waits_for_the_signals_its_policy_requires():
    decision = decide(calm_item(signals={}), policy_with(), u=0.0)

    assert (decision.outcome, decision.inclusion_probability) == ("hold", 0.0)
    assert fired(decision) == {"awaiting_signals"}


@pytest.mark.parametrize(
    "changes", [{"stakes": "high"}, {"checks": [FAILED]}, {"is_review_requested": True}, {"checks": [CRASHED]}]
)
def test_nothing_is_held_that_goes_to_a_person_anyway(changes):
    decision = decide(calm_item(signals={}, **changes), policy_with(), u=LATEST)

    assert decision.outcome == "review"
    assert "missing_signal" in fired(decision)


def test_when_the_hold_is_over_what_never_came_goes_to_a_person():
    decision = decide(calm_item(signals={}, is_hold_over=True), policy_with(), u=LATEST)

    assert (decision.outcome, decision.inclusion_probability) == ("review", 1.0)
    assert fired(decision) == {"missing_signal"}


@pytest.mark.parametrize(("is_hold_over", "outcome"), [(False, "hold"), (True, "review")])
def test_the_verdict_that_has_to_pass_is_waited_for_like_a_signal(is_hold_over, outcome):
    # The signal is there, from verdicts on another criterion; nobody has judged the one that counts.
    item = calm_item(judge_labels={"tone": "pass"}, is_hold_over=is_hold_over)

    assert decide(item, policy_with(), u=LATEST).outcome == outcome


@pytest.mark.parametrize("changes", [{"signals": {}}, {"judge_labels": {}}])
def test_a_policy_that_waits_for_nothing_sends_what_is_missing_to_a_person(changes):
    decision = decide(calm_item(**changes), policy_with(requires=[]), u=LATEST)

    assert decision.outcome == "review"
    assert fired(decision) == {"missing_signal"}


NOVEL = {"name": "novel", "when": {"field": "signal.novelty", "op": "<", "value": 0.3}, "review_share": 1}


def test_a_rule_whose_signal_has_not_come_goes_to_a_person():
    decision = decide(calm_item(), policy_with(rules=[NOVEL]), u=LATEST)

    assert decision.outcome == "review"
    assert fired(decision) == {"missing_signal"}


def test_a_missing_signal_that_could_change_nothing_is_no_ground():
    narrow = {"all": [{"field": "kind", "op": "==", "value": "rag_answer"}, NOVEL["when"]]}

    decision = decide(calm_item(facts={"kind": "chat_reply"}), policy_with(rules=[{**NOVEL, "when": narrow}]), u=LATEST)

    assert decision.outcome == "ship"


def test_cold_start_reviews_all():
    decision = decide(calm_item(), policy_with(cold_start=DEFAULT_DEFINITION["cold_start"]), u=LATEST)

    assert (decision.outcome, decision.inclusion_probability) == ("review", 1.0)
    assert fired(decision) == {"cold_start"}


def rule_of(share, number):
    when = {"field": "kind", "op": "exists", "value": True}
    return {"name": f"rule {number}", "when": when, "review_share": share}


@pytest.mark.parametrize(
    ("shares", "largest"), [([], 0.1), ([0.05], 0.1), ([0.3], 0.3), ([0.3, 0.25], 0.3), ([0.3, 1], 1.0), ([0], 0.1)]
)
def test_the_inclusion_probability_is_the_largest_matching_share(shares, largest):
    rules = [rule_of(share, number) for number, share in enumerate(shares)]
    item = calm_item(stakes="medium", facts={"kind": "chat_reply"})

    decision = decide(item, policy_with(rules=rules), u=LATEST)

    assert decision.inclusion_probability == largest


@pytest.mark.parametrize("share", [0.01, 0.1, 0.35])
def test_the_share_reviewed_is_the_inclusion_probability(share):
    n_items = 20_000
    policy = policy_with(rules=[rule_of(share, 1)], audit_share=0.01)
    item = calm_item(facts={"kind": "chat_reply"})

    n_reviewed = sum(
        decide(item, policy, u=sampling_u("a fixed salt", source_system="s", external_id=str(number))).outcome
        == "review"
        for number in range(n_items)
    )

    # Four binomial standard errors: a right sampler fails one run in 16,000, and the salt is fixed.
    assert abs(n_reviewed / n_items - share) < 4 * math.sqrt(share * (1 - share) / n_items)


def test_a_looser_policy_reviews_a_part_of_what_a_stricter_one_did():
    draws = [sampling_u("salt", source_system="s", external_id=str(number)) for number in range(2_000)]
    strict, loose = policy_with(tiers=tiers_with(low=0.3)), policy_with(tiers=tiers_with(low=0.1))

    reviewed = [{u for u in draws if decide(calm_item(), one, u=u).outcome == "review"} for one in (strict, loose)]

    assert reviewed[1] < reviewed[0]


def test_every_reason_is_kept_and_says_whether_it_fired():
    decision = decide(calm_item(stakes="medium"), policy_with(), u=0.05)

    assert [(reason.code, reason.share, reason.fired) for reason in decision.reasons] == [
        ("tier_sample", 0.1, True),
        ("audit", 0.02, False),
    ]


STAKES = st.sampled_from(["high", "medium", "low", "unstated"])
SHARES = st.floats(0, 1)
DRAWS = st.floats(0, 1, exclude_max=True)
ITEMS = st.builds(
    calm_item,
    stakes=STAKES,
    facts=st.fixed_dictionaries(
        {
            "kind": st.just("chat_reply"),
            "action": st.sampled_from([{}, {"amount": 600}, {"amount": "x"}, {"amount": 1}]),
        }
    ),
    signals=st.dictionaries(st.sampled_from(["judge_vote_share", "grounding"]), st.floats(0, 1) | st.just(math.nan)),
    judge_labels=st.dictionaries(st.sampled_from(["overall", "tone"]), st.sampled_from(["pass", "fail"])),
    checks=st.lists(st.sampled_from([CRASHED, FAILED, BOUNCED, PASSED]), max_size=2),
    is_review_requested=st.booleans(),
    is_hold_over=st.booleans(),
)
POLICIES = st.builds(
    lambda shares, rule_share, requires, mode: policy_with(
        tiers=tiers_with(**shares),
        rules=[LOCKED_RULE, rule_of(rule_share, 1)],
        requires=requires,
        cold_start={"mode": mode, "reason": "r"},
    ),
    shares=st.fixed_dictionaries({"high": SHARES, "medium": SHARES, "low": SHARES}),
    rule_share=SHARES,
    requires=st.lists(st.sampled_from(["judge_vote_share", "grounding"]), unique=True),
    mode=st.sampled_from(["sampled", "sampled", "sampled", "review_all"]),
)


@given(ITEMS, POLICIES, DRAWS)
def test_nothing_ships_while_any_ground_sends_all_of_its_kind_to_a_person(item, policy, u):
    decision = decide(item, policy, u=u)

    if any(reason.share == 1 for reason in decision.reasons):
        assert decision.outcome == "review"
    assert {reason.code for reason in decision.reasons} <= set(REASONS)


@given(ITEMS, POLICIES, DRAWS)
def test_nothing_ships_without_the_evidence_its_policy_rests_on(item, policy, u):
    decision = decide(item, policy, u=u)

    if decision.outcome == "ship":
        assert set(policy.required_signals) <= set(item.signals)
        assert item.signals[policy.confidence_signal] >= policy.confidence_cut
        assert item.judge_labels["overall"] == "pass"
        assert all(check.outcome == "passed" for check in item.checks)
        assert not item.is_review_requested


@given(ITEMS, POLICIES, DRAWS)
def test_a_decision_ships_only_beyond_its_inclusion_probability(item, policy, u):
    decision = decide(item, policy, u=u)

    assume(decision.outcome in ("ship", "review"))
    assert (decision.outcome == "review") is (u < decision.inclusion_probability)
    assert decision.inclusion_probability == max(reason.share for reason in decision.reasons)
    assert decision.inclusion_probability >= policy.audit_share


@given(ITEMS, POLICIES, DRAWS)
def test_the_same_item_is_decided_the_same_again(item, policy, u):
    assert decide(item, policy, u=u) == decide(item, policy, u=u)


@pytest.mark.parametrize(("share", "outcome"), [(1.0, "review"), (0.5, "ship")])
def test_a_share_of_one_reviews_even_a_draw_beyond_the_unit_interval(share, outcome):
    assert weigh([Reason("audit", share, "")], u=1.0, tier="low").outcome == outcome


def test_a_draw_that_is_not_a_number_ships_nothing():
    assert decide(calm_item(), policy_with(), u=math.nan).outcome == "review"


def test_the_definition_the_tests_rest_on_is_the_default_past_its_cold_start():
    differing = {key for key, part in definition_with().items() if DEFAULT_DEFINITION[key] != part}

    assert differing == {"cold_start"}


def test_the_judges_choice_between_two_outputs_is_neither_a_pass_nor_a_failure():
    pair = calm_item(facts={"kind": "pairwise"}, judge_labels={"preference": "a"})

    decision = decide(pair, policy_with(), u=LATEST)

    assert decision.outcome == "ship"
