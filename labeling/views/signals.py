"""The page of signals: what each rests on, and whether it ranks errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.models import Signal
from labeling.policy.confidence import WEAK_KINDS
from labeling.queries.access import managed_project_for
from labeling.queries.routing import live_policy_of
from labeling.queries.signals import reports_of
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_safe
def signals(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    reports = reports_of(project, now=now())
    context = project_context(
        request,
        project,
        live=live_policy_of(project),
        reports=reports,
        kinds=[
            (words, kind in WEAK_KINDS, [one.name for one in reports if one.kind == kind])
            for kind, words in Signal.Kind.choices
        ],
        crumbs=[{"label": "Routing", "url": reverse("routing", args=[slug])}],
    )
    return render(request, "labeling/signals/signals.html", context)
