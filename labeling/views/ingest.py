"""Import: uploading a file of outputs, and how far each delivery is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from labeling.formats.lines import show_size
from labeling.forms.ingest import UploadForm
from labeling.models import Project
from labeling.queries.access import administered_project_for, batch_in
from labeling.queries.ingest import recent_batches_of, shown_batch
from labeling.queries.job_pages import shown_job
from labeling.services.uploads import accept_upload
from labeling.views.http import now, project_context, signed_in

# How much of a body that is too large is still read, so that the browser gets to see the answer.
DRAINED_BODIES = 8
DRAIN_BYTES = 1024 * 1024
# What a form adds to its file: boundaries, names and the token.
FORM_BYTES = 16 * 1024


# Exempt here and protected in `ingest_form`: the check of the token reads the body, so it has to come after the
# check of its size.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def ingest(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_BYTES + FORM_BYTES:
        drain(request)
        return too_large(request, project)
    return ingest_form(request, project)


@csrf_protect
def ingest_form(request: HttpRequest, project: Project) -> HttpResponse:
    if request.method != "POST":
        return ingest_page(request, project, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return ingest_page(request, project, form, status=422)
    file = form.cleaned_data["file"]
    if file.size > settings.MAX_BODY_BYTES:
        return too_large(request, project)
    batch = accept_upload(
        project,
        file_name=file.name,
        file_format=form.cleaned_data["file_format"],
        content=file.read(),
        sent_by=request.user,
        now=now(),
    )
    return redirect("batch", slug=project.slug, batch_id=batch.pk)


def drain(request: HttpRequest) -> None:
    """Read on for a while and keep nothing: an answer to a body that is still being sent is lost with the line."""
    for _ in range(DRAINED_BODIES * settings.MAX_BODY_BYTES // DRAIN_BYTES):
        if not request.read(DRAIN_BYTES):
            return


def too_large(request: HttpRequest, project: Project) -> HttpResponse:
    limit = show_size(settings.MAX_BODY_BYTES)
    message = f"The file is over the limit of {limit} and was not stored. Split it, or use the command line."
    return ingest_page(request, project, UploadForm(), status=413, too_large=message)


def ingest_page(
    request: HttpRequest, project: Project, form: UploadForm, *, status: int = 200, too_large: str = ""
) -> HttpResponse:
    context = project_context(
        request,
        project,
        form=form,
        too_large=too_large,
        batches=recent_batches_of(project),
        api_url=request.build_absolute_uri(f"/api/v1/projects/{project.slug}/items"),
    )
    return render(request, "labeling/ingest/ingest.html", context, status=status)


@require_safe
@signed_in
def batch(request: HttpRequest, slug: str, batch_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    shown = shown_batch(batch_in(project, batch_id))
    context = project_context(
        request,
        project,
        shown=shown,
        shown_job=shown_job(shown.job, now=now()),
        crumbs=[{"label": "Import", "url": reverse("ingest", args=[project.slug])}],
    )
    # A boosted link asks through htmx too, and wants the whole page.
    template = "_batch.html" if request.htmx and not request.htmx.boosted else "batch.html"
    return render(request, f"labeling/ingest/{template}", context)
