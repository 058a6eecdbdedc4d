"""Reviewers as instruments: the overview of a queue, one person in full, and what a reviewer is told of themself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.models import Project, Queue
from labeling.policy.errors import NotVisible
from labeling.policy.instruments import CUSUM_THRESHOLD, N_RECENT_KNOWN, N_WEEKS, SIGNS
from labeling.queries.access import GONE, managed_project_for, queue_in, reviewer_in
from labeling.queries.agreement import as_text
from labeling.queries.days import last_midnight
from labeling.queries.own_calibration import own_calibrations
from labeling.queries.reliance import reliance_of
from labeling.queries.reviewer_pages import (
    COLUMNS,
    appeals_of_person,
    in_order,
    number_rows,
    periods_of_person,
    person_of,
    questioned_of,
)
from labeling.queries.reviewer_panel import panel_of
from labeling.queries.reviewer_roster import busiest_queue_of
from labeling.views.files import csv_file
from labeling.views.http import nav_for, now, project_context, query_without, signed_in


@require_safe
@signed_in
def reviewers(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who sits at a queue, whoever needs a look first."""
    project = managed_project_for(request.user, slug)
    queue = chosen_queue(request, project)
    panel = panel_of(queue, now=now()) if queue else None
    if panel and "format" in request.GET:
        return saved(request, panel.queue.slug, number_rows(panel))
    sort = request.GET.get("sort", "")
    context = project_context(
        request,
        project,
        queue=queue,
        queues=project.queues.order_by("name", "id"),
        panel=panel,
        instruments=in_order(panel.instruments, sort) if panel else [],
        reliance=reliance_of(project, chosen_id=panel.queue.pk, now=panel.until) if panel else [],
        sort=sort,
        sort_query=query_without(request, "sort"),
        **measures(queue),
    )
    return render(request, "labeling/reviewers/reviewers.html", context)


@require_safe
@signed_in
def reviewer(request: HttpRequest, slug: str, reviewer_id: int) -> HttpResponse:
    """One person: the same in full, with what became of it."""
    project = managed_project_for(request.user, slug)
    found = reviewer_in(project, reviewer_id)
    queue = chosen_queue(request, project)
    panel = panel_of(queue, now=now()) if queue else None
    instrument = panel.of(found.pk) if panel else None
    if panel and instrument and "format" in request.GET:
        name = as_text(instrument.name)
        return saved(request, panel.queue.slug, [row for row in number_rows(panel) if row[0] == name])
    n_unsettled, questioned = questioned_of(queue, found) if queue else (0, [])
    context = project_context(
        request,
        project,
        reviewer=found,
        queue=queue,
        queues=project.queues.order_by("name", "id"),
        panel=panel,
        person=person_of(panel, instrument) if panel and instrument else None,
        periods=periods_of_person(queue, found) if queue else [],
        questioned=questioned,
        n_unsettled=n_unsettled,
        appeals=appeals_of_person(found),
        download=f"?queue={queue.pk}&format=csv" if queue else "",
        crumbs=[{"label": "Reviewers", "url": reverse("reviewers", args=[slug])}],
        **measures(queue),
    )
    return render(request, "labeling/reviewers/reviewer.html", context)


@require_safe
@signed_in
def my_calibration(request: HttpRequest) -> HttpResponse:
    """How a reviewer's own labels compare, queue by queue, as of last midnight."""
    moment = now()
    found = own_calibrations(request.user, now=moment)
    context = {
        "nav": nav_for(request),
        "calibrations": [one for one in found if not one.why_empty],
        "empty": [one.queue.name for one in found if one.why_empty == "nothing_yet"],
        "not_blind": any(one.why_empty == "not_blind" for one in found),
        "as_of": last_midnight(moment),
        "n_weeks": N_WEEKS,
    }
    return render(request, "labeling/reviewers/my_calibration.html", context)


def chosen_queue(request: HttpRequest, project: Project) -> Queue | None:
    """The queue that the address names, else the one in which most was reviewed lately."""
    asked = request.GET.get("queue", "")
    if not asked:
        return busiest_queue_of(project, now=now())
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        raise NotVisible(GONE)
    return queue_in(project, int(asked))


def measures(queue: Queue | None) -> dict[str, Any]:
    """What the pages say about how they measure."""
    required = queue.required_accuracy if queue else None
    return {
        "required": required,
        "required_place": None if required is None else f"{required:.1%}",
        "n_recent": N_RECENT_KNOWN,
        "n_weeks": N_WEEKS,
        "sign_texts": SIGNS,
        "threshold": CUSUM_THRESHOLD,
    }


def saved(request: HttpRequest, name: str, rows: Any) -> HttpResponse:
    if request.GET["format"] != "csv":
        raise NotVisible("There are no numbers to download in this form; csv is there.")
    return csv_file(f"reviewers-{name}-{now():%Y-%m-%d}.csv", COLUMNS, rows)
