"""`manage.py export`: where it writes, that it says so, and what it refuses."""

import json

import pytest
from django.core.management import CommandError

from labeling.models import Event
from tests.commands.exporting import read_csv, run
from tests.world import chat_row


def test_pages_join_without_a_gap_or_a_repeat(world, clock, monkeypatch):
    world.ingest(*(chat_row(f"r-{n}") for n in range(5)))
    for _ in range(5):
        world.review_next(world.ana)
    world.import_votes(*((f"r-{n}", "kim", "correct", "yes") for n in range(5)))
    clock.shift(60)
    world.settle_all()
    clock.shift(60)
    whole = {what: run("shop", what, "--format", "jsonl") for what in ("labels", "finals", "decisions")}

    monkeypatch.setattr("labeling.queries.exports.ROWS_AT_ONCE", 2)

    assert len(whole["finals"].splitlines()) == len(whole["decisions"].splitlines()) == 5
    assert whole == {what: run("shop", what, "--format", "jsonl") for what in whole}


def test_queries_grow_with_pages_and_not_with_rows(labelled, clock, django_assert_max_num_queries):
    labelled.set_queue(gold_share=0, overlap=1)
    labelled.ingest(*(chat_row(f"more-{n}") for n in range(20)))
    for _ in range(20):
        labelled.review_next(labelled.cleo)
    labelled.import_votes(*((f"more-{n}", rater, "correct", "yes") for n in range(20) for rater in ("kim", "lee")))
    clock.shift(60)
    labelled.settle_all()
    clock.shift(60)

    for what in ("labels", "finals", "decisions"):
        with django_assert_max_num_queries(12):
            run("shop", what, "--format", "jsonl")


def test_file_appears_when_it_is_whole_and_the_summary_counts_it(labelled, tmp_path):
    path = tmp_path / "labels.csv"

    summary = json.loads(run("shop", "labels", "--format", "csv", "--output", path, "--json"))

    assert summary == {"what": "labels", "format": "csv", "output": str(path), "counts": {"n_rows": 16}}
    assert len(read_csv(path.read_text())) == 16
    assert [file.name for file in tmp_path.iterdir()] == ["labels.csv"]


def test_every_export_is_an_event_with_counts(labelled, tmp_path):
    run("shop", "labels", "--format", "csv", "--output", tmp_path / "labels.csv")
    run("shop", "finals", "--format", "jsonl")

    subjects = list(Event.objects.filter(kind="labels.exported").order_by("id").values_list("subject", flat=True))
    assert subjects == [
        {"what": "labels", "format": "csv", "n_rows": 16},
        {"what": "finals", "format": "jsonl", "n_rows": 2},
    ]


def test_parquet_without_pyarrow_is_one_line_that_names_the_extra(world, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)

    with pytest.raises(CommandError, match="extra 'parquet'") as refusal:
        run("shop", "labels", "--format", "parquet", "--output", tmp_path / "labels.parquet")

    assert refusal.value.returncode == 2
    assert not list(tmp_path.iterdir())


def test_parquet_has_the_rows(labelled, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from pyarrow import parquet

    for what, n_rows in (("labels", 16), ("finals", 2), ("decisions", 3)):
        run("shop", what, "--format", "parquet", "--output", tmp_path / what)
        assert parquet.read_metadata(tmp_path / what).num_rows == n_rows


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere", "labels", "--format", "csv"], "no project 'nowhere'"),
        (["shop", "labels"], "Choose --format csv, jsonl, parquet"),
        (["shop", "pack"], "--output"),
        (["shop", "pack", "--format", "csv", "--output", "x"], "leave --format out"),
        (["shop", "labels", "--format", "parquet"], "--output"),
        (["shop", "labels", "--format", "csv", "--json"], "--output"),
        (["shop", "labels", "--format", "csv", "--output", "/no/such/folder/labels.csv"], "no folder"),
        (["shop", "labels", "--format", "csv", "--output", "/"], "there already"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(world, arguments, words):
    with pytest.raises(CommandError, match=words) as refusal:
        run(*arguments)

    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
