"""Final labels: the authoritative answer on each item that people decided."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.forms.labels import FinalLabelFilterForm
from labeling.models import FinalLabel
from labeling.queries.access import managed_project_for
from labeling.queries.labels import failures_of, final_counts_of, final_labels_of, lines_of, with_answers
from labeling.queries.pages import page_of
from labeling.views.http import project_context, query_without, signed_in


@require_safe
@signed_in
def final_labels(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    form = FinalLabelFilterForm(request.GET)
    is_understood = form.is_valid()
    found = final_labels_of(project, form.cleaned_data) if is_understood else FinalLabel.objects.none()
    page = page_of(with_answers(found), request.GET.get("page"))
    context = project_context(
        request,
        project,
        form=form,
        counts=final_counts_of(project),
        failures=failures_of(project),
        page_obj=page,
        lines=lines_of(page.object_list),
        base_query=query_without(request, "page"),
    )
    return render(request, "labeling/labels/final_labels.html", context, status=200 if is_understood else 422)
