"""What is asked beside a verdict: the text to correct, what failed, and to whom an escalation goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from labeling.policy.blinding import BlindItem
from labeling.policy.verdicts import (
    BY_NAME,
    ESCALATION_ROLES,
    FAILURE_KINDS,
    LONGEST_CORRECTION,
    LONGEST_WORDS,
    ROOT_CAUSES,
    SEVERITIES,
    Finding,
    VerdictDetails,
)

OF_FAILURE = ("failure_kind", "failure_severity", "failure_cause", "failure_words")
DETAIL_NAMES = ("correction", *OF_FAILURE, "escalated_to")
# What a draft keeps beside each verdict: the output's own text is in every form, and no work of anybody's.
DETAILS_OF_VERDICT = {
    "revise": ("correction", *OF_FAILURE),
    "reject": OF_FAILURE,
    "escalate": ("escalated_to",),
}
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DetailFields:
    """The fields beside a verdict with what stands in them. `people` are listed once somebody wants to escalate."""

    correction: str = ""
    failure_kind: str = ""
    failure_severity: str = ""
    failure_cause: str = ""
    failure_words: str = ""
    escalated_to: str = ""
    people: Choices = ()

    kinds = FAILURE_KINDS
    severities = SEVERITIES
    causes = ROOT_CAUSES
    longest_words = LONGEST_WORDS

    @property
    def is_given(self) -> bool:
        return any(getattr(self, name) for name in DETAIL_NAMES)

    @property
    def addressees(self) -> Choices:
        """Roles first. Without a script the names come with the next page, so that no page costs a query more."""
        return (*ESCALATION_ROLES, *(self.people or ((BY_NAME, "A person by name…"),)))


def detail_fields_from(content: Mapping[str, Any], people: Choices = ()) -> DetailFields:
    return DetailFields(**{name: str(content.get(name, "")) for name in DETAIL_NAMES}, people=people)


def details_from(posted: Mapping[str, str]) -> VerdictDetails:
    """What was posted beside a verdict. PostgreSQL stores no NUL, and a pasted one is never meant."""
    given = {name: posted.get(name, "").replace("\x00", "") for name in DETAIL_NAMES}
    finding = Finding(
        kind=given["failure_kind"],
        severity=given["failure_severity"],
        cause=given["failure_cause"],
        words=given["failure_words"].strip() if given["failure_kind"] == "other" else "",
    )
    return VerdictDetails(given["correction"], finding, given["escalated_to"])


def editable_text(item: BlindItem) -> str:
    """The text that a *revise* opens for editing; none of a pair, and none that is too long for a browser's field."""
    text = item.texts[0] if len(item.texts) == 1 else ""
    return text if len(text) <= LONGEST_CORRECTION else ""


class RulingDetailsForm(forms.Form):
    """What failed, for whoever settles a dispute: all of it may stay open."""

    failure_kind = forms.ChoiceField(
        label="Type of failure", required=False, choices=[("", "Not said"), *FAILURE_KINDS]
    )
    failure_severity = forms.ChoiceField(label="Severity", required=False, choices=[("", "Not said"), *SEVERITIES])
    failure_cause = forms.ChoiceField(label="Root cause", required=False, choices=[("", "Cannot tell"), *ROOT_CAUSES])
    failure_words = forms.CharField(label="Other, in words", required=False, max_length=LONGEST_WORDS)

    def finding(self) -> Finding:
        given = self.cleaned_data
        kind = given["failure_kind"]
        words = given["failure_words"] if kind == "other" else ""
        return Finding(kind, given["failure_severity"], given["failure_cause"], words)


class HandOverForm(forms.Form):
    handed_to = forms.ChoiceField(label="For whom", error_messages={"required": "Choose for whom."})
    handed_reason = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2_000,
        error_messages={"required": "Say why; it is what they read first."},
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["handed_to"].choices = [("", "Choose…"), *ESCALATION_ROLES, *people]


class ReopeningForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        help_text="What was overlooked, or what has come to light since. Whoever settles it anew reads this.",
        error_messages={"required": "Say why; whoever settles it anew reads this first."},
    )
