"""Calibration runs: one judge version against the people of one rubric version, computed once and kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import CalibrationRun, Job, JudgeVersion, RubricVersion, User
from labeling.policy.jobs import CALIBRATION_TASK, Tell, tell_nobody
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judges import (
    Comparison,
    criteria_to_compare,
    judge_version_by_id,
    newest_job_of,
    rubric_versions_of_judge,
)
from labeling.queries.ratings import FIRST_PASS
from labeling.services.events import record_event
from labeling.services.jobs import add_job
from labeling.services.runs import save_run

# Raised whenever the same labels could give other numbers: a run says by which code it was made.
CODE_VERSION = "calibration-4"
REPLICATES = 1000
PERCENT = 100
# Behind a cell of the confusion stand so many items, which is more than anybody reads.
MOST_BEHIND_A_CELL = 50
HELD_BACK = "only items of the development part; the sealed and the audit part are held back"
METHOD = (
    "Cohen's kappa, quadratic weights where the points are ordered; alpha by krippendorff, checked to 1e-9; 95 % "
    "percentile bootstrap over groups of items; Wilson on the effective n; 10 equal bins"
)


@transaction.atomic
def ask_for_calibration(judge_version: JudgeVersion, *, actor: User, now: datetime) -> Job:
    """Write the job that computes the judge's runs, unless one is on its way. Locks the judge version, so that of two
    presses of the button one makes a job and both return it."""
    JudgeVersion.objects.select_for_update(no_key=True).get(pk=judge_version.pk)
    newest = newest_job_of(judge_version)
    if newest is not None and newest.state in (Job.State.DUE, Job.State.RUNNING):
        return newest
    record_event(
        "calibration.requested", project=judge_version.project, now=now, actor=actor, judge_version_id=judge_version.pk
    )
    return add_job(CALIBRATION_TASK, judge_version.pk, project=judge_version.project, now=now)


def make_calibration_runs(
    judge_version_id: int, *, clock: Callable[[], datetime], tell: Tell = tell_nobody
) -> list[CalibrationRun]:
    """A run for every rubric version that this judge's items were labelled against. A transaction a run, safe to
    repeat: the same labels give the runs that are there.

    The clock is read once: the newest run of a judge says up to when all of them looked.
    """
    judge_version, now = judge_version_by_id(judge_version_id), clock()
    versions = rubric_versions_of_judge(judge_version)
    runs = []
    for number, version in enumerate(versions):
        tell_part = part_of_the_way(tell, number, len(versions))
        runs.append(make_calibration_run(judge_version, version, now=now, tell=tell_part))
    return runs


def part_of_the_way(tell: Tell, number: int, n_parts: int) -> Tell:
    """Progress in the part of that number, told as progress in all of them, in hundredths."""

    def tell_part(n_done: int, n_all: int | None) -> None:
        share = n_done / n_all if n_all else 0.0
        tell(int(PERCENT * (number + share) / n_parts), PERCENT)

    return tell_part


def make_calibration_run(
    judge_version: JudgeVersion,
    version: RubricVersion,
    *,
    now: datetime,
    replicates: int = REPLICATES,
    seed: int = 0,
    tell: Tell = tell_nobody,
) -> CalibrationRun:
    """Compute and keep how far one judge's labels are those of people; the same labels give the run that is there.

    Counts what stood at `now`, read from the clock before the labels and verdicts are. Reading and computing hold no
    lock; only the finished run is written. Of two at once on the same labels one writes, and both return it. Stopped by
    `tell` between two questions nothing of it is kept. Safe to repeat.
    """
    tell(0, None)
    compared = criteria_to_compare(judge_version, version, until=now, part=DEVELOPMENT)
    identity = {
        "judge_version": judge_version,
        "rubric_version": version,
        "filter_name": FIRST_PASS.name,
        "input_hash": compared.input_hash,
        "replicates": replicates,
        "seed": seed,
        "code_version": CODE_VERSION,
    }
    run = CalibrationRun.objects.filter(**identity).first()
    if run is not None:
        return run
    numbers = make_numbers(compared, replicates=replicates, seed=seed, tell=tell)
    contents = {"filter_in_words": f"{FIRST_PASS.in_words}; {HELD_BACK}", "method": METHOD, "numbers": numbers}
    subject = {"judge_version_id": judge_version.pk}
    return save_run(CalibrationRun, identity, contents, event="calibration.computed", now=now, **subject)


def make_numbers(
    compared: Comparison, *, replicates: int = REPLICATES, seed: int = 0, tell: Tell = tell_nobody
) -> dict[str, Any]:
    """Every number about one part, as a run keeps it; only of the development part do they name items. Nothing is
    written."""
    # numpy and scipy cost a web process a hundred megabytes; only who computes loads them.
    from labeling.services.calibration_numbers import N_BINS, numbers_of

    most_behind = MOST_BEHIND_A_CELL if compared.part == DEVELOPMENT else 0
    criteria = []
    for n_done, one in enumerate(compared.criteria):
        tell(n_done, len(compared.criteria))
        criteria.append(numbers_of(one, compared, most_behind=most_behind, replicates=replicates, seed=seed))
    return {
        "part": compared.part,
        "criteria": criteria,
        "not_compared": compared.n_not_compared,
        "n_excluded": compared.n_excluded,
        "n_bins": N_BINS,
    }
