"""The library that draws charts, Vega-Embed with Vega-Lite: one script, made once from the package that brings it."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "js/vega_embed.js"
# In a process of its own: the package takes 140 MB, and whoever asks for files may serve for weeks.
MAKE = """import sys, vl_convert
sys.stdout.buffer.write(vl_convert.javascript_bundle("export { vegaEmbed };").encode())"""


class ChartLibraryFinder(BaseFinder):
    """Finds the script for whoever asks for static files (`up`, `collectstatic`, development, tests), made by then."""

    def check(self, **kwargs):
        return []

    def list(self, ignore_patterns):
        yield NAME, FileSystemStorage(location=folder_with_library())

    def find(self, path, find_all=False, **kwargs):
        if path != NAME:
            return []
        found = str(folder_with_library() / NAME)
        return [found] if find_all else found


def folder_with_library() -> Path:
    """The folder that holds the script of the installed package; made the first time, in about a second."""
    key = hashlib.sha256(f"{version('vl-convert-python')} {MAKE}".encode()).hexdigest()[:16]
    folder = settings.VAR_DIR / "chart_library" / key
    if not (folder / NAME).exists():
        make_library(folder / NAME)
    return folder


def make_library(path: Path) -> None:
    """Write beside and rename: whoever is killed, or races with another start, leaves no half script behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as script:
            subprocess.run([sys.executable, "-c", MAKE], stdout=script, check=True)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
