"""`import_gold`: gold cases from a file, with the numbers and the refusals on their streams."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labeling.models import GoldCase
from tests.world import GOOD, chat_row


@pytest.fixture
def gold_file(tmp_path):
    def write(*rows):
        path = tmp_path / "gold.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows))
        return path

    return write


def known(external_id, **gold):
    return chat_row(external_id) | {
        "gold": {"verdict": "approve", "answers": GOOD, "explanation": "It is right.", **gold}
    }


def run(world, path, *options):
    out, err = StringIO(), StringIO()
    try:
        call_command("import_gold", "shop", world.rubric.rubric.key, str(path), *options, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), err.getvalue() + str(error)
    return 0, out.getvalue(), err.getvalue()


def test_it_stores_gold_and_says_how_much(world, gold_file):
    code, out, _ = run(world, gold_file(known("g-1"), known("g-2")))

    assert (code, out.strip()) == (0, "2 gold cases made, 0 unchanged")
    assert GoldCase.objects.count() == 2


def test_a_dry_run_stores_nothing(world, gold_file):
    code, out, _ = run(world, gold_file(known("g-1")), "--dry-run")

    assert (code, out.strip()) == (0, "1 gold cases made, 0 unchanged, nothing stored")
    assert not GoldCase.objects.exists()


def test_bad_rows_are_named_and_end_in_one(world, gold_file):
    code, _, err = run(world, gold_file(known("g-1"), known("g-2", explanation="")))

    assert code == 1
    assert "line 2: gold.explanation: Explain the answer" in err
    assert "1 line(s) cannot be taken, so nothing was stored." in err


def test_as_a_document(world, gold_file):
    code, out, _ = run(world, gold_file(known("g-1", use="gold")), "--json")

    assert code == 1
    assert json.loads(out) == {
        "rubric": world.rubric.rubric.key,
        "version": 1,
        "dry_run": False,
        "stored": False,
        "made": 0,
        "unchanged": 0,
        "bad": [{"line": 1, "field": "gold.use", "message": "is 'gold'; write one of live, training, screen"}],
    }


def test_a_file_that_is_not_there_is_bad_input(world, tmp_path):
    assert run(world, tmp_path / "none.jsonl")[0] == 2
