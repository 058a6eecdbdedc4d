"""Lines of the never-delegate register: who alone decides what, and when somebody looks at it again."""

from collections.abc import Sequence
from typing import Any

from django import forms

from labeling.forms.duties import day_field, reason_field
from labeling.models import NamedDecision, Rubric, User


class PeopleForm(forms.Form):
    """Who answers for a line and who stands in."""

    accountable = forms.TypedChoiceField(label="Accountable person", coerce=int)
    backup = forms.TypedChoiceField(
        label="Backup",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Decides while the accountable person is away. With neither there, it waits.",
    )

    def __init__(self, *args: Any, members: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.members = {user.pk: user for user in members}
        choices = [(user.pk, user.shown_name) for user in members]
        self.fields["accountable"].choices = [("", "Choose a person"), *choices]
        self.fields["backup"].choices = [("", "Nobody"), *choices]

    def people(self) -> dict[str, User | None]:
        given = self.cleaned_data
        return {"accountable": self.members[given["accountable"]], "backup": self.members.get(given["backup"])}


class NewDecisionForm(PeopleForm):
    title = forms.CharField(label="What is decided", max_length=120)
    rule_name = forms.ChoiceField(
        label="Rule of the live policy that it guards",
        required=False,
        help_text="What this rule sends to people then goes to these two alone. Without a rule it is a line to read.",
    )
    rubric = forms.TypedChoiceField(
        label="Asked against", coerce=int, empty_value=None, required=False, help_text="Needed with a rule."
    )
    review_on = day_field(label="Next review", help_text="When it is overdue, admins and owners are told.")
    reason = forms.CharField(label="Why no machine decides it", max_length=300)

    def __init__(self, *args: Any, rules: Sequence[str], rubrics: Sequence[Rubric], **options: Any) -> None:
        super().__init__(*args, **options)
        self.rubrics = {rubric.pk: rubric for rubric in rubrics}
        self.fields["rule_name"].choices = [("", "None"), *((name, name) for name in rules)]
        self.fields["rubric"].choices = [("", "–"), *((rubric.pk, rubric.name) for rubric in rubrics)]
        self.order_fields(["title", "rule_name", "rubric", "accountable", "backup", "review_on", "reason"])

    def line(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "title": given["title"],
            "rule_name": given["rule_name"],
            "rubric": self.rubrics.get(given["rubric"]),
            "review_on": given["review_on"],
            "reason": given["reason"],
            **self.people(),
        }


class ChangePeopleForm(PeopleForm):
    reason = reason_field()

    def __init__(self, *args: Any, decision: NamedDecision, **options: Any) -> None:
        initial = {"accountable": decision.accountable_id, "backup": decision.backup_id}
        super().__init__(*args, initial=initial, **options)


class LookAgainForm(forms.Form):
    review_on = day_field(label="Next review")
    reason = reason_field("What was looked at; kept in the audit trail.")


class EndForm(forms.Form):
    reason = reason_field()
