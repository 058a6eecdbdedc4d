"""The plan of a certified threshold: the promise, as people say it, and how many labels will be looked at."""

from typing import Any

from django import forms


class ThresholdPlanForm(forms.Form):
    signal = forms.ChoiceField(label="Signal")
    target = forms.DecimalField(
        label="Tolerable share of bad outputs, percent",
        min_value=0,
        max_value=100,
        initial=5,
        help_text="Of what ships at the threshold or above, at most so many may be bad.",
    )
    confidence = forms.DecimalField(
        label="Confidence, percent",
        min_value=50,
        max_value=100,
        initial=90,
        help_text="How sure the promise is: of ten certified at 90 percent about one may break it.",
    )
    n_labels = forms.IntegerField(
        label="Labels to look at",
        min_value=1,
        initial=200,
        help_text="Settled now and looked at once. About half lie at the strictest threshold, where 5 percent at 90 "
        "percent takes 45 without an error, or 105 with two.",
    )

    def __init__(self, given: Any = None, *, signals: list[str]):
        super().__init__(given)
        self.fields["signal"].choices = [(name, name) for name in signals]
        for name in ("target", "confidence"):
            self.fields[name].widget.attrs["step"] = "any"

    def plan(self) -> dict[str, Any]:
        """What the valid form says, as `plan_search` takes it."""
        given = self.cleaned_data
        return {
            "signal": given["signal"],
            "target": float(given["target"] / 100),
            "confidence": float(given["confidence"] / 100),
            "n_labels": given["n_labels"],
        }
