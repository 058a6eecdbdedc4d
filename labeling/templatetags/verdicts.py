"""What failed, in words, wherever it comes from: a review, a final label or a form."""

from typing import Any

from django import template

from labeling.policy.verdicts import FAILURE_KINDS, ROOT_CAUSES

register = template.Library()


@register.filter
def failure_in_words(failure: Any) -> str:
    """Type, severity and root cause of a finding in one line. What nobody agreed on is said to be open."""
    kind = failure.words if failure.kind == "other" and failure.words else dict(FAILURE_KINDS).get(failure.kind, "")
    parts = [kind or "type not agreed", failure.severity or "severity not agreed"]
    if failure.cause:
        parts.append(f"from {dict(ROOT_CAUSES)[failure.cause].lower()}")
    return ", ".join(parts)
