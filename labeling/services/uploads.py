"""Files of items: taking one in at the door, and storing its rows later, a chunk at a time, from where it stopped."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path, PurePath

from django.db import transaction

from labeling.formats import BadFile, Line, detect_format, read_rows
from labeling.models import IngestBatch, Project, User
from labeling.policy.jobs import UPLOAD_TASK, Tell, tell_nobody
from labeling.services.ingest import (
    CHUNK_ROWS,
    MOST_KEPT_REFUSALS,
    REFUSED,
    ReadRow,
    RowOutcome,
    batch_outcome,
    end_batch,
    ingest_rows,
    start_batch,
)
from labeling.services.jobs import add_job

State = IngestBatch.State
Clock = Callable[[], datetime]
UPLOAD_DOOR = "file"
ENDED = (State.DONE, State.FAILED)


class TakenOver(Exception):
    """Another worker goes on with this batch, so this one stops; nothing of its last chunk was stored."""


@transaction.atomic
def accept_upload(
    project: Project, *, file_name: str, file_format: str, content: bytes, sent_by: User, now: datetime
) -> IngestBatch:
    """Keep an uploaded file and the job that will read it: both or neither. Not safe to repeat: two files, two jobs."""
    batch = start_batch(
        project=project,
        door=UPLOAD_DOOR,
        now=now,
        file_name=PurePath(file_name).name,
        file_format=file_format,
        content=content,
        sent_by=sent_by,
        state=State.WAITING,
    )
    add_job(UPLOAD_TASK, batch.pk, project=project, now=now)
    return batch


def ingest_upload(batch_id: int, *, clock: Clock, tell: Tell = tell_nobody) -> str:
    """Store the rows of a waiting upload and end its batch; returns the state it ends in.

    A transaction a chunk, which also notes how far it came: run again after a kill it goes on behind the last
    stored chunk, and of two workers at once the slower one stops with `TakenOver`, to look again later. Safe to
    repeat: an ended batch is left alone. Stopped by `tell` between two chunks it keeps the rows stored so far and the
    file, and run again it ends in the same rows.
    """
    batch = IngestBatch.objects.select_related("project", "sent_by", "token").get(pk=batch_id)
    if batch.state in ENDED:
        return batch.state
    error = ""
    try:
        format_name = batch.file_format or detect_format(Path("upload", batch.file_name))
        content = bytes(batch.content or b"")
        n_rows = count_rows(content, format_name)
        lines = read_rows(BytesIO(content), format_name)

        def tell_rows(n_done: int) -> None:
            tell(n_done, n_rows)

        ingest_lines(batch.project, lines, door=batch.door, batch=batch, clock=clock, tell=tell_rows)
    except BadFile as bad_file:
        error = str(bad_file)
    end_upload(batch, error=error, now=clock())
    return batch.state


def count_rows(content: bytes, format_name: str) -> int | None:
    """How many rows a file has, before the first is stored; None when it cannot be read to its end. Reading takes a
    small part of the time that storing does."""
    try:
        return sum(1 for _ in read_rows(BytesIO(content), format_name))
    except BadFile:
        return None


@transaction.atomic
def end_upload(batch: IngestBatch, *, error: str, now: datetime) -> None:
    """End the batch with what its chunks noted. Locks it; whoever finds it moved on stops with `TakenOver`."""
    locked = locked_batch(batch)
    counts, refusals = progress_of(locked)
    batch.outcome = locked.outcome
    end_batch(batch, counts=counts, refusals=refusals, error=error, now=now)


def ingest_lines(
    project: Project,
    lines: Iterable[Line],
    *,
    door: str,
    batch: IngestBatch,
    clock: Clock,
    tell: Callable[[int], None] = lambda n_done: None,
) -> tuple[Counter[str], list[RowOutcome]]:
    """Store read lines in chunks of their own transactions; the counts, and the first refused rows.

    Each chunk and the note of how far the batch came commit together, so a batch that was begun before goes on
    behind its last stored row. `tell` hears how many rows that is, before the first chunk and after each. The caller
    ends the batch.
    """
    counts, refusals = progress_of(batch)
    tell(counts.total())
    remaining = islice(lines, counts.total(), None)
    for chunk in read_chunks(remaining):
        outcomes = store_chunk_of(batch, chunk, project=project, door=door, now=clock())
        counts.update(outcome.status for outcome in outcomes)
        refusals.extend(outcome for outcome in outcomes if outcome.status in REFUSED)
        del refusals[MOST_KEPT_REFUSALS:]
        tell(counts.total())
    return counts, refusals


def read_chunks(lines: Iterable[Line]) -> Iterator[list[ReadRow]]:
    """Lines as rows, `CHUNK_ROWS` at a time. A blank line is neither a row nor an error."""
    rows: Iterator[ReadRow] = ((line.number, line.error or line.raw) for line in lines if not line.is_blank)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


@transaction.atomic
def store_chunk_of(
    batch: IngestBatch, chunk: list[ReadRow], *, project: Project, door: str, now: datetime
) -> list[RowOutcome]:
    """One chunk and the batch's new progress, in one transaction that holds the batch's row.

    Whoever finds that another worker has moved the batch on stops with `TakenOver`: else the rows of one file
    would be counted twice.
    """
    counts, refusals = progress_of(locked_batch(batch))
    outcomes = ingest_rows(project, chunk, door=door, batch=batch, now=now)
    counts.update(outcome.status for outcome in outcomes)
    refusals.extend(outcome for outcome in outcomes if outcome.status in REFUSED)
    outcome = batch_outcome(counts, refusals)
    # update() and not save(): the uploaded file, up to the body limit, is not written again with each chunk.
    IngestBatch.objects.filter(pk=batch.pk).update(state=State.RUNNING, outcome=outcome)
    batch.state, batch.outcome = State.RUNNING, outcome
    return outcomes


def locked_batch(batch: IngestBatch) -> IngestBatch:
    locked = IngestBatch.objects.select_for_update().only("state", "outcome").get(pk=batch.pk)
    if locked.state in ENDED or progress_of(locked)[0] != progress_of(batch)[0]:
        raise TakenOver(f"another worker goes on with {batch}")
    return locked


def progress_of(batch: IngestBatch) -> tuple[Counter[str], list[RowOutcome]]:
    """How far a batch came: every row read so far is in the counts, so their total is where to go on."""
    return (
        Counter(batch.outcome.get("counts", {})),
        [RowOutcome(**refusal) for refusal in batch.outcome.get("refusals", ())],
    )
