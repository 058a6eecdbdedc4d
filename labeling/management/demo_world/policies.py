"""The routing policies of the demonstration, and the reasons they were published for."""

from typing import Any

from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.policy.presets import PREFERENCE, SUPPORT_REPLY

# What customers would read; a label may be one word.
WORDY = [*SUPPORT_REPLY.kinds, *PREFERENCE.kinds]
FIRST_POLICY: dict[str, Any] = {
    **DEFAULT_DEFINITION,
    "audit_share": 0.05,
    "checks": [
        {"name": "has a text", "kind": "length", "on_failure": "bounce", "least": 40, "only": WORDY},
        {"name": "is a known label", "kind": "known_label", "on_failure": "review", "only": ["classification"]},
        {"name": "has its fields", "kind": "matches_schema", "on_failure": "review", "only": ["extraction"]},
        {"name": "names its source", "kind": "names_its_source", "on_failure": "review"},
        {
            "name": "carries markup",
            "kind": "forbidden_strings",
            "on_failure": "review",
            "strings": ["<script", "onerror="],
        },
    ],
    "rules": [
        {
            "name": "legal threats",
            "when": {"field": "intent", "op": "==", "value": "legal"},
            "review_share": 1,
            "reason": "regulated_subject",
            "locked": True,
        },
        {
            "name": "refunds above 100",
            "when": {
                "all": [
                    {"field": "kind", "op": "==", "value": "pending_action"},
                    {"field": "action.amount", "op": ">", "value": 100},
                ]
            },
            "review_share": 1,
            "reason": "named_decision",
            "locked": True,
        },
        {
            "name": "actions that cannot be undone",
            "when": {"field": "action.reversible", "op": "==", "value": False},
            "review_share": 1,
            "reason": "hard_to_reverse",
        },
    ],
}
SECOND_POLICY: dict[str, Any] = {
    **FIRST_POLICY,
    "cold_start": {
        "mode": "sampled",
        "reason": "A demonstration: it shows shipping on a signal that has not been validated against labels.",
    },
}
# Two votes of three are enough: less to review, and more that escapes.
LOOSER_POLICY: dict[str, Any] = {**SECOND_POLICY, "confidence": {**SECOND_POLICY["confidence"], "cut": 0.6}}
# Two votes again, and what that risks is looked for twice as often.
NEXT_POLICY: dict[str, Any] = {**LOOSER_POLICY, "audit_share": 0.1}

FIRST_REASON = "Nothing is known of this assistant yet: people see everything."
SECOND_REASON = "Demonstration: ship what looks safe and audit it."
LOOSER_REASON = "The queue is long on Mondays. Where two of the judge's three votes pass, that is enough from now on."
BACK_REASON = (
    "A newer version of the assistant comes in this week. Until it is known, the judge has to be unanimous again."
)
NEXT_REASON = (
    "The newer version of the assistant is known by now. Would two votes of three do again, with twice the audit?"
)
