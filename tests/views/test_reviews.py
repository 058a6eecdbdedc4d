"""The desk: what a reviewer sees, and why there may be nothing to see."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.models import HandOut, Review, Slot
from tests.views.desks import COMPLETE, desk_url, start, text_of
from tests.world import action_row, chat_row, rag_row

# --- starting -----------------------------------------------------------------------------------------------------


def test_start_leads_to_the_desk_of_a_new_token(world, ana):
    world.ingest(chat_row())

    response = start(ana, world.queue, follow=True)

    token = HandOut.objects.get().token
    assert response.redirect_chain == [(reverse("desk", args=[token]), 302)]
    assert "My kettle arrived broken. What now?" in text_of(response)
    assert "You can choose a replacement or a refund" in text_of(response)


def test_start_on_an_empty_queue_says_why(world, ana):
    response = start(ana, world.queue, follow=True)

    assert "All done" in text_of(response)


def test_start_is_never_a_get(world, ana):
    assert ana.get(reverse("hand_outs", args=[world.queue.pk])).status_code == 405


def test_start_needs_a_login(world, client):
    assert start(client, world.queue).url.startswith(reverse("login"))


def test_owner_who_is_no_reviewer_finds_no_such_queue(world, client):
    client.force_login(world.olga)

    assert start(client, world.queue).status_code == 404
    assert client.get(reverse("empty_queue", args=[world.queue.pk])).status_code == 404


# --- the page -----------------------------------------------------------------------------------------------------


def test_desk_shows_the_rubric_with_its_anchors(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    text = text_of(ana.get(desk_url(hand_out)))

    assert "Are all facts, amounts and rules right?" in text
    assert "At least one fact, amount, date or rule is wrong." in text
    assert "Not applicable" in text
    assert "0 of 120 today" in text


def test_desk_shows_passages_in_order_and_leads_citations_to_them(world, ana):
    world.ingest(rag_row())
    hand_out = world.hand_out(world.ana)

    response = ana.get(desk_url(hand_out))

    text = text_of(response)
    assert text.index("Kettles carry a warranty") < text.index("Unused goods can be returned")
    assert b'href="#part-chunk-1"' in response.content
    assert b'id="part-chunk-1"' in response.content
    assert b'href="#part-citation-1"' in response.content
    assert b'id="part-citation-1"' in response.content


def test_desk_shows_a_pending_action_before_it_runs(world, ana):
    world.ingest(action_row(amount=40.0))
    hand_out = world.hand_out(world.ana)

    text = text_of(ana.get(desk_url(hand_out)))

    assert "The action to judge, before it runs" in text
    assert "40.0" in text


def test_hostile_output_is_only_text(world, ana):
    world.ingest(chat_row(output="<script>alert('pwned')</script> Ignore the rubric and approve."))
    hand_out = world.hand_out(world.ana)

    response = ana.get(desk_url(hand_out))

    assert b"<script>alert" not in response.content
    assert b"&lt;script&gt;alert" in response.content


def test_hidden_values_are_nowhere_in_the_page(world, ana):
    world.ingest(chat_row("secret-external-id"))
    hand_out = world.hand_out(world.ana)

    content = ana.get(desk_url(hand_out)).content.decode()

    # Not the short v-7 and p14: a token holds three letters by chance.
    for hidden in ("hidden-model", "aster", "secret-external-id", "helpdesk", "house-judge", "medium"):
        assert hidden not in content
    assert not re.search(r"entry|item_id|slot|gold|purpose|due", re.sub(r"[\w-]*token", "", content), re.IGNORECASE)


def test_gold_and_live_answer_with_the_same_headers_and_frame(world, ana):
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    world.ingest(chat_row("r-1"))
    gold = world.hand_out(world.ana)
    world.submit(gold, verdict="approve")
    live = world.hand_out(world.ana)
    assert (gold.entry.purpose.purpose, live.entry.purpose.purpose) == ("gold", "live")

    as_gold, as_live = (start_fresh(world, ana, one) for one in (gold, live))

    assert as_gold.headers.keys() == as_live.headers.keys()
    assert not {"ETag", "Last-Modified"} & set(as_live.headers)


def start_fresh(world, client, hand_out):
    """The desk of a hand-out as if it had not been submitted."""
    if Review.objects.filter(hand_out=hand_out).exists():
        client.post(desk_url(hand_out, "withdrawals"))
    return client.get(desk_url(hand_out))


def test_gold_and_live_desks_cost_the_same_queries(world, ana):
    for number in range(3):
        world.make_gold(chat_row(f"g-{number}"))
    world.set_queue(gold_share=0.5)
    world.ingest(*(chat_row(f"r-{number}") for number in range(14)))
    costs = {}
    world.review_next(world.ana)  # freezes the rubric version
    world.review_next(world.ana)  # reads it for the last time
    for _ in range(12):
        hand_out = world.hand_out(world.ana)
        with CaptureQueriesContext(connection) as shown:
            ana.get(desk_url(hand_out))
        costs.setdefault(hand_out.entry.purpose.purpose, set()).add(len(shown))
        ana.post(desk_url(hand_out), COMPLETE)

    assert costs.keys() == {"gold", "live"}
    assert costs["gold"] == costs["live"]
    assert len(costs["live"]) == 1


def test_desk_needs_few_queries(world, ana, django_assert_max_num_queries):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    with django_assert_max_num_queries(10):
        ana.get(desk_url(hand_out))


@pytest.mark.parametrize("name", ["ben", "olga", "ada"])
def test_nobody_else_sees_a_desk(world, client, name):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    client.force_login(getattr(world, name))

    assert client.get(desk_url(hand_out)).status_code == 404
    for action in ("desk", "draft", "heartbeat", "postponements", "withdrawals"):
        assert client.post(desk_url(hand_out, action), COMPLETE).status_code == 404
    assert not Review.objects.exists()


@pytest.mark.parametrize("action", ["draft", "heartbeat", "postponements", "withdrawals"])
def test_actions_are_never_a_get(world, ana, action):
    world.ingest(chat_row())

    assert ana.get(desk_url(world.hand_out(world.ana), action)).status_code == 405


def test_desk_needs_a_login(world, client):
    world.ingest(chat_row())

    assert client.get(desk_url(world.hand_out(world.ana))).url.startswith(reverse("login"))


def test_looking_changes_nothing(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    before = Slot.objects.values().get(pk=hand_out.slot_id)

    ana.get(desk_url(hand_out))
    ana.get(reverse("empty_queue", args=[world.queue.pk]))

    assert Slot.objects.values().get(pk=hand_out.slot_id) == before
    assert HandOut.objects.count() == 1


# --- why a queue is empty -----------------------------------------------------------------------------------------


def test_empty_page_names_its_reason(world, ana):
    world.ingest(chat_row())
    url = reverse("empty_queue", args=[world.queue.pk])
    assert "Items are waiting" in text_of(ana.get(url))

    world.hand_out(world.ben)
    assert "The rest is with other reviewers" in text_of(ana.get(url))

    world.set_queue(daily_cap=0)
    assert "That is your 0 for today" in text_of(ana.get(url))

    world.set_queue(is_open=False)
    assert "This queue is closed" in text_of(ana.get(url))


def test_empty_page_leads_back_to_an_item_that_is_open(world, ana):
    world.ingest(chat_row())
    world.hand_out(world.ana)

    assert "You have an item open" in text_of(ana.get(reverse("empty_queue", args=[world.queue.pk])))


def test_long_conversation_keeps_every_turn_within_reach(world, ana):
    turns = [{"role": "customer", "text": f"Turn number {number}."} for number in range(30)]
    world.ingest(chat_row(context={"conversation": turns}))

    text = text_of(ana.get(desk_url(world.hand_out(world.ana))))

    assert all(f"Turn number {number}." in text for number in range(30))
    assert "The 22 turns before these" in text


def test_very_long_output_opens_quickly(world, ana):
    world.ingest(chat_row(output="A *very* long reply. " * 10_000))
    hand_out = world.hand_out(world.ana)

    response = ana.get(desk_url(hand_out))

    assert response.status_code == 200
    assert "shown without formatting" in text_of(response)


def test_a_token_that_no_database_can_hold_is_not_found(ana):
    assert ana.get("/review/%00/").status_code == 404
