"""The earlier turns of a long conversation. They come when asked for: hundreds of them would delay a first answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.queries.access import hand_out_for
from labeling.queries.reviews import shown_item
from labeling.views.http import signed_in


@signed_in
@require_safe
def earlier_turns(request: HttpRequest, token: str) -> HttpResponse:
    hand_out = hand_out_for(request.user, token)
    context = {"token": token, "queue_name": hand_out.slot.queue.name, "turns": shown_item(hand_out).earlier_turns}
    name = "_turns" if request.htmx else "earlier_turns"
    return render(request, f"labeling/reviews/{name}.html", {"frame": "labeling/reviews/frame.html", **context})
