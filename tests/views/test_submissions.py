"""Submitting at the desk, drafts, turns and second thoughts: nothing is lost and nothing counts twice."""

import re

import pytest
from django.urls import reverse

from labeling.models import Answer, Draft, HandOut, Review
from labeling.services.queues import expire_leases
from labeling.views.reviews import EXTRA_NOTICE
from tests.views.desks import COMPLETE, HTMX, desk_url, text_of
from tests.world import chat_row, pair_row

# --- submitting ---------------------------------------------------------------------------------------------------


def test_submitting_stores_the_review_and_brings_the_next_item(world, ana):
    world.ingest(chat_row("r-1"), chat_row("r-2", output="Second reply."))
    hand_out = world.hand_out(world.ana)

    response = ana.post(desk_url(hand_out), COMPLETE, follow=True)

    review = Review.objects.get()
    assert (review.verdict, review.active_ms, review.answers.count()) == ("approve", 9000, 4)
    assert response.redirect_chain[0][0] != desk_url(hand_out)
    assert "1 of 120 today" in text_of(response)
    assert "Take back the last" in text_of(response)


def test_answer_to_a_scripted_submit_is_the_next_desk_itself(world, ana):
    world.ingest(chat_row("r-1"), chat_row("r-2", output="Second reply."))
    hand_out = world.hand_out(world.ana)

    response = ana.post(desk_url(hand_out), COMPLETE, **HTMX)

    next_token = HandOut.objects.exclude(pk=hand_out.pk).get().token
    assert response.status_code == 200
    assert response.headers["HX-Push-Url"] == reverse("desk", args=[next_token])
    assert b"<html" not in response.content
    assert "HX-Request" in response.headers["Vary"]


def test_last_item_leads_to_the_page_that_says_so(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    response = ana.post(desk_url(hand_out), COMPLETE, **HTMX)

    assert "All done" in text_of(response)
    assert response.headers["HX-Push-Url"] == reverse("empty_queue", args=[world.queue.pk])


def test_a_press_asks_once_what_time_it_is(world, ana, monkeypatch):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out, asked, at = world.hand_out(world.ana), [], world.now
    monkeypatch.setattr("labeling.queries.clock.read_clock", lambda: asked.append(at) or at)

    ana.post(desk_url(hand_out), COMPLETE, **HTMX)

    assert HandOut.objects.count() == 2
    assert asked == [at]


def test_incomplete_submission_is_refused_beside_the_fields_and_loses_nothing(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    response = ana.post(
        desk_url(hand_out), {**COMPLETE, "answer-tone": "", "verdict": "reject", "note": "", "answer-complete": "2"}
    )

    assert response.status_code == 422
    assert "Answer this question." in text_of(response)
    assert "Say in a sentence what is wrong." in text_of(response)
    assert re.search(rb'name="answer-complete" value="2"[^>]*checked', response.content)
    assert re.search(rb'value="reject" checked', response.content)
    assert response.content.count(b"data-focus") >= 1
    assert not Review.objects.exists()


def test_answer_to_an_unknown_question_is_refused_by_name(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    response = ana.post(desk_url(hand_out), {**COMPLETE, "answer-invented": "yes"})

    assert response.status_code == 422
    assert "invented: This rubric has no such question" in text_of(response)


@pytest.mark.parametrize("value", ["7", "yes' OR 1=1", "n/a"])
def test_answer_outside_the_scale_is_refused(world, ana, value):
    world.ingest(chat_row())

    response = ana.post(desk_url(world.hand_out(world.ana)), {**COMPLETE, "answer-tone": value})

    assert response.status_code == 422


@pytest.mark.parametrize("active_ms", ["", "-1", "1e9", "99999999999999999999", "٣"])
def test_nonsense_active_time_never_stops_a_review(world, ana, active_ms):
    world.ingest(chat_row())

    ana.post(desk_url(world.hand_out(world.ana)), {**COMPLETE, "active_ms": active_ms})

    assert 0 <= Review.objects.get().active_ms <= 86_400_000


def test_overlong_reason_is_refused(world, ana):
    world.ingest(chat_row())

    response = ana.post(desk_url(world.hand_out(world.ana)), {**COMPLETE, "rationale-tone": "x" * 10_001})

    assert response.status_code == 422
    assert "10,000 characters" in text_of(response)


def test_same_submit_twice_is_one_review_and_goes_on(world, ana):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)

    response = ana.post(desk_url(hand_out), COMPLETE)

    assert Review.objects.count() == 1
    assert response.status_code == 302
    assert response.url != desk_url(hand_out)


def test_second_change_without_taking_back_is_a_conflict_with_a_way_on(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)

    response = ana.post(desk_url(hand_out), {**COMPLETE, "revision": "2"})

    assert response.status_code == 409
    assert "take it back to change it" in text_of(response)
    assert "Go on" in text_of(response)


def test_late_submission_is_kept_as_extra_and_said_so(world, ana, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out = world.hand_out(world.ana)
    clock.shift(16 * 60)
    expire_leases(now=world.now)
    world.review_next(world.ben)

    response = ana.post(desk_url(hand_out), COMPLETE, follow=True)

    assert Review.objects.get(reviewer=world.rater(world.ana)).slot is None
    assert EXTRA_NOTICE in text_of(response)


def test_late_submission_is_said_to_be_extra_again_when_it_is_sent_again(world, ana, clock):
    """The first answer may be the one that was lost."""
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out = world.hand_out(world.ana)
    clock.shift(16 * 60)
    expire_leases(now=world.now)
    world.review_next(world.ben)
    ana.post(desk_url(hand_out), COMPLETE, follow=True)

    response = ana.post(desk_url(hand_out), COMPLETE, follow=True)

    assert Review.objects.filter(reviewer=world.rater(world.ana)).count() == 1
    assert EXTRA_NOTICE in text_of(response)


def test_choice_of_a_pair_is_stored_by_its_canonical_side(world, ana):
    rows = [pair_row("p-1"), pair_row("p-2")]
    world.ingest(*rows)
    world.show_both_orders(world.ana)
    for _ in rows:
        hand_out = world.hand_out(world.ana, world.pair_queue)
        page = text_of(ana.get(desk_url(hand_out)))
        first_shown = "a" if page.index("Clouds get heavy") < page.index("Rain is precipitation") else "b"

        ana.post(desk_url(hand_out), {"answer-preference": "a", "revision": "1"})

        assert Answer.objects.get(review__hand_out=hand_out).value == first_shown
    assert {one.order_shown for one in HandOut.objects.all()} == {"ab", "ba"}


def test_rubric_without_a_verdict_still_lets_a_reviewer_escalate(world, ana):
    world.ingest(pair_row())
    hand_out = world.hand_out(world.ana, world.pair_queue)

    ana.post(desk_url(hand_out), {"answer-preference": "tie", "verdict": "escalate", "note": "Odd.", "revision": "1"})

    assert Review.objects.get().verdict == "escalate"


# --- drafts, turns and second thoughts ----------------------------------------------------------------------------


def test_draft_is_saved_and_comes_back(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    response = ana.post(
        desk_url(hand_out, "draft"), {"answer-tone": "3", "note": "half a", "answer-invented": "x", "csrf": "y"}
    )

    assert response.json() == {"saved_at": world.now.isoformat()}
    assert Draft.objects.get().content == {"answer-tone": "3", "note": "half a"}
    page = ana.get(desk_url(hand_out))
    assert re.search(rb'name="answer-tone" value="3"[^>]*checked', page.content)
    assert "half a" in text_of(page)
    assert "Saved" in text_of(page)


def test_draft_that_is_too_large_says_so(world, ana):
    world.ingest(chat_row())

    response = ana.post(desk_url(world.hand_out(world.ana), "draft"), {"note": "x" * 140_000})

    assert response.status_code == 422
    assert "128 kB" in response.json()["message"]


def test_draft_after_the_submission_is_refused(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)

    assert ana.post(desk_url(hand_out, "draft"), {"note": "late"}).status_code == 409
    assert not Draft.objects.exists()


def test_draft_outlives_the_lease(world, ana, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    clock.shift(16 * 60)
    expire_leases(now=world.now)

    ana.post(desk_url(hand_out, "draft"), {"note": "still here"})

    page = text_of(ana.get(desk_url(hand_out)))
    assert "still here" in page
    assert "Your turn ended" in page


def test_heartbeat_extends_the_turn_and_says_when_it_is_gone(world, ana, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    clock.shift(10 * 60)
    assert ana.post(desk_url(hand_out, "heartbeat")).json() == {"held": True}

    clock.shift(10 * 60)
    assert expire_leases(now=world.now) == 0
    clock.shift(10 * 60)
    expire_leases(now=world.now)

    assert ana.post(desk_url(hand_out, "heartbeat")).json() == {"held": False}


def test_postponing_brings_the_next_item_and_keeps_the_draft(world, ana):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out, "draft"), {"note": "later"})

    response = ana.post(desk_url(hand_out, "postponements"))

    assert response.url == desk_url(HandOut.objects.exclude(pk=hand_out.pk).get())
    assert Draft.objects.get().content == {"note": "later"}


def test_postponing_the_only_item_says_when_it_comes_back(world, ana):
    world.ingest(chat_row())

    response = ana.post(desk_url(world.hand_out(world.ana), "postponements"), follow=True)

    assert "Only what you postponed is left" in text_of(response)
    assert "09:30 UTC" in text_of(response)


def test_taking_back_returns_the_item_with_its_answers(world, ana):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)

    response = ana.post(desk_url(hand_out, "withdrawals"), follow=True)

    assert response.redirect_chain == [(desk_url(hand_out), 302)]
    assert re.search(rb'name="answer-correct" value="yes"[^>]*checked', response.content)
    assert b'name="revision" value="2"' in response.content


def test_taken_back_item_is_submitted_again_as_its_next_revision(world, ana):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)
    ana.post(desk_url(hand_out, "withdrawals"))

    ana.post(desk_url(hand_out), {**COMPLETE, "revision": "2", "answer-tone": "1"})

    assert list(Review.objects.order_by("revision").values_list("revision", flat=True)) == [1, 2]


def test_taking_back_too_late_is_a_conflict_with_a_way_on(world, ana, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)
    clock.shift(31)

    response = ana.post(desk_url(hand_out, "withdrawals"), **HTMX)

    assert response.status_code == 409
    assert "The time to take this back is over" in text_of(response)
    assert "Go on" in text_of(response)


def test_submitted_item_shows_a_calm_page(world, ana, clock):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    ana.post(desk_url(hand_out), COMPLETE)

    page = text_of(ana.get(desk_url(hand_out)))
    assert "You submitted this item" in page
    assert "Take back" in page

    clock.shift(31)
    page = text_of(ana.get(desk_url(hand_out)))
    assert "The time to take it back is over" in page
    assert "Go on" in page
