"""The script that draws charts: made once, whole or not at all, and found by everything that serves static files."""

import subprocess
import sys

import pytest
from django.contrib.staticfiles import finders

from reviewapp import chart_library
from reviewapp.chart_library import NAME, ChartLibraryFinder, folder_with_library

QUICK = "print('export { quick };')"


@pytest.fixture
def var_dir(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def quick(monkeypatch, var_dir):
    """A library that takes no second to make."""
    monkeypatch.setattr(chart_library, "MAKE", QUICK)


def test_every_finder_of_static_files_leads_to_a_module_with_the_library(var_dir):
    path = finders.find(NAME)

    text = (var_dir / path).read_text(encoding="utf-8")
    assert path.startswith(str(var_dir))
    assert len(text) > 500_000
    assert text.rstrip(";\n").endswith("as vegaEmbed}")
    assert "vl_convert" not in sys.modules


def test_it_is_made_once(quick, monkeypatch):
    [(name, storage)] = ChartLibraryFinder().list([])
    monkeypatch.setattr(subprocess, "run", None)

    [(_, again)] = ChartLibraryFinder().list([])

    assert again.path(name) == storage.path(name)


def test_another_version_of_the_package_makes_another_one(quick, monkeypatch):
    before = folder_with_library()
    monkeypatch.setattr(chart_library, "version", lambda name: "99")

    after = folder_with_library()

    assert before != after
    assert (after / NAME).read_text() == "export { quick };\n"


def test_one_that_could_not_be_made_leaves_nothing(monkeypatch, var_dir):
    monkeypatch.setattr(chart_library, "MAKE", "print('half', flush=True); raise SystemExit(1)")

    with pytest.raises(subprocess.CalledProcessError):
        folder_with_library()

    assert [path for path in var_dir.rglob("*") if path.is_file()] == []


def test_other_files_are_none_of_its_business(var_dir):
    assert finders.find("js/no_such_file.js") is None
    assert list(var_dir.iterdir()) == []
