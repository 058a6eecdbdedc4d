"""The never-delegate register: its lines, a new one, and what happens to one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.named_decisions import ChangePeopleForm, EndForm, LookAgainForm, NewDecisionForm
from labeling.models import Membership, NamedDecision, Project
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.queries.access import (
    administered_project_for,
    managed_project_for,
    named_decision_in,
    roles_of,
)
from labeling.queries.named_decisions import (
    ended_decisions,
    history_of_line,
    members_of,
    register_of,
    rules_to_guard,
)
from labeling.queries.rubric_versions import usable_rubrics_of
from labeling.services.named_decisions import change_people, end_decision, enter_decision, look_again
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    if request.method == "POST" and Membership.Role.ADMIN not in roles_of(request.user, project):
        raise NotAllowed("Lines are entered by an admin of this project; ask one of them.")
    form = NewDecisionForm(
        request.POST or None,
        members=members_of(project),
        rules=rules_to_guard(project),
        rubrics=list(usable_rubrics_of(project)),
    )
    if request.method == "POST" and form.is_valid():
        try:
            line = enter_decision(project, **form.line(), actor=request.user, now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"“{line.title}” stands in the register. It holds for what comes in from now on.")
            return redirect("register", slug=slug)
    context = project_context(
        request, project, form=form, lines=register_of(project, now=now()), ended=ended_decisions(project)
    )
    return render(request, "labeling/named_decisions/register.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def named_decision(request: HttpRequest, slug: str, decision_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    return line_page(request, project, named_decision_in(project, decision_id))


def line_page(request: HttpRequest, project: Project, decision: NamedDecision, **forms: Form) -> HttpResponse:
    context = project_context(
        request,
        project,
        decision=decision,
        events=history_of_line(decision),
        people=forms.get("people")
        or ChangePeopleForm(members=members_of(project), decision=decision, auto_id="people_%s"),
        look=forms.get("look") or LookAgainForm(auto_id="look_%s"),
        end=forms.get("end") or EndForm(auto_id="end_%s"),
        crumbs=[{"label": "Never-delegate register", "url": reverse("register", args=[project.slug])}],
    )
    return render(request, "labeling/named_decisions/line.html", context, status=422 if forms else 200)


def changed(
    request: HttpRequest, project: Project, decision: NamedDecision, name: str, form: Any, change: Callable[[], None]
) -> HttpResponse:
    """Run a change if its form is valid; whatever is wrong is shown in place."""
    if form.is_valid():
        try:
            change()
        except Invalid as error:
            show_complaints(form, error)
        except Conflict as error:
            messages.error(request, str(error))
        if not form.errors:
            return redirect("named_decision", slug=project.slug, decision_id=decision.pk)
    return line_page(request, project, decision, **{name: form})


@require_POST
@signed_in
def people_changes(request: HttpRequest, slug: str, decision_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    decision = named_decision_in(project, decision_id)
    form = ChangePeopleForm(request.POST, members=members_of(project), decision=decision, auto_id="people_%s")

    def change() -> None:
        reason = form.cleaned_data["reason"]
        change_people(decision, **form.people(), reason=reason, actor=request.user, now=now())

    return changed(request, project, decision, "people", form, change)


@require_POST
@signed_in
def looks(request: HttpRequest, slug: str, decision_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    decision = named_decision_in(project, decision_id)
    form = LookAgainForm(request.POST, auto_id="look_%s")
    return changed(
        request,
        project,
        decision,
        "look",
        form,
        lambda: look_again(decision, **form.cleaned_data, actor=request.user, now=now()),
    )


@require_POST
@signed_in
def endings(request: HttpRequest, slug: str, decision_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    decision = named_decision_in(project, decision_id)
    form = EndForm(request.POST, auto_id="end_%s")
    return changed(
        request,
        project,
        decision,
        "end",
        form,
        lambda: end_decision(decision, **form.cleaned_data, actor=request.user, now=now()),
    )
