"""Opening a calibration round."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms

from labeling.forms.duties import day_field
from labeling.models import Project, Rater

DEFAULT_ITEMS, DEFAULT_DAYS = 20, 7


class RoundForm(forms.Form):
    """A queue, a name, how many items, who takes part, and the last day."""

    name = forms.CharField(label="Name", max_length=80, help_text="Reviewers do not see it.")
    queue = forms.ChoiceField(label="Queue")
    n_items = forms.IntegerField(
        label="Items",
        initial=DEFAULT_ITEMS,
        help_text="Finished ones, new to all who take part.",
    )
    reviewers = forms.MultipleChoiceField(
        label="Who takes part", widget=forms.CheckboxSelectMultiple, help_text="Everybody labels every item."
    )
    last_day = day_field(label="Last day", help_text="What is not labelled by its end stays out; the round closes.")

    def __init__(self, given: Any, *, project: Project, reviewers: Mapping[int, Rater], today: date):
        super().__init__(
            given, initial={"last_day": today + timedelta(days=DEFAULT_DAYS), "reviewers": list(reviewers)}
        )
        self.fields["queue"].choices = [(str(queue.pk), queue.name) for queue in project.queues.order_by("name")]
        self.fields["reviewers"].choices = [(str(key), one.user.shown_name) for key, one in reviewers.items()]

    def reviewer_ids(self) -> list[int]:
        return [int(one) for one in self.cleaned_data["reviewers"]]
