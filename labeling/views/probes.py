"""Blinding: what reviewers guess about the source, what owners read of it, and the proof of what was shown."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.probes import ProbeForm, system_from
from labeling.models import HandOut, Membership, Queue
from labeling.policy.errors import Invalid, NotAllowed, NotVisible
from labeling.queries.access import GONE, hand_out_for, managed_project_for, only_visible, review_in, roles_of
from labeling.queries.blinding import newest_proofs, proof_of
from labeling.queries.probes import probe_report, question_of
from labeling.queries.queues import current_hand_out
from labeling.services.follow_ups import put_hint_away
from labeling.services.probes import save_guess, set_probe
from labeling.views.http import now, project_context, signed_in

# --- beside the next item -------------------------------------------------------------------------------------------


@signed_in
@require_POST
def guesses(request: HttpRequest, token: str) -> HttpResponse:
    hand_out = hand_out_for(request.user, token)
    question = question_of(hand_out)
    if question is None:
        raise NotVisible(GONE)
    save_guess(question, system=system_from(request.POST), now=now())
    if request.htmx:
        return render(request, "labeling/reviews/_probe_answered.html")
    return back_to_work(hand_out)


@signed_in
@require_POST
def hint_dismissals(request: HttpRequest, token: str) -> HttpResponse:
    hand_out = hand_out_for(request.user, token)
    put_hint_away(hand_out.reviewer, now=now())
    return HttpResponse() if request.htmx else redirect("desk", token=token)


def back_to_work(hand_out: HandOut) -> HttpResponse:
    queue = hand_out.slot.queue
    held = current_hand_out(queue, hand_out.reviewer)
    return redirect("desk", token=held.token) if held else redirect("empty_queue", queue_id=queue.pk)


# --- for owners and admins --------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def blinding(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    queues = list(project.queues.order_by("name", "id"))
    asked = None
    if request.method == "POST":
        if not is_admin:
            raise NotAllowed("The probe is set by an admin of this project; ask one of them.")
        asked = only_visible(project.queues.filter(pk=system_from({"system": request.POST.get("queue", "")})))
    forms = [(queue, form_for(queue, request.POST if queue == asked else None)) for queue in queues]
    form = next((form for queue, form in forms if queue == asked), None)
    if form is not None and form.is_valid():
        given = form.cleaned_data
        try:
            share = given["percent"] / 100
            set_probe(asked, probe_share=share, actor=request.user, reason=given["reason"], now=now())
        except Invalid as error:
            show_complaints(form, error)
        else:
            messages.success(
                request, f"{asked.name}: reviewers are asked about {given['percent']:g} % of their reviews."
            )
            return redirect("blinding", slug=slug)
    context = project_context(
        request,
        project,
        report=probe_report(project),
        proofs=newest_proofs(project),
        forms=forms,
        opaque_systems=list(project.opaque_systems.all()),
    )
    return render(request, "labeling/blinding/blinding.html", context, status=422 if form and form.errors else 200)


def form_for(queue: Queue, posted) -> ProbeForm:
    initial = {"percent": f"{queue.probe_share * 100:g}"}
    return ProbeForm(posted, initial=initial, prefix=None, auto_id=f"id_%s_{queue.pk}")


@signed_in
@require_safe
def shown_review(request: HttpRequest, slug: str, review_id: int) -> HttpResponse:
    """What the reviewer of one label had before them, rebuilt from its record."""
    project = managed_project_for(request.user, slug)
    review = review_in(project, review_id)
    item = review.entry.item
    context = project_context(
        request,
        project,
        review=review,
        proof=proof_of(review.hand_out),
        crumbs=[
            {"label": "Items", "url": reverse("items", args=[project.slug])},
            {"label": item.external_id, "url": reverse("item", args=[project.slug, item.pk])},
        ],
    )
    return render(request, "labeling/blinding/shown_review.html", context)
