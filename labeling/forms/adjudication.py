"""The final answer of a disputed item, and why."""

from django import forms

from labeling.forms.gold import AnswersForm
from labeling.models import Adjudication


class AdjudicationForm(AnswersForm):
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
