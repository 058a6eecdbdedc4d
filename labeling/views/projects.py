"""The front page of a project, and the way from an empty installation to one that works."""

from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.projects import ProjectForm
from labeling.models import Item, Membership, Project, User
from labeling.policy.errors import Invalid, NotVisible
from labeling.queries.access import (
    GONE,
    administered_project_for,
    administered_projects_for,
    managed_project_for,
    may_create_projects,
    roles_of,
)
from labeling.queries.projects import Overview, Progress, overview_of, progress_of
from labeling.services.projects import create_project
from labeling.views.http import nav_for, now, project_context, signed_in


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a working project needs: what it is for, where it is done, and whether it is."""

    title: str
    text: str
    action: str
    url: str
    is_done: bool
    is_admins: bool = True
    other_action: str = ""
    other_url: str = ""


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def first_steps(request: HttpRequest) -> HttpResponse:
    if not may_create_projects(request.user):
        raise NotVisible(GONE)
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = create_project(
                slug=form.cleaned_data["slug"], name=form.cleaned_data["name"], creator=request.user, now=now()
            )
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"{project.name} is there. You are its admin.")
            return redirect(f"{reverse('first_steps')}?{urlencode({'project': project.slug})}")
    begun = project_under_way(request.user, request.GET.get("project", ""))
    progress = progress_of(begun) if begun else None
    context = {
        "nav": nav_for(request),
        "form": form,
        "begun": begun,
        "progress": progress,
        "steps": numbered_steps(begun, progress, is_admin=True) if begun else [],
        "has_projects": administered_projects_for(request.user).exists(),
    }
    return render(request, "labeling/projects/first_steps.html", context, status=422 if form.errors else 200)


def project_under_way(user: User, slug: str) -> Project | None:
    """The project asked for, else the newest of this person's that is not complete yet."""
    if slug:
        return administered_project_for(user, slug)
    newest = administered_projects_for(user).order_by("-created_at", "-id")[:5]
    return next((project for project in newest if not progress_of(project).is_complete), None)


@signed_in
@require_safe
def project(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    moment = now()
    overview = overview_of(project, now=moment)
    progress = progress_of(project)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    context = project_context(
        request,
        project,
        overview=overview,
        tiles=status_tiles(project, overview),
        progress=progress,
        steps=[] if progress.is_complete else numbered_steps(project, progress, is_admin=is_admin),
        is_late=overview.oldest_waiting is not None and overview.oldest_waiting.due_at < moment,
    )
    return render(request, "labeling/projects/project.html", context)


def status_tiles(project: Project, overview: Overview) -> list[dict[str, object]]:
    items = address_in(project, "items")
    return [
        {
            "status": status,
            "label": Item.Status(status).label,
            "n_items": n_items,
            "percent": round(100 * n_items / overview.n_items),
            "url": f"{items}?{urlencode({'status': status})}",
        }
        for status, n_items in overview.n_by_status.items()
        # An empty exception is not worth a tile; the stations of the journey always are.
        if overview.n_items and (n_items or status in (Item.Status.SHIPPED, Item.Status.IN_REVIEW, Item.Status.FINAL))
    ]


def numbered_steps(project: Project, progress: Progress, *, is_admin: bool) -> list[dict[str, object]]:
    """The steps as the page shows them: the first that is open is the current one."""
    steps = steps_of(project, progress)
    current = next((step for step in steps if not step.is_done), None)
    return [{"step": step, "is_current": step is current, "is_mine": is_admin or not step.is_admins} for step in steps]


def steps_of(project: Project, progress: Progress) -> list[Step]:
    return [*steps_to_set_up(project, progress), *steps_to_begin(project, progress)]


def steps_to_set_up(project: Project, progress: Progress) -> list[Step]:
    at = partial(address_in, project)
    return [
        Step(
            "Add people",
            f"{counted(progress.n_reviewers, 'reviewer')}."
            if progress.n_reviewers
            else "Reviewers label, blind: others than you, who sees sources, and at least two, whom high stakes need.",
            "Add people",
            at("people"),
            progress.n_reviewers > 0,
        ),
        Step(
            "Choose a rubric",
            f"{counted(progress.n_rubrics, 'rubric')}."
            if progress.n_rubrics
            else "The questions that reviewers answer about each item. Start from a preset.",
            "Choose a rubric",
            at("rubrics"),
            progress.n_rubrics > 0,
            is_admins=False,
        ),
        Step(
            "Open a queue",
            f"{counted(progress.n_queues, 'queue')}."
            if progress.n_queues
            else "Where items wait: which kinds, against which rubric, how many reviews each.",
            "Open a queue",
            at("queues"),
            progress.n_queues > 0,
        ),
    ]


def address_in(project: Project, name: str) -> str:
    return reverse(name, args=[project.slug])


def steps_to_begin(project: Project, progress: Progress) -> list[Step]:
    at = partial(address_in, project)
    return [
        Step(
            "Publish a routing policy",
            f"Version {progress.policy_number} is live."
            if progress.policy_number
            else "It decides which items a person sees. Until there is one, nothing ships and nothing is reviewed.",
            "Set up routing",
            at("new_policy"),
            progress.policy_number is not None,
        ),
        Step(
            "Bring in items",
            came_in_text(progress),
            "Import a file",
            at("ingest"),
            progress.n_items > 0 or progress.n_tokens > 0,
            other_action="Make a token",
            other_url=at("tokens"),
        ),
        Step(
            "Label the first item",
            f"{counted(progress.n_reviews, 'review')} so far."
            if progress.n_reviews
            else "A reviewer logs in and presses Start reviewing. The queue shows who is at work.",
            "See the queues",
            at("queues"),
            progress.n_reviews > 0,
            is_admins=False,
        ),
    ]


def counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def came_in_text(progress: Progress) -> str:
    if progress.n_items:
        return f"{counted(progress.n_items, 'item')} came in."
    if progress.n_tokens:
        return f"{counted(progress.n_tokens, 'token')} made; no item has come in yet."
    return "Import a first file, or let a service send its outputs by the API."
