"""The audit trail of a project, and whether its chain still holds."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.queries.access import administered_project_for
from labeling.queries.audit import SEALS_ON_A_PAGE, events_before, verify_chain
from labeling.views.http import project_context, signed_in


@require_safe
@signed_in
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    before = id_in(request.GET.get("before", ""))
    events, next_before = events_before(project, before)
    context = project_context(
        request,
        project,
        events=events,
        before=before,
        next_before=next_before,
        chain=verify_chain(project, at_most=SEALS_ON_A_PAGE),
    )
    return render(request, "labeling/audit/audit.html", context)


def id_in(text: str) -> int | None:
    """The id in an address, or None: 18 digits fit the largest key there is."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
