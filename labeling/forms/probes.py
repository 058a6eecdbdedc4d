"""How often reviewers are asked to guess the source, and what they answered."""

from collections.abc import Mapping

from django import forms


class ProbeForm(forms.Form):
    percent = forms.FloatField(
        label="Asked, in percent",
        min_value=0,
        max_value=100,
        help_text="Of the submitted reviews. A few percent are enough: being asked makes people look for it.",
    )
    reason = forms.CharField(label="Reason", max_length=500, help_text="Kept in the audit trail.")


def system_from(posted: Mapping[str, str]) -> int | None:
    """The number of the system that was chosen; None for *can't tell*. What is no number becomes 0, which is none."""
    chosen = posted.get("system", "")
    if chosen == "cannot-tell":
        return None
    return int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 5 else 0
