"""Blind first, then the judge: the look after a submission, and the second label that counts nowhere."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.reveals import second_value_from
from labeling.models import HandOut, RevealOffer
from labeling.policy.errors import Conflict, NotVisible
from labeling.queries.access import GONE, hand_out_for
from labeling.queries.reveals import is_answered, offer_of
from labeling.services.reveals import reveal, save_second_label
from labeling.views.http import now, signed_in
from labeling.views.probes import back_to_work
from labeling.views.reviews import go_on, judge_page, stopped_page


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def judge_look(request: HttpRequest, token: str) -> HttpResponse:
    """The offer, and after a POST what the judge said. Whoever comes back after answering goes on with their work."""
    hand_out = hand_out_for(request.user, token)
    offer, at = offered(hand_out), now()
    if request.method == "POST":
        try:
            reveal(offer, now=at)
        except Conflict as refusal:
            return stopped_page(request, hand_out, refusal)
    if is_answered(offer):
        return back_to_work(hand_out)
    return judge_page(request, hand_out, offer, at=at)


@signed_in
@require_POST
def second_labels(request: HttpRequest, token: str) -> HttpResponse:
    """Keep it or change it; the answer is the next item, as after a submission."""
    hand_out, at = hand_out_for(request.user, token), now()
    try:
        save_second_label(offered(hand_out), value=second_value_from(request.POST), now=at)
    except Conflict as refusal:
        return stopped_page(request, hand_out, refusal)
    return go_on(request, hand_out.slot.queue, hand_out.reviewer, at=at)


def offered(hand_out: HandOut) -> RevealOffer:
    offer = offer_of(hand_out)
    if offer is None:
        raise NotVisible(GONE)
    return offer
