"""The queues of a project: what waits in each, how each hands out, and making another."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from labeling.forms.complaints import show_complaints
from labeling.forms.queues import KIND_NAMES, QualifyingForm, QueueChangeForm, QueueForm
from labeling.models import Membership, Project, Queue, User
from labeling.policy.errors import Invalid, NotAllowed
from labeling.queries.access import managed_project_for, queue_in, roles_of
from labeling.queries.named_decisions import guards_of
from labeling.queries.queue_loads import queues_of
from labeling.queries.rosters import roster_of
from labeling.queries.rubric_versions import usable_rubrics_of, version_in_use
from labeling.queries.screening_results import screenings_of, stock_of
from labeling.queries.tallies import QUEUES, STATUSES, counted
from labeling.services.queues import change_queue, create_queue
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def queues(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    if request.method == "POST" and not is_admin:
        raise NotAllowed("Queues are made by an admin of this project; ask one of them.")
    moment = now()
    counts = counted(QUEUES, project, now=moment)
    statuses = counted(STATUSES, project, now=moment)
    unqueued = statuses.numbers.unqueued
    rubrics = list(usable_rubrics_of(project))
    form = QueueForm(request.POST or None, rubrics=rubrics, kinds=[kind for kind, _ in unqueued])
    if request.method == "POST" and form.is_valid():
        try:
            queue = queue_from(form, project=project, author=request.user)
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"{queue.name} is open. Items of its kinds come in within seconds.")
            return redirect("queues", slug=slug)
    guards = guards_of(project, now=moment)
    context = project_context(
        request,
        project,
        form=form,
        has_rubrics=bool(rubrics),
        rows=[
            {
                "queue": queue,
                # None of a queue that is newer than the count.
                "load": counts.numbers.loads.get(queue.pk),
                "health": counts.numbers.health.get(queue.pk),
                "kinds": [KIND_NAMES.get(kind, kind) for kind in queue.kinds],
                "guard": guards.get(queue.pk),
            }
            for queue in queues_of(project)
        ],
        unqueued=[(KIND_NAMES.get(kind, kind), n_items) for kind, n_items in unqueued],
        # The page says one time of all its numbers: that of the oldest.
        counts=min(counts, statuses, key=lambda one: one.counted_at),
        read_at=counts.counted_at,
    )
    return render(request, "labeling/queues/queues.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    """One queue: who may draw from it, how they qualify, and how it hands out.

    Its admins change the last two here, each by a form of its own.
    """
    project = managed_project_for(request.user, slug)
    found = queue_in(project, queue_id)
    if request.method == "POST" and Membership.Role.ADMIN not in roles_of(request.user, project):
        raise NotAllowed("Queues are changed by an admin of this project; ask one of them.")
    is_qualifying = request.POST.get("form") == "qualifying"
    form = QueueChangeForm(None if is_qualifying else request.POST or None, queue=found)
    qualifying = QualifyingForm(request.POST if is_qualifying else None, queue=found)
    sent = qualifying if is_qualifying else form
    if request.method == "POST" and sent.is_valid():
        try:
            changes = change_queue(
                found, reason=sent.cleaned_data["reason"], actor=request.user, now=now(), **sent.settings()
            )
        except Invalid as error:
            show_complaints(sent, error)
        else:
            messages.success(request, "Changed." if changes else "Nothing was changed: it is all so already.")
            return redirect("queue", slug=slug, queue_id=found.pk)
    context = queue_context(request, project, found) | {"form": form, "qualifying": qualifying}
    return render(request, "labeling/queues/queue.html", context, status=422 if sent.errors else 200)


def queue_context(request: HttpRequest, project: Project, queue: Queue) -> dict[str, Any]:
    moment = now()
    version = version_in_use(queue.rubric) if queue.needs_qualification else None
    return project_context(
        request,
        project,
        queue=queue,
        stock=stock_of(queue, version) if version else None,
        screenings=screenings_of(queue),
        roster=roster_of(queue, now=moment),
        kinds=[KIND_NAMES.get(kind, kind) for kind in queue.kinds],
        crumbs=[{"label": "Queues", "url": reverse("queues", args=[project.slug])}],
    )


def queue_from(form: QueueForm, *, project: Project, author: User) -> Queue:
    given = form.cleaned_data
    return create_queue(
        project=project,
        slug=given["slug"],
        name=given["name"],
        rubric=project.rubrics.get(pk=given["rubric"]),
        kinds=given["kinds"],
        author=author,
        now=now(),
        **form.settings(),
    )
