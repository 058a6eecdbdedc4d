"""How much a project decides without people: its guardrails, what contracted it, and what might come next."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from labeling.forms.autonomy import FallbackForm, GuardrailForm
from labeling.forms.complaints import show_complaints
from labeling.models import Project
from labeling.policy.autonomy import LADDER
from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, managed_project_for, policy_in
from labeling.queries.autonomy import Autonomy, autonomy_of
from labeling.queries.routing import versions_that_were_live
from labeling.services.autonomy import begin_proposal, nominate_fallback, set_guardrail
from labeling.views.http import now, project_context, signed_in


@require_safe
@signed_in
def autonomy(request: HttpRequest, slug: str) -> HttpResponse:
    return page(request, managed_project_for(request.user, slug))


def page(
    request: HttpRequest, project: Project, *, refused: GuardrailForm | FallbackForm | None = None
) -> HttpResponse:
    found = autonomy_of(project, now=now())
    context = project_context(
        request,
        project,
        found=found,
        ladder=LADDER[::-1],
        refusals=[error for errors in refused.errors.values() for error in errors] if refused else [],
        fallback_form=fallback_form(project, found),
    )
    return render(request, "labeling/autonomy/autonomy.html", context, status=422 if refused else 200)


def fallback_form(project: Project, found: Autonomy) -> FallbackForm:
    number = found.fallback.policy.number if found.fallback else ""
    return FallbackForm(choices=fallbacks_of(project), initial={"version": number})


def fallbacks_of(project: Project) -> list[tuple[str, str]]:
    return [(str(one.number), f"Version {one.number}: {one.reason[:60]}") for one in versions_that_were_live(project)]


@require_POST
@signed_in
def guardrails(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = GuardrailForm(request.POST)
    if form.is_valid():
        try:
            guardrail = set_guardrail(project, **form.cleaned_data, actor=request.user, now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            state = "on" if guardrail.is_on else "off"
            messages.success(request, f"{guardrail.get_kind_display()} is {state}.")
            return redirect("autonomy", slug=slug)
    return page(request, project, refused=form)


@require_POST
@signed_in
def fallbacks(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = FallbackForm(request.POST, choices=fallbacks_of(project))
    if not form.is_valid():
        return page(request, project, refused=form)
    number = form.cleaned_data["version"]
    nominate_fallback(project, policy_in(project, number) if number else None, actor=request.user, now=now())
    words = f"A contraction publishes version {number} again" if number else "A contraction sends everything to people"
    messages.success(request, f"{words}.")
    return redirect("autonomy", slug=slug)


@require_POST
@signed_in
def proposals(request: HttpRequest, slug: str) -> HttpResponse:
    """The draft of what is proposed. It routes nothing until somebody takes it from there."""
    draft = begin_proposal(administered_project_for(request.user, slug), actor=request.user, now=now())
    messages.success(request, f"Draft of version {draft.number} begun. It routes nothing until you publish it.")
    return redirect(f"{reverse('new_policy', args=[slug])}?from={draft.number}")
