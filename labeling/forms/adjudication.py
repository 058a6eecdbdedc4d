"""The final answer of a disputed item, and why."""

from collections.abc import Sequence
from typing import Any

from django import forms

from labeling.forms.gold import AnswersForm
from labeling.forms.verdicts import RulingDetailsForm
from labeling.models import Adjudication
from labeling.policy.verdicts import LONGEST_CORRECTION
from labeling.queries.ratings import VERDICT

OWN_TEXT = "own"


class AdjudicationForm(AnswersForm, RulingDetailsForm):
    """The answers, what failed, which text stands for a *revise*, and why; and what the rubric leaves open."""

    correction_from = forms.ChoiceField(label="The text as it should be", required=False, widget=forms.RadioSelect)
    correction = forms.CharField(
        label="Your own text",
        required=False,
        strip=False,
        max_length=LONGEST_CORRECTION,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences on why this is the answer.",
        error_messages={"required": "Say why; it is what reviewers learn from."},
    )
    error_category = forms.ChoiceField(
        label="What led to the disagreement",
        choices=[("", "Choose…"), *Adjudication.ErrorCategory.choices],
        error_messages={"required": "Choose what led to the disagreement."},
    )
    has_guideline_gap = forms.BooleanField(
        label="The guideline has a gap",
        required=False,
        help_text="The rubric should say what to do with a case like this one.",
    )
    gap_on = forms.ChoiceField(label="The gap is in", required=False)
    gap_statement = forms.CharField(
        label="What it leaves open",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Left empty, your reason says it.",
    )

    def __init__(self, *args: Any, letters: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        proposals = [(letter, f"Rater {letter}’s text") for letter in letters]
        self.fields["correction_from"].choices = [("", "None"), *proposals, (OWN_TEXT, "My own text")]
        asked = [(question.key, question.question) for question in self.questions]
        verdict = [(VERDICT, "The verdict")] if "verdict" in self.fields else []
        self.fields["gap_on"].choices = [("", "The first question they differ on"), *asked, *verdict]

    def corrected_text(self, proposals: dict[str, str]) -> str:
        """The text that was adopted or written; a choice of none is none, whatever stands in the field."""
        chosen = self.cleaned_data["correction_from"]
        if chosen == OWN_TEXT:
            return str(self.cleaned_data["correction"])
        return proposals.get(chosen, "")
