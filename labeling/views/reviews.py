"""The reviewer's desk: an item, its rubric, and the press of a key that submits and brings the next one."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.forms.reviews import (
    active_ms_from,
    complaints_about_length,
    draft_content_from,
    review_form,
    revision_from,
    submission_from,
)
from labeling.forms.verdicts import editable_text
from labeling.models import HandOut, Queue, Rater, RevealOffer, Review, RubricVersion
from labeling.policy.assignment import Admission, EmptyQueue
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import hand_out_for, rater_of, reviewing_queue_for
from labeling.queries.duties import admission_to, people_to_ask
from labeling.queries.explanations import explanation_of
from labeling.queries.probes import Probe, probe_of, question_of
from labeling.queries.queues import current_hand_out, reason_for_empty
from labeling.queries.reveals import reveal_page
from labeling.queries.reviews import asked_of, desk_of, stage_of, standing_review, submission_of, take_back_for
from labeling.queries.screenings import is_screen_in
from labeling.queries.verdicts import people_to_escalate_to
from labeling.services.gold import plant_gold
from labeling.services.queues import claim_next, postpone, renew_lease, take_seat
from labeling.services.reviews import Submitted, save_draft, submit_review, take_back
from labeling.views.http import now, signed_in

EXTRA_NOTICE = "Your last review came after its turn was given to somebody else; it is kept but not counted."


@signed_in
@require_POST
def hand_outs(request: HttpRequest, queue_id: int) -> HttpResponse:
    queue = reviewing_queue_for(request.user, queue_id)
    reviewer = rater_of(request.user, queue.project)
    # Gold is laid ready when somebody sits down, and by the worker from then on: planting after a submit would take
    # longer whenever the item before was gold, and could be timed.
    at = now()
    if take_seat(queue, reviewer, now=at):
        plant_gold(queue, reviewer, now=at)
    return go_on(request, queue, reviewer, at=at)


@signed_in
@require_GET
def empty_queue(request: HttpRequest, queue_id: int) -> HttpResponse:
    queue = reviewing_queue_for(request.user, queue_id)
    reviewer = rater_of(request.user, queue.project)
    at = now()
    admission = admission_to(queue, reviewer, now=at)
    reason = reason_for_empty(queue, reviewer, admission=admission, now=at)
    probe = probe_asked_for(request)
    return empty_page(request, queue, reviewer, reason, daily_cap=admission.daily_cap, at=at, probe=probe)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, token: str) -> HttpResponse:
    hand_out = hand_out_for(request.user, token)
    if request.method == "POST":
        return submit(request, hand_out)
    at = now()
    submission = submission_of(hand_out, now=at)
    if submission is not None and submission.is_counted and stage_of(hand_out.entry) == "training":
        return explained_page(request, hand_out)
    if submission is not None:
        return page(request, "submitted", {"submission": submission})
    return desk_page(request, hand_out, at=at, probe=probe_asked_for(request))


def submit(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """Store the review; the answer is the next item, so that nothing waits for a second request."""
    submission, at = submission_from(request.POST), now()
    try:
        too_long = complaints_about_length(submission)
        if too_long:
            raise Invalid(too_long)
        submitted = submit_review(
            hand_out,
            revision=revision_from(request.POST),
            submission=submission,
            active_ms=active_ms_from(request.POST),
            now=at,
        )
    except Invalid as refusal:
        return desk_page(request, hand_out, at=at, complaints=refusal.complaints, status=422)
    except Conflict as refusal:
        return stopped_page(request, hand_out, refusal)
    if submitted.review.slot_id is None:  # said again to whoever sends it again because the answer was lost
        messages.warning(request, EXTRA_NOTICE)
    elif stage_of(hand_out.entry) == "training":
        return explained_page(request, hand_out) if request.htmx else redirect("desk", token=hand_out.token)
    if submitted.offer is not None:
        return judge_page(request, hand_out, submitted.offer, at=at)
    return go_on(
        request,
        hand_out.slot.queue,
        hand_out.reviewer,
        at=at,
        just_asked=hand_out.entry.rubric_version,
        submitted=submitted,
    )


@signed_in
@require_POST
def draft(request: HttpRequest, token: str) -> JsonResponse:
    hand_out = hand_out_for(request.user, token)
    content = draft_content_from(request.POST, asked_of(hand_out))
    try:
        revision = revision_from(request.POST) if "revision" in request.POST else None
        saved = save_draft(hand_out, content=content, revision=revision, now=now())
    except Conflict as refusal:
        return JsonResponse({"message": str(refusal)}, status=409)
    except Invalid as refusal:
        return JsonResponse({"message": " ".join(refusal.complaints.values())}, status=422)
    return JsonResponse({"saved_at": saved.saved_at.isoformat()})


@signed_in
@require_GET
def addressees(request: HttpRequest, token: str) -> JsonResponse:
    """To whom by name an item may be escalated: the same for every item, asked for when somebody escalates."""
    hand_out = hand_out_for(request.user, token)
    people = people_to_escalate_to(hand_out.slot.queue.project, asking=request.user)
    return JsonResponse({"people": [{"value": value, "label": label} for value, label in people]})


@signed_in
@require_POST
def heartbeat(request: HttpRequest, token: str) -> JsonResponse:
    hand_out = hand_out_for(request.user, token)
    return JsonResponse({"held": renew_lease(hand_out, now=now())})


@signed_in
@require_POST
def postponements(request: HttpRequest, token: str) -> HttpResponse:
    hand_out = hand_out_for(request.user, token)
    at = now()
    postpone(hand_out, now=at)
    return go_on(request, hand_out.slot.queue, hand_out.reviewer, at=at)


@signed_in
@require_POST
def withdrawals(request: HttpRequest, token: str) -> HttpResponse:
    hand_out, at = hand_out_for(request.user, token), now()
    try:
        take_back(hand_out, revision=revision_from(request.POST), now=at)
    except Conflict as refusal:
        return stopped_page(request, hand_out, refusal)
    return show_desk(request, hand_out_for(request.user, token), at=at)


# --- what these answer with ---------------------------------------------------------------------------------------


def go_on(
    request: HttpRequest,
    queue: Queue,
    reviewer: Rater,
    *,
    at: datetime,
    just_asked: RubricVersion | None = None,
    submitted: Submitted | None = None,
) -> HttpResponse:
    """The reviewer's next item, or the page that says why there is none; and a question about the one before."""
    probe = probe_of(submitted.question) if submitted and submitted.question else None
    claim = claim_next(queue, reviewer, now=at)
    outcome, admission = claim.outcome, claim.admission
    if isinstance(outcome, HandOut):
        if just_asked is not None and just_asked.pk == outcome.entry.rubric_version_id:
            outcome.entry.rubric_version = just_asked  # its questions have been read already
        counted = submitted.review if submitted and submitted.outcome == "counted" else None
        return show_desk(request, outcome, at=at, admission=admission, submitted=counted, probe=probe)
    if not request.htmx:
        return redirect_asking(reverse("empty_queue", args=[queue.pk]), probe)
    response = empty_page(request, queue, reviewer, outcome, daily_cap=admission.daily_cap, at=at, probe=probe)
    response.headers["HX-Push-Url"] = reverse("empty_queue", args=[queue.pk])
    return response


def show_desk(
    request: HttpRequest,
    hand_out: HandOut,
    *,
    at: datetime,
    admission: Admission | None = None,
    submitted: Review | None = None,
    probe: Probe | None = None,
) -> HttpResponse:
    """A desk after a POST: as a fragment where the script asked for one, else at its own address."""
    if not request.htmx:
        return redirect_asking(reverse("desk", args=[hand_out.token]), probe)
    response = desk_page(request, hand_out, at=at, admission=admission, submitted=submitted, probe=probe)
    response.headers["HX-Push-Url"] = reverse("desk", args=[hand_out.token])
    return response


def desk_page(
    request: HttpRequest,
    hand_out: HandOut,
    *,
    at: datetime,
    admission: Admission | None = None,
    submitted: Review | None = None,
    complaints: dict[str, str] | None = None,
    probe: Probe | None = None,
    status: int = 200,
) -> HttpResponse:
    """The desk with its draft, or with what was just posted and why it was not accepted."""
    shown = desk_of(hand_out, admission=admission, submitted=submitted, now=at)
    content = request.POST if complaints else shown.draft
    people = ()
    if content.get("verdict") == "escalate":
        people = tuple(people_to_escalate_to(hand_out.slot.queue.project, asking=request.user))
    form = review_form(shown.questions, content, asks_verdict=shown.asks_verdict, complaints=complaints, people=people)
    context = {
        "desk": shown,
        "form": form,
        "editable": editable_text(shown.item) if shown.asks_verdict else "",
        "active_ms": active_ms_from(content),
        "probe": probe,
    }
    return page(request, "desk", context, status=status)


def explained_page(request: HttpRequest, hand_out: HandOut) -> HttpResponse:
    """What is known of a training case, once it is answered; of no other turn."""
    return page(request, "explained", {"explained": explanation_of(hand_out, standing_review(hand_out))})


def judge_page(request: HttpRequest, hand_out: HandOut, offer: RevealOffer, *, at: datetime) -> HttpResponse:
    """The offer of a look at the judge, or what the judge said once it was asked for: instead of the next item, so
    that nobody has two on their mind."""
    address = reverse("judge_look", args=[hand_out.token])
    if request.method == "POST" and not request.htmx:
        return redirect(address)
    response = page(request, "judge_look", {"look": reveal_page(offer, hand_out, now=at)})
    if request.method == "POST":
        response.headers["HX-Push-Url"] = address
    return response


def redirect_asking(address: str, probe: Probe | None) -> HttpResponse:
    """Without scripts the question about the item before travels in the next page's address."""
    return redirect(f"{address}?asked={probe.token}" if probe else address)


def probe_asked_for(request: HttpRequest) -> Probe | None:
    """The question that the address asks for, if it is this reviewer's and still without an answer."""
    token = request.GET.get("asked", "")
    question = question_of(hand_out_for(request.user, token)) if token else None
    return None if question is None or hasattr(question, "guess") else probe_of(question)


def empty_page(
    request: HttpRequest,
    queue: Queue,
    reviewer: Rater,
    reason: EmptyQueue,
    *,
    daily_cap: int,
    at: datetime,
    probe: Probe | None = None,
) -> HttpResponse:
    context = {
        "queue_id": queue.pk,
        "queue_name": queue.name,
        "daily_cap": daily_cap,
        "reason": reason,
        "to_ask": people_to_ask(queue.project) if reason.reason == "not_qualified" else [],
        "is_screen_in": reason.reason == "not_qualified" and is_screen_in(queue, reviewer),
        "has_item_open": current_hand_out(queue, reviewer) is not None,
        "last": take_back_for(queue, reviewer, now=at),
        "probe": probe,
    }
    return page(request, "empty", context)


def stopped_page(request: HttpRequest, hand_out: HandOut, refusal: Conflict) -> HttpResponse:
    queue = hand_out.slot.queue
    context = {"queue_id": queue.pk, "queue_name": queue.name, "message": str(refusal)}
    return page(request, "stopped", context, status=409)


def page(request: HttpRequest, name: str, context: dict, *, status: int = 200) -> HttpResponse:
    """One template, one context: the frame around it is left out where htmx swaps it into a page that stands."""
    is_swap = request.htmx and request.method == "POST"
    frame = "labeling/reviews/_swap.html" if is_swap else "labeling/reviews/frame.html"
    return render(request, f"labeling/reviews/{name}.html", {"frame": frame, **context}, status=status)
