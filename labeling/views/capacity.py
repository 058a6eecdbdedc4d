"""The capacity planner: how many reviewers a day's work takes, and what it costs."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from labeling.forms.capacity import CapacityForm, HourlyCostForm
from labeling.models import Membership, Project
from labeling.queries.access import administered_project_for, managed_project_for, roles_of
from labeling.queries.capacity import capacity_of, plan_of_project
from labeling.services.projects import set_hourly_cost
from labeling.stats.capacity import cost_of
from labeling.views.http import now, project_context, signed_in


@require_safe
@signed_in
def capacity(request: HttpRequest, slug: str) -> HttpResponse:
    """The plan that the address says, or the project's own."""
    project = managed_project_for(request.user, slug)
    is_asked = "productive_minutes" in request.GET
    form = CapacityForm(request.GET if is_asked else plan_of_project(project, now=now()))
    cost_form = HourlyCostForm(initial={"hourly_cost": project.hourly_cost, "currency": project.currency})
    return capacity_page(request, project, form, cost_form, is_own=not is_asked)


def capacity_page(
    request: HttpRequest, project: Project, form: CapacityForm, cost_form: HourlyCostForm, *, is_own: bool
) -> HttpResponse:
    plan = form.plan() if form.is_valid() else None
    found = capacity_of(plan) if plan else None
    hourly_cost = form.cleaned_data.get("hourly_cost") if plan else None
    context = project_context(
        request,
        project,
        form=form,
        cost_form=cost_form,
        is_own=is_own,
        is_admin=Membership.Role.ADMIN in roles_of(request.user, project),
        capacity=found,
        minutes_of_tiers=[(name, float(minutes)) for name, minutes in found.minutes_of_tiers] if found else [],
        total_minutes=float(found.total_minutes) if found else None,
        total_hours=float(found.total_hours) if found else None,
        reviewers_exact=float(found.reviewers_exact) if found else None,
        cost=None if found is None or hourly_cost is None else cost_of(found.total_hours, hourly_cost),
        crumbs=[{"label": "Routing", "url": reverse("routing", args=[project.slug])}],
    )
    is_refused = bool(form.errors or cost_form.errors)
    template = "_capacity.html" if request.htmx and request.method != "POST" else "capacity.html"
    return render(request, f"labeling/routing/{template}", context, status=422 if is_refused else 200)


@require_POST
@signed_in
def hourly_costs(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    cost_form = HourlyCostForm(request.POST)
    if not cost_form.is_valid():
        form = CapacityForm(plan_of_project(project, now=now()))
        return capacity_page(request, project, form, cost_form, is_own=True)
    set_hourly_cost(
        project,
        hourly_cost=cost_form.cleaned_data["hourly_cost"],
        currency=cost_form.cleaned_data["currency"],
        actor=request.user,
        now=now(),
    )
    messages.success(request, "Saved. Previews of a policy count with it from now on.")
    return redirect("capacity", slug=project.slug)
