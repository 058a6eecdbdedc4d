"""Judges: how far each automatic rater agrees with people, what it may be trusted with, and the items behind it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from labeling.models import CalibrationRun, JudgeVersion, Project
from labeling.policy.agreement import LEAST_ITEMS
from labeling.policy.errors import NotVisible
from labeling.policy.jobs import CALIBRATION_TASK
from labeling.policy.judging import is_same_family
from labeling.queries.access import GONE, judge_version_in, managed_project_for
from labeling.queries.agreement import excluded_from
from labeling.queries.charts import reliability_chart, versions_chart
from labeling.queries.chosen_maps import map_choices
from labeling.queries.job_pages import newest_job
from labeling.queries.judge_life_pages import judge_groups, life_of
from labeling.queries.judge_numbers import BARS, criteria_in, speaks_of_the_whole, words_in
from labeling.queries.judge_pages import (
    MOST_SINCE,
    NUMBER_COLUMNS,
    candidate_families,
    document_of_calibration,
    document_of_map,
    items_behind,
    newest_runs,
    not_compared_in,
    number_rows,
    progress_of,
    shown_judges,
    since,
    versions_beside,
)
from labeling.queries.pack_neighbours import why_not_on_a_page
from labeling.services.calibration import ask_for_calibration
from labeling.views.files import csv_file, json_file
from labeling.views.http import now, project_context, signed_in


@require_safe
@signed_in
def judges(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    groups = judge_groups(project, shown_judges(project), now=now())
    context = project_context(request, project, groups=groups, no_pack_here=why_not_on_a_page(project))
    return render(request, "labeling/judges/judges.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def judge(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    judge_version = judge_version_in(project, judge_version_id)
    if request.method == "POST":
        ask_for_calibration(judge_version, actor=request.user, now=now())
        return redirect("judge", slug=project.slug, judge_version_id=judge_version.pk)
    if request.htmx and not request.htmx.boosted:
        # A page that waits for its run hears nothing yet, or to load itself again.
        is_computing = progress_of(judge_version, None) == "computing"
        return HttpResponse(status=204) if is_computing else HttpResponseClientRefresh()
    runs = newest_runs(project, judge_version)
    run = chosen_run(runs, request.GET.get("version", ""))
    if "format" in request.GET:
        if request.GET["format"] == "map":
            return download_map(run, request.GET.get("criterion", ""), request.GET.get("kind", ""))
        return download(run, request.GET["format"])
    return report_page(request, project, judge_version, runs, run)


def chosen_run(runs: Sequence[CalibrationRun], asked: str) -> CalibrationRun | None:
    """The newest run on the rubric version that is asked for, else the one on most labels; None before any."""
    if not asked:
        return runs[0] if runs else None
    run = next((run for run in runs if str(run.rubric_version_id) == asked), None)
    if run is None:
        raise NotVisible(GONE)
    return run


def report_page(
    request: HttpRequest,
    project: Project,
    judge_version: JudgeVersion,
    runs: Sequence[CalibrationRun],
    run: CalibrationRun | None,
) -> HttpResponse:
    families, progress = candidate_families(project), progress_of(judge_version, run)
    arguments, is_shown = [judge_version.pk], progress in ("computing", "failed")
    context = project_context(
        request,
        project,
        judge=judge_version,
        runs=runs,
        run=run,
        progress=progress,
        shown_job=newest_job(CALIBRATION_TASK, arguments, now=now()) if is_shown else None,
        families=families,
        is_kin=is_same_family(judge_version.family, families),
        life=life_of(judge_version, now=now()),
        crumbs=[{"label": "Judges", "url": reverse("judges", args=[project.slug])}],
    )
    if run:
        criteria = criteria_in(run, words_in(run))
        versions, choices = versions_beside(run), map_choices(run)
        n_labels, n_verdicts = since(run)
        context |= {
            "criteria": [
                (one, reliability_chart(one), versions_chart(versions.get(one.key, [])), choices.get(one.key))
                for one in criteria
            ],
            "speaks_of_the_whole": speaks_of_the_whole(criteria),
            "excluded": excluded_from(run),
            "not_compared": not_compared_in(run),
            "n_labels_since": n_labels,
            "n_verdicts_since": n_verdicts,
            "most_since": MOST_SINCE,
            "bars": BARS,
            "least_items": LEAST_ITEMS,
            "cell": cell_in(run, request),
        }
    return render(request, "labeling/judges/judge.html", context)


def cell_in(run: CalibrationRun, request: HttpRequest) -> dict[str, Any] | None:
    """The cell of a confusion that the address asks for, with the items behind it; None where it asks for none."""
    asked = {name: request.GET.get(name, "") for name in ("criterion", "human", "judge")}
    if not asked["criterion"]:
        return None
    found = items_behind(run, key=asked["criterion"], human=asked["human"], judge=asked["judge"])
    n_items, items = found or (0, [])
    return {**asked, "n_items": n_items, "items": items}


def download(run: CalibrationRun | None, format_name: str) -> HttpResponse:
    """The numbers behind the page, all of them, as stored."""
    if run is None or format_name not in ("csv", "json"):
        raise NotVisible("There are no numbers to download in this form; csv and json are there once a run is.")
    name = f"judge-{run.judge_version_id}-{run.rubric_version.rubric.key}-v{run.rubric_version.number}.{format_name}"
    if format_name == "json":
        return json_file(name, document_of_calibration(run))
    return csv_file(name, NUMBER_COLUMNS, number_rows(run))


def download_map(run: CalibrationRun | None, key: str, kind: str) -> HttpResponse:
    """One confidence map with what it changes, as whoever runs the judge would apply it."""
    document = document_of_map(run, key=key, kind=kind) if run else None
    if run is None or document is None:
        raise NotVisible("There is no such confidence map; the page lists those that could be fitted.")
    return json_file(f"judge-{run.judge_version_id}-{kind}-map.json", document)
