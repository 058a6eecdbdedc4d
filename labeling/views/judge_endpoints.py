"""Endpoints at which judges are asked: made by admins, since what items say is sent there; read by owners."""

from django.conf import settings
from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.complaints import show_complaints
from labeling.forms.judge_batches import EndpointForm, TermsForm
from labeling.gateways.judges import check_endpoint, is_installed
from labeling.models import JudgeEndpoint, Membership, Project
from labeling.policy.destinations import BadDestination
from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, judge_endpoint_in, managed_project_for, roles_of
from labeling.queries.judge_batches import endpoints_of
from labeling.services.judge_endpoints import change_endpoint, create_endpoint, switch_endpoint
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def judge_endpoints(request: HttpRequest, slug: str) -> HttpResponse:
    find = administered_project_for if request.method == "POST" else managed_project_for
    project = find(request.user, slug)
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and is_installed() and form.is_valid():
        try:
            made = endpoint_from(request, form, project=project)
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, f"{made.name} is here. Start a batch to ask it.")
            return redirect("judge_batches", slug=slug)
    context = project_context(
        request,
        project,
        form=form,
        endpoints=endpoints_of(project),
        may_make=Membership.Role.ADMIN in roles_of(request.user, project),
        is_installed=is_installed(),
        crumbs=crumbs_to(project),
    )
    is_refused = bool(form.errors) or (request.method == "POST" and not is_installed())
    return render(request, "labeling/judge_batches/endpoints.html", context, status=422 if is_refused else 200)


def endpoint_from(request: HttpRequest, form: EndpointForm, *, project: Project) -> JudgeEndpoint:
    given = form.cleaned_data
    url = given["url"].rstrip("/")
    try:
        check_endpoint(url, reach=settings.WEBHOOK_REACH)
    except BadDestination as error:
        raise Invalid({"url": str(error)}) from error
    return create_endpoint(
        project=project,
        name=given["name"],
        url=url,
        model=given["model"],
        family=given["family"],
        key=given["key"],
        terms=form.terms(),
        actor=request.user,
        now=now(),
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def judge_endpoint(request: HttpRequest, slug: str, endpoint_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    endpoint = judge_endpoint_in(project, endpoint_id)
    form = TermsForm(request.POST or None, initial=model_to_dict(endpoint))
    form.fields["key"].help_text = "One is stored; leave this empty to keep it." if endpoint.sealed_key else ""
    if request.method == "POST" and is_installed() and form.is_valid():
        change_endpoint(endpoint, terms=form.terms(), key=form.cleaned_data["key"], actor=request.user, now=now())
        messages.success(request, f"Kept. Batches of {endpoint.name} that run keep their prices.")
        return redirect("judge_endpoints", slug=slug)
    context = project_context(
        request,
        project,
        form=form,
        endpoint=endpoint,
        is_installed=is_installed(),
        crumbs=[*crumbs_to(project), {"label": "Endpoints", "url": reverse("judge_endpoints", args=[slug])}],
    )
    return render(request, "labeling/judge_batches/endpoint.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def switches(request: HttpRequest, slug: str, endpoint_id: int) -> HttpResponse:
    endpoint = judge_endpoint_in(administered_project_for(request.user, slug), endpoint_id)
    to_on = request.POST.get("to") == "on"
    try:
        switch_endpoint(endpoint, to_on=to_on, actor=request.user, now=now())
    except Invalid as error:
        messages.error(request, "; ".join(error.complaints.values()))
    else:
        messages.success(request, "Switched on." if to_on else "Switched off: it is asked no more, and batches wait.")
    return redirect("judge_endpoints", slug=slug)


def crumbs_to(project: Project) -> list[dict[str, str]]:
    return [
        {"label": "Judges", "url": reverse("judges", args=[project.slug])},
        {"label": "Run a judge", "url": reverse("judge_batches", args=[project.slug])},
    ]
