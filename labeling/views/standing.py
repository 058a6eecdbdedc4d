"""Pauses, probation and appeals: the reviewer's own page, and what owners decide."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.standing import AppealForm, DecisionForm, EndingForm, PauseForm
from labeling.models import Appeal, StandingPeriod
from labeling.policy.errors import Conflict, Invalid, NotAllowed, NotVisible
from labeling.queries.access import (
    GONE,
    appeal_in,
    hand_out_for,
    managed_project_for,
    own_period_for,
    period_in,
    queue_in,
    reviewer_in,
)
from labeling.queries.appeals import accuracy_behind, answers_behind, appeals_of, periods_of, shown_standing
from labeling.queries.pages import page_of
from labeling.queries.reviews import standing_review
from labeling.services.appeals import appeal_known_answer, appeal_standing, decide_appeal, refusal_to_decide
from labeling.services.standing import clear_standing, let_back, pause
from labeling.views.http import nav_for, now, project_context, signed_in

# --- the reviewer's own -----------------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def standing(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Why somebody is paused or on probation, on what evidence, the way back, and their appeal."""
    period = own_period_for(request.user, queue_id)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            appeal_standing(period, words=form.cleaned_data["words"], now=now())
        except Invalid as error:
            show_complaints(form, error)
        except Conflict as refusal:
            messages.error(request, str(refusal))
            return redirect("standing", queue_id=queue_id)
        else:
            messages.success(request, "Your appeal is in. You read the decision here.")
            return redirect("standing", queue_id=queue_id)
    context = {"nav": nav_for(request), "shown": shown_standing(period), "form": form}
    return render(request, "labeling/standing/standing.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def training_appeals(request: HttpRequest, token: str) -> HttpResponse:
    """Of a training case whose known answer they were shown."""
    review = standing_review(hand_out_for(request.user, token))
    if review is None:
        raise NotVisible(GONE)
    try:
        appeal_known_answer(review, words=request.POST.get("words", ""), now=now())
    except (Invalid, Conflict) as refusal:
        messages.error(request, " ".join(refusal.complaints.values()) if isinstance(refusal, Invalid) else str(refusal))
    else:
        messages.success(request, "Your appeal is in; somebody else decides about it.")
    return redirect("desk", token=token)


# --- for owners and admins --------------------------------------------------------------------------------------------


@signed_in
@require_safe
def appeals(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    page = page_of(appeals_of(project), request.GET.get("page"))
    context = project_context(
        request, project, page_obj=page, appeals=page.object_list, periods=periods_of(project)[:50]
    )
    return render(request, "labeling/standing/appeals.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, slug: str, appeal_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    shown = appeal_in(project, appeal_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide_appeal(shown, **form.cleaned_data, actor=request.user, now=now())
        except (Conflict, NotAllowed) as refusal:
            messages.error(request, str(refusal))
            return redirect("appeal", slug=slug, appeal_id=appeal_id)
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"Decided; {shown.reviewer.user.shown_name} reads it on their page.")
            return redirect("appeals", slug=slug)
    context = project_context(
        request,
        project,
        appeal=shown,
        form=form,
        refusal=refusal_to_decide(shown, request.user),
        crumbs=[{"label": "Pauses and appeals", "url": reverse("appeals", args=[slug])}],
        **evidence_behind(shown),
    )
    return render(request, "labeling/standing/appeal.html", context, status=422 if form.errors else 200)


def evidence_behind(appeal: Appeal) -> dict:
    """What a pause by the rule rests on, as it counts now; nothing for one by hand."""
    if appeal.period is None or appeal.period.n_known is None:
        return {"missed": [], "accuracy": None}
    rows = answers_behind(appeal.period)
    return {"missed": [row for row in rows if not row.answer.is_right], "accuracy": accuracy_behind(rows)}


@signed_in
@require_POST
def pauses(request: HttpRequest, slug: str, reviewer_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    reviewer = reviewer_in(project, reviewer_id)
    form = PauseForm(request.POST, queues=list(project.queues.all()))
    if not form.is_valid():
        messages.error(request, "Choose a queue and say why, in at most 300 characters; nothing was changed.")
        return redirect("reviewer", slug=slug, reviewer_id=reviewer_id)
    queue = queue_in(project, int(form.cleaned_data["queue"]))
    period = pause(queue, reviewer, reason=form.cleaned_data["reason"], actor=request.user, now=now())
    messages.success(request, f"{period.reviewer.user.shown_name} is paused in {queue.name}, and told why.")
    return redirect(page_about(period))


@signed_in
@require_POST
def endings(request: HttpRequest, slug: str, period_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    period = period_in(project, period_id)
    form = EndingForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what follows and why, in at most 300 characters; nothing was changed.")
    else:
        end(period, request, ending=form.cleaned_data["ending"], reason=form.cleaned_data["reason"])
    return redirect(page_about(period))


def page_about(period: StandingPeriod) -> str:
    """The page of the person in the queue of the period: without a queue it tells of the busiest one."""
    page = reverse("reviewer", args=[period.queue.project.slug, period.reviewer_id])
    return f"{page}?queue={period.queue_id}"


def end(period: StandingPeriod, request: HttpRequest, *, ending: str, reason: str) -> None:
    name = period.reviewer.user.shown_name
    if ending == "probation":
        let_back(period, reason=reason, actor=request.user, now=now())
        messages.success(request, f"{name} is handed items again, on probation.")
    else:
        clear_standing(period, reason=reason, actor=request.user, now=now())
        messages.success(request, f"{name} is qualified as before.")
