"""What may be asked of the list of final labels."""

from django import forms

from labeling.policy.verdicts import FAILURE_KINDS
from labeling.queries.labels import FINAL_VERDICTS, SEVERITIES, SOURCES

ANY = ("", "Any")


class FinalLabelFilterForm(forms.Form):
    verdict = forms.ChoiceField(label="Verdict", required=False, choices=[ANY, *FINAL_VERDICTS])
    source = forms.ChoiceField(label="How it came about", required=False, choices=[ANY, *SOURCES])
    bad = forms.ChoiceField(label="Output", required=False, choices=[ANY, ("1", "Bad only")])

    failure = forms.ChoiceField(label="What failed", required=False, choices=[ANY, *FAILURE_KINDS])
    severity = forms.ChoiceField(label="How bad", required=False, choices=[ANY, *SEVERITIES])

    @property
    def is_filtering(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
