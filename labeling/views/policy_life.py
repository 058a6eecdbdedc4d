"""What becomes of a version: in shadow, staged, live, withdrawn, approved; and beside the live one in numbers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.policy_life import ApprovalForm, PolicyReasonForm, SecondAdminForm, StagingForm
from labeling.models import Project, RoutingPolicy
from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, managed_project_for, policy_in
from labeling.queries.shadow_comparison import shadow_comparison
from labeling.queries.staged_comparison import staged_comparison
from labeling.services.policies import make_live
from labeling.services.policy_life import (
    approve_policy,
    begin_shadow,
    set_second_admin,
    stage_version,
    withdraw_policy,
)
from labeling.views.http import now, project_context, signed_in

Step = Callable[..., object]


@require_safe
@signed_in
def comparison(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A version beside the live one: in shadow, staged, or what is known from when it was."""
    project = managed_project_for(request.user, slug)
    version = policy_in(project, number)
    context = project_context(
        request,
        project,
        version=version,
        title=f"Version {number} beside the live one",
        shadow=shadow_comparison(version, now=now()),
        staged=staged_comparison(version, now=now()),
        crumbs=crumbs_to(project, version),
    )
    return render(request, "labeling/routing/comparison.html", context)


@require_POST
@signed_in
def shadows(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    words = "Version {} is in shadow: it decides beside the live one and ships nothing."
    return taken(request, slug, number, PolicyReasonForm(request.POST), begin_shadow, words)


@require_POST
@signed_in
def stagings(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    words = "Version {} decides {:g} % of what comes in from now on."
    return taken(request, slug, number, StagingForm(request.POST), stage_version, words)


@require_POST
@signed_in
def publications(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return taken(request, slug, number, PolicyReasonForm(request.POST), make_live, "Version {} is live.")


@require_POST
@signed_in
def withdrawals(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    words = "Version {} is withdrawn; the live one decides everything."
    return taken(request, slug, number, PolicyReasonForm(request.POST), withdraw_policy, words)


def taken(request: HttpRequest, slug: str, number: int, form: PolicyReasonForm, step: Step, words: str) -> HttpResponse:
    """One step of a version, or the same form once more with what is missing or refused."""
    project = administered_project_for(request.user, slug)
    version = policy_in(project, number)
    if form.is_valid():
        try:
            step(version, **form.cleaned_data, actor=request.user, now=now())
        except Invalid as refused:
            show_complaints(form, refused)
        else:
            messages.success(request, words.format(number, 100 * form.cleaned_data.get("share", 0)))
            return redirect("policy", slug=slug, number=number)
    context = project_context(
        request, project, version=version, form=form, action=request.path, crumbs=crumbs_to(project, version)
    )
    return render(request, "labeling/routing/reason.html", context, status=422)


@require_POST
@signed_in
def approvals(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    version = policy_in(project, number)
    form = ApprovalForm(request.POST)
    # Nobody fills it in: what comes without it is no approval of anything.
    read = form.cleaned_data["definition_hash"] if form.is_valid() else ""
    approve_policy(version, definition_hash=read, approver=request.user, now=now())
    messages.success(request, f"You approved version {number} as it stands. An edit would void it.")
    return redirect("policy", slug=slug, number=number)


@require_POST
@signed_in
def second_admin(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = SecondAdminForm(request.POST)
    if not form.is_valid():
        raise Invalid({"is_needed": "Say yes or no."})
    is_needed = form.cleaned_data["is_needed"]
    set_second_admin(project, is_needed=is_needed, actor=request.user, now=now())
    words = "From now on a second admin approves" if is_needed else "One admin is enough for"
    messages.success(request, f"{words} what decides items.")
    return redirect("routing", slug=slug)


def crumbs_to(project: Project, version: RoutingPolicy) -> list[dict[str, Any]]:
    return [
        {"label": "Routing", "url": reverse("routing", args=[project.slug])},
        {"label": f"Version {version.number}", "url": reverse("policy", args=[project.slug, version.number])},
    ]
