"""Which items behind an agreement number are asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from labeling.policy.triage import TRAINING
from labeling.queries.agreement_items import PairChoice

ANY = ("", "Any")


class PairForm(forms.Form):
    """The choices come from the run itself, so nothing that is typed into an address reaches a query."""

    a = forms.ChoiceField(label="Rater", required=False)
    b = forms.ChoiceField(label="and rater", required=False)
    first = forms.ChoiceField(label="Label", required=False)
    second = forms.ChoiceField(label="and label", required=False)
    disputed = forms.ChoiceField(label="Pairs", required=False, choices=[("", "All"), ("1", "Differing only")])
    cause = forms.ChoiceField(label="Pointing at", required=False)
    slice = forms.ChoiceField(label="Slice", required=False)
    week = forms.ChoiceField(label="Week of", required=False)

    def __init__(
        self,
        given: Any,
        *,
        raters: Iterable[str],
        words_of: Mapping[str, str],
        causes: Iterable[str] = (),
        slices: Mapping[str, str] | None = None,
        weeks: Iterable[str] = (),
    ):
        super().__init__(given)
        self.fields["cause"].choices = [ANY, *((cause, f"the {cause}") for cause in causes)]
        self.fields["slice"].choices = [ANY, *(slices or {}).items()]
        self.fields["week"].choices = [ANY, *((week, week) for week in weeks)]
        for name in ("a", "b"):
            self.fields[name].choices = [ANY, *((rater, rater) for rater in raters)]
        for name in ("first", "second"):
            self.fields[name].choices = [ANY, *words_of.items()]

    @property
    def choice(self) -> PairChoice:
        """With one rater, items that point at training are those on which this one stands alone."""
        cleaned = self.cleaned_data
        is_about_one = cleaned["cause"] == TRAINING and cleaned["a"] and not cleaned["b"]
        return PairChoice(
            alone=cleaned["a"] if is_about_one else "",
            raters=[cleaned[name] for name in ("a", "b") if cleaned[name]],
            values=[cleaned[name] for name in ("first", "second") if cleaned[name]],
            only_disputed=bool(cleaned["disputed"]),
        )

    @property
    def only(self) -> dict[str, str]:
        """By which of cause, slice and week the items are chosen."""
        return {name: self.cleaned_data[name] for name in ("cause", "slice", "week") if self.cleaned_data[name]}

    @property
    def is_filtering(self) -> bool:
        return any(self.data.get(name) for name in self.fields)
