"""What a judge version may do: its examination, its clearance, its suspension, and a change before it comes."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.judges import EnsembleForm, JudgeReasonForm, JudgeVersionForm, MapForm, OpeningForm
from labeling.models import JudgeVersion, Project
from labeling.policy.errors import Invalid
from labeling.queries.access import chosen_map_in, judge_version_in, managed_project_for
from labeling.queries.chosen_maps import maps_to_choose
from labeling.queries.ensembles import judges_to_compose
from labeling.queries.judge_life_pages import life_of
from labeling.queries.judge_pages import newest_runs
from labeling.queries.judge_shadow import shadow_of, spill_of
from labeling.services.chosen_maps import choose_map, withdraw_map
from labeling.services.clearances import clear_judge, lift_suspension, suspend_judge, withdraw_clearance
from labeling.services.ensembles import compose_ensemble
from labeling.services.judge_versions import register_version
from labeling.services.validations import open_sealed_part
from labeling.views.http import now, project_context, signed_in

Switch = Callable[..., object]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_judge(request: HttpRequest, slug: str) -> HttpResponse:
    """A change is coming: what it costs, and the version that will come."""
    project = managed_project_for(request.user, slug)
    name = request.GET.get("name", "")
    form = JudgeVersionForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        version = register_version(project, **form.cleaned_data, actor=request.user, now=now())
        messages.success(request, "The version is registered. Its verdicts decide nothing until it is cleared.")
        return redirect("judge", slug=slug, judge_version_id=version.pk)
    name = request.POST.get("name", name)
    known = project.judge_versions.filter(name=name).exists()
    context = project_context(
        request,
        project,
        form=form,
        judge_name=name if known else "",
        spill=spill_of(project, name, now=now()) if known else None,
        crumbs=[{"label": "Judges", "url": reverse("judges", args=[slug])}],
    )
    return render(request, "labeling/judges/new.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_ensemble(request: HttpRequest, slug: str) -> HttpResponse:
    """Judges of different families, to speak as one by their majority."""
    project = managed_project_for(request.user, slug)
    judges = {str(one.pk): one for one in judges_to_compose(project)}
    form = EnsembleForm(request.POST or None, choices=[(key, member_words(one)) for key, one in judges.items()])
    if request.method == "POST" and form.is_valid():
        members = [judges[key] for key in form.cleaned_data["members"]]
        try:
            version = compose_ensemble(
                project, name=form.cleaned_data["name"], members=members, actor=request.user, now=now()
            )
        except Invalid as refused:
            show_complaints(form, refused)
        else:
            messages.success(request, "The ensemble speaks of every item that all its members judge from now on.")
            return redirect("judge", slug=slug, judge_version_id=version.pk)
    crumbs = [{"label": "Judges", "url": reverse("judges", args=[slug])}]
    context = project_context(request, project, form=form, n_judges=len(judges), crumbs=crumbs)
    return render(request, "labeling/judges/ensemble.html", context, status=422 if form.errors else 200)


def member_words(version: JudgeVersion) -> str:
    return f"{version.name}, {version.model or 'model not stated'} ({version.family or 'family not stated'})"


@signed_in
@require_safe
def shadow(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    """What the version would have decided, and what it costs until it is cleared."""
    project = managed_project_for(request.user, slug)
    version = judge_version_in(project, judge_version_id)
    crumbs = [
        {"label": "Judges", "url": reverse("judges", args=[slug])},
        {"label": version.name, "url": reverse("judge", args=[slug, version.pk])},
    ]
    context = project_context(
        request,
        project,
        judge=version,
        heading=f"{version} in shadow",
        shadow=shadow_of(version, now=now()),
        spill=spill_of(project, version.name, now=now()),
        crumbs=crumbs,
    )
    return render(request, "labeling/judges/shadow.html", context)


@signed_in
@require_POST
def openings(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    version = judge_version_in(project, judge_version_id)
    life = life_of(version, now=now())
    opened = [one.opening.rubric_version for one in life.openings]
    offered = {str(one.pk): one for one in [*life.can_open, *opened]}
    form = OpeningForm(request.POST, choices=[(key, str(one)) for key, one in offered.items()])
    if not form.is_valid():
        return refusal(request, project, version, form)
    chosen = offered[form.cleaned_data["rubric_version"]]
    _, is_new = open_sealed_part(version, chosen, actor=request.user, reason=form.cleaned_data["reason"], now=now())
    if is_new:
        messages.success(request, "The sealed part is open for this judge. What it finds is shown here in a moment.")
    else:
        messages.warning(
            request, "The sealed part was opened for this judge already. It opens once; what it found stands below."
        )
    return redirect("judge", slug=slug, judge_version_id=version.pk)


@signed_in
@require_POST
def clearances(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    return switched(request, slug, judge_version_id, clear_judge, "The judge is cleared: it may gate.")


@signed_in
@require_POST
def withdrawals(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    return switched(request, slug, judge_version_id, withdraw_clearance, "The judge is no longer cleared.")


@signed_in
@require_POST
def suspensions(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    return switched(request, slug, judge_version_id, suspend_judge, "The judge is suspended and ships nothing.")


@signed_in
@require_POST
def liftings(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    return switched(request, slug, judge_version_id, lift_suspension, "The suspension is lifted.")


@signed_in
@require_POST
def maps(request: HttpRequest, slug: str, judge_version_id: int) -> HttpResponse:
    """A fitted confidence map is put to use."""
    project = managed_project_for(request.user, slug)
    version = judge_version_in(project, judge_version_id)
    offered = maps_to_choose(newest_runs(project, version))
    form = MapForm(request.POST, choices=[(key, name) for key, (_, _, _, name) in offered.items()])
    if not form.is_valid():
        return refusal(request, project, version, form)
    run, criterion, kind, _ = offered[form.cleaned_data["fitted"]]
    reason = form.cleaned_data["reason"]
    choose_map(version, run, criterion=criterion, kind=kind, reason=reason, actor=request.user, now=now())
    messages.success(request, "From now on its confidence is read through the map. What was decided stays decided.")
    return redirect(f"{reverse('judge', args=[slug, version.pk])}?version={run.rubric_version_id}#{criterion}")


@signed_in
@require_POST
def map_withdrawals(request: HttpRequest, slug: str, judge_version_id: int, chosen_map_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    version = judge_version_in(project, judge_version_id)
    chosen = chosen_map_in(version, chosen_map_id)
    form = JudgeReasonForm(request.POST)
    if not form.is_valid():
        return refusal(request, project, version, form)
    withdraw_map(chosen, reason=form.cleaned_data["reason"], actor=request.user, now=now())
    messages.success(request, "From now on its confidence counts as the judge says it.")
    return redirect("judge", slug=slug, judge_version_id=version.pk)


def switched(request: HttpRequest, slug: str, judge_version_id: int, switch: Switch, words: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    version = judge_version_in(project, judge_version_id)
    form = JudgeReasonForm(request.POST)
    if not form.is_valid():
        return refusal(request, project, version, form)
    switch(version, reason=form.cleaned_data["reason"], actor=request.user, now=now())
    messages.success(request, words)
    return redirect("judge", slug=slug, judge_version_id=version.pk)


def refusal(request: HttpRequest, project: Project, version: JudgeVersion, form: JudgeReasonForm) -> HttpResponse:
    """What was asked for, once more, with what is missing."""
    crumbs = [
        {"label": "Judges", "url": reverse("judges", args=[project.slug])},
        {"label": version.name, "url": reverse("judge", args=[project.slug, version.pk])},
    ]
    context = project_context(request, project, judge=version, form=form, action=request.path, crumbs=crumbs)
    return render(request, "labeling/judges/reason.html", context, status=422)
