"""The grounds of a routing decision in plain words: one list, so that no page words them another way."""

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "check_failed": "A check failed",
    "check_crashed": "A check crashed",
    "high_stakes": "High stakes",
    "unstated_stakes": "No stakes given",
    "tier_sample": "Sampled from its stakes",
    "named_decision": "A decision that a named person takes",
    "outcome_process_disagree": "Outcome and process disagree",
    "policy_sensitive_tool": "A policy-sensitive tool",
    "hard_to_reverse": "Hard to reverse",
    "overspend": "Spends more than expected",
    "regulated_subject": "Financial, medical or legal",
    "money_data_auth_code": "Code that touches money, data or access",
    "novel": "Unlike what came before",
    "adversarial": "Looks like an attack",
    "field_rule": "A rule of this project",
    "rule_unclear": "A rule could not be read",
    "low_confidence": "Low confidence",
    "judge_failed": "The judge did not pass it",
    "judge_not_cleared": "The judge is not cleared",
    "missing_signal": "A signal is missing",
    "awaiting_signals": "Waiting for a signal",
    "producer_asked": "The producer asked for a person",
    "cold_start": "No signal has proved itself yet",
    "audit": "Random audit",
}


def words_for_reason(code: str) -> str:
    """A code in words. One that this version does not know is shown as it is, never left out."""
    return REASONS.get(code, code.replace("_", " ").capitalize())
