"""Showing what a service refused beside the field it refused it for."""

from django.forms import Form

from labeling.policy.errors import Invalid


def show_complaints(form: Form, error: Invalid) -> None:
    """Put each complaint at its field; what belongs to none of them stands above the form."""
    for name, text in error.complaints.items():
        form.add_error(name if name in form.fields else None, text)
