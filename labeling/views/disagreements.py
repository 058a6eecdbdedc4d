"""Meta-review: where a judge and the final label differ, an owner says whose error it was, the surest first."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from labeling.forms.complaints import show_complaints
from labeling.forms.meta_reviews import MetaReviewForm
from labeling.models import JudgeVersion, Membership, MetaReview
from labeling.policy.blinding import blind_item
from labeling.policy.errors import Invalid, NotVisible
from labeling.queries.access import GONE, judge_version_in, managed_project_for, owned_project_for, roles_of
from labeling.queries.disagreements import (
    MOST_LOOKED_AT,
    Disagreement,
    cause_shares,
    disagreements_of,
    next_to_look_at,
    voices_on,
)
from labeling.services.meta_reviews import record_finding
from labeling.views.http import now, project_context, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def disagreements(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    """One disagreement with the choice, the list of all, and what was found so far. Owners choose, admins read."""
    get_project = owned_project_for if request.method == "POST" else managed_project_for
    project = get_project(request.user, slug)
    judge_version = judge_version_in(project, judge_version_id)
    found = disagreements_of(judge_version, now=now())
    named = request.POST.get("of", "") if request.method == "POST" else request.GET.get("of", "")
    chosen = next_to_look_at(found, named=named)
    if named and chosen is None:
        raise NotVisible(GONE)
    form = MetaReviewForm(request.POST if request.method == "POST" else None, initial=initial_of(chosen))
    if request.method == "POST" and chosen is not None and form.is_valid():
        given = form.cleaned_data
        try:
            finding = record_finding(
                judge_version, chosen, cause=given["cause"], note=given["note"], actor=request.user, now=now()
            )
        except Invalid as error:
            show_complaints(form, error)
        else:
            tell_what_follows(request, finding)
            return redirect("disagreements", slug=slug, judge_version_id=judge_version.pk)
    context = project_context(
        request,
        project,
        judge=judge_version,
        found=found,
        chosen=chosen,
        form=form,
        may_choose=Membership.Role.OWNER in roles_of(request.user, project),
        shares=cause_shares(judge_version),
        n_open=sum(one.finding is None for one in found),
        most_looked_at=MOST_LOOKED_AT,
        **shown_of(chosen),
        crumbs=crumbs_to(judge_version),
    )
    return render(request, "labeling/judges/disagreements.html", context, status=422 if form.errors else 200)


def initial_of(chosen: Disagreement | None) -> dict[str, Any]:
    finding = chosen.finding if chosen else None
    return {"cause": finding.cause, "note": finding.note} if finding else {}


def shown_of(chosen: Disagreement | None) -> dict[str, Any]:
    if chosen is None:
        return {"shown": None, "voices": []}
    payload = getattr(chosen.item, "payload", None)
    shown = blind_item(chosen.item.kind, payload.context, payload.texts) if payload else None
    return {"shown": shown, "voices": voices_on(chosen)}


def crumbs_to(judge_version: JudgeVersion) -> list[dict[str, str]]:
    slug = judge_version.project.slug
    return [
        {"label": "Judges", "url": reverse("judges", args=[slug])},
        {"label": judge_version.name, "url": reverse("judge", args=[slug, judge_version.pk])},
    ]


def tell_what_follows(request: HttpRequest, finding: MetaReview) -> None:
    follows = {
        MetaReview.Cause.PEOPLE: "Noted. The list below offers to re-open the label.",
        MetaReview.Cause.RUBRIC: "Noted. The list below offers to note the gap in the rubric.",
    }
    messages.success(request, follows.get(MetaReview.Cause(finding.cause), "Noted."))
