"""Plain values that the policy tests share: policies, items and votes, each calm unless a test says otherwise."""

from typing import Any

from labeling.policy.assessing import Evidence
from labeling.policy.confidence import Vote
from labeling.policy.policies import DEFAULT_DEFINITION, Policy, parse_policy
from labeling.policy.routing import RoutedItem

SAMPLED = {"mode": "sampled", "reason": "An admin took the risk, in writing."}
LOCKED_RULE = {
    "name": "big refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "reason": "named_decision",
    "locked": True,
}


def definition_with(**changes: Any) -> dict[str, Any]:
    """The default policy past its cold start, with some parts changed."""
    return {**DEFAULT_DEFINITION, "cold_start": SAMPLED, **changes}


def policy_with(**changes: Any) -> Policy:
    return parse_policy(definition_with(**changes))


def tiers_with(**shares: float) -> dict[str, Any]:
    tiers = DEFAULT_DEFINITION["tiers"]
    return {name: {**tier, "review_share": shares.get(name, tier["review_share"])} for name, tier in tiers.items()}


def calm_item(**changes: Any) -> RoutedItem:
    """Low stakes, a sure judge that says pass: nothing but the audit sends it to a person."""
    calm = {
        "stakes": "low",
        "facts": {},
        "signals": {"judge_vote_share": 1.0},
        "judge_labels": {"overall": "pass"},
    }
    return RoutedItem(**{**calm, **changes})


def votes_for(*labels: str, judge: str = "j1", criterion: str = "overall", order: str = "single") -> list[Vote]:
    return [Vote(judge, criterion, run, order, label) for run, label in enumerate(labels, start=1)]


def calm_evidence(**changes: Any) -> Evidence:
    calm = {
        "kind": "chat_reply",
        "stakes": "low",
        "intent": "returns",
        "segment": "",
        "metadata": {},
        "context": {},
        "texts": ["You can return it within 30 days."],
        "source_names": ["hidden-model"],
        "votes": votes_for("pass", "pass", "pass"),
        "signals": {},
        "is_review_requested": False,
    }
    return Evidence(**{**calm, **changes})
