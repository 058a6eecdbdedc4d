"""What the tests of the desk share: a complete form, where it goes, and a page as a person reads it."""

import re

from django.urls import reverse

HTMX = {"HTTP_HX_REQUEST": "true"}
COMPLETE = {
    "answer-correct": "yes",
    "answer-complete": "4",
    "answer-tone": "4",
    "answer-grounded": "n/a",
    "verdict": "approve",
    "note": "",
    "revision": "1",
    "active_ms": "9000",
}


def start(client, queue, **headers):
    return client.post(reverse("hand_outs", args=[queue.pk]), **headers)


def desk_url(hand_out, name="desk"):
    return reverse(name, args=[hand_out.token])


def text_of(response):
    """What a person reads, without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
