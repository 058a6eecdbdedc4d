"""Jobs as people see them: what each is, how far it is, since when, what it waits for, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from labeling.models import IngestBatch, Job, Project
from labeling.policy.jobs import AGREEMENT_TASK, CALIBRATION_TASK, EXAMINATION_TASK, HELP_TASK, UPLOAD_TASK
from labeling.queries.health import is_worker_silent

NAMES = {
    UPLOAD_TASK: "Import of a file",
    AGREEMENT_TASK: "Agreement run",
    HELP_TASK: "Agreement run, help with counting",
    CALIBRATION_TASK: "Judge beside people",
    EXAMINATION_TASK: "Examination of a judge",
}
# What is counted; of the others only the percent says something.
UNITS = {UPLOAD_TASK: "rows"}
LOOK_OF_STATE = {"due": "neutral", "running": "info", "done": "ok", "failed": "danger", "cancelled": "warn"}
MOST_IN_LINE = 1_000
UNDER_WAY = (Job.State.DUE, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class ShownJob:
    """One job and how many long ones wait before it. What it works on may have a name of its own."""

    job: Job
    n_before: int = 0
    subject: str = ""
    is_without_worker: bool = False

    @property
    def name(self) -> str:
        return NAMES.get(self.job.task, self.job.task)

    @property
    def unit(self) -> str:
        return UNITS.get(self.job.task, "")

    @property
    def look(self) -> str:
        return "warn" if self.is_stopping else LOOK_OF_STATE[self.job.state]

    @property
    def state_in_words(self) -> str:
        if self.is_stopping:
            return "Stopping"
        if self.job.state == Job.State.DUE:
            return "Waits to be tried again" if self.job.last_error else "Waiting"
        return self.job.get_state_display()

    @property
    def is_under_way(self) -> bool:
        return self.job.state in UNDER_WAY

    @property
    def is_stopping(self) -> bool:
        return self.job.state == Job.State.RUNNING and self.job.stop_asked_at is not None

    @property
    def may_be_tried_again(self) -> bool:
        return self.job.state in (Job.State.FAILED, Job.State.CANCELLED)

    @property
    def percent(self) -> int | None:
        """None while nobody knows how much there is to do, and once it is done."""
        if self.job.state == Job.State.DONE:
            return None
        return 100 * self.job.n_done // self.job.n_all if self.job.n_all else None

    @property
    def n_left(self) -> int | None:
        return None if self.job.n_all is None else self.job.n_all - self.job.n_done

    @property
    def n_attempts(self) -> int:
        return self.job.n_attempts - self.job.n_given_back


def shown_job(job: Job | None, *, now: datetime) -> ShownJob | None:
    """Two queries more for a job that waits."""
    return shown_jobs([job], now=now)[0] if job is not None else None


def shown_jobs(jobs: Sequence[Job], *, now: datetime) -> list[ShownJob]:
    """Three queries more, however many there are: the files that imports read, and where one waits, what waits before
    it and whether a worker runs."""
    batch_ids = [job.arguments[0] for job in jobs if job.task == UPLOAD_TASK and job.arguments]
    files = IngestBatch.objects.filter(pk__in=batch_ids).values_list("id", "file_name") if batch_ids else ()
    file_names = dict(files)
    places: dict[int, int] = {}
    is_silent = False
    if any(job.state == Job.State.DUE for job in jobs):
        is_silent = is_worker_silent(now=now)
        line = Job.objects.filter(state=Job.State.DUE).order_by("due_at", "id").values_list("id", flat=True)
        places = {job_id: number for number, job_id in enumerate(line[:MOST_IN_LINE])}
    return [
        ShownJob(
            job,
            n_before=places.get(job.pk, 0),
            subject=file_names.get(job.arguments[0], "") if job.task == UPLOAD_TASK and job.arguments else "",
            is_without_worker=is_silent and job.state == Job.State.DUE,
        )
        for job in jobs
    ]


def newest_job(task: str, arguments: Sequence[object], *, now: datetime) -> ShownJob | None:
    """The newest of the jobs that were asked to do the same."""
    asked = Job.objects.filter(task=task, arguments=list(arguments)).select_related("stop_asked_by", "project")
    return shown_job(asked.order_by("-id").first(), now=now)


def newest_jobs(task: str, ids: Sequence[int]) -> dict[int, Job]:
    """The newest job on each of the things with these ids. One query; none without ids."""
    if not ids:
        return {}
    named = Q()
    for one in ids:
        named |= Q(arguments=[one])
    jobs = Job.objects.filter(named, task=task).select_related("stop_asked_by").order_by("id")
    return {job.arguments[0]: job for job in jobs}


def jobs_of(project: Project, *, state: str = "") -> QuerySet[Job]:
    """What runs first, then what waits, then what ended, the newest first."""
    jobs = project.jobs.select_related("stop_asked_by")
    if state == "under_way":
        jobs = jobs.filter(state__in=UNDER_WAY)
    elif state:
        jobs = jobs.filter(state=state)
    is_under_way = Q(state__in=UNDER_WAY)
    return jobs.alias(is_under_way=is_under_way).order_by("-is_under_way", "-id")
