"""What got past judge and policy, by the items that chance sent to people, and drafts begun with a suggested rule."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, managed_project_for
from labeling.queries.reason_outcomes import escapes_of, rule_for, sent_items, suggestions_for
from labeling.queries.routing import live_policy_of
from labeling.services.policies import save_draft
from labeling.views.http import now, project_context, signed_in
from labeling.views.routing import crumbs_to


@require_safe
@signed_in
def escapes(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    sent = sent_items(project, until=now())
    context = project_context(
        request,
        project,
        escapes=escapes_of(project, sent),
        suggestions=suggestions_for(sent),
        crumbs=crumbs_to(project),
    )
    return render(request, "labeling/routing/escapes.html", context)


@require_POST
@signed_in
def suggested_drafts(request: HttpRequest, slug: str) -> HttpResponse:
    """A draft of the live policy with one rule more. It routes nothing until somebody publishes it."""
    project = administered_project_for(request.user, slug)
    live = live_policy_of(project)
    try:
        value = json.loads(request.POST.get("value", ""))
    except ValueError:
        return HttpResponseBadRequest("That is no value.")
    if live is None:
        messages.error(request, "No policy is live: begin with a first one.")
        return HttpResponseRedirect(reverse("routing", args=[project.slug]))
    rule = rule_for(request.POST.get("field", ""), value)
    definition = {**live.definition, "rules": [*live.definition["rules"], rule]}
    reason = f"What would have shipped is bad more often where {rule['name'].removeprefix('audit: ')}."
    try:
        draft = save_draft(project=project, definition=definition, reason=reason, author=request.user, now=now())
    except Invalid as error:
        messages.error(request, f"No draft was begun: {error}")
        return HttpResponseRedirect(reverse("escapes", args=[project.slug]))
    messages.success(request, f"Draft of version {draft.number} begun; it routes nothing until you publish it.")
    return HttpResponseRedirect(f"{reverse('new_policy', args=[project.slug])}?from={draft.number}")
