"""A new rubric from a preset, from nothing or from a file; and what is said of a version besides its questions."""

from collections.abc import Iterable
from typing import Any

from django import forms

from labeling.forms.projects import AddressedForm
from labeling.models import Rubric, RubricVersion, User
from labeling.policy.presets import PRESETS

EMPTY = "empty"
LARGEST_FILE = 512 * 1024


class RubricForm(AddressedForm):
    preset = forms.ChoiceField(
        label="Start from",
        choices=[
            *((preset.key, f"{preset.name}: {preset.description}") for preset in PRESETS.values()),
            (EMPTY, "Nothing: write every question yourself."),
        ],
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


class RubricFileForm(forms.Form):
    """A rubric's JSON file: a rubric of its own, or the draft of one that is there."""

    file = forms.FileField(
        label="File", widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}), max_length=200
    )
    rubric = forms.TypedChoiceField(
        label="It becomes",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="As the draft of a rubric it replaces what its draft says so far. Nothing is put to use by it.",
    )

    def __init__(self, *args: Any, rubrics: Iterable[Rubric], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(rubric.pk, f"The draft of {rubric.name}") for rubric in rubrics]
        self.fields["rubric"].choices = [("", "A rubric of its own"), *choices]

    def clean_file(self) -> Any:
        uploaded = self.cleaned_data["file"]
        if uploaded.size > LARGEST_FILE:
            raise forms.ValidationError("A rubric's file has at most 512 kB.")
        return uploaded


class UseForm(forms.Form):
    """Putting a draft to use: why, and which open gaps are closed by it."""

    reason = forms.CharField(
        label="Reason",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Whoever compares the versions later reads it.",
    )
    closes = forms.TypedMultipleChoiceField(
        label="Closed by this version", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, gaps: Iterable[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["closes"].choices = [(gap.pk, f"{gap.question_key}: {gap.statement}") for gap in gaps]
        if not self.fields["closes"].choices:
            del self.fields["closes"]


class CareForm(forms.Form):
    """Who answers for a rubric, and when they look at it again."""

    owner = forms.TypedChoiceField(label="Owner", coerce=int, empty_value=None, required=False)
    review_on = forms.DateField(
        label="Look at it again on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Its owner is reminded from the day after.",
    )

    def __init__(self, *args: Any, people: Iterable[User], version: RubricVersion, **options: Any) -> None:
        rubric = version.rubric
        super().__init__(*args, initial={"owner": rubric.owner_id, "review_on": rubric.review_on}, **options)
        self.people = {user.pk: user for user in people}
        choices = [(user.pk, user.shown_name) for user in self.people.values()]
        self.fields["owner"].choices = [("", "Nobody"), *choices]

    @property
    def chosen_owner(self) -> User | None:
        return self.people.get(self.cleaned_data["owner"])
