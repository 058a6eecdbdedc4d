"""Guardrails as people set them, and the version to fall back to."""

from typing import Any

from django import forms

from labeling.models import Guardrail


class GuardrailForm(forms.Form):
    kind = forms.ChoiceField(choices=Guardrail.Kind.choices, widget=forms.HiddenInput)
    limit = forms.FloatField(label="Limit", min_value=0, max_value=1, required=False, help_text="A share from 0 to 1.")
    is_on = forms.BooleanField(label="It may contract by itself", required=False)


class FallbackForm(forms.Form):
    """Nothing chosen is everything to people."""

    version = forms.TypedChoiceField(label="Fall back to", required=False, coerce=int, empty_value=None)

    def __init__(self, given: Any = None, *, choices: list[tuple[str, str]], **options: Any):
        super().__init__(given, **options)
        self.fields["version"].choices = [("", "Everything to people"), *choices]
