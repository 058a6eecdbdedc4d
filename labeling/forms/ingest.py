"""The upload form: a file, and what it is written in."""

from pathlib import Path

from django import forms
from django.conf import settings

from labeling.formats import FORMATS, BadFile, detect_format
from labeling.formats.lines import show_size

# A browser sends one file, so formats that are a folder of files are left to the command line.
ONE_FILE_FORMATS = [one for one in FORMATS.values() if one.suffixes]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File",
        max_length=255,
        widget=forms.ClearableFileInput(
            attrs={"accept": ",".join(suffix for one in ONE_FILE_FORMATS for suffix in one.suffixes)}
        ),
        help_text=(
            f"At most {show_size(settings.MAX_BODY_BYTES)}, and {show_size(settings.MAX_LINE_BYTES)} a line. "
            "For more, use several files or the command line."
        ),
        error_messages={"required": "Choose a file.", "empty": "This file is empty; choose another."},
    )
    file_format = forms.ChoiceField(
        label="Format",
        required=False,
        choices=[("", "By the file's name"), *((one.name, one.title) for one in ONE_FILE_FORMATS)],
    )

    def clean(self):
        """The format is settled now, while somebody is here to be asked."""
        cleaned = super().clean()
        if cleaned.get("file") and not cleaned.get("file_format") and "file_format" not in self.errors:
            try:
                # Below a folder that is none: the name of an upload must not find a file of this machine.
                cleaned["file_format"] = detect_format(Path("upload", cleaned["file"].name))
            except BadFile as error:
                self.add_error("file_format", str(error))
        return cleaned
