"""Deliveries as admins see them: what came, outputs or labels, how far it is and which rows were refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from labeling.models import ImportedLabel, IngestBatch, Job, Project, RubricVersion
from labeling.policy.jobs import UPLOAD_TASK
from labeling.queries.job_pages import newest_jobs

RECENT_BATCHES = 20
LABELS_DOOR = "labels"
# The status of labels that a rater gave again: told where there are any.
LATER_PASS = "later_pass"
DOORS = {"file": "Uploaded file", "api": "API", "command": "Command line", LABELS_DOOR: "Command line"}
COUNTS_IN_WORDS = (
    ("created", "Created", "new items"),
    ("unchanged", "Unchanged", "there already, with the same content"),
    ("conflict", "Conflict", "the id is taken by other content; not stored"),
    ("invalid", "Invalid", "could not be read; not stored"),
)
COUNTS_OF_LABELS_IN_WORDS = (
    ("created", "Created", "new labels"),
    ("unchanged", "Unchanged", "there already, with the same value"),
    (LATER_PASS, "Later pass", "by a rater who had labelled the output before; kept, and left out of agreement"),
    ("conflict", "Conflict", "the rater’s first label says otherwise, or was declared otherwise; not stored"),
    ("invalid", "Invalid", "could not be read, or the item, criterion or value is not known here; not stored"),
)


@dataclass(frozen=True, slots=True)
class ShownCount:
    name: str
    meaning: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """Which rubric version a file of labels answers, and how it was declared."""

    version: RubricVersion
    blind_state: str

    @property
    def declared(self) -> str:
        return ImportedLabel.BlindState(self.blind_state).label

    @property
    def is_blind(self) -> bool:
        return self.blind_state == ImportedLabel.BlindState.BLIND


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """One delivery: its counts add up to the rows read, and `error` says why it ended early.

    `labelled` is None for outputs, and for a file of labels of which none was stored.
    """

    batch: IngestBatch
    counts: Sequence[ShownCount]
    refusals: Sequence[dict[str, Any]]
    error: str
    labelled: Labelled | None = None
    job: Job | None = None

    @property
    def brings_labels(self) -> bool:
        return self.batch.door == LABELS_DOOR

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
        return self.is_unfinished and not self.has_given_up and not self.is_stopped

    @property
    def is_unfinished(self) -> bool:
        return self.batch.state in (IngestBatch.State.WAITING, IngestBatch.State.RUNNING)

    @property
    def has_given_up(self) -> bool:
        return self.is_unfinished and self.job is not None and self.job.state == Job.State.FAILED

    @property
    def is_stopped(self) -> bool:
        return self.is_unfinished and self.job is not None and self.job.state == Job.State.CANCELLED


def recent_batches_of(project: Project) -> list[ShownBatch]:
    """The newest deliveries through any door. The uploaded files themselves stay in the database."""
    batches: QuerySet[IngestBatch] = project.batches.select_related("sent_by", "token").defer("content")
    return shown_batches(batches.order_by("-id")[:RECENT_BATCHES])


def shown_batch(batch: IngestBatch) -> ShownBatch:
    return shown_batches([batch])[0]


def shown_batches(batches: Iterable[IngestBatch]) -> list[ShownBatch]:
    """Two queries more where one of them brought labels, and one where one is not through."""
    found = list(batches)
    labelled = labelled_by([batch.pk for batch in found if batch.door == LABELS_DOOR])
    jobs = newest_jobs(UPLOAD_TASK, [batch.pk for batch in found if batch.ended_at is None])
    shown = []
    for batch in found:
        counts = batch.outcome.get("counts", {})
        words = COUNTS_OF_LABELS_IN_WORDS if batch.door == LABELS_DOOR else COUNTS_IN_WORDS
        shown.append(
            ShownBatch(
                batch,
                counts=[
                    ShownCount(name, meaning, counts.get(key, 0))
                    for key, name, meaning in words
                    if key != LATER_PASS or key in counts
                ],
                refusals=batch.outcome.get("refusals", []),
                error=batch.outcome.get("error", ""),
                labelled=labelled.get(batch.pk),
                job=jobs.get(batch.pk),
            )
        )
    return shown


def labelled_by(batch_ids: Sequence[int]) -> dict[int, Labelled]:
    """By delivery. Any label tells: a file is imported on one version, under one declaration."""
    if not batch_ids:
        return {}
    one = ImportedLabel.objects.filter(batch=OuterRef("pk")).order_by()
    found = IngestBatch.objects.filter(pk__in=batch_ids).annotate(
        version_id=Subquery(one.values("criterion__version_id")[:1]), declared=Subquery(one.values("blind_state")[:1])
    )
    told = list(found.exclude(version_id=None).values_list("pk", "version_id", "declared"))
    versions = RubricVersion.objects.select_related("rubric").in_bulk({version_id for _, version_id, _ in told})
    return {batch_id: Labelled(versions[version_id], declared) for batch_id, version_id, declared in told}
