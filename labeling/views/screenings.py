"""Qualifying for a queue: what it takes, how far one is, what came of earlier tries, and beginning one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from labeling.models import Queue, Rater
from labeling.policy.errors import Conflict
from labeling.policy.qualifying import fewest_right
from labeling.queries.access import rater_of, reviewing_queue_for
from labeling.queries.duties import admission_to, people_to_ask
from labeling.queries.rubric_versions import version_in_use
from labeling.queries.screening_results import tries_of
from labeling.queries.screenings import open_screening, progress_of, refusal_to_begin
from labeling.services.screenings import begin_screening
from labeling.views.http import nav_for, now, signed_in
from labeling.views.reviews import go_on


@signed_in
@require_safe
def screening(request: HttpRequest, queue_id: int) -> HttpResponse:
    queue = reviewing_queue_for(request.user, queue_id)
    return screening_page(request, queue, rater_of(request.user, queue.project))


@signed_in
@require_POST
def screenings(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Begin one, and sit down at its first case."""
    queue = reviewing_queue_for(request.user, queue_id)
    reviewer, at = rater_of(request.user, queue.project), now()
    try:
        begin_screening(queue, reviewer, now=at)
    except Conflict:
        return screening_page(request, queue, reviewer, status=409)
    return go_on(request, queue, reviewer, at=at)


def screening_page(request: HttpRequest, queue: Queue, reviewer: Rater, *, status: int = 200) -> HttpResponse:
    moment = now()
    begun = open_screening(queue, reviewer)
    progress = progress_of([begun])[begun.pk] if begun else None
    if request.htmx and not (progress and progress.is_through):
        return HttpResponse(headers={"HX-Refresh": "true"})
    admission = admission_to(queue, reviewer, now=moment)
    version = version_in_use(queue.rubric)
    context = {
        "nav": nav_for(request),
        "queue": queue,
        "admission": admission,
        "progress": progress,
        "refusal": refusal_to_begin(queue, reviewer, version, admission=admission) if version and not begun else "",
        "fewest_right": fewest_right(queue.n_screen, passing_share=queue.screen_passing_share),
        "tries": tries_of(queue, reviewer, now=moment),
        "to_ask": people_to_ask(queue.project),
    }
    return render(request, "labeling/screenings/screening.html", context, status=status)
