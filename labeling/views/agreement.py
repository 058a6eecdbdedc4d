"""Agreement: how far reviewers agree on each question, and the items behind each number."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from labeling.forms.agreement import PairForm
from labeling.models import AgreementRun, Project, RubricVersion
from labeling.policy.errors import NotVisible
from labeling.policy.jobs import AGREEMENT_TASK
from labeling.policy.triage import MOST_OF_CAUSE
from labeling.queries.access import GONE, managed_project_for
from labeling.queries.agreement import (
    MOST_SINCE,
    agreement_document_of,
    excluded_from,
    measurable_versions_of,
    n_since,
    newest_run_of,
    progress_of,
    run_arguments,
    run_in,
)
from labeling.queries.agreement_detail import TOO_FEW, detail_of, shown_skips
from labeling.queries.agreement_items import (
    items_behind,
    items_of_cause,
    items_of_slice,
    items_of_week,
    nothing_found,
)
from labeling.queries.agreement_report import (
    BARS,
    ShownQuestion,
    disputed_items_of,
    questions_in,
    weakest_of,
)
from labeling.queries.charts import trend_chart
from labeling.queries.job_pages import newest_job
from labeling.queries.ratings import FILTERS, FIRST_PASS, RatingFilter, filter_named, filter_of_round
from labeling.queries.reports import without
from labeling.queries.rounds import rounds_of_version
from labeling.queries.rubrics import open_gap_on
from labeling.services.agreement import request_agreement
from labeling.views.files import json_file
from labeling.views.http import now, project_context, query_without, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def agreement(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    versions = measurable_versions_of(project)
    version = chosen_version(versions, request.GET.get("version", ""))
    chosen = filter_named(request.GET.get("filter") or FIRST_PASS.name)
    if request.method == "POST":
        request_agreement(required(version), actor=request.user, now=now(), filter_name=chosen.name)
        asked = f"?version={required(version).pk}&filter={chosen.name}"
        return redirect(reverse("agreement", args=[project.slug]) + asked)
    run = newest_run_of(version, filter_name=chosen.name) if version else None
    if "format" in request.GET:
        return download(run, request.GET["format"])
    if request.htmx and not request.htmx.boosted:
        return answer_to_waiting(required(version), run, chosen)
    return report_page(request, project, versions, version, run, chosen)


def chosen_version(versions: Sequence[RubricVersion], asked: str) -> RubricVersion | None:
    """The version that is asked for, or the one about which most is known; None where there is no rubric yet."""
    if not asked:
        return versions[0] if versions else None
    return required(next((version for version in versions if str(version.pk) == asked), None))


def required(version: RubricVersion | None) -> RubricVersion:
    if version is None:
        raise NotVisible(GONE)
    return version


def answer_to_waiting(version: RubricVersion, run: AgreementRun | None, chosen: RatingFilter) -> HttpResponse:
    """What a page that waits for its run hears: nothing yet, or to load itself again."""
    is_computing = progress_of(version, run, filter_name=chosen.name).state == "computing"
    return HttpResponse(status=204) if is_computing else HttpResponseClientRefresh()


def report_page(
    request: HttpRequest,
    project: Project,
    versions: Sequence[RubricVersion],
    version: RubricVersion | None,
    run: AgreementRun | None,
    chosen: RatingFilter,
) -> HttpResponse:
    context = project_context(
        request, project, versions=versions, version=version, run=run, chosen=chosen, filters=filters_for(version)
    )
    if version:
        context |= {"progress": progress_of(version, run, filter_name=chosen.name)}
        if context["progress"].state == "computing":
            context |= {"shown_job": newest_job(AGREEMENT_TASK, run_arguments(version, chosen.name), now=now())}
    if version and run:
        questions = questions_in(run, version)
        looked_at = chosen_question(questions, request.GET.get("question", ""))
        context |= {
            "questions": questions,
            "looked_at": looked_at,
            "detail": detail_of(looked_at.numbers, looked_at.words_of) if looked_at else None,
            "gap": open_gap_on(version, looked_at.key) if looked_at else None,
            "too_few": TOO_FEW,
            "skips": shown_skips(run),
            "trend": trend_chart(looked_at) if looked_at else None,
            "disputed": disputed_items_of(looked_at, project) if looked_at else [],
            "excluded": excluded_from(run),
            "n_since": n_since(run),
            "most_since": MOST_SINCE,
            "bars": BARS,
        }
    return render(request, "labeling/agreement/agreement.html", context)


def filters_for(version: RubricVersion | None) -> list[tuple[str, str]]:
    """Every filter there is for a version, as (name, words): the named ones, and each calibration round by its name."""
    named = [(one.name, one.shown_name) for one in FILTERS.values()]
    rounds = rounds_of_version(version.pk) if version else ()
    return [*named, *((filter_of_round(one.pk).name, f"Round: {one.name}") for one in rounds)]


def chosen_question(questions: Sequence[ShownQuestion], key: str) -> ShownQuestion | None:
    return next((question for question in questions if question.key == key), None) or weakest_of(questions)


def download(run: AgreementRun | None, format_name: str) -> HttpResponse:
    """The run as stored. By `rater_ids` exports name raters, who must not be known in a dispute that is open."""
    if run is None or format_name != "json":
        raise NotVisible("There are no numbers to download in this form; json is there once a run is.")
    version = run.rubric_version
    document = agreement_document_of(run)
    document.pop("rater_ids", None)
    # By the digits of its probability a hint tells who labelled.
    document["questions"] = [without(question, ["consensus"]) for question in document["questions"]]
    return json_file(f"agreement-{version.rubric.key}-v{version.number}.json", document)


@require_safe
@signed_in
def question(request: HttpRequest, slug: str, run_id: int, key: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    run = run_in(project, run_id)
    shown = next((one for one in questions_in(run, run.rubric_version) if one.key == key), None)
    if shown is None:
        raise NotVisible(GONE)
    detail = detail_of(shown.numbers, shown.words_of)
    form = PairForm(
        request.GET,
        raters=shown.raters,
        words_of=shown.words_of,
        causes=[one.cause for one in detail.causes],
        slices={str(one.number): f"{one.name} ({one.by})" for one in detail.slices},
        weeks=[one.week.isoformat() for one in shown.weeks],
    )
    is_understood = form.is_valid()
    found = nothing_found()
    if is_understood:
        only, words_of = chosen_items(run, shown, form.only), shown.words_of
        found = items_behind(run, key, form.choice, words_of=words_of, number=request.GET.get("page"), only=only)
    asked = f"?version={run.rubric_version_id}&filter={run.filter_name}&question={key}"
    report = reverse("agreement", args=[project.slug]) + asked
    context = project_context(
        request,
        project,
        run=run,
        question=shown,
        form=form,
        found=found,
        n_of_cause=n_of_cause(shown, request.GET.get("cause", "")),
        most_of_cause=MOST_OF_CAUSE,
        page_obj=found.page,
        base_query=query_without(request, "page"),
        crumbs=[{"label": "Agreement", "url": report}],
    )
    return render(request, "labeling/agreement/question.html", context, status=200 if is_understood else 422)


def n_of_cause(shown: ShownQuestion, cause: str) -> int:
    return shown.numbers.get("causes", {}).get("items", {}).get(cause, {}).get("n", 0)


def chosen_items(run: AgreementRun, shown: ShownQuestion, wanted: Mapping[str, str]) -> set[int] | None:
    """The items of the chosen cause, slice and week together; None where none of them is chosen."""
    chosen = []
    if cause := wanted.get("cause"):
        chosen.append(items_of_cause(shown.numbers, cause))
    if number := wanted.get("slice"):
        chosen.append(items_of_slice(run, shown.numbers["slices"][int(number)]))
    if week := wanted.get("week"):
        chosen.append(items_of_week(run, date.fromisoformat(week)))
    return set.intersection(*chosen) if chosen else None
