"""Whose error it was, as an owner says."""

from django import forms

from labeling.models import MetaReview


class MetaReviewForm(forms.Form):
    cause = forms.ChoiceField(
        label="Whose error was it?",
        choices=MetaReview.Cause.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whose error it was."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where people erred or the rubric is unclear. It stays here: neither reviewers nor packs see "
        "it.",
    )
