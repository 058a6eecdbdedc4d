"""The oversight card of a queue, for whoever has to show how its outputs are overseen. It prints on a page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.forms.queues import KIND_NAMES
from labeling.queries.access import managed_project_for, queue_in
from labeling.queries.named_decisions import guards_of
from labeling.queries.oversight import COVERED_DAYS, oversight_card
from labeling.views.http import now, project_context, signed_in


@require_safe
@signed_in
def card(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    queue = queue_in(project, queue_id)
    moment = now()
    context = project_context(
        request,
        project,
        queue=queue,
        card=oversight_card(queue, now=moment),
        guard=guards_of(project, now=moment).get(queue.pk) if queue.is_reserved else None,
        kinds=[KIND_NAMES.get(kind, kind) for kind in queue.kinds],
        covered_days=COVERED_DAYS,
        read_at=moment,
        crumbs=[
            {"label": "Queues", "url": reverse("queues", args=[slug])},
            {"label": queue.name, "url": reverse("queue", args=[slug, queue.pk])},
        ],
    )
    return render(request, "labeling/queues/card.html", context)
