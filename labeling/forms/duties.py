"""Whose duty a queue is, who is qualified for it, who is away, and why something is taken from somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from labeling.models import Duty, Queue, Rater
from labeling.policy.assignment import Rotation
from labeling.services.duties import NewDuty

NONE, REGULAR = "", "regular"
MOST_DAYS = 365


def day_field(**options: Any) -> forms.DateField:
    """A day as browsers pick one; without a date picker it is typed as 2026-11-30."""
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def reason_field(help_text: str = "Kept in the audit trail.", **options: Any) -> forms.CharField:
    return forms.CharField(label="Reason", max_length=200, help_text=help_text, **options)


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One reviewer's line of the form: its fields, bound."""

    reviewer: Rater
    role: forms.BoundField
    place: forms.BoundField
    cap: forms.BoundField


class DutiesForm(forms.Form):
    """Three fields a reviewer, `role-<id>`, `place-<id>` and `cap-<id>`, and the rotation of the regulars."""

    on_duty = forms.IntegerField(
        label="Regulars on duty at once", min_value=0, max_value=1_000, help_text="0: all of them, always."
    )
    rotation_days = forms.IntegerField(label="Days of a turn", min_value=1, max_value=MOST_DAYS)
    rotation_starts_on = day_field(
        label="Turns are counted from",
        required=False,
        help_text="On this day the first on the list begin; after each turn the next ones follow.",
    )
    reason = reason_field()

    def __init__(self, *args: Any, queue: Queue, reviewers: Sequence[Rater], today: date, **options: Any) -> None:
        self.reviewers = reviewers
        duties = {duty.reviewer_id: duty for duty in queue.duties.all()}
        initial = {
            "on_duty": queue.on_duty,
            "rotation_days": queue.rotation_days,
            "rotation_starts_on": queue.rotation_starts_on or today,
        }
        for reviewer in reviewers:
            initial |= initial_of(reviewer, duties.get(reviewer.pk))
        super().__init__(*args, initial=initial, **options)
        for reviewer in reviewers:
            self.fields |= fields_of(reviewer, reviewers)

    def rows(self) -> list[DutyRow]:
        return [
            DutyRow(one, self[f"role-{one.pk}"], self[f"place-{one.pk}"], self[f"cap-{one.pk}"])
            for one in self.reviewers
        ]

    def duties(self) -> list[NewDuty]:
        """The duties that are wanted, in order: by place, and whoever has none comes last, by name."""
        given, by_id = self.cleaned_data, {str(one.pk): one for one in self.reviewers}
        wanted = [one for one in self.reviewers if given[f"role-{one.pk}"] != NONE]
        wanted.sort(key=lambda one: given[f"place-{one.pk}"] or len(self.reviewers) + 1)
        return [NewDuty(one, by_id.get(given[f"role-{one.pk}"]), given[f"cap-{one.pk}"]) for one in wanted]

    def rotation(self) -> Rotation:
        given = self.cleaned_data
        starts_on = given["rotation_starts_on"] if given["on_duty"] else None
        return Rotation(given["on_duty"], given["rotation_days"], starts_on)


def initial_of(reviewer: Rater, duty: Duty | None) -> dict[str, Any]:
    if duty is None:
        return {}
    return {
        f"role-{reviewer.pk}": str(duty.stands_in_for_id) if duty.stands_in_for_id else REGULAR,
        f"place-{reviewer.pk}": duty.position,
        f"cap-{reviewer.pk}": duty.daily_cap,
    }


def fields_of(reviewer: Rater, reviewers: Sequence[Rater]) -> Mapping[str, forms.Field]:
    name = reviewer.user.shown_name
    backups = [(str(one.pk), f"Backup of {one.user.shown_name}") for one in reviewers if one.pk != reviewer.pk]
    return {
        f"role-{reviewer.pk}": forms.ChoiceField(
            choices=[(NONE, "Not in this queue"), (REGULAR, "Regular"), *backups],
            required=False,
            widget=forms.Select(attrs={"aria-label": f"Duty of {name}"}),
        ),
        f"place-{reviewer.pk}": forms.IntegerField(
            min_value=1,
            max_value=10_000,
            required=False,
            widget=forms.NumberInput(attrs={"aria-label": f"Place of {name} in the rotation"}),
        ),
        f"cap-{reviewer.pk}": forms.IntegerField(
            min_value=1,
            max_value=10_000,
            required=False,
            widget=forms.NumberInput(attrs={"aria-label": f"Daily cap of {name}"}),
        ),
    }


class QualificationForm(forms.Form):
    reviewer = forms.TypedChoiceField(label="Reviewer", coerce=int)
    last_day = day_field(label="Valid up to", help_text="The last day; look again then.")
    reason = reason_field("On what grounds: training, an earlier role, a trial.")

    def __init__(self, *args: Any, reviewers: Sequence[Rater], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reviewer"].choices = [("", "Choose…"), *((one.pk, one.user.shown_name) for one in reviewers)]


class AbsenceForm(forms.Form):
    """For oneself; with `reviewers`, for one of them."""

    reviewer = forms.TypedChoiceField(label="Who is away", coerce=int)
    first_day = day_field(label="First day")
    last_day = day_field(label="Last day")
    reason = reason_field("Only they and the admins read it.", required=False)

    def __init__(self, *args: Any, reviewers: Sequence[Rater] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if reviewers is None:
            del self.fields["reviewer"]
            self.fields["reason"].help_text = "Only you and the admins read it."
        else:
            self.fields["reviewer"].choices = [("", "Choose…"), *((one.pk, one.user.shown_name) for one in reviewers)]


class ReasonForm(forms.Form):
    reason = reason_field()


class ReleaseForm(ReasonForm):
    """`lease_no` is the lease that the page showed: another one is not released by it."""

    lease_no = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class HeldFilterForm(forms.Form):
    queue = forms.TypedChoiceField(label="Queue", required=False, coerce=int, empty_value=None)
    reviewer = forms.TypedChoiceField(label="Reviewer", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, queues: Sequence[Queue], reviewers: Sequence[Rater] | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["queue"].choices = [("", "Any"), *((one.pk, one.name) for one in queues)]
        if reviewers is None:
            del self.fields["reviewer"]
        else:
            self.fields["reviewer"].choices = [("", "Any"), *((one.pk, one.user.shown_name) for one in reviewers)]
