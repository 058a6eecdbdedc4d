"""Who may draw from a queue: its duties, who is qualified for it, and who is away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.complaints import show_complaints
from labeling.forms.duties import AbsenceForm, DutiesForm, QualificationForm, ReasonForm
from labeling.models import Project, Queue, Rater
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import (
    absence_in,
    administered_project_for,
    managed_project_for,
    own_absence_for,
    qualification_in,
    queue_in,
    reviewer_in,
    reviewing_raters_of,
)
from labeling.queries.days import day_of
from labeling.queries.pages import page_of
from labeling.queries.rosters import (
    absences_of,
    own_absences_of,
    qualifications_of,
    reviewers_in,
    shown_absence,
)
from labeling.services.absences import cancel_absence, enter_absence
from labeling.services.duties import grant_qualification, set_duties, withdraw_qualification
from labeling.views.http import nav_for, now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def duties(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    queue = queue_in(project, queue_id)
    form = DutiesForm(request.POST or None, queue=queue, reviewers=reviewers_in(project), today=day_of(now()))
    if request.method == "POST" and form.is_valid():
        try:
            set_duties(
                queue,
                form.duties(),
                rotation=form.rotation(),
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=now(),
            )
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, "The duties are set; they hold from the next hand-out on.")
            return redirect("queue", slug=slug, queue_id=queue.pk)
    context = project_context(request, project, queue=queue, form=form, crumbs=crumbs_to(project, queue))
    return render(request, "labeling/queues/duties.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def qualifications(request: HttpRequest, slug: str, queue_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    queue = queue_in(project, queue_id)
    form = QualificationForm(request.POST or None, reviewers=reviewers_in(project))
    if request.method == "POST" and form.is_valid():
        reviewer = reviewer_in(project, form.cleaned_data["reviewer"])
        try:
            grant_qualification(
                queue,
                reviewer,
                reason=form.cleaned_data["reason"],
                last_day=form.cleaned_data["last_day"],
                actor=request.user,
                now=now(),
            )
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"{reviewer.user.shown_name} is qualified for {queue.name}.")
            return redirect("qualifications", slug=slug, queue_id=queue.pk)
    context = project_context(
        request,
        project,
        queue=queue,
        form=form,
        rows=qualifications_of(queue, now=now()),
        crumbs=crumbs_to(project, queue),
    )
    return render(request, "labeling/queues/qualifications.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def qualification_withdrawals(request: HttpRequest, slug: str, qualification_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    qualification = qualification_in(project, qualification_id)
    if qualification.withdrawn_at is not None:
        raise Conflict("This qualification was withdrawn already.")
    queue, name = qualification.queue, qualification.reviewer.user.shown_name
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_qualification(qualification, reason=form.cleaned_data["reason"], actor=request.user, now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"{name} draws from {queue.name} no more.")
            return redirect("qualifications", slug=slug, queue_id=queue.pk)
    context = project_context(
        request,
        project,
        title=f"Withdraw the qualification of {name}",
        text=f"{name} is handed nothing more from {queue.name}. What they hold now they may still submit.",
        label="Withdraw it",
        back=reverse("qualifications", args=[slug, queue.pk]),
        form=form,
        crumbs=crumbs_to(project, queue),
    )
    return render(request, "labeling/queues/confirm.html", context, status=422 if form.errors else 200)


def crumbs_to(project: Project, queue: Queue) -> list[dict[str, str]]:
    return [
        {"label": "Queues", "url": reverse("queues", args=[project.slug])},
        {"label": queue.name, "url": reverse("queue", args=[project.slug, queue.pk])},
    ]


# --- days away ----------------------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = AbsenceForm(request.POST or None, reviewers=reviewers_in(project))
    if request.method == "POST" and form.is_valid():
        reviewer = reviewer_in(project, form.cleaned_data["reviewer"])
        if is_entered(request, form, [reviewer]):
            messages.success(request, f"Nothing is handed to {reviewer.user.shown_name} on these days.")
            return redirect("absences", slug=slug)
    page = page_of(absences_of(project), request.GET.get("page"))
    context = project_context(
        request,
        project,
        form=form,
        page_obj=page,
        rows=[shown_absence(one, now=now()) for one in page.object_list],
    )
    return render(request, "labeling/queues/absences.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def my_absences(request: HttpRequest) -> HttpResponse:
    """One's own days away, in every project where one reviews."""
    reviewers = reviewing_raters_of(request.user)
    form = AbsenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and is_entered(request, form, reviewers):
        messages.success(request, "Nothing is handed to you on these days.")
        return redirect("my_absences")
    page = page_of(own_absences_of(request.user), request.GET.get("page"))
    context = {
        "nav": nav_for(request),
        "form": form,
        "reviews_here": bool(reviewers),
        "names_projects": len(reviewers) > 1,
        "page_obj": page,
        "rows": [shown_absence(one, now=now()) for one in page.object_list],
    }
    return render(request, "labeling/home/my_absences.html", context, status=422 if form.errors else 200)


def is_entered(request: HttpRequest, form: AbsenceForm, reviewers: list[Rater]) -> bool:
    """Enter the absence, or mark the form with why not."""
    given = form.cleaned_data
    days = {name: given[name] for name in ("first_day", "last_day", "reason")}
    try:
        enter_absence(reviewers, **days, actor=request.user, now=now())
    except Invalid as error:
        show_complaints(form, error)
    return form.is_valid()


@signed_in
@require_POST
def absence_cancellations(request: HttpRequest, slug: str, absence_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    cancel_absence(absence_in(project, absence_id), actor=request.user, now=now())
    messages.success(request, "The absence is cancelled.")
    return redirect("absences", slug=slug)


@signed_in
@require_POST
def my_absence_cancellations(request: HttpRequest, absence_id: int) -> HttpResponse:
    cancel_absence(own_absence_for(request.user, absence_id), actor=request.user, now=now())
    messages.success(request, "The absence is cancelled; you can go on.")
    return redirect("my_absences")
