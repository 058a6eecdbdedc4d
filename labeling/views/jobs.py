"""Jobs of a project: how far each is, what failed or was stopped, and stopping and asking again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from labeling.models import Job
from labeling.policy.jobs import AGREEMENT_TASK, CALIBRATION_TASK, UPLOAD_TASK
from labeling.queries.access import administered_project_for, job_for
from labeling.queries.job_pages import jobs_of, shown_job, shown_jobs
from labeling.queries.pages import page_of
from labeling.services.jobs import ask_to_stop, try_again
from labeling.views.http import now, project_context, query_without, signed_in

STATES = (("", "All"), ("under_way", "Under way"), ("failed", "Failed"), ("cancelled", "Stopped"), ("done", "Done"))


@signed_in
@require_safe
def jobs(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    asked = request.GET.get("state", "")
    state = asked if asked in dict(STATES) else ""
    page = page_of(jobs_of(project, state=state), request.GET.get("page"))
    rows = shown_jobs(list(page.object_list), now=now())
    context = project_context(
        request,
        project,
        page_obj=page,
        rows=rows,
        is_anything_under_way=any(row.is_under_way for row in rows),
        state=state,
        states=STATES,
        base_query=query_without(request, "page"),
    )
    # A boosted link asks through htmx too, and wants the whole page.
    template = "_jobs.html" if request.htmx and not request.htmx.boosted else "jobs.html"
    return render(request, f"labeling/jobs/{template}", context)


@signed_in
@require_safe
def job(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    """How far one job is: a fragment for the page that shows it, or a page of its own."""
    job = job_for(request.user, slug, job_id)
    context = project_context(request, job.project, shown_job=shown_job(job, now=now()))
    template = "_progress.html" if request.htmx and not request.htmx.boosted else "job.html"
    return render(request, f"labeling/jobs/{template}", context)


@signed_in
@require_POST
def stops(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    job = ask_to_stop(job_for(request.user, slug, job_id), actor=request.user, now=now())
    if job.state == Job.State.CANCELLED:
        messages.success(request, "Stopped before it began.")
    else:
        messages.info(request, "It stops as soon as what it is at is stored.")
    return redirect(page_of_job(request, job))


@signed_in
@require_POST
def repeats(request: HttpRequest, slug: str, job_id: int) -> HttpResponse:
    job = try_again(job_for(request.user, slug, job_id), actor=request.user, now=now())
    messages.success(request, "Asked for again; it begins within seconds, or after what runs now.")
    return redirect(page_of_job(request, job))


def page_of_job(request: HttpRequest, job: Job) -> str:
    """Back to where the button was: the list, or the page that waits for the job."""
    slug = job.project.slug
    if request.POST.get("from") == "jobs":
        return reverse("jobs", args=[slug])
    if job.task == UPLOAD_TASK:
        return reverse("batch", args=[slug, job.arguments[0]])
    if job.task == CALIBRATION_TASK:
        return reverse("judge", args=[slug, job.arguments[0]])
    if job.task == AGREEMENT_TASK:
        chosen = f"&filter={job.arguments[1]}" if len(job.arguments) > 1 else ""
        return f"{reverse('agreement', args=[slug])}?version={job.arguments[0]}{chosen}"
    return reverse("job", args=[slug, job.pk])
