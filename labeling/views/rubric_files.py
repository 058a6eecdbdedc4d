"""Rubrics as JSON files: taking one along, and bringing one in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from labeling.forms.rubrics import RubricFileForm
from labeling.models import Project, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.rubric_files import document_of, read_json
from labeling.policy.rubric_rules import WrittenRubric
from labeling.queries.access import managed_project_for, rubric_version_in
from labeling.queries.rubric_versions import written_rubric_of
from labeling.services.rubric_versions import write_version
from labeling.services.rubrics import write_rubric
from labeling.views.files import json_file
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_safe
def rubric_file(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    version = rubric_version_in(managed_project_for(request.user, slug), version_id)
    return json_file(f"rubric-{version.rubric.key}-v{version.number}.json", document_of(written_rubric_of(version)))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_rubric_file(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    rubrics = project.rubrics.all()
    form = RubricFileForm(request.POST or None, request.FILES or None, rubrics=rubrics)
    complaints: dict[str, str] = {}
    if request.method == "POST" and form.is_valid():
        reading = read_json(form.cleaned_data["file"].read())
        try:
            if reading.complaints:
                raise Invalid(reading.complaints)
            version = version_from(reading.rubric, form, project=project, author=request.user)
        except Invalid as error:
            complaints = error.complaints
        else:
            messages.success(request, f"{version} is there as a draft. Read it the way reviewers will.")
            return redirect("rubric_version", slug=slug, version_id=version.pk)
    context = project_context(request, project, form=form, complaints=complaints)
    status = 422 if form.errors or complaints else 200
    return render(request, "labeling/rubrics/new_rubric_file.html", context, status=status)


def version_from(written: WrittenRubric, form: RubricFileForm, *, project: Project, author: User) -> RubricVersion:
    chosen = form.cleaned_data["rubric"]
    if chosen is not None:
        return write_version(project.rubrics.get(pk=chosen), written, author=author, now=now())
    key = slugify(written.key or written.name)[:50].strip("-")
    if not written.name or not key:
        raise Invalid({"name": "Name the rubric in the file; it becomes one of its own."})
    return write_rubric(project=project, key=key, name=written.name, written=written, author=author, now=now())
