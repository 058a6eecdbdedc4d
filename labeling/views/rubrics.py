"""Rubrics: making one from a preset, and reading a version the way reviewers do."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.reviews import review_form
from labeling.forms.rubrics import RubricForm
from labeling.models import Project, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.parts import questions_asked
from labeling.policy.presets import PRESETS
from labeling.queries.access import managed_project_for, rubric_version_in
from labeling.queries.rubrics import gap_in, gaps_of, label_count_of, questions_of, rubrics_of
from labeling.services.rubrics import close_gap, create_rubric, open_gap
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def rubrics(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    form = RubricForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = rubric_from(form, project=project, author=request.user)
        except Invalid as error:
            show_complaints(form, Invalid({"slug": error.complaints.get("key", str(error))}))
        else:
            messages.success(request, f"{version.rubric.name} is there. Read it the way reviewers will.")
            return redirect("rubric_version", slug=slug, version_id=version.pk)
    context = project_context(request, project, form=form, rubrics=rubrics_of(project))
    return render(request, "labeling/rubrics/rubrics.html", context, status=422 if form.errors else 200)


def rubric_from(form: RubricForm, *, project: Project, author: User) -> RubricVersion:
    given = form.cleaned_data
    return create_rubric(
        project=project,
        key=given["slug"],
        name=given["name"],
        preset=PRESETS[given["preset"]],
        author=author,
        now=now(),
    )


@signed_in
@require_safe
def rubric_version(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    version = rubric_version_in(project, version_id)
    questions = questions_of(version)
    context = project_context(
        request,
        project,
        version=version,
        questions=questions,
        # The desk's own form and fragments: a preview made apart from them would drift from what reviewers see.
        form=review_form(questions_asked(questions, None), {}, asks_verdict=version.asks_verdict),
        label_count=label_count_of(version),
        gaps=gaps_of(version),
    )
    return render(request, "labeling/rubrics/rubric_version.html", context)


@signed_in
@require_POST
def gaps(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """Open a guideline gap, from the report that showed it."""
    version = rubric_version_in(managed_project_for(request.user, slug), version_id)
    question_key, statement = request.POST.get("question", ""), request.POST.get("statement", "")[:500]
    open_gap(version, question_key=question_key, statement=statement, opener=request.user, now=now())
    messages.success(request, f"The gap on {question_key} is open. It stays here until a new version closes it.")
    return redirect("rubric_version", slug=slug, version_id=version.pk)


@signed_in
@require_POST
def gap_closings(request: HttpRequest, slug: str, version_id: int, gap_id: int) -> HttpResponse:
    version = rubric_version_in(managed_project_for(request.user, slug), version_id)
    close_gap(gap_in(version, gap_id), closer=request.user, now=now())
    messages.success(request, "The gap is closed.")
    return redirect("rubric_version", slug=slug, version_id=version.pk)
