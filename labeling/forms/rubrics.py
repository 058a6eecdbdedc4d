"""A new rubric, started from a preset."""

from django import forms

from labeling.forms.projects import AddressedForm
from labeling.policy.presets import PRESETS


class RubricForm(AddressedForm):
    preset = forms.ChoiceField(
        label="Start from",
        choices=[(preset.key, f"{preset.name}: {preset.description}") for preset in PRESETS.values()],
        widget=forms.RadioSelect,
        initial=next(iter(PRESETS)),
    )
    name = forms.CharField(label="Name", max_length=120)
    slug = forms.SlugField(
        label="Key",
        max_length=50,
        required=False,
        help_text="How exports name it. Left empty, it is made of the name.",
    )
