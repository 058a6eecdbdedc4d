"""Calibration rounds: opening one, how far it is, and who said what once it is closed."""

from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import make_aware
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.rounds import RoundForm
from labeling.models import CalibrationRound, Project, User
from labeling.policy.errors import Invalid
from labeling.queries.access import managed_project_for, queue_in
from labeling.queries.days import day_of
from labeling.queries.ratings import filter_of_round
from labeling.queries.rounds import (
    able_reviewers_in,
    items_of_round,
    participants_of,
    round_in,
    rounds_of,
    scheduled_rounds,
)
from labeling.services.rounds import close_round, open_round
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def rounds(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    form = RoundForm(request.POST or None, project=project, reviewers=able_reviewers_in(project), today=day_of(now()))
    if request.method == "POST" and form.is_valid():
        try:
            opened = round_from(form, project=project, opener=request.user)
        except Invalid as error:
            complaints = {{"due_at": "last_day"}.get(key, key): text for key, text in error.complaints.items()}
            show_complaints(form, Invalid(complaints))
        else:
            messages.success(request, f"{opened.name} is open. Its items come up among everybody's other work.")
            return redirect("round", slug=slug, round_id=opened.pk)
    context = project_context(
        request, project, rounds=rounds_of(project), scheduled=scheduled_rounds(project, now=now()), form=form
    )
    return render(request, "labeling/rounds/rounds.html", context, status=422 if form.errors else 200)


def round_from(form: RoundForm, *, project: Project, opener: User) -> CalibrationRound:
    given = form.cleaned_data
    return open_round(
        queue_in(project, int(given["queue"])),
        name=given["name"],
        n_items=given["n_items"],
        reviewer_ids=form.reviewer_ids(),
        # Its last day is a whole one.
        due_at=make_aware(datetime.combine(given["last_day"] + timedelta(days=1), time())),
        opener=opener,
        now=now(),
    )


@signed_in
@require_safe
def round(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    shown = round_in(project, round_id)
    asked = f"?version={shown.rubric_version_id}&filter={filter_of_round(shown.pk).name}"
    context = project_context(
        request,
        project,
        round=shown,
        participants=participants_of(shown),
        items=items_of_round(shown),
        numbers_url=reverse("agreement", args=[slug]) + asked,
        production_url=reverse("agreement", args=[slug]) + f"?version={shown.rubric_version_id}",
        crumbs=[{"label": "Calibration rounds", "url": reverse("rounds", args=[slug])}],
    )
    return render(request, "labeling/rounds/round.html", context)


@signed_in
@require_POST
def round_closings(request: HttpRequest, slug: str, round_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    if close_round(round_in(project, round_id).pk, closer=request.user, now=now()):
        messages.success(request, "The round is closed. Now it says who said what.")
    return redirect("round", slug=slug, round_id=round_id)
