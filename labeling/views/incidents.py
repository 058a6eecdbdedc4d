"""Incidents: what went wrong outside, whether it became gold, and what was learnt."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.incidents import ClosingForm, IncidentForm
from labeling.models import Incident, Project
from labeling.queries.access import managed_project_for
from labeling.queries.incidents import gold_of, incident_in, incidents_of
from labeling.queries.pages import page_of
from labeling.services.incidents import close_incident, report_incident
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def incidents(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    form = IncidentForm(
        request.POST or None, project=project, initial={"external_id": request.GET.get("external_id", "")}
    )
    if request.method == "POST" and form.is_valid():
        reported = report_incident(
            project,
            title=form.cleaned_data["title"],
            words=form.cleaned_data["words"],
            severity=form.cleaned_data["severity"],
            item=form.item,
            reporter=request.user,
            now=now(),
        )
        messages.success(request, "The incident is reported.")
        return redirect("incident", slug=slug, incident_id=reported.pk)
    page = page_of(incidents_of(project), request.GET.get("page"))
    context = project_context(request, project, page_obj=page, incidents=page.object_list, form=form)
    return render(request, "labeling/incidents/incidents.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def incident(request: HttpRequest, slug: str, incident_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    return incident_page(request, project, incident_in(project, incident_id), ClosingForm())


@signed_in
@require_POST
def closings(request: HttpRequest, slug: str, incident_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    shown = incident_in(project, incident_id)
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return incident_page(request, project, shown, form, status=422)
    close_incident(shown, lesson=form.cleaned_data["lesson"], closer=request.user, now=now())
    messages.success(request, "The incident is closed.")
    return redirect("incident", slug=slug, incident_id=incident_id)


def incident_page(
    request: HttpRequest, project: Project, shown: Incident, form: ClosingForm, *, status: int = 200
) -> HttpResponse:
    context = project_context(
        request,
        project,
        incident=shown,
        gold=gold_of(shown.item) if shown.item else None,
        form=form,
        crumbs=[{"label": "Incidents", "url": reverse("incidents", args=[project.slug])}],
    )
    return render(request, "labeling/incidents/incident.html", context, status=status)
