"""Calibration runs: one judge version against the people of one rubric version, computed once and kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import CalibrationRun, Job, JudgeVersion, RubricVersion, User
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judges import (
    TASK,
    Comparison,
    JudgedCriterion,
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
CODE_VERSION = "calibration-2"
REPLICATES = 1000
N_BINS = 10
# Behind a cell of the confusion stand so many items, which is more than anybody reads.
MOST_BEHIND_A_CELL = 50
HELD_BACK = "only items of the development part; the sealed and the audit part are held back"
METHOD = (
    "Cohen's kappa, quadratic weights where the points are ordered; alpha by krippendorff, checked to 1e-9; 95 % "
    f"percentile bootstrap over items; {N_BINS} bins of equal width, Wilson on items"
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
    return add_job(TASK, judge_version.pk, now=now)


def make_calibration_runs(judge_version_id: int, *, clock: Callable[[], datetime]) -> list[CalibrationRun]:
    """A run for every rubric version that this judge's items were labelled against. A transaction a run, safe to
    repeat: the same labels give the runs that are there.

    The clock is read once: the newest run of a judge says up to when all of them looked.
    """
    judge_version, now = judge_version_by_id(judge_version_id), clock()
    versions = rubric_versions_of_judge(judge_version)
    return [make_calibration_run(judge_version, version, now=now) for version in versions]


def make_calibration_run(
    judge_version: JudgeVersion,
    version: RubricVersion,
    *,
    now: datetime,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> CalibrationRun:
    """Compute and keep how far one judge's labels are those of people; the same labels give the run that is there.

    Counts what stood at `now`, read from the clock before the labels and verdicts are. Reading and computing hold no
    lock; only the finished run is written. Of two at once on the same labels one writes, and both return it. Safe to
    repeat.
    """
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
    numbers = make_numbers(compared, replicates=replicates, seed=seed)
    contents = {"filter_in_words": f"{FIRST_PASS.in_words}; {HELD_BACK}", "method": METHOD, "numbers": numbers}
    subject = {"judge_version_id": judge_version.pk}
    return save_run(CalibrationRun, identity, contents, event="calibration.computed", now=now, **subject)


def make_numbers(compared: Comparison, *, replicates: int = REPLICATES, seed: int = 0) -> dict[str, Any]:
    """Every number about one part, as a run keeps it; only of the development part do they name items. Nothing is
    written."""
    most_behind = MOST_BEHIND_A_CELL if compared.part == DEVELOPMENT else 0
    return {
        "part": compared.part,
        "criteria": [
            numbers_of(one, most_behind=most_behind, replicates=replicates, seed=seed) for one in compared.criteria
        ],
        "not_compared": compared.n_not_compared,
        "n_excluded": compared.n_excluded,
        "n_bins": N_BINS,
    }


def numbers_of(compared: JudgedCriterion, *, most_behind: int, replicates: int, seed: int) -> dict[str, Any]:
    """Every number about one criterion: agreement with people, agreement among them, calibration of the confidence.

    A label is a unit and its item the cluster: an item that five people labelled is not five independent items.
    """
    # numpy and scipy cost a web process a hundred megabytes; only who computes loads them.
    import numpy as np

    from labeling.stats.alpha import estimate_alpha
    from labeling.stats.calibration import report_calibration
    from labeling.stats.judging import report_judge
    from labeling.stats.ratings import make_ratings
    from labeling.stats.scales import make_scale, read_label

    for_report, for_people, for_confidence = np.random.default_rng(seed).spawn(3)
    scale = make_scale(compared.level, declared=compared.categories, observed=())
    code_of = {category: code for code, category in enumerate(scale.categories)}
    # Sorted, so that a seed gives the same interval in whatever order the labels were read.
    rows = sorted((item_id, rater, read_label(value, level=compared.level)) for item_id, rater, value in compared.rows)
    label_of = {item_id: read_label(str(one.label), level=compared.level) for item_id, one in compared.judged.items()}
    human = np.array([code_of[value] for _, _, value in rows], dtype=np.int64)
    judge = np.array([code_of[label_of[item_id]] for item_id, _, _ in rows], dtype=np.int64)
    items = np.array([item_id for item_id, _, _ in rows], dtype=np.int64)
    report = report_judge(human, judge, scale=scale, replicates=replicates, rng=for_report, clusters=items)
    people = make_ratings([(str(item_id), rater, value) for item_id, rater, value in rows], scale=scale)
    told = [compared.judged[item_id].confidence(compared.confidence_kind) for item_id, _, _ in rows]
    is_told = np.array([confidence is not None for confidence in told], dtype=bool)
    calibration = report_calibration(
        np.array([confidence for confidence in told if confidence is not None], dtype=np.float64),
        (human == judge)[is_told],
        n_bins=N_BINS,
        replicates=replicates,
        rng=for_confidence,
        clusters=items[is_told],
    )
    is_ordinal = compared.level == "ordinal"
    return {
        **compared.as_document(),
        "n_items": len(set(items.tolist())),
        "n_labels": len(rows),
        "weighting": "quadratic" if is_ordinal else "unweighted",
        "kappa": (report.kappas.kappa_quadratic if is_ordinal else report.kappas.kappa).as_document(),
        "alpha": report.alpha.as_document(),
        "percent_agreement": report.kappas.percent.as_document(),
        "mean_difference": report.mean_difference.as_document(),
        "confusion": {"labels": list(report.labels), "rows": [list(row) for row in report.confusion]},
        "people_alpha": estimate_alpha(people, replicates=replicates, rng=for_people).as_document(),
        "n_people": len(people.raters),
        "cells": compared.cells(at_most=most_behind),
        "n_told": int(is_told.sum()),
        "reliability": [document_of_bin(one) for one in calibration.bins],
        "ece": calibration.ece.as_document(),
        "brier": calibration.brier.as_document(),
    }


def document_of_bin(one: Any) -> dict[str, Any]:
    return {
        "low": one.low,
        "high": one.high,
        "n": one.n,
        "mean_confidence": one.mean_confidence,
        "share_correct": one.share_correct.as_document(),
    }
