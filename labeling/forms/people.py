"""Who may come in: a person with a role, a service with a token."""

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from labeling.models import ApiToken, Membership

LONGEST_TOKEN_DAYS = 730


class MemberForm(forms.Form):
    EXISTING = "existing"
    NEW = "new"

    username = forms.CharField(label="User name", max_length=150, validators=[UnicodeUsernameValidator()])
    role = forms.ChoiceField(
        label="Role",
        choices=[
            (Membership.Role.REVIEWER, "Reviewer: labels items, blind"),
            (Membership.Role.OWNER, "Eval owner: rubrics, gold, disputes, sources and numbers"),
            (Membership.Role.ADMIN, "Admin: all of that, and routing, people and tokens"),
        ],
        initial=Membership.Role.REVIEWER,
        help_text="Owners and admins see sources and numbers. What they label is kept as not blind and stays out of "
        "the statistics, also when they are reviewers as well.",
    )
    account = forms.ChoiceField(
        label="Account",
        choices=[(NEW, "New: make one, with a password to hand over"), (EXISTING, "They have one here already")],
        initial=NEW,
        widget=forms.RadioSelect,
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="The service that will use it, so that you know what stops if you revoke.",
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=ApiToken.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiToken.Scope.WRITE_ITEMS, ApiToken.Scope.READ_ITEMS],
        error_messages={"required": "Choose at least one thing this token may do."},
    )
    expires_in_days = forms.IntegerField(
        label="Valid for, in days",
        min_value=1,
        max_value=LONGEST_TOKEN_DAYS,
        initial=90,
        help_text=f"At most {LONGEST_TOKEN_DAYS}. Make the next token before this one ends; two may be valid at once.",
    )
