"""`manage.py import_labels`: what it answers, its exit codes and bad files."""

import json
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from labeling.models import ImportedLabel, IngestBatch
from tests.world import chat_row

HEADER = "external_id,rater,criterion,value\n"


@pytest.fixture
def run(world, tmp_path, capsys):
    """Run the command on a file of this content; gives its exit code, what it printed and its one-line message."""
    world.ingest(chat_row("r-1"), chat_row("r-2"))

    def call(content, *options, name="votes.csv", rubric="support-reply", project="shop"):
        path = tmp_path / name
        if content is not None:
            path.write_text(content, encoding="utf-8")
        code, message = 0, ""
        capsys.readouterr()
        try:
            call_command("import_labels", project, rubric, str(path), *(options or ("--blind", "yes")))
        except CommandError as error:
            code, message = error.returncode, str(error)
        printed = capsys.readouterr()
        return SimpleNamespace(code=code, message=message, out=printed.out, err=printed.err)

    return call


def test_good_file_is_stored_and_counted(run):
    said = run(f"{HEADER}r-1,kim,correct,yes\nr-2,kim,correct,no\n")

    assert (said.code, said.out) == (0, "2 labels read as csv: 2 created\n")
    assert ImportedLabel.objects.filter(blind_state="blind").count() == 2
    batch = IngestBatch.objects.get(door="labels")
    assert (batch.file_name, batch.file_format) == ("votes.csv", "csv")


@pytest.mark.parametrize(("declared", "state"), [("yes", "blind"), ("no", "not_blind"), ("unknown", "unknown")])
def test_declaration_is_stored_as_it_was_made(run, declared, state):
    run(f"{HEADER}r-1,kim,correct,yes\n", "--blind", declared)

    assert ImportedLabel.objects.get().blind_state == state


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.tsv", "external_id\trater\tcriterion\tvalue\nr-1\tkim\tcorrect\tyes\n"),
        ("v.jsonl", '{"external_id": "r-1", "rater": "kim", "criterion": "correct", "value": "yes"}\n'),
    ],
)
def test_file_is_known_by_its_suffix(run, name, content):
    assert run(content, name=name).code == 0
    assert ImportedLabel.objects.get().rater.name == "kim"


def test_document_says_what_became_of_every_row(run):
    said = run(
        f"{HEADER}r-1,kim,correct,yes\nr-1,kim,correct,no\nr-1,kim,correct,yes\nr-9,kim,correct,yes\n",
        *("--blind", "yes", "--json"),
    )

    document = json.loads(said.out)
    assert (said.code, said.message) == (1, "2 label(s) were not stored.")
    assert {key: document[key] for key in ("rubric", "version", "format", "blind", "dry_run", "read")} == {
        "rubric": "support-reply",
        "version": 1,
        "format": "csv",
        "blind": "yes",
        "dry_run": False,
        "read": 4,
    }
    assert document["counts"] == {"created": 1, "unchanged": 1, "conflict": 1, "invalid": 1}
    assert [(one["line"], one["status"], one["field"]) for one in document["refusals"]] == [
        (3, "conflict", "value"),
        (5, "invalid", "external_id"),
    ]
    assert [one["line"] for one in document["repeats"]] == [4]


def test_refused_rows_are_named_on_stderr_and_the_exit_code_is_1(run):
    said = run(f"{HEADER}r-1,kim,correct,yes\nr-1,lee,correct,perhaps\n")

    assert said.code == 1
    assert "line 3: invalid: value: 'perhaps' is not declared for 'correct'; known are yes, no" in said.err
    assert said.out == "2 labels read as csv: 1 created, 1 invalid\n"


def test_labels_of_a_later_pass_are_counted_and_no_failure(run):
    said = run(f"{HEADER.strip()},pass\nr-1,kim,correct,yes,\n\nr-1,kim,correct,no,2\n")

    assert said.code == 0
    assert said.out == "2 labels read as csv: 1 created, 1 of a later pass, left out of agreement, 1 blank\n"


def test_dry_run_answers_and_stores_nothing(run):
    said = run(f"{HEADER}r-1,kim,correct,yes\nr-9,kim,correct,yes\n", "--blind", "yes", "--dry-run")

    assert (said.code, said.message) == (1, "1 label(s) would not be stored.")
    assert said.out == "2 labels read as csv: 1 created, 1 invalid, nothing stored\n"
    assert ImportedLabel.objects.count() == 0
    assert IngestBatch.objects.filter(door="labels").count() == 0


def test_blindness_has_to_be_declared(run):
    said = run(f"{HEADER}r-1,kim,correct,yes\n", "--json")

    assert "--blind" in said.message
    assert ImportedLabel.objects.count() == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"project": "shed"}, "There is no project 'shed'"),
        ({"rubric": "suport"}, "There is no rubric 'suport' in shop; known are preference, support-reply."),
        ({"content": None}, "There is no file or folder"),
        ({"content": ""}, "The file is empty"),
        ({"content": "external_id,rater,value\n"}, "The column 'criterion' is missing"),
        ({"content": HEADER.replace("rater", "ratter")}, "Unknown column 'ratter'; did you mean 'rater'?"),
        ({"name": "votes.xlsx"}, "'votes.xlsx' is not known by its name (known are .csv, .tsv, .tab, .jsonl"),
    ],
)
def test_bad_input_ends_with_code_2_and_one_line(run, options, message):
    said = run(**{"content": HEADER, **options})

    assert said.code == 2
    assert message in said.message
    assert "\n" not in said.message
    assert ImportedLabel.objects.count() == 0


def test_a_tenth_of_garbage_is_named_and_the_rest_goes_in(run):
    good = [f"r-{1 + number % 2},rater {number // 2},correct,yes" for number in range(18)]
    garbage = ['"never closed', "too,few"]

    said = run(HEADER + "\n".join([*good[:9], garbage[1], *good[9:], garbage[0]]) + "\n")

    assert said.code == 1
    assert "line 11: invalid: the row on line 11 has 2 cells and the header 4" in said.err
    assert ImportedLabel.objects.count() == 18


def test_empty_file_of_labels_is_fine_and_stores_nothing(run):
    assert run(HEADER).out == "0 labels read as csv: none\n"
