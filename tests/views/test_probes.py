"""The question about the item before and the hint of a pause, on the desk; blinding as owners and admins see it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import HandOut, Queue, Rater, Review, SourceGuess, SourceQuestion
from labeling.services.gold import plant_gold
from labeling.services.probes import set_probe
from tests.views.desks import COMPLETE, HTMX, desk_url, start, text_of
from tests.world import chat_row

BLINDING = "/p/shop/blinding/"


@pytest.fixture
def asking(world, client):
    """Ana at her desk; everybody is asked about everything."""
    world.ingest(*[chat_row(f"r-{n}", source={"model": f"secret-{'ab'[n % 2]}"}) for n in range(4)])
    set_probe(world.queue, probe_share=1.0, actor=world.ada, reason="A test.", now=world.now)
    client.force_login(world.ana)
    start(client, world.queue)
    return world


def newest_hand_out():
    return HandOut.objects.latest("id")


def submit_newest(client, **headers):
    return client.post(desk_url(newest_hand_out()), COMPLETE, **headers)


def been_at_it(world, *, minutes):
    """Ana has been at it for so long, as an hour of submissions would have left her."""
    Rater.objects.filter(user=world.ana).update(
        at_it_since=world.now - timedelta(minutes=minutes), last_submitted_at=world.now
    )


def test_the_next_item_comes_with_the_question_about_the_one_before(asking, client):
    before = newest_hand_out()

    page = submit_newest(client, **HTMX)

    assert "Which system do you think wrote the output before?" in text_of(page)
    assert f'action="{desk_url(before, "guesses")}"' in page.text
    assert "secret-" not in page.text
    assert newest_hand_out() != before


def test_without_scripts_it_travels_in_the_address_and_goes_once_answered(asking, client):
    before = newest_hand_out()

    page = client.get(submit_newest(client).url)
    answered = client.post(desk_url(before, "guesses"), {"system": "cannot-tell"})
    again = client.get(f"{answered.url}?asked={before.token}")

    assert "Which system" in text_of(page)
    assert answered.url == desk_url(newest_hand_out())
    assert "Which system" not in text_of(again)


def test_an_answer_by_script_is_noted_in_place(asking, client):
    before = newest_hand_out()
    submit_newest(client, **HTMX)

    answer = client.post(desk_url(before, "guesses"), {"system": "2"}, **HTMX)

    assert text_of(answer).strip() == "Noted, thank you."
    assert SourceGuess.objects.get().system == 2


@pytest.mark.parametrize("system", ["", "0", "9", "-1", "two"])
def test_an_answer_that_was_not_offered_is_refused(asking, client, system):
    before = newest_hand_out()
    submit_newest(client)

    assert client.post(desk_url(before, "guesses"), {"system": system}).status_code == 422
    assert not SourceGuess.objects.exists()


def test_the_question_of_somebody_else_cannot_be_seen_or_answered(asking, client):
    before = newest_hand_out()
    submit_newest(client)
    client.force_login(asking.ben)
    start(client, asking.queue)

    assert client.post(desk_url(before, "guesses"), {"system": "1"}).status_code == 404
    assert client.get(f"{desk_url(newest_hand_out())}?asked={before.token}").status_code == 404


def test_an_item_that_nobody_asked_about_takes_no_answer(asking, client):
    assert client.post(desk_url(newest_hand_out(), "guesses"), {"system": "1"}).status_code == 404


def after_submission(client):
    """What came of submitting what is open: its purpose, the answer without its tokens, headers and statements."""
    submitted = newest_hand_out()
    with CaptureQueriesContext(connection) as captured:
        page = client.post(desk_url(submitted), COMPLETE, **HTMX)
    text = re.sub(r"\b[A-Za-z0-9]{64}\b", "CSRF", page.text)
    for token in (submitted.token, newest_hand_out().token):
        text = text.replace(token, "TOKEN")
    # How many were done today is one more each time, for gold as for live.
    text = re.sub(r'value="\d+" aria-hidden|\d+ of \d+ today', "", text)
    headers = {
        name: value for name, value in page.items() if name not in ("HX-Push-Url", "Content-Length", "X-Request-ID")
    }
    return submitted.entry.purpose.purpose, text, headers, [shape_of(one["sql"]) for one in captured]


def shape_of(statement):
    return re.sub(r"'[^']*'|\d+", "?", statement)


@pytest.mark.parametrize("minutes", [0, 60])
def test_gold_and_live_are_asked_about_and_paused_alike(world, client, minutes):
    rows = [chat_row(f"r-{number}", source={"model": f"secret-{number % 2}"}) for number in range(6)]
    world.make_gold(rows[0])
    world.ingest(*rows[1:])
    world.review_next(world.ana)  # the first label of all freezes the rubric version
    set_probe(world.queue, probe_share=1.0, actor=world.ada, reason="A test.", now=world.now)
    been_at_it(world, minutes=minutes)
    world.hand_out(world.ana)
    client.force_login(world.ana)
    world.set_queue(gold_share=1.0)
    plant_gold(world.queue, world.rater(world.ana), now=world.now)
    after_submission(client)
    world.set_queue(gold_share=0.0)

    gold, live = after_submission(client), after_submission(client)

    assert (gold[0], live[0]) == ("gold", "live")
    assert "Which system" in gold[1]
    assert ("for 60 minutes" in gold[1]) == (minutes == 60)
    assert gold[1:] == live[1:]


def test_the_hint_of_a_pause_is_shown_put_away_and_stays_away(world, client):
    world.ingest(chat_row("r-1"))
    been_at_it(world, minutes=51)
    hand_out = world.hand_out(world.ana)
    client.force_login(world.ana)
    shown = client.get(desk_url(hand_out))

    by_script = client.post(desk_url(hand_out, "hint_dismissals"), **HTMX)
    without = client.post(desk_url(hand_out, "hint_dismissals"))

    assert "You have been at this for 51 minutes; a short pause keeps judgements fresh." in text_of(shown)
    assert (by_script.status_code, by_script.text, without.url) == (200, "", desk_url(hand_out))
    assert "a short pause" not in text_of(client.get(desk_url(hand_out)))


# --- owners and admins ------------------------------------------------------------------------------------------


def form_of(world, **changes):
    return {"queue": world.queue.pk, "percent": "5", "reason": "Once a quarter.", **changes}


def test_an_admin_sets_the_share_of_a_queue(asking, client):
    client.force_login(asking.ada)

    page = client.post(BLINDING, form_of(asking), follow=True)

    assert "reviewers are asked about 5 % of their reviews" in page.text
    assert Queue.objects.get(pk=asking.queue.pk).probe_share == 0.05
    assert "System 1 is secret-" in text_of(page)


@pytest.mark.parametrize("changes", [{"percent": "101"}, {"percent": "x"}, {"reason": " "}])
def test_a_refused_setting_says_why_beside_its_queue(asking, client, changes):
    client.force_login(asking.ada)

    page = client.post(BLINDING, form_of(asking, **changes))

    assert page.status_code == 422
    assert page.text.count("field__error") == 1
    assert Queue.objects.get(pk=asking.queue.pk).probe_share == 1.0


def test_an_owner_reads_the_report_and_sets_nothing(asking, client):
    submit_newest(client)
    client.force_login(asking.olga)

    page = client.get(BLINDING)

    assert "Not enough yet: 0 of about 20 guesses" in page.text
    assert "All of the newest 1 do" in page.text
    assert 'name="percent"' not in page.text
    assert client.post(BLINDING, form_of(asking)).status_code == 403
    assert SourceQuestion.objects.count() == 1


def test_a_label_shows_what_was_before_its_reviewer(asking, client):
    submit_newest(client)
    review = Review.objects.get()
    client.force_login(asking.olga)

    page = client.get(f"/p/shop/reviews/{review.pk}/")
    item_page = client.get(f"/p/shop/items/{review.entry.item_id}/")

    assert "It holds" in page.text
    assert review.hand_out.shown_id in page.text
    assert "My kettle arrived broken" in page.text
    assert "ana" not in text_of(page).casefold().split()
    assert f"/p/shop/reviews/{review.pk}/" in item_page.text


def test_reviewers_and_strangers_see_none_of_it(asking, client):
    submit_newest(client)
    review = Review.objects.get()

    assert client.get(BLINDING).status_code == 404
    assert client.get(f"/p/shop/reviews/{review.pk}/").status_code == 404
    client.logout()
    assert client.get(BLINDING).status_code == 302
