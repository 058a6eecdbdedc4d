"""Ready rules for the grounds that product and law name most often, each to be added by one choice and then edited.

A template is a rule like any other: what it reads has to be sent by the producer, and `needs` says what that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Grounds that every policy has without a rule, and where they are set.
BUILT_IN: Mapping[str, str] = {
    "low_confidence": "set by the confidence cut",
    "high_stakes": "set by the high tier's share",
    "audit": "set by the audited share; at least 1 percent of what would ship",
    "producer_asked": "set by nobody: whatever comes with review_requested goes to a person",
}


@dataclass(frozen=True, slots=True)
class RuleTemplate:
    """One ready rule. `needs` is what a producer has to send for it to guard anything."""

    key: str
    title: str
    needs: str
    rule: Mapping[str, Any]

    @property
    def reason(self) -> str:
        return str(self.rule["reason"])


def compares(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def reviewing(name: str, when: Mapping[str, Any], reason: str, *, locked: bool = False) -> dict[str, Any]:
    rule = {"name": name, "when": when, "review_share": 1, "reason": reason}
    return {**rule, "locked": True} if locked else rule


RULE_TEMPLATES: tuple[RuleTemplate, ...] = (
    RuleTemplate(
        "outcome_process",
        "Outcome and process disagree",
        "judge verdicts on the criteria outcome (yes, no) and process (1 to 4, passing from 3) of a run",
        # The grammar compares with constants only, so both ways in which the two can differ are written out.
        reviewing(
            "outcome and process disagree",
            {
                "any": [
                    {"all": [compares("judge.outcome", "==", "yes"), compares("judge.process", "in", ["1", "2"])]},
                    {"all": [compares("judge.outcome", "==", "no"), compares("judge.process", "in", ["3", "4"])]},
                ]
            },
            "outcome_process_disagree",
        ),
    ),
    RuleTemplate(
        "sensitive_tool",
        "A policy-sensitive tool",
        "action.name of a pending action, or metadata.tools, a list of the tools that a run used",
        reviewing(
            "policy-sensitive tool",
            {
                "any": [
                    compares("action.name", "in", ["refund", "delete_account", "change_permissions"]),
                    compares("metadata.tools", "contains", "refund"),
                    compares("metadata.tools", "contains", "delete_account"),
                    compares("metadata.tools", "contains", "change_permissions"),
                ]
            },
            "policy_sensitive_tool",
        ),
    ),
    RuleTemplate(
        "hard_to_reverse",
        "Hard to reverse: more than five minutes",
        "metadata.minutes_to_reverse or action.reversible; an action that says neither counts as hard to reverse",
        reviewing(
            "hard to reverse",
            {
                "any": [
                    compares("metadata.minutes_to_reverse", ">", 5),
                    compares("action.reversible", "==", False),
                    {
                        "all": [
                            compares("kind", "==", "pending_action"),
                            compares("metadata.minutes_to_reverse", "exists", False),
                            compares("action.reversible", "exists", False),
                        ]
                    },
                ]
            },
            "hard_to_reverse",
        ),
    ),
    RuleTemplate(
        "overspend",
        "Spends over twice the expected",
        "metadata.spend_ratio: what it spends divided by what was expected",
        reviewing("spend over twice the expected", compares("metadata.spend_ratio", ">", 2), "overspend"),
    ),
    RuleTemplate(
        "regulated",
        "Financial, medical or legal",
        "an intent or a segment of that name",
        reviewing(
            "financial, medical or legal",
            {
                "any": [
                    compares("intent", "in", ["financial", "medical", "legal"]),
                    compares("segment", "in", ["financial", "medical", "legal"]),
                ]
            },
            "regulated_subject",
        ),
    ),
    RuleTemplate(
        "guarded_code",
        "Code that touches money, data or access",
        "metadata.touches, a list of what a code change touches",
        reviewing(
            "code that touches money, data or access",
            {
                "all": [
                    compares("kind", "==", "code_diff"),
                    {"any": [compares("metadata.touches", "contains", one) for one in ("money", "data", "auth")]},
                ]
            },
            "money_data_auth_code",
        ),
    ),
    RuleTemplate(
        "novel",
        "Unlike what came before",
        "the signal novelty from 0 to 1; an item on which it never comes goes to a person",
        reviewing("unlike what came before", compares("signal.novelty", ">", 0.95), "novel"),
    ),
    RuleTemplate(
        "adversarial",
        "Looks like an attack",
        "metadata.suspected_attack from whatever guards the input",
        reviewing("looks like an attack", compares("metadata.suspected_attack", "==", True), "adversarial"),
    ),
    RuleTemplate(
        "large_refund",
        "Named decision: a refund over an amount",
        "action.name and action.amount of a pending action",
        reviewing(
            "large refunds",
            {"all": [compares("action.name", "==", "refund"), compares("action.amount", ">", 500)]},
            "named_decision",
            locked=True,
        ),
    ),
    RuleTemplate(
        "legal_threat",
        "Named decision: a legal threat",
        "an intent of that name",
        reviewing("legal threat", compares("intent", "in", ["legal_threat", "legal"]), "named_decision", locked=True),
    ),
    RuleTemplate(
        "irreversible",
        "Named decision: what cannot be undone",
        "action.reversible of a pending action",
        reviewing("irreversible action", compares("action.reversible", "==", False), "named_decision", locked=True),
    ),
)
TEMPLATE_OF_KEY: Mapping[str, RuleTemplate] = {template.key: template for template in RULE_TEMPLATES}
