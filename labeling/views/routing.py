"""The routing pages: what went where under the live policy, its history, one version, and going back to it."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from labeling.forms.routing import (
    RollbackForm,
)
from labeling.models import Project, RoutingPolicy
from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, managed_project_for, policy_in
from labeling.queries.policy_life import life_of
from labeling.queries.routing import (
    diff_of,
    history_of,
    live_policy_of,
    n_decisions_under,
    policy_in_words,
    previous_of,
)
from labeling.queries.shadow_comparison import shadow_comparison
from labeling.queries.shadows import shadow_of_project, staged_of_project
from labeling.queries.staged_comparison import staged_comparison
from labeling.queries.tallies import ROUTING, counted
from labeling.queries.thresholds import cover_of
from labeling.services.policies import roll_back
from labeling.views.http import now, project_context, signed_in


@require_safe
@signed_in
def routing(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    live = live_policy_of(project)
    counts = counted(ROUTING, project, now=now())
    shadow, staged = shadow_of_project(project), staged_of_project(project)
    context = project_context(
        request,
        project,
        live=live,
        policy=policy_in_words(live.definition) if live else None,
        counts=counts,
        lately=counts.numbers.lately,
        in_all=counts.numbers.in_all,
        reasons=counts.numbers.reasons,
        history=history_of(project),
        shadow=shadow,
        shadow_numbers=shadow_comparison(shadow, now=now()) if shadow else None,
        staged=staged,
        staged_numbers=staged_comparison(staged, now=now()) if staged else None,
        cover=cover_of(project, live.definition, now=now()) if live else None,
    )
    return render(request, "labeling/routing/routing.html", context)


@require_safe
@signed_in
def policy(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    return version_page(request, project, policy_in(project, number), rollback_form=RollbackForm())


def version_page(
    request: HttpRequest, project: Project, version: RoutingPolicy, *, rollback_form: RollbackForm
) -> HttpResponse:
    previous = previous_of(version)
    context = project_context(
        request,
        project,
        version=version,
        title=f"Policy version {version.number}",
        policy=policy_in_words(version.definition),
        previous=previous,
        diff=diff_of(previous.definition, version.definition) if previous else [],
        definition_text=json.dumps(version.definition, ensure_ascii=False, indent=2, sort_keys=True),
        n_decisions=n_decisions_under(version),
        live=live_policy_of(project),
        life=life_of(version, user=request.user),
        cover=cover_of(project, version.definition, now=now()) if version.state == RoutingPolicy.State.LIVE else None,
        rollback_form=rollback_form,
        crumbs=crumbs_to(project),
    )
    return render(request, "labeling/routing/policy.html", context, status=422 if rollback_form.errors else 200)


def crumbs_to(project: Project) -> list[dict[str, str]]:
    return [{"label": "Routing", "url": reverse("routing", args=[project.slug])}]


@require_POST
@signed_in
def rollbacks(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    version = policy_in(project, number)
    form = RollbackForm(request.POST)
    if form.is_valid():
        try:
            published = roll_back(version, reason=form.cleaned_data["reason"], author=request.user, now=now())
        except Invalid as error:
            form.show_complaints(error)
        else:
            messages.success(request, f"Version {published.number} is live; it routes as version {number} did.")
            return redirect("routing", slug=project.slug)
    return version_page(request, project, version, rollback_form=form)
