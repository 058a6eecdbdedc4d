"""The routing pages: what went where under the live policy, its history, one version, and publishing the next."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from labeling.forms.routing import CHECKS_EXAMPLE, RULES_EXAMPLE, PolicyForm, initial_of
from labeling.models import Project, RoutingPolicy
from labeling.policy.errors import Invalid
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.queries.access import administered_project_for, managed_project_for, policy_in
from labeling.queries.routing import (
    WINDOW,
    diff_of,
    flow_of,
    history_of,
    live_policy_of,
    n_decisions_under,
    n_unrouted,
    policy_in_words,
    previous_of,
    reason_counts_of,
)
from labeling.services.routing import publish_policy
from labeling.views.http import now, project_context, signed_in


@require_safe
@signed_in
def routing(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    live = live_policy_of(project)
    since = now() - WINDOW
    context = project_context(
        request,
        project,
        live=live,
        policy=policy_in_words(live.definition) if live else None,
        lately=flow_of(project, since=since),
        in_all=flow_of(project),
        reasons=reason_counts_of(project, since=since),
        history=history_of(project),
    )
    return render(request, "labeling/routing/routing.html", context)


@require_safe
@signed_in
def policy(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    version = policy_in(project, number)
    previous = previous_of(version)
    context = project_context(
        request,
        project,
        version=version,
        title=f"Policy version {version.number}",
        policy=policy_in_words(version.definition),
        previous=previous,
        diff=diff_of(previous.definition, version.definition) if previous else [],
        definition_text=json.dumps(version.definition, ensure_ascii=False, indent=2),
        n_decisions=n_decisions_under(version),
        crumbs=crumbs_to(project),
    )
    return render(request, "labeling/routing/policy.html", context)


def crumbs_to(project: Project) -> list[dict[str, str]]:
    return [{"label": "Routing", "url": reverse("routing", args=[project.slug])}]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_policy(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    if request.method == "POST":
        form = PolicyForm(request.POST)
        if form.is_valid():
            published = try_to_publish(request, project, form)
            if published is not None:
                return published
    else:
        form = PolicyForm(initial=initial_of(starting_definition(project, request.GET.get("from", ""))))
    live = live_policy_of(project)
    context = project_context(
        request,
        project,
        form=form,
        live=live,
        title="Change the policy" if live else "Publish the first policy",
        rules_example=RULES_EXAMPLE,
        checks_example=CHECKS_EXAMPLE,
        crumbs=crumbs_to(project),
    )
    return render(request, "labeling/routing/new_policy.html", context, status=422 if form.errors else 200)


def starting_definition(project: Project, number: str) -> dict[str, Any]:
    """The version asked for, else the live one, else the one that fits a project that has no numbers yet."""
    if number.isascii() and number.isdigit() and len(number) < 10:
        start: RoutingPolicy | None = policy_in(project, int(number))
    else:
        start = live_policy_of(project)
    # A first policy waits for no signal: while people see everything, a hold would only make them wait.
    return start.definition if start else {**DEFAULT_DEFINITION, "requires": []}


def try_to_publish(request: HttpRequest, project: Project, form: PolicyForm) -> HttpResponseRedirect | None:
    """Publish what the form says; complaints go to its fields, and the page is shown again."""
    try:
        published = publish_policy(
            project=project,
            definition=form.definition(),
            reason=form.cleaned_data["reason"],
            author=request.user,
            now=now(),
        )
    except Invalid as error:
        form.show_complaints(error)
        return None
    n_waiting = n_unrouted(project)
    message = f"Version {published.number} is live."
    if n_waiting == 1:
        message += " 1 item that came in before it is being routed in the background."
    elif n_waiting:
        message += f" {n_waiting:,} items that came in before it are being routed in the background."
    messages.success(request, message)
    return redirect("routing", slug=project.slug)
