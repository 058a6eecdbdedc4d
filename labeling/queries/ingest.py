"""Deliveries as admins see them: what came, how far it is and which rows were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from labeling.models import IngestBatch, Job, Project

RECENT_BATCHES = 20
DOORS = {"file": "Uploaded file", "api": "API", "command": "Command line"}
COUNTS_IN_WORDS = (
    ("created", "Created", "new items"),
    ("unchanged", "Unchanged", "there already, with the same content"),
    ("conflict", "Conflict", "the id is taken by other content; not stored"),
    ("invalid", "Invalid", "could not be read; not stored"),
)


@dataclass(frozen=True, slots=True)
class ShownCount:
    name: str
    meaning: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """One delivery: its counts add up to the rows read, and `error` says why it ended early."""

    batch: IngestBatch
    counts: Sequence[ShownCount]
    refusals: Sequence[dict[str, Any]]
    error: str

    @property
    def name(self) -> str:
        return self.batch.file_name or f"Delivery {self.batch.pk}"

    @property
    def door(self) -> str:
        return DOORS.get(self.batch.door, self.batch.door)

    @property
    def sender(self) -> str:
        if self.batch.token:
            return f"token {self.batch.token.name}"
        return self.batch.sent_by.shown_name if self.batch.sent_by else "system"

    @property
    def n_read(self) -> int:
        return sum(count.n_rows for count in self.counts)

    @property
    def n_refused(self) -> int:
        return sum(count.n_rows for count in self.counts if count.name in ("Conflict", "Invalid"))

    @property
    def is_under_way(self) -> bool:
        return self.batch.state in (IngestBatch.State.WAITING, IngestBatch.State.RUNNING)


def recent_batches_of(project: Project) -> list[ShownBatch]:
    """The newest deliveries through any door. The uploaded files themselves stay in the database."""
    batches: QuerySet[IngestBatch] = project.batches.select_related("sent_by", "token").defer("content")
    return [shown_batch(batch) for batch in batches.order_by("-id")[:RECENT_BATCHES]]


def shown_batch(batch: IngestBatch) -> ShownBatch:
    counts = batch.outcome.get("counts", {})
    return ShownBatch(
        batch,
        counts=[ShownCount(name, meaning, counts.get(key, 0)) for key, name, meaning in COUNTS_IN_WORDS],
        refusals=batch.outcome.get("refusals", []),
        error=batch.outcome.get("error", ""),
    )


def failed_job_of(batch: IngestBatch) -> Job | None:
    """The job that gave up on this upload, so that a page does not wait for it for ever."""
    return Job.objects.filter(task="ingest_upload", arguments=[batch.pk], state=Job.State.FAILED).first()
