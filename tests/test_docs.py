"""The README names every setting, command and room that there is."""

import json
import re
from pathlib import Path

from labeling.management.demo_world.build import SECOND_POLICY
from labeling.policy.checks import CheckedOutput, run_checks
from labeling.policy.policies import parse_policy

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme():
    sources = (ROOT / "reviewapp" / "settings.py").read_text() + (ROOT / "reviewapp" / "environment.py").read_text()
    read = set(re.findall(r"""(?:read_\w+\(|environ\.get\(|environ\[)\s*"([A-Z][A-Z_]+)\"""", sources))

    assert len(read) > 10
    assert {name for name in read if f"| `{name}` |" not in README} == set()


def test_every_command_is_in_the_readme():
    commands = {path.stem for path in (ROOT / "labeling/management/commands").glob("[a-z]*.py")}

    assert {name for name in commands if not re.search(rf"\| `{name}[ `]", README)} == set()


def test_the_output_that_the_readme_sends_passes_the_checks_of_the_demonstration():
    sent = json.loads(re.search(r"-d '(\{.*?\})'", README, re.DOTALL)[1])

    outcomes = run_checks(
        parse_policy(SECOND_POLICY).checks, CheckedOutput([sent["output"]], {"kind": sent["kind"]}, [])
    )

    assert [outcome.outcome for outcome in outcomes] == ["passed"] * 3


def verification_of_the_readme():
    """The function with which the README tells receivers to check a signature."""
    code = next(code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "is_genuine" in code)
    names = {}
    exec(code, names)
    return names["is_genuine"]


def test_no_page_shows_a_comment_of_its_template():
    """Django's comments end with their line: one over two lines is printed on the page."""
    lines = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.count("{#") != line.count("#}")
    ]

    assert lines == []


def test_the_map_names_only_files_that_exist():
    from labeling import __doc__ as the_map

    named = re.findall(r"\b([a-z_]+/[a-z_/]+\.py)\b", the_map)

    assert len(named) > 8
    assert [name for name in named if not (ROOT / "labeling" / name).exists()] == []
