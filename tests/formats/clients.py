"""Other projects' own clients, against which the files that we write for them are checked."""

import importlib
import os
from types import ModuleType

import pytest


def client(module: str) -> ModuleType:
    """The module of another project. Skipped where it is not installed, but never in CI, where all of them are."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        reason = f"{module} is not installed; it is a development dependency, see pyproject.toml"
        if os.environ.get("REVIEWAPP_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        return pytest.skip(reason)
