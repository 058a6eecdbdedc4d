"""Uploaded files: kept whole, read once, gone on with after a kill."""

import json

import pytest

from labeling.models import Event, IngestBatch, Item, Job
from labeling.services import uploads
from labeling.services.uploads import TakenOver, accept_upload, ingest_upload
from tests.world import chat_row


@pytest.fixture
def clock_of(world):
    return lambda: world.now


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(uploads, "CHUNK_ROWS", 2)


def upload(world, *rows, file_format="jsonl"):
    content = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    return accept_upload(
        world.project, file_name="a.jsonl", file_format=file_format, content=content, sent_by=world.ada, now=world.now
    )


def n_items(world):
    return Item.objects.filter(project=world.project).count()


def counts_of(batch):
    batch.refresh_from_db()
    return batch.outcome["counts"]


def break_after(monkeypatch, n_chunks):
    """A worker that dies once `n_chunks` chunks are stored."""
    real, calls = uploads.ingest_rows, []

    def dying(*arguments, **names):
        if len(calls) == n_chunks:
            raise KeyboardInterrupt
        calls.append(1)
        return real(*arguments, **names)

    monkeypatch.setattr(uploads, "ingest_rows", dying)


def test_upload_and_its_job_are_kept_together(world):
    batch = upload(world, chat_row("u-1"))

    assert batch.state == "waiting"
    assert bytes(batch.content).startswith(b"{")
    assert Job.objects.get().arguments == [batch.pk]


def test_failed_job_row_leaves_no_upload_behind(world, monkeypatch):
    monkeypatch.setattr(uploads, "add_job", lambda *arguments, **names: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        upload(world, chat_row("u-1"))

    assert not IngestBatch.objects.exists()


def test_rows_are_stored_and_counted(world, clock_of, small_chunks):
    batch = upload(world, chat_row("u-1"), "", chat_row("u-2"), "{oops", chat_row("u-1"), chat_row("u-2", output="x"))

    state = ingest_upload(batch.pk, clock=clock_of)

    assert state == "done"
    assert counts_of(batch) == {"created": 2, "unchanged": 1, "conflict": 1, "invalid": 1}
    assert [(refusal["line"], refusal["status"]) for refusal in batch.outcome["refusals"]] == [
        (4, "invalid"),
        (6, "conflict"),
    ]
    assert batch.content is None
    assert Event.objects.filter(kind="items.ingested", subject__batch_id=batch.pk).count() == 1


def test_second_run_changes_nothing(world, clock_of):
    batch = upload(world, chat_row("u-1"))
    ingest_upload(batch.pk, clock=clock_of)

    state = ingest_upload(batch.pk, clock=clock_of)

    assert state == "done"
    assert counts_of(batch) == {"created": 1, "unchanged": 0, "conflict": 0, "invalid": 0}
    assert Event.objects.filter(kind="items.ingested").count() == 1


def test_killed_import_goes_on_behind_its_last_chunk(world, clock_of, small_chunks, monkeypatch):
    batch = upload(world, *(chat_row(f"u-{number}") for number in range(5)))
    with monkeypatch.context() as patched:
        break_after(patched, 1)
        with pytest.raises(KeyboardInterrupt):
            ingest_upload(batch.pk, clock=clock_of)
    n_before = n_items(world)

    ingest_upload(batch.pk, clock=clock_of)

    assert n_before == 2
    assert n_items(world) == 5
    assert counts_of(batch) == {"created": 5, "unchanged": 0, "conflict": 0, "invalid": 0}


def test_chunk_and_its_progress_are_stored_together(world, clock_of, small_chunks, monkeypatch):
    batch = upload(world, *(chat_row(f"u-{number}") for number in range(4)))
    monkeypatch.setattr(uploads, "batch_outcome", lambda *arguments: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        ingest_upload(batch.pk, clock=clock_of)

    assert n_items(world) == 0


def test_slower_of_two_workers_stops(world, clock_of, small_chunks, monkeypatch):
    batch = upload(world, *(chat_row(f"u-{number}") for number in range(4)))
    real = uploads.read_rows

    def overtaken(*arguments):
        monkeypatch.setattr(uploads, "read_rows", real)
        ingest_upload(batch.pk, clock=clock_of)
        return real(*arguments)

    monkeypatch.setattr(uploads, "read_rows", overtaken)

    with pytest.raises(TakenOver):
        ingest_upload(batch.pk, clock=clock_of)

    assert counts_of(batch) == {"created": 4, "unchanged": 0, "conflict": 0, "invalid": 0}
    assert Event.objects.filter(kind="items.ingested").count() == 1


def test_unreadable_file_fails_with_its_reason(world, clock_of):
    batch = upload(world, "colour", "red", file_format="csv")

    state = ingest_upload(batch.pk, clock=clock_of)

    batch.refresh_from_db()
    assert state == "failed"
    assert "colour" in batch.outcome["error"]
    assert batch.content is None


def test_only_the_first_refusals_are_kept_and_all_are_counted(world, clock_of, small_chunks, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_KEPT_REFUSALS", 3)
    monkeypatch.setattr("labeling.services.ingest.MOST_KEPT_REFUSALS", 3)
    batch = upload(world, *["{oops"] * 7)

    ingest_upload(batch.pk, clock=clock_of)

    assert counts_of(batch)["invalid"] == 7
    assert [refusal["line"] for refusal in batch.outcome["refusals"]] == [1, 2, 3]
