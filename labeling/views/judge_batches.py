"""Running a judge: what a batch would ask and cost before it starts, how far it is, and why calls failed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.judge_batches import BatchForm, ContinuationForm
from labeling.gateways.judges import is_installed
from labeling.models import JudgeBatch, Project, RubricVersion
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import judge_batch_in, managed_project_for, rubric_version_in
from labeling.queries.judge_batches import batches_of, endpoints_of, failures_of, progress_of
from labeling.queries.judge_plans import Plan, plan_for, questions_for_judge, versions_for_judge
from labeling.queries.pages import page_of
from labeling.services.judge_batches import MAY_GO_ON, cancel_batch, go_on, start_batch
from labeling.views.http import now, project_context, query_without, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def judge_batches(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    versions = versions_for_judge(project)
    version = chosen_version(request, project, versions)
    endpoints = list(endpoints_of(project).filter(off_at__isnull=True))
    form, plan = None, None
    if version is not None and endpoints:
        form = BatchForm(
            request.POST or None, endpoints=endpoints, version=version, questions=questions_for_judge(version)
        )
        if request.method == "POST" and form.is_valid():
            started, plan = estimated_or_started(request, form)
            if started is not None:
                return redirect("judge_batch", slug=slug, judge_batch_id=started.pk)
    context = project_context(
        request,
        project,
        form=form,
        plan=plan,
        version=version,
        versions=versions,
        endpoints=endpoints,
        is_installed=is_installed(),
        page_obj=page_of(batches_of(project), request.GET.get("page")),
        base_query=query_without(request, "page"),
        crumbs=[{"label": "Judges", "url": reverse("judges", args=[slug])}],
    )
    is_refused = request.method == "POST" and (form is None or bool(form.errors))
    return render(request, "labeling/judge_batches/batches.html", context, status=422 if is_refused else 200)


def chosen_version(request: HttpRequest, project: Project, versions: list[RubricVersion]) -> RubricVersion | None:
    """The rubric version that the address asks for, else the newest that is in use; None where there is none."""
    asked = request.GET.get("version", "")
    if asked.isdecimal():
        version = rubric_version_in(project, int(asked))
        return version if version in versions else None
    return versions[0] if versions else None


def estimated_or_started(request: HttpRequest, form: BatchForm) -> tuple[JudgeBatch | None, Plan | None]:
    """A started batch, where that was pressed and there was nothing against it; else what it would be."""
    choice = form.choice()
    if request.POST.get("step") != "start" or not is_installed():
        return None, plan_for(choice)
    try:
        batch = start_batch(choice, budget=form.cleaned_data["budget"], actor=request.user, now=now())
    except Invalid as error:
        show_complaints(form, error)
    except Conflict as error:
        form.add_error(None, str(error))
    else:
        messages.success(request, "Started. You may leave this page; the judge is asked in the background.")
        return batch, None
    return None, None


@signed_in
@require_safe
def judge_batch(request: HttpRequest, slug: str, judge_batch_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    batch = judge_batch_in(project, judge_batch_id)
    return batch_page(request, project, batch, ContinuationForm(initial={"budget": batch.budget}))


def batch_page(request: HttpRequest, project: Project, batch: JudgeBatch, form: ContinuationForm) -> HttpResponse:
    progress = progress_of(batch)
    may_go_on = batch.state in MAY_GO_ON and bool(progress.n_left or progress.n_failed)
    context = project_context(
        request,
        project,
        heading=f"{batch.endpoint.name}, batch {batch.pk}",
        batch=batch,
        progress=progress,
        failures=failures_of(batch),
        read_at=now(),
        is_installed=is_installed(),
        form=form if may_go_on else None,
        crumbs=[
            {"label": "Judges", "url": reverse("judges", args=[project.slug])},
            {"label": "Run a judge", "url": reverse("judge_batches", args=[project.slug])},
        ],
    )
    # A boosted link asks through htmx too, and wants the whole page.
    template = "_batch.html" if request.htmx and not request.htmx.boosted else "batch.html"
    return render(request, f"labeling/judge_batches/{template}", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def cancellations(request: HttpRequest, slug: str, judge_batch_id: int) -> HttpResponse:
    batch = judge_batch_in(managed_project_for(request.user, slug), judge_batch_id)
    cancel_batch(batch, actor=request.user, now=now())
    messages.success(request, "Cancelled: nothing more is asked. What is answered already stays.")
    return redirect("judge_batch", slug=slug, judge_batch_id=batch.pk)


@signed_in
@require_POST
def continuations(request: HttpRequest, slug: str, judge_batch_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    batch = judge_batch_in(project, judge_batch_id)
    form = ContinuationForm(request.POST)
    if form.is_valid():
        try:
            go_on(batch, budget=form.cleaned_data["budget"], actor=request.user, now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, "It goes on; what failed is asked once more.")
            return redirect("judge_batch", slug=slug, judge_batch_id=batch.pk)
    return batch_page(request, project, batch, form)
