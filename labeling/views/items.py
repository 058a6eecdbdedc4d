"""Items as owners and admins see them: a list to filter, and one item with its hidden source and every reason."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.forms.items import ItemFilterForm
from labeling.models import Item
from labeling.queries.access import item_in, managed_project_for
from labeling.queries.gold import may_become_gold
from labeling.queries.items import (
    checks_of,
    context_of,
    decisions_of,
    entries_of,
    items_of,
    judge_verdicts_of,
    listed,
    outputs_of,
    recent_values_of,
    signals_of,
)
from labeling.queries.pages import page_of
from labeling.views.http import project_context, query_without, signed_in


@require_safe
@signed_in
def items(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    form = ItemFilterForm(
        request.GET, kinds=recent_values_of(project, "kind"), intents=recent_values_of(project, "intent")
    )
    is_understood = form.is_valid()
    found = items_of(project, form.cleaned_data) if is_understood else Item.objects.none()
    page = page_of(found, request.GET.get("page"))
    context = project_context(
        request,
        project,
        form=form,
        page_obj=page,
        rows=listed(page.object_list),
        base_query=query_without(request, "page"),
        sort_query=query_without(request, "page", "sort"),
        sort=request.GET.get("sort") or "-came_in",
    )
    return render(request, "labeling/items/items.html", context, status=200 if is_understood else 422)


@require_safe
@signed_in
def item(request: HttpRequest, slug: str, item_id: int) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    found = item_in(project, item_id)
    shown = context_of(found)
    decisions = decisions_of(found)
    entries = entries_of(found)
    context = project_context(
        request,
        project,
        item=found,
        context=shown,
        outputs=outputs_of(found),
        checks=checks_of(found),
        signals=signals_of(found),
        judge_verdicts=judge_verdicts_of(found),
        decisions=decisions,
        entries=entries,
        as_sent=as_sent(found),
        # Gold is made of items that nobody is handed any more: whoever may still get one would know it again.
        actions=[]
        if not may_become_gold(found)
        else [{"label": "Make a gold case", "url": reverse("new_gold_case", args=[project.slug, found.pk])}],
        crumbs=[{"label": "Items", "url": reverse("items", args=[project.slug])}],
    )
    return render(request, "labeling/items/item.html", context)


def as_sent(item: Item) -> list[tuple[str, str]]:
    """Context and metadata whole: what a page shows by kind leaves out what that kind does not name."""
    parts = (("Context", item.payload.context), ("Metadata", item.metadata))
    return [(title, json.dumps(part, ensure_ascii=False, indent=2, sort_keys=True)) for title, part in parts if part]
