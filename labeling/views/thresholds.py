"""The page of certified thresholds: what is promised, the look that is to come, and planning one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.thresholds import ThresholdPlanForm
from labeling.models import Project
from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, managed_project_for, threshold_search_in
from labeling.queries.audit_plans import suggest_audit
from labeling.queries.routing import live_policy_of
from labeling.queries.signals import signal_names_of
from labeling.queries.threshold_pages import COLUMNS, shown_promise, step_rows
from labeling.queries.thresholds import newest_promises, open_searches, searches_of
from labeling.services.thresholds import look_at_labels, plan_search
from labeling.views.files import csv_file
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def thresholds(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody who manages the project reads it; an admin plans."""
    if request.method == "POST":
        project = administered_project_for(request.user, slug)
        form = ThresholdPlanForm(request.POST, signals=signal_names_of(project))
        if form.is_valid():
            try:
                search = plan_search(project, **form.plan(), actor=request.user, now=now())
            except Invalid as refused:
                show_complaints(form, refused)
            else:
                messages.success(
                    request, f"Planned: {len(search.grid)} thresholds, {search.n_labels:,} labels, one look."
                )
                return redirect("thresholds", slug=slug)
        return thresholds_page(request, project, form)
    project = managed_project_for(request.user, slug)
    return thresholds_page(request, project, ThresholdPlanForm(signals=signal_names_of(project)))


def thresholds_page(request: HttpRequest, project: Project, form: ThresholdPlanForm) -> HttpResponse:
    live = live_policy_of(project)
    context: dict[str, Any] = project_context(
        request,
        project,
        form=form,
        live=live,
        promises=[shown_promise(one) for one in newest_promises(project, now=now())],
        waiting=open_searches(project, live, now=now()) if live else [],
        searches=searches_of(project),
        audit=suggest_audit(project, now=now()),
        crumbs=[{"label": "Routing", "url": reverse("routing", args=[project.slug])}],
    )
    return render(request, "labeling/thresholds/thresholds.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def looks(request: HttpRequest, slug: str, search_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    certificate = look_at_labels(threshold_search_in(project, search_id), actor=request.user, now=now())
    messages.success(request, f"Looked once: {certificate.get_state_display().lower()}.")
    return redirect("thresholds", slug=slug)


@signed_in
@require_safe
def walk_file(request: HttpRequest, slug: str, search_id: int) -> HttpResponse:
    """Every number of one walk as CSV."""
    project = managed_project_for(request.user, slug)
    search = threshold_search_in(project, search_id, is_looked_at=True)
    return csv_file(f"threshold-{project.slug}-{search.pk}.csv", COLUMNS, step_rows(search.certificate))
