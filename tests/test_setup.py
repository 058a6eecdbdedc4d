"""Set-up in one command: the lock files, the bootstrap script, what CI runs. None needs a network."""

import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCK_NAMES = ("requirements.lock", "requirements-dev.lock")
FAKE_UV = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
  venv) for folder; do :; done; mkdir -p "$folder/bin"; ln -sf "$REAL_PYTHON" "$folder/bin/python" ;;
  pip) exit "${UV_EXIT_CODE:-0}" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A bare checkout with stand-in locks and no .venv."""
    folder = tmp_path / "checkout"
    (folder / "reviewapp").mkdir(parents=True)
    shutil.copy(ROOT / "reviewapp" / "bootstrap.py", folder / "reviewapp")
    (folder / "manage.py").write_text("import sys; print('managed', *sys.argv[1:])")
    for name in LOCK_NAMES:
        (folder / name).write_text(f"# {name}\n")
    return folder


@pytest.fixture
def run_bootstrap(checkout, tmp_path):
    """Run the bootstrap with nothing but the fakes on the PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "CALLS": str(tmp_path / "calls"),
        "REAL_PYTHON": sys.executable,
    }

    def run(*arguments, fakes=(), **variables):
        for name, text in dict(fakes).items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        return subprocess.run(
            [sys.executable, checkout / "reviewapp" / "bootstrap.py", *arguments],
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def uv_calls(tmp_path):
    """How often the fake uv was asked to install."""
    calls = tmp_path / "calls"
    return lambda: sum(line.startswith("pip ") for line in calls.read_text().splitlines())


@pytest.mark.parametrize("name", LOCK_NAMES)
def test_every_locked_package_has_a_hash(name):
    text = (ROOT / name).read_text()

    entries = re.split(r"\n(?=\S)", text.strip())

    assert len(entries) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCK_NAMES)
def test_lock_names_no_address_and_no_folder(name):
    text = (ROOT / name).read_text()

    found = re.findall(r"https?:|file:|git\+|find-links|index|trusted-host| @ |^-|(?<!\S)[./]\S+", text, re.M)

    assert found == []


def test_dev_lock_holds_every_line_of_the_runtime_lock():
    runtime, dev = ((ROOT / name).read_text().splitlines() for name in LOCK_NAMES)

    missing = set(runtime) - set(dev)

    assert missing == set()


def test_runtime_lock_holds_what_the_redis_broker_imports():
    # An extra of kombu brings it; the test tools bring it too, so that no other test would notice.
    broker = Path(distribution("kombu").locate_file("kombu/transport/redis.py"))
    tree = ast.parse(broker.read_text())
    imported = {node.module for node in tree.body if isinstance(node, ast.ImportFrom) and not node.level}
    needed = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))

    assert "kombu" in needed
    assert needed - locked == set()


def test_bootstrap_imports_only_the_standard_library():
    tree = ast.parse((ROOT / "reviewapp" / "bootstrap.py").read_text())

    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_bootstrap_is_read_by_older_pythons():
    text = (ROOT / "reviewapp" / "bootstrap.py").read_text()

    assert ast.parse(text, feature_version=(3, 7))


def test_missing_venv_module_is_named_in_one_line(checkout, run_bootstrap, tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "ensurepip.py").write_text("raise ImportError")

    result = run_bootstrap("demo", PATH=str(tmp_path / "without"), PYTHONPATH=str(tmp_path / "without"))

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "This Python lacks its venv module; on Debian or Ubuntu: apt install python3-venv"
    )
    assert "Traceback" not in result.stderr
    assert not (checkout / ".venv").exists()


def test_second_run_installs_nothing(run_bootstrap, uv_calls):
    first = run_bootstrap("manage", "check", fakes={"uv": FAKE_UV})
    second = run_bootstrap("manage", "check")

    assert (first.stdout, second.stdout) == ("managed check\n", "managed check\n")
    assert uv_calls() == 1
    assert second.stderr == ""


def test_changed_lock_is_installed_again(checkout, run_bootstrap, uv_calls):
    run_bootstrap("manage", fakes={"uv": FAKE_UV})
    (checkout / "requirements.lock").write_text("# another version\n")

    run_bootstrap("manage")

    assert uv_calls() == 2


def test_environment_with_the_test_tools_serves_the_demo_too(checkout, run_bootstrap, uv_calls):
    run_bootstrap("setup", fakes={"uv": FAKE_UV})

    demo = run_bootstrap("demo")

    assert demo.stdout == "managed demo\n"
    assert uv_calls() == 1


def test_environment_with_the_test_tools_keeps_them_when_the_locks_change(checkout, run_bootstrap, tmp_path):
    run_bootstrap("setup", fakes={"uv": FAKE_UV})
    (checkout / "requirements.lock").write_text("# another version\n")

    run_bootstrap("demo")

    assert (tmp_path / "calls").read_text().splitlines()[-1].endswith("requirements-dev.lock")


def test_interrupted_installation_starts_over(checkout, run_bootstrap, uv_calls):
    run_bootstrap("manage", fakes={"uv": FAKE_UV})
    (checkout / ".venv" / "reviewapp-setup-unfinished").touch()
    (checkout / ".venv" / "half-written").touch()

    result = run_bootstrap("manage")

    assert result.returncode == 0
    assert uv_calls() == 2
    assert not (checkout / ".venv" / "half-written").exists()


def test_environment_whose_python_is_gone_is_made_anew(checkout, run_bootstrap):
    run_bootstrap("manage", fakes={"uv": FAKE_UV})
    (checkout / ".venv" / "bin" / "python").unlink()
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python")

    result = run_bootstrap("manage", "check")

    assert result.stdout == "managed check\n"


def test_pip_takes_over_where_uv_cannot_install(checkout, run_bootstrap):
    pytest.importorskip("ensurepip", reason="this Python was packaged without ensurepip")

    result = run_bootstrap("manage", "check", fakes={"uv": FAKE_UV}, UV_EXIT_CODE="1", PIP_NO_INDEX="1")

    assert "trying pip" in result.stderr
    assert result.stdout == "managed check\n"
    assert (checkout / ".venv" / "bin" / "pip").exists()


def test_failed_installation_says_so_and_leaves_no_stamp(checkout, run_bootstrap):
    pytest.importorskip("ensurepip", reason="this Python was packaged without ensurepip")
    (checkout / "requirements.lock").write_text("surely-not-there==1.0 --hash=sha256:" + 64 * "0" + "\n")

    result = run_bootstrap("manage", fakes={"uv": FAKE_UV}, UV_EXIT_CODE="1", PIP_NO_INDEX="1")

    assert result.returncode == 1
    assert "Run again to retry" in result.stderr.splitlines()[-1]
    assert not list((checkout / ".venv").glob("reviewapp-installed-*"))


def test_unknown_command_shows_the_usage(run_bootstrap):
    result = run_bootstrap("dmeo")

    assert result.returncode == 2
    assert "usage:" in result.stdout


def test_ci_runs_the_test_command_of_the_readme():
    command = "make test"

    assert command in (ROOT / "README.md").read_text()
    assert re.search(rf"^step .* {command}$", (ROOT / ".ci" / "run").read_text(), re.M)


def test_ci_script_can_be_executed():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
