"""Logging in and changing one's password."""

from django import forms
from django.contrib.auth.password_validation import validate_password

from labeling.models import User


class LoginForm(forms.Form):
    username = forms.CharField(
        label="Name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
        error_messages={"required": "Type the name you were given."},
    )
    password = forms.CharField(
        label="Password",
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Type your password."},
    )


class OwnPasswordForm(forms.Form):
    """A password that somebody makes for themself."""

    new = forms.CharField(
        label="New password",
        help_text="At least ten characters. A sentence of your own is easier to remember than a riddle.",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Type a new password."},
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new(self) -> str:
        new = self.cleaned_data["new"]
        validate_password(new, self.user)
        if self.user.password_is_given and self.user.check_password(new):
            raise forms.ValidationError("Choose another one than you were given: who made that one knows it.")
        return new


class PasswordForm(OwnPasswordForm):
    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Type your current password."},
    )
    field_order = ("current", "new")

    def clean_current(self) -> str:
        current = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise forms.ValidationError("This is not your current password.")
        return current
