"""Appealing, deciding an appeal, and pausing somebody or letting them back."""

from typing import Any

from django import forms

from labeling.models import Appeal, Queue

ENDINGS = (("probation", "Let back on probation"), ("clear", "End it with nothing in its place"))


class AppealForm(forms.Form):
    words = forms.CharField(
        label="What is wrong with it",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Somebody other than whoever decided reads it, with the answers behind it.",
    )


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label="Decision",
        choices=[(Appeal.Outcome.UPHELD, "Uphold the appeal"), (Appeal.Outcome.DISMISSED, "Dismiss it")],
        widget=forms.RadioSelect,
    )
    decision = forms.CharField(
        label="Why", widget=forms.Textarea(attrs={"rows": 3}), help_text="The reviewer reads it as you write it."
    )


class PauseForm(forms.Form):
    """Which queue, and why; the reviewer reads it."""

    queue = forms.ChoiceField(label="Queue")
    reason = forms.CharField(label="Reason", max_length=300, help_text="The reviewer reads it as you write it.")

    def __init__(self, given: Any, *, queues: list[Queue]):
        super().__init__(given)
        self.fields["queue"].choices = [(str(queue.pk), queue.name) for queue in queues]


class EndingForm(forms.Form):
    ending = forms.ChoiceField(label="What follows", choices=ENDINGS)
    reason = forms.CharField(label="Reason", max_length=300, help_text="The reviewer reads it as you write it.")
