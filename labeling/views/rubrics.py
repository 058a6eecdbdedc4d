"""Rubrics: making one, reading a version the way reviewers do, and comparing two."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.reviews import ReviewForm, review_form
from labeling.forms.rubrics import EMPTY, CareForm, RubricForm, UseForm
from labeling.models import Project, RubricVersion, User
from labeling.policy.errors import Invalid, NotVisible
from labeling.policy.parts import questions_asked
from labeling.policy.presets import PRESETS
from labeling.policy.rubric_files import fingerprint_of
from labeling.policy.rubric_rules import WITH_OPTIONS, WrittenRubric, missing_for_use
from labeling.policy.rubrics import Option, Question
from labeling.queries.access import managed_project_for, rubric_version_in
from labeling.queries.outcomes import outcomes_of
from labeling.queries.rubric_versions import (
    approval_of,
    changes_since,
    draft_of,
    may_be_changed,
    n_gold_lacking,
    open_gaps_of,
    possible_owners_of,
    sentences_on_change,
    times_of,
    version_before,
    version_in_use,
    written_rubric_of,
)
from labeling.queries.rubrics import gap_in, gaps_of, label_count_of, rubrics_of
from labeling.queries.screening_results import n_earned_on
from labeling.services.rubrics import close_gap, create_rubric, open_gap, write_rubric
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
            if version.is_draft:
                messages.success(request, f"{version.rubric.name} is there. Write its first question.")
                return redirect("rubric_draft", slug=slug, version_id=version.pk)
            messages.success(request, f"{version.rubric.name} is there. Read it the way reviewers will.")
            return redirect("rubric_version", slug=slug, version_id=version.pk)
    context = project_context(request, project, form=form, rubrics=rubrics_of(project), today=localdate())
    return render(request, "labeling/rubrics/rubrics.html", context, status=422 if form.errors else 200)


def rubric_from(form: RubricForm, *, project: Project, author: User) -> RubricVersion:
    given = form.cleaned_data
    named = {"project": project, "key": given["slug"], "name": given["name"], "author": author, "now": now()}
    if given["preset"] == EMPTY:
        return write_rubric(written=WrittenRubric(), **named)
    return create_rubric(preset=PRESETS[given["preset"]], **named)


@signed_in
@require_safe
def rubric_version(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    return version_page(request, project, rubric_version_in(project, version_id))


def version_page(
    request: HttpRequest,
    project: Project,
    version: RubricVersion,
    *,
    use_form: UseForm | None = None,
    care_form: CareForm | None = None,
) -> HttpResponse:
    written, before, in_use = written_rubric_of(version), version_before(version), version_in_use(version.rubric)
    use_form = use_form or UseForm(gaps=open_gaps_of(version.rubric))
    care_form = care_form or CareForm(people=possible_owners_of(project), version=version)
    context = project_context(
        request,
        project,
        version=version,
        questions=written.questions,
        form=preview_form(written.questions, asks_verdict=version.asks_verdict),
        label_count=label_count_of(version),
        outcomes=outcomes_of(version),
        gaps=gaps_of(version),
        before=before,
        draft=draft_of(version.rubric),
        is_superseded=in_use is not None and not version.is_draft and in_use.pk != version.pk,
        may_be_changed=may_be_changed(version),
        approval=approval_of(version),
        based_on=fingerprint_of(written),
        missing=missing_for_use(written),
        n_changes=changes_since(before, version).n_changed if before else None,
        n_gold_lacking=n_gold_lacking(version),
        n_earned=n_earned_on(version.rubric, now=now()) if version.is_draft else 0,
        times=times_of(version),
        use_form=use_form,
        care_form=care_form,
        is_review_overdue=version.rubric.review_on is not None and version.rubric.review_on < localdate(),
    )
    status = 422 if use_form.errors or care_form.errors else 200
    return render(request, "labeling/rubrics/rubric_version.html", context, status=status)


def preview_form(questions: Sequence[Question], *, asks_verdict: bool) -> ReviewForm:
    """The desk's own form, drawn by its own fragments: a preview made apart from them would drift from what reviewers
    see. A question that is being written is left out until there is a first answer to choose, and may lack its key."""
    shown = [
        replace(question, key=question.key or f"question-{number}", options=tuple(filter(has_value, question.options)))
        for number, question in enumerate(questions, start=1)
        if question.scale not in WITH_OPTIONS or any(map(has_value, question.options))
    ]
    return review_form(questions_asked(tuple(shown), None), {}, asks_verdict=asks_verdict)


def has_value(option: Option) -> bool:
    return bool(option.value)


@signed_in
@require_safe
def rubric_changes(request: HttpRequest, slug: str, version_id: int) -> HttpResponse:
    """What a version asks otherwise than an earlier one, and what that did to agreement."""
    project = managed_project_for(request.user, slug)
    version = rubric_version_in(project, version_id)
    others = list(version.rubric.versions.exclude(pk=version.pk).order_by("-number"))
    asked = request.GET.get("since", "")
    earlier = next((one for one in others if str(one.number) == asked), None) if asked else version_before(version)
    if earlier is None:
        raise NotVisible("There is no such version of this rubric to compare with.")
    is_next = version_before(version) == earlier
    context = project_context(
        request,
        project,
        version=version,
        earlier=earlier,
        others=others,
        changes=changes_since(earlier, version),
        effects=sentences_on_change(version) if is_next else {},
        is_next=is_next,
        n_gold_lacking=n_gold_lacking(version) if is_next else 0,
        crumbs=[
            {"label": "Rubrics", "url": reverse("rubrics", args=[slug])},
            {"label": str(version), "url": reverse("rubric_version", args=[slug, version.pk])},
        ],
    )
    return render(request, "labeling/rubrics/rubric_changes.html", context)


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
