"""The look at the judge after a submission: the offer, the look, the second label; nothing before or to others."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import HandOut, Reveal, RevealOffer, SecondLabel
from labeling.services.gold import plant_gold
from tests.views.desks import COMPLETE, HTMX, desk_url, start, text_of
from tests.world import chat_row, judged

REASONS = "No date <script>alert(1)</script> is said & none asked."
HOSTILE = {"judge_verdicts": judged("fail", rationale=REASONS)}
OFFER = "Would the judge change your mind?"


@pytest.fixture
def revealing(world, client):
    """Ana at her desk; everybody may look after everything."""
    world.ingest(*[chat_row(f"r-{number}", **HOSTILE) for number in range(4)])
    world.set_queue(reveal_share=1.0)
    client.force_login(world.ana)
    start(client, world.queue)
    return world


def newest():
    return HandOut.objects.latest("id")


def submit_newest(client, **headers):
    return client.post(desk_url(newest()), COMPLETE, **headers)


def test_the_answer_to_a_submission_offers_a_look_and_tells_nothing_yet(revealing, client):
    page = submit_newest(client, **HTMX)

    assert OFFER in text_of(page)
    assert "No date" not in page.text
    assert "Fail" not in text_of(page)
    assert page.headers["HX-Push-Url"] == desk_url(newest(), "judge_look")
    assert not Reveal.objects.exists()


def test_without_scripts_the_offer_has_an_address_of_its_own(revealing, client):
    page = client.get(submit_newest(client).url)
    seen = client.post(desk_url(newest(), "judge_look"), follow=True)

    assert OFFER in text_of(page)
    assert "The judge said: Fail" in text_of(seen)


def test_the_look_shows_the_judge_as_text_and_answers_to_choose_from(revealing, client):
    submit_newest(client, **HTMX)

    page = client.post(desk_url(newest(), "judge_look"), **HTMX)

    assert "<script>alert" not in page.text
    assert "No date &lt;script&gt;" in page.text
    assert re.findall(r'name="value" value="(\w+)"', page.text) == ["approve", "revise", "reject"]
    assert "data-default" not in page.text
    assert "house-judge" not in page.text


def test_the_answer_to_a_second_label_is_the_next_item_without_a_way_to_take_back(revealing, client):
    before = newest()
    submit_newest(client, **HTMX)
    client.post(desk_url(before, "judge_look"), **HTMX)

    page = client.post(desk_url(before, "second_labels"), {"value": "reject"}, **HTMX)

    assert newest() != before
    assert desk_url(newest(), "draft") in page.text
    assert "Take back the last" not in page.text
    assert SecondLabel.objects.get().label == "fail"
    assert client.get(desk_url(before, "judge_look")).url == desk_url(newest())


def test_whoever_skips_goes_on_and_may_still_take_back(revealing, client):
    submit_newest(client, **HTMX)

    page = start(client, revealing.queue, **HTMX)

    assert "Take back the last" in page.text
    assert not Reveal.objects.exists()


def test_after_the_look_the_items_own_page_offers_no_taking_back_either(revealing, client):
    submit_newest(client, **HTMX)
    client.post(desk_url(newest(), "judge_look"), **HTMX)

    assert "The time to take it back is over" in text_of(client.get(desk_url(newest())))
    refused = client.post(desk_url(newest(), "withdrawals"), {"revision": "1"})
    assert refused.status_code == 409
    assert "You have seen what the judge said" in text_of(refused)


@pytest.mark.parametrize("value", ["", "escalate", "x" * 200])
def test_an_answer_that_is_not_offered_is_refused(revealing, client, value):
    submit_newest(client, **HTMX)
    client.post(desk_url(newest(), "judge_look"), **HTMX)

    assert client.post(desk_url(newest(), "second_labels"), {"value": value}).status_code == 422


def test_no_answer_is_taken_before_the_look(revealing, client):
    submit_newest(client, **HTMX)

    assert client.post(desk_url(newest(), "second_labels"), {"value": "reject"}).status_code == 409
    assert not SecondLabel.objects.exists()


@pytest.mark.parametrize("name", ["judge_look", "second_labels"])
def test_it_is_for_whoever_submitted_it_alone(revealing, client, name):
    submit_newest(client, **HTMX)
    address = desk_url(newest(), name)
    client.force_login(revealing.ben)
    assert client.post(address, {"value": "reject"}).status_code == 404
    client.logout()
    assert client.post(address).status_code == 302
    assert not Reveal.objects.exists()


def test_an_item_that_nobody_was_offered_anything_of_has_no_such_page(revealing, client):
    assert client.get(desk_url(newest(), "judge_look")).status_code == 404
    assert client.get(desk_url(newest(), "second_labels")).status_code == 405


def shape_of(statement):
    return re.sub(r"'[^']*'|\d+", "?", statement)


def after_submission(client):
    """What came of submitting what is open and of a look: purpose, both answers without tokens, and statements."""
    submitted, texts = newest(), []
    with CaptureQueriesContext(connection) as captured:
        for address, form in ((desk_url(submitted), COMPLETE), (desk_url(submitted, "judge_look"), {})):
            page = client.post(address, form, **HTMX)
            text = re.sub(r"\b[A-Za-z0-9]{64}\b", "CSRF", page.text).replace(submitted.token, "TOKEN")
            texts.append(re.sub(r'data-until="[^"]*"', "", text))
    start(client, submitted.slot.queue)
    return submitted.entry.purpose.purpose, texts, [shape_of(one["sql"]) for one in captured]


def test_gold_and_live_are_offered_alike(world, client):
    rows = [chat_row(f"r-{number}", **HOSTILE) for number in range(6)]
    world.make_gold(rows[0])
    world.make_gold({**rows[1], "external_id": "g-2"})
    world.ingest(*rows[1:])
    world.review_next(world.ana)  # the first label of all freezes the rubric version
    world.set_queue(reveal_share=1.0, gold_share=1.0)
    world.hand_out(world.ana)
    client.force_login(world.ana)
    plant_gold(world.queue, world.rater(world.ana), now=world.now)
    after_submission(client)
    gold = after_submission(client)
    world.set_queue(gold_share=0.0)
    after_submission(client)
    live = after_submission(client)

    assert (gold[0], live[0]) == ("gold", "live")
    assert OFFER in gold[1][0]
    assert gold[1:] == live[1:]


def test_nothing_more_is_asked_of_the_database_where_nobody_is_offered_anything(world, client):
    world.ingest(*[chat_row(f"r-{number}", **HOSTILE) for number in range(4)])
    world.review_next(world.ana)
    client.force_login(world.ana)
    start(client, world.queue)

    with CaptureQueriesContext(connection) as captured:
        submit_newest(client, **HTMX)

    asked = " ".join(one["sql"] for one in captured)
    assert not re.search(r'(FROM|INTO) "labeling_(reveal|revealoffer|secondlabel|judgeverdict)"', asked)


def test_no_page_of_hers_holds_anything_of_the_judge_before_she_asks(revealing, client):
    """Every address of a turn, of what is offered and of what is open, before the one that shows it is posted to."""
    before = newest()
    client.get(desk_url(before))
    submit_newest(client, **HTMX)
    start(client, revealing.queue)
    addresses = [desk_url(one, name) for one in (before, newest()) for name in ("desk", "judge_look", "earlier_turns")]

    said = [client.get(address).text for address in (*addresses, "/")]

    assert RevealOffer.objects.count() == 1
    assert not any("No date" in one or "house-judge" in one or "The judge said" in one for one in said)


def test_the_reviewers_page_says_how_many_looks_there_were_and_no_ratio_yet(revealing, client):
    before = newest()
    submit_newest(client, **HTMX)
    client.post(desk_url(before, "judge_look"), **HTMX)
    client.post(desk_url(before, "second_labels"), {"value": "approve"}, **HTMX)
    client.force_login(revealing.olga)

    page = text_of(client.get(f"/p/shop/reviewers/?queue={revealing.queue.pk}"))

    assert "Do people lean on the judge?" in page
    assert "not enough yet: 0 of about 30 cases" in page
    assert "1 of 1 1 answered, 0 with a truth, 1 without; judge wrong in 0" in page
