"""The queues of a project: what waits in each, how each hands out, and making another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from labeling.forms.complaints import show_complaints
from labeling.forms.queues import KIND_NAMES, QueueChangeForm, QueueForm
from labeling.models import Membership, Project, Queue, User
from labeling.policy.errors import Invalid, NotAllowed
from labeling.queries.access import managed_project_for, queue_in, roles_of
from labeling.queries.projects import unqueued_kinds
from labeling.queries.queue_health import queue_health
from labeling.queries.queue_loads import queue_loads
from labeling.queries.rosters import roster_of
from labeling.queries.rubric_versions import usable_rubrics_of
from labeling.services.queues import change_queue, create_queue
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def queues(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    if request.method == "POST" and not is_admin:
        raise NotAllowed("Queues are made by an admin of this project; ask one of them.")
    unqueued = unqueued_kinds(project)
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
    moment = now()
    loads = queue_loads(project)
    health = queue_health(project, loads, now=moment)
    context = project_context(
        request,
        project,
        form=form,
        has_rubrics=bool(rubrics),
        loads=[
            {
                "load": load,
                "kinds": [KIND_NAMES.get(kind, kind) for kind in load.queue.kinds],
                "health": health[load.queue.pk],
            }
            for load in loads
        ],
        unqueued=[(KIND_NAMES.get(kind, kind), n_items) for kind, n_items in unqueued],
        read_at=moment,
    )
    return render(request, "labeling/queues/queues.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    """One queue: who may draw from it, and how it hands out, which its admins change here."""
    project = managed_project_for(request.user, slug)
    found = queue_in(project, queue_id)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    if request.method == "POST" and not is_admin:
        raise NotAllowed("Queues are changed by an admin of this project; ask one of them.")
    form = QueueChangeForm(request.POST or None, queue=found)
    if request.method == "POST" and form.is_valid():
        try:
            changes = change_queue(
                found, reason=form.cleaned_data["reason"], actor=request.user, now=now(), **form.settings()
            )
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, "Changed." if changes else "Nothing was changed: it is all so already.")
            return redirect("queue", slug=slug, queue_id=found.pk)
    context = project_context(
        request,
        project,
        queue=found,
        form=form,
        roster=roster_of(found, now=now()),
        kinds=[KIND_NAMES.get(kind, kind) for kind in found.kinds],
        crumbs=[{"label": "Queues", "url": reverse("queues", args=[slug])}],
    )
    return render(request, "labeling/queues/queue.html", context, status=422 if form.errors else 200)


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
