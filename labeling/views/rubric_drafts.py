"""Writing a draft of a rubric version, and what becomes of it: approved, put to use or discarded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.rubric_builder import document_from, pressed, with_keys
from labeling.forms.rubric_fields import builder_of, complaints_in_words
from labeling.forms.rubrics import CareForm, UseForm
from labeling.models import Project, RubricVersion
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.rubric_files import Document, document_of, fingerprint_of, read_document
from labeling.policy.rubric_rules import warnings_about
from labeling.queries.access import managed_project_for, rubric_version_in
from labeling.queries.rubric_versions import (
    may_be_changed,
    open_gaps_of,
    open_points_for,
    possible_owners_of,
    version_before,
    written_rubric_of,
)
from labeling.services.rubric_versions import (
    approve_version,
    discard_draft,
    put_to_use,
    save_questions,
    set_care,
    start_next_version,
)
from labeling.views.http import now, project_context, signed_in
from labeling.views.rubrics import preview_form, version_page

SAVE, PREVIEW = "save", "preview"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def rubric_draft(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """The builder. Posted it saves, previews, or adds, moves and removes rows, as its button says."""
    project = managed_project_for(request.user, slug)
    version = rubric_version_in(project, version_id)
    if not may_be_changed(version):
        raise Conflict("This version is asked already, so it stays as it is; write its next version.")
    if request.method != "POST":
        written = written_rubric_of(version)
        return builder_page(request, project, version, document_of(written), based_on=fingerprint_of(written))
    document, based_on = document_from(request.POST), request.POST.get("based_on", "")
    action = request.POST.get("do", SAVE)
    if action == SAVE:
        return save(request, project, version, with_keys(document), based_on=based_on)
    focus = ""
    if action != PREVIEW:
        document, focus = pressed(document, action)
    return builder_page(request, project, version, document, based_on=based_on, focus=focus)


def save(
    request: HttpRequest, project: Project, version: RubricVersion, document: Document, *, based_on: str
) -> HttpResponse:
    reading = read_document(document)
    try:
        if reading.complaints:
            raise Invalid(reading.complaints)
        is_new = save_questions(version, reading.rubric, based_on=based_on, author=request.user, now=now())
    except (Invalid, Conflict) as error:
        complaints = error.complaints if isinstance(error, Invalid) else {"saving": str(error)}
        status = 422 if isinstance(error, Invalid) else 409
        return builder_page(
            request, project, version, document, based_on=based_on, complaints=complaints, status=status
        )
    if not version.is_draft:
        said = "Saved. This version is in use, so that is what is asked from now on."
    else:
        said = "Saved. It is asked of nobody until the draft is put to use."
    messages.success(request, said if is_new else "Nothing was changed.")
    return redirect("rubric_draft", slug=project.slug, version_id=version.pk)


def builder_page(
    request: HttpRequest,
    project: Project,
    version: RubricVersion,
    document: Document,
    *,
    based_on: str,
    complaints: dict[str, str] | None = None,
    focus: str = "",
    status: int = 200,
) -> HttpResponse:
    reading = read_document(with_keys(document))
    builder = builder_of(document, complaints=complaints, warnings=warnings_about(reading.rubric), focus=focus)
    context = project_context(
        request,
        project,
        version=version,
        builder=builder,
        based_on=based_on,
        preview=preview_form(reading.rubric.questions, asks_verdict=reading.rubric.asks_verdict),
        instructions=reading.rubric.instructions,
        # What is still to be written is told beside the preview; only what was refused is marked at its field.
        to_do=complaints_in_words(complaints or reading.complaints, document["criteria"]),
        points=open_points_for(version),
        before=version_before(version),
        is_refused=bool(complaints),
        crumbs=crumbs_to(version, project),
    )
    return render(request, f"labeling/rubrics/{template_for(request)}", context, status=status)


def template_for(request: HttpRequest) -> str:
    if not request.htmx or request.POST.get("do") == SAVE:
        return "rubric_draft.html"
    return "_preview.html" if request.POST.get("do") == PREVIEW else "_swapped.html"


def crumbs_to(version: RubricVersion, project: Project) -> list[dict[str, str]]:
    return [
        {"label": "Rubrics", "url": reverse("rubrics", args=[project.slug])},
        {"label": str(version), "url": reverse("rubric_version", args=[project.slug, version.pk])},
    ]


# --- what becomes of it -----------------------------------------------------------------------------------------------


@signed_in
@require_POST
def next_versions(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    version = rubric_version_in(managed_project_for(request.user, slug), version_id)
    draft = start_next_version(version, author=request.user, now=now())
    messages.success(request, f"Version {draft.number} begins as a copy of version {version.number}.")
    return redirect("rubric_draft", slug=slug, version_id=draft.pk)


@signed_in
@require_POST
def approvals(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    version = rubric_version_in(managed_project_for(request.user, slug), version_id)
    approve_version(version, based_on=request.POST.get("based_on", ""), approver=request.user, now=now())
    messages.success(request, "Approved as it stands. Whoever changes it takes the approval away.")
    return redirect("rubric_version", slug=slug, version_id=version.pk)


@signed_in
@require_POST
def uses(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    version = rubric_version_in(project, version_id)
    form = UseForm(request.POST, gaps=open_gaps_of(version.rubric))
    if not form.is_valid():
        return version_page(request, project, version, use_form=form)
    given = form.cleaned_data
    put_to_use(version, reason=given["reason"], closes=given.get("closes", ()), actor=request.user, now=now())
    messages.success(request, f"Version {version.number} is in use: what comes in from now on is queued against it.")
    return redirect("rubric_version", slug=slug, version_id=version.pk)


@signed_in
@require_POST
def discards(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    version = rubric_version_in(managed_project_for(request.user, slug), version_id)
    discard_draft(version, actor=request.user, now=now())
    messages.success(request, "The draft is discarded.")
    return redirect("rubrics", slug=slug)


@signed_in
@require_POST
def cares(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """Who looks after the rubric of this version, and when they look at it again."""
    project = managed_project_for(request.user, slug)
    version = rubric_version_in(project, version_id)
    form = CareForm(request.POST, people=possible_owners_of(project), version=version)
    if not form.is_valid():
        return version_page(request, project, version, care_form=form)
    review_on = form.cleaned_data["review_on"]
    is_new = set_care(version.rubric, owner=form.chosen_owner, review_on=review_on, actor=request.user, now=now())
    messages.success(request, "Saved." if is_new else "Nothing was changed.")
    return redirect("rubric_version", slug=slug, version_id=version.pk)
