"""The queues of a project: what waits in each, who is at work, and making another."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from labeling.forms.complaints import show_complaints
from labeling.forms.queues import KIND_NAMES, QueueForm
from labeling.models import Membership, Project, Queue, User
from labeling.policy.errors import Invalid, NotAllowed
from labeling.queries.access import managed_project_for, roles_of
from labeling.queries.projects import unqueued_kinds
from labeling.queries.queue_loads import held_slots, queue_loads
from labeling.services.queues import create_queue
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def queues(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    if request.method == "POST" and not is_admin:
        raise NotAllowed("Queues are made by an admin of this project; ask one of them.")
    unqueued = unqueued_kinds(project)
    rubrics = list(project.rubrics.all())
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
    context = project_context(
        request,
        project,
        form=form,
        has_rubrics=bool(rubrics),
        loads=[
            {"load": load, "kinds": [KIND_NAMES.get(kind, kind) for kind in load.queue.kinds]}
            for load in queue_loads(project)
        ],
        held=list(held_slots(project)) if is_admin else [],
        unqueued=[(KIND_NAMES.get(kind, kind), n_items) for kind, n_items in unqueued],
        read_at=moment,
    )
    return render(request, "labeling/queues/queues.html", context, status=422 if form.errors else 200)


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
