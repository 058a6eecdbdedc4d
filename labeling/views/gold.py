"""Gold cases: what is known, how often it was met and answered right, and making, importing or retiring some."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.formats import read_rows
from labeling.forms.gold import GoldCaseForm, GoldImportForm, RetirementForm
from labeling.models import FinalLabel, GoldCase, Incident, Item, Project, RubricVersion, User
from labeling.policy.blinding import blind_item
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.seeding import FEWEST_FOR_MIX, LABELS_IN_MIX
from labeling.queries.access import gold_case_in, item_in, managed_project_for
from labeling.queries.gold import (
    gold_cases_of,
    gold_rows,
    gold_versions_for,
    label_to_promote,
    n_gold_in_use,
    why_no_gold,
)
from labeling.queries.gold_health import gold_health_of
from labeling.queries.incidents import incident_in
from labeling.queries.pages import page_of
from labeling.queries.planting import mixes_of
from labeling.queries.rubric_versions import versions_in_use
from labeling.queries.rubrics import asked_of_item
from labeling.services.gold import create_gold_case, retire_gold_case
from labeling.services.gold_imports import BadRow, import_gold
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_safe
def gold(request: HttpRequest, slug: str) -> HttpResponse:
    return gold_page(request, managed_project_for(request.user, slug))


def gold_page(
    request: HttpRequest,
    project: Project,
    *,
    import_form: GoldImportForm | None = None,
    bad: tuple[BadRow, ...] = (),
    status: int = 200,
) -> HttpResponse:
    page = page_of(gold_cases_of(project), request.GET.get("page"))
    context = project_context(
        request,
        project,
        page_obj=page,
        rows=gold_rows(list(page.object_list), now=now()),
        n_in_use=n_gold_in_use(project),
        mixes=mixes_of(project),
        labels_in_mix=LABELS_IN_MIX,
        fewest_for_mix=FEWEST_FOR_MIX,
        health=gold_health_of(project, now=now()),
        retirement_form=RetirementForm(),
        import_form=import_form or GoldImportForm(versions=importable_versions(project)),
        bad=bad,
        # The form stands below the list, which may be long.
        actions=[{"label": "Import gold", "url": "#import-title"}],
    )
    return render(request, "labeling/gold/gold.html", context, status=status)


def importable_versions(project: Project) -> list[RubricVersion]:
    return list(versions_in_use().filter(rubric__project=project).select_related("rubric").order_by("rubric__name"))


@signed_in
@require_POST
def gold_imports(request: HttpRequest, slug: str) -> HttpResponse:
    """All of a file or none of it; what cannot be taken is named above the form."""
    project = managed_project_for(request.user, slug)
    form = GoldImportForm(request.POST, request.FILES, versions=importable_versions(project))
    if not form.is_valid():
        return gold_page(request, project, import_form=form, status=422)
    lines = read_rows(form.cleaned_data["file"], "jsonl")
    imported = import_gold(form.version(), lines, author=request.user, now=now())
    if imported.bad:
        return gold_page(request, project, import_form=form, bad=imported.bad, status=422)
    messages.success(request, f"{imported.n_made} gold cases made; {imported.n_unchanged} were here already.")
    return redirect("gold", slug=slug)


@signed_in
@require_POST
def retirements(request: HttpRequest, slug: str, case_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    case = gold_case_in(project, case_id)
    form = RetirementForm(request.POST)
    if not form.is_valid():
        raise Invalid({"because": "Say why: by hand, known, or wrong."})
    because = form.cleaned_data["because"]
    retire_gold_case(case=case, actor=request.user, now=now(), because=because)
    counts = " Its answer counts for nobody, in the past neither." if because == GoldCase.Retirement.WRONG else ""
    messages.success(request, f"{case.item.external_id} is retired; nobody is handed it any more.{counts}")
    return redirect("gold", slug=slug)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_gold_case(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    item = item_in(project, item_id)
    incident = incident_named(project, item, request.GET.get("incident", ""))
    versions = gold_versions_for(item)
    version = chosen_version(versions, request.GET.get("version", ""))
    refusal = why_no_gold(item)
    if request.method == "POST" and refusal:
        raise Conflict(refusal)
    label = None if refusal else label_to_promote(item)
    form, status = None, 200
    if version is not None and not refusal:
        form = form_for(request, item, version=version, label=label)
        if request.method == "POST":
            source = source_of(label, incident)
            status = status_of_saving(form, item=item, version=version, author=request.user, source=source)
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
        refusal=refusal,
        label=label,
        is_prefilled=is_of_version(label, version),
        incident=incident,
    )
    return render(request, "labeling/gold/new_gold_case.html", context, status=status)


def incident_named(project: Project, item: Item, number: str) -> Incident | None:
    """The incident that this item is made gold for; one that is about another item is none."""
    incident = incident_in(project, int(number)) if number.isdecimal() and len(number) < 19 else None
    return incident if incident is not None and incident.item_id == item.pk else None


def is_of_version(label: FinalLabel | None, version: RubricVersion | None) -> bool:
    return label is not None and version is not None and label.entry.rubric_version_id == version.pk


def form_for(request: HttpRequest, item: Item, *, version: RubricVersion, label: FinalLabel | None) -> GoldCaseForm:
    """Filled in with what people settled, where they answered the questions of this version."""
    return GoldCaseForm(
        request.POST or None,
        questions=asked_of_item(version, item),
        asks_verdict=version.asks_verdict,
        initial=GoldCaseForm.initial_from(label) if is_of_version(label, version) else {},
    )


def source_of(label: FinalLabel | None, incident: Incident | None) -> str:
    if incident is not None:
        return GoldCase.Source.INCIDENT
    return GoldCase.Source.EXPERT if label is None else GoldCase.Source.ADJUDICATED


def chosen_version(versions: list[RubricVersion], wanted: str) -> RubricVersion | None:
    """The version asked for, else the one of a queue that takes this kind of item."""
    return next((one for one in versions if str(one.pk) == wanted), versions[0] if versions else None)


def status_of_saving(form: GoldCaseForm, *, item: Item, version: RubricVersion, author: User, source: str) -> int:
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
            use=form.cleaned_data["use"],
            source=source,
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
