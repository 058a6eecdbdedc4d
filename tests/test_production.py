"""The settings of a real installation: what Django's own review of a deployment says of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = "vK3-ahJ0_q8RzT5mWc1bXy7LpNe2UdGs94FoiHkQw6tBjYaSxE7rC"
SCALED = {
    "DATABASE_URL": "postgres://reviewapp@127.0.0.1:1/reviewapp",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "review.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://review.example.com",
    "BEHIND_PROXY": "1",
}


def check(tmp_path, **settings):
    """Run `check --deploy` as an operator does: only what is named here is set."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level", "INFO"],
        env={"PATH": os.environ["PATH"], "REVIEWAPP_VAR": str(tmp_path), "SECRET_KEY": KEY, **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("settings", [{}, SCALED], ids=["bare", "scaled"])
def test_a_deployment_is_checked_without_a_warning(tmp_path, settings):
    checked = check(tmp_path, **settings)

    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


def test_the_folder_of_the_data_is_made_for_its_owner_alone(tmp_path):
    check(tmp_path / "var")

    assert oct((tmp_path / "var").stat().st_mode & 0o777) == "0o700"


def test_the_check_would_name_a_setting_that_is_not_safe(tmp_path):
    checked = check(tmp_path, SECURE_COOKIES="0")

    assert checked.returncode == 1
    assert "security.W012" in checked.stderr
