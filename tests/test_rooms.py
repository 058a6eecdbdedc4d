"""The rooms and their one direction: the import contract holds here, and it fails where it should."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint_imports(folder):
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def copy_of_the_code(tmp_path):
    for package in ("labeling", "reviewapp"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder, path, text):
    """Add a module, and its package where the room stands empty."""
    module = folder / path
    module.parent.mkdir(exist_ok=True)
    (module.parent / "__init__.py").touch()
    module.write_text(text)


def test_imports_only_go_down():
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_untouched_copy_passes(copy_of_the_code):
    result = lint_imports(copy_of_the_code)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("room", ["policy", "stats", "formats"])
@pytest.mark.parametrize("framework", ["django", "celery"])
def test_decisions_estimators_and_formats_may_not_use_a_framework(copy_of_the_code, room, framework):
    plant(copy_of_the_code, f"labeling/{room}/planted.py", f"import {framework}\n")

    result = lint_imports(copy_of_the_code)

    assert result.returncode == 1
    assert f"labeling.{room}.planted -> {framework}" in result.stdout


@pytest.mark.parametrize(
    ("path", "forbidden"),
    [
        ("labeling/services/planted.py", "labeling.views.planted"),
        ("labeling/services/planted.py", "labeling.tasks"),
        ("labeling/services/planted.py", "labeling.gateways.planted"),
        ("labeling/services/planted.py", "celery"),
        ("labeling/gateways/planted.py", "labeling.services.planted"),
        ("labeling/gateways/planted.py", "labeling.queries.planted"),
        ("labeling/queries/planted.py", "labeling.services.planted"),
        ("labeling/queries/planted.py", "labeling.gateways.planted"),
        ("labeling/models/planted.py", "labeling.policy.planted"),
        ("labeling/api/planted.py", "labeling.views.planted"),
    ],
)
def test_import_against_the_direction_is_named(copy_of_the_code, path, forbidden):
    imported_path = f"{forbidden.replace('.', '/')}.py"
    if forbidden != "celery" and not (copy_of_the_code / imported_path).exists():
        plant(copy_of_the_code, imported_path, "")
    plant(copy_of_the_code, path, f"import {forbidden}\n")

    result = lint_imports(copy_of_the_code)

    assert result.returncode == 1
    assert f"{path.removesuffix('.py').replace('/', '.')} -> {forbidden}" in result.stdout


def test_module_without_a_room_is_named(copy_of_the_code):
    plant(copy_of_the_code, "labeling/utils.py", "")

    result = lint_imports(copy_of_the_code)

    assert result.returncode == 1
    assert "labeling.utils" in result.stdout
