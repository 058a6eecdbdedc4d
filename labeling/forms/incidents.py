"""Reporting an incident, and closing it with what was learnt."""

from typing import Any

from django import forms

from labeling.models import Incident, Item, Project
from labeling.policy.errors import Conflict, NotVisible
from labeling.queries.access import delivered_item_in
from labeling.services.incidents import LONGEST_TITLE


class IncidentForm(forms.Form):
    """What happened, how bad it was, and which output it was where somebody knows."""

    title = forms.CharField(
        label="What went wrong", max_length=LONGEST_TITLE, error_messages={"required": "Give it a title."}
    )
    severity = forms.ChoiceField(label="How bad", choices=Incident.Severity.choices, initial=Incident.Severity.MAJOR)
    external_id = forms.CharField(
        label="Item", required=False, max_length=200, help_text="Its id, where you know which output it was."
    )
    source_system = forms.CharField(
        label="Of", required=False, max_length=80, help_text="Its source system, where several use this id."
    )
    words = forms.CharField(
        label="In words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Who noticed, and what came of it.",
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        self.item: Item | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        named = cleaned.get("external_id", "").strip()
        if named:
            try:
                self.item = delivered_item_in(
                    self.project, named, source_system=cleaned.get("source_system", "").strip() or None
                )
            except NotVisible as error:
                self.add_error("external_id", str(error))
            except Conflict:
                self.add_error("source_system", "Several source systems use this id; name the one it came from.")
        return cleaned


class ClosingForm(forms.Form):
    lesson = forms.CharField(
        label="What was learnt",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is different now: a rule, a check, a gold case, a word in the rubric.",
        error_messages={"required": "Say what was learnt; without it the same happens again."},
    )
