"""A second look: passing a dispute on to others, and putting a final label back into dispute."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.complaints import show_complaints
from labeling.forms.verdicts import ReopeningForm
from labeling.policy.errors import Invalid
from labeling.queries.access import final_label_in, managed_project_for, owned_project_for
from labeling.queries.adjudication import dispute_in
from labeling.services.reopening import hand_over, reopen
from labeling.views.adjudication import (
    dispute_page,
    dispute_to_settle,
    hand_over_form_for,
    order_for_adjudicator,
    ruling_form,
)
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_POST
def hand_overs(request: HttpRequest, slug: str, entry_id: int) -> HttpResponse:
    """Say for whom a dispute waits from now on."""
    project = managed_project_for(request.user, slug)
    entry = dispute_to_settle(request.user, project, entry_id)
    form = hand_over_form_for(request, project, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            hand_over(entry, to=given["handed_to"], reason=given["handed_reason"], actor=request.user, now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, "Handed over. Their home says that it waits for them; everybody still sees it.")
            return redirect("disputes", slug=slug)
    order_shown = order_for_adjudicator(request.user, entry)
    voices = dispute_in(entry, order_shown=order_shown)
    ruling = ruling_form(voices, entry)
    return dispute_page(
        request, project, entry, form=ruling, voices=voices, order_shown=order_shown, hand_over_form=form
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reopenings(request: HttpRequest, slug: str, final_label_id: int) -> HttpResponse:
    """Put a final label back into dispute: for eval owners, with a reason."""
    project = owned_project_for(request.user, slug)
    label = final_label_in(project, final_label_id)
    form = ReopeningForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reopen(label, opener=request.user, reason=form.cleaned_data["reason"], now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(request, "Re-opened. It waits in the disputes, and nothing clears the item meanwhile.")
            return redirect("item", slug=slug, item_id=label.item_id)
    context = project_context(
        request,
        project,
        label=label,
        form=form,
        is_cleared=label.verdict == "approve" and not label.is_bad,
        crumbs=[{"label": label.item.external_id, "url": reverse("item", args=[slug, label.item_id])}],
    )
    return render(request, "labeling/adjudication/reopen.html", context, status=422 if form.errors else 200)
