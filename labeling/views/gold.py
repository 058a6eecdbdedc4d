"""Gold cases: what is known, how often it was handed out and answered right, and making or retiring one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.gold import GoldCaseForm
from labeling.models import Item, RubricVersion, User
from labeling.policy.blinding import blind_item
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import gold_case_in, item_in, managed_project_for
from labeling.queries.gold import gold_cases_of, gold_rows, gold_versions_for, may_become_gold, n_gold_in_use
from labeling.queries.pages import page_of
from labeling.queries.rubrics import asked_of_item
from labeling.services.gold import create_gold_case, retire_gold_case
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_safe
def gold(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    page = page_of(gold_cases_of(project), request.GET.get("page"))
    cases = list(page.object_list)
    context = project_context(
        request,
        project,
        page_obj=page,
        rows=gold_rows(cases, now=now()),
        n_in_use=n_gold_in_use(project),
        shares=[(queue.name, queue.gold_share * 100) for queue in project.queues.all()],
    )
    return render(request, "labeling/gold/gold.html", context)


@signed_in
@require_POST
def retirements(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    case = gold_case_in(project, case_id)
    retire_gold_case(case=case, actor=request.user, now=now())
    messages.success(request, f"{case.item.external_id} is retired; nobody is handed it any more.")
    return redirect("gold", slug=slug)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_gold_case(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    item = item_in(project, item_id)
    versions = gold_versions_for(item)
    version = chosen_version(versions, request.GET.get("version", ""))
    is_refused = not may_become_gold(item)
    if request.method == "POST" and is_refused:
        raise Conflict("People have this item in review, or may get it; gold is made of items that none of them meets.")
    form, status = None, 200
    if version is not None and not is_refused:
        form = GoldCaseForm(
            request.POST or None, questions=asked_of_item(version, item), asks_verdict=version.asks_verdict
        )
        if request.method == "POST":
            status = status_of_saving(form, item=item, version=version, author=request.user)
            if status == 201:
                messages.success(request, f"{item.external_id} is a gold case now.")
                return redirect("gold", slug=slug)
    context = project_context(
        request,
        project,
        item=item,
        shown=blind_item(item.kind, item.payload.context, item.payload.texts),
        version=version,
        versions=versions,
        form=form,
    )
    return render(request, "labeling/gold/new_gold_case.html", context, status=status)


def chosen_version(versions: list[RubricVersion], wanted: str) -> RubricVersion | None:
    """The version asked for, else the one of a queue that takes this kind of item."""
    return next((one for one in versions if str(one.pk) == wanted), versions[0] if versions else None)


def status_of_saving(form: GoldCaseForm, *, item: Item, version: RubricVersion, author: User) -> int:
    """Save the case, or mark the form with why not; the answer's status says which."""
    if not form.is_valid():
        return 422
    try:
        create_gold_case(
            item=item,
            version=version,
            verdict=form.verdict(),
            answers=form.answers(),
            explanation=form.cleaned_data["explanation"],
            author=author,
            now=now(),
        )
    except Invalid as error:
        form.show_complaints(error)
        return 422
    except Conflict as error:
        form.add_error(None, str(error))
        return 409
    return 201
