"""A new project."""

from typing import Any

from django import forms
from django.utils.text import slugify


class AddressedForm(forms.Form):
    """A form of a thing with a name and an address; an empty address is made from the name."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        name, slug = cleaned.get("name"), cleaned.get("slug")
        if name and not slug and "slug" not in self.errors:
            cleaned["slug"] = slugify(name)[:50].strip("-")
            if not cleaned["slug"]:
                self.add_error("slug", "Choose an address of letters a to z, digits and hyphens.")
        return cleaned


class ProjectForm(AddressedForm):
    name = forms.CharField(
        label="Name", max_length=120, help_text="The AI product whose outputs are judged; reviewers read it too."
    )
    slug = forms.SlugField(
        label="Address",
        max_length=50,
        required=False,
        help_text="Part of every link and of the API, so it cannot change later. Left empty, it is made of the name.",
    )
