"""Why something about a judge is done, and the version of one that is to come."""

from typing import Any

from django import forms

from labeling.formats.fields import RowError, refuse_unstorable
from labeling.formats.jsonl import decode_json

LONGEST_PARAMETERS = 4_000


class JudgeReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=300, help_text="It stays beside what was done, for whoever looks back."
    )


class OpeningForm(JudgeReasonForm):
    """On which rubric version to examine a judge, and why."""

    rubric_version = forms.ChoiceField(label="Examine it on")

    def __init__(self, given: Any = None, *, choices: list[tuple[str, str]]):
        super().__init__(given)
        self.fields["rubric_version"].choices = choices


class MapForm(JudgeReasonForm):
    """Which fitted map to read a judge's confidence through, and why."""

    fitted = forms.ChoiceField(label="Map")

    def __init__(self, given: Any = None, *, choices: list[tuple[str, str]]):
        super().__init__(given)
        self.fields["fitted"].choices = choices


class JudgeVersionForm(forms.Form):
    name = forms.CharField(
        label="Judge",
        max_length=120,
        help_text="The name under which its verdicts come; a new version keeps it.",
    )
    model = forms.CharField(label="Model", max_length=120)
    family = forms.CharField(
        label="Family",
        max_length=120,
        required=False,
        help_text="Whose model it is; a judge tends to prefer its own kin.",
    )
    prompt_hash = forms.CharField(
        label="Hash of the prompt", max_length=128, required=False, help_text="Exactly as its verdicts will say it."
    )
    parameters = forms.CharField(
        label="Parameters",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text='A JSON object, exactly as its verdicts will say it, such as {"temperature": 0}.',
    )

    def clean_parameters(self) -> dict[str, Any]:
        text = self.cleaned_data["parameters"].strip()
        try:
            # As strictly as its verdicts are read: no database stores NaN, a null byte or half of a character.
            parameters = decode_json(text) if text else {}
            refuse_unstorable(parameters)
        except RowError as error:
            raise forms.ValidationError("Write a JSON object, or nothing.") from error
        if not isinstance(parameters, dict) or len(text) > LONGEST_PARAMETERS:
            raise forms.ValidationError(f"Write a JSON object of at most {LONGEST_PARAMETERS:,} characters.")
        return parameters


class EnsembleForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120, help_text="It is listed as a judge of this name.")
    members = forms.MultipleChoiceField(
        label="Its members",
        widget=forms.CheckboxSelectMultiple,
        help_text="Each of another family, since one family has one vote. An odd number has fewer ties.",
        error_messages={"required": "Choose two judges or more."},
    )

    def __init__(self, given: Any = None, *, choices: list[tuple[str, str]]):
        super().__init__(given)
        self.fields["members"].choices = choices
