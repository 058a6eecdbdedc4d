"""Who holds which item now, and releasing what somebody does not come back to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from labeling.forms.duties import HeldFilterForm, ReasonForm, ReleaseForm
from labeling.models import Membership, Project
from labeling.policy.errors import Conflict
from labeling.queries.access import administered_project_for, held_slot_in, managed_project_for, reviewer_in, roles_of
from labeling.queries.hand_outs import held_slots, held_turn, holders
from labeling.queries.pages import page_of
from labeling.services.hand_outs import SUBMITTED_MEANWHILE, release_turn, release_turns_of
from labeling.views.http import now, project_context, query_without, signed_in


def knows_names(request: HttpRequest, project: Project) -> bool:
    """Names are for admins: an owner settles disputes, and must not know who labelled what is disputed tomorrow."""
    return Membership.Role.ADMIN in roles_of(request.user, project)


@signed_in
@require_safe
def held_turns(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    shows_names = knows_names(request, project)
    people = holders(project) if shows_names else None
    form = HeldFilterForm(request.GET, queues=list(project.queues.all()), reviewers=people)
    wanted = form.cleaned_data if form.is_valid() else {}
    reviewer_id = wanted.get("reviewer")
    page = page_of(held_slots(project, queue_id=wanted.get("queue"), reviewer_id=reviewer_id), request.GET.get("page"))
    context = project_context(
        request,
        project,
        form=form,
        is_filtering=bool(wanted.get("queue") or reviewer_id),
        shows_names=shows_names,
        chosen=next((one for one in people or () if one.pk == reviewer_id), None),
        page_obj=page,
        rows=[held_turn(slot, shows_names=shows_names) for slot in page.object_list],
        base_query=query_without(request, "page"),
        read_at=now(),
    )
    return render(request, "labeling/queues/hand_outs.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def releases(request: HttpRequest, slug: str, slot_id: int) -> HttpResponse:
    """Ask for a reason, then release one turn."""
    project = managed_project_for(request.user, slug)
    slot = held_slot_in(project, slot_id)
    form = ReleaseForm(request.POST or None, initial={"lease_no": slot.lease_no})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        release_turn(slot, lease_no=given["lease_no"], reason=given["reason"], actor=request.user, now=now())
        messages.success(request, f"{slot.entry.item.external_id} is open to the next reviewer.")
        return redirect("project_hand_outs", slug=slug)
    if "lease_no" in form.errors:
        raise Conflict(SUBMITTED_MEANWHILE)
    holder = slot.reviewer.user.shown_name if knows_names(request, project) else "Whoever holds it"
    text = (
        f"{holder} loses this turn, and the next reviewer may take the item. The draft is kept: it comes back with "
        "the item, and a review that is sent all the same counts as long as nobody else has the turn."
    )
    return confirmation(
        request, project, form, title=f"Release {slot.entry.item.external_id}", text=text, label="Release it"
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def releases_of_person(request: HttpRequest, slug: str, reviewer_id: int) -> HttpResponse:
    """Ask for a reason, then release everything one person holds."""
    project = administered_project_for(request.user, slug)
    reviewer = reviewer_in(project, reviewer_id)
    name = reviewer.user.shown_name
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        n_released = release_turns_of(reviewer, reason=reason, actor=request.user, now=now())
        messages.success(request, f"{n_released} turn{'' if n_released == 1 else 's'} of {name} released.")
        return redirect("project_hand_outs", slug=slug)
    text = f"{name} loses every turn they hold in this project, and others may take the items. Their drafts are kept."
    return confirmation(request, project, form, title=f"Release all of {name}", text=text, label="Release all")


def confirmation(
    request: HttpRequest, project: Project, form: ReasonForm, *, title: str, text: str, label: str
) -> HttpResponse:
    back = reverse("project_hand_outs", args=[project.slug])
    context = project_context(
        request,
        project,
        title=title,
        text=text,
        label=label,
        back=back,
        form=form,
        crumbs=[{"label": "Hand-outs", "url": back}],
    )
    return render(request, "labeling/queues/confirm.html", context, status=422 if form.errors else 200)
