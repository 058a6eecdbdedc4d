"""The sealed part is read by one service. Found by reading our own code, since a second reader would look harmless."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent / "labeling"
THE_ONE = "services/validations.py"
HOME = "policy/splits.py"
# A judge has to speak of sealed items before it can be examined on them; what people say of them is not read there.
TO_BE_JUDGED = "forms/judge_batches.py"


def parsed():
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("migrations/"):
            yield name, ast.parse(path.read_text())


def test_nobody_else_names_the_sealed_part():
    readers = {
        name
        for name, tree in parsed()
        for node in ast.walk(tree)
        if (isinstance(node, ast.alias) and node.name == "SEALED")
        or (isinstance(node, ast.Attribute) and node.attr == "SEALED")
        or (isinstance(node, ast.Constant) and node.value == "sealed")
    }

    assert readers - {HOME} == {THE_ONE, TO_BE_JUDGED}


def test_nobody_else_asks_for_a_part_that_is_not_written_out():
    """A part that comes in a variable, or none at all, which means all of them, would be a way round."""
    asking = {"criteria_to_compare", "judged_finals"}
    parts = {}
    for name, tree in parsed():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in asking:
                part = next((word.value for word in node.keywords if word.arg == "part"), None)
                parts.setdefault(name, set()).add(getattr(part, "id", "?"))

    assert parts.pop(THE_ONE) == {"SEALED"}
    assert set().union(*parts.values()) <= {"DEVELOPMENT", "AUDIT"}


def test_planning_what_a_judge_is_asked_reads_nothing_that_people_say():
    # That an item has a final label it may ask, and does; not which.
    labels = {"Answer", "FinalAnswer", "ImportedLabel", "Review"}
    tree = dict(parsed())["queries/judge_plans.py"]

    assert not labels & {node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
