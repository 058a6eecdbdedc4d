"""Qualifying at the browser: the page, training with the known answer, and a screen that says nothing."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.models import Event, HandOut, Queue, Screening
from labeling.queries.days import day_of
from labeling.services.duties import grant_qualification
from labeling.services.screenings import begin_screening
from labeling.tasks import end_screenings
from tests.services.qualifying import EXPLANATION, ask_for_qualification, begin, screen
from tests.views.desks import COMPLETE, HTMX, start, text_of
from tests.world import chat_row

WRONG = COMPLETE | {
    "answer-correct": "no",
    "rationale-correct": "It is not.",
    "verdict": "reject",
    "note": "It is wrong.",
    "failure_kind": "factual_error",
    "failure_severity": "major",
}


def page_of(queue):
    return reverse("screening", args=[queue.pk])


def begin_at(client, queue, **headers):
    return client.post(reverse("screenings", args=[queue.pk]), **headers)


def newest_desk():
    return reverse("desk", args=[HandOut.objects.latest("id").token])


def answer(client, queue, fields=COMPLETE):
    """Take the next turn and submit it; the page that comes back."""
    start(client, queue)
    return client.post(newest_desk(), fields, follow=True)


@pytest.fixture
def asking(world):
    ask_for_qualification(world)
    return world


# --- the way there ------------------------------------------------------------------------------------------------


def test_home_and_the_empty_queue_lead_to_the_screening(ana, asking):
    home, empty = ana.get("/"), ana.get(reverse("empty_queue", args=[asking.queue.pk]))

    for page in (home, empty):
        assert f'href="{page_of(asking.queue)}"' in page.text
        assert "You are not qualified for this queue yet" in page.text


def test_the_page_says_what_it_is_and_what_it_takes(ana, asking):
    text = text_of(ana.get(page_of(asking.queue)))

    assert "it is not a measurement of your work" in text
    assert "Training 2 cases" in text
    assert "4 of 5 right" in text
    assert "180 days" in text
    assert "Ask ada or olga" in text


def test_the_page_says_why_somebody_cannot_begin(ana, world):
    ask_for_qualification(world, n_cases=(0, 0))

    page, refused = ana.get(page_of(world.queue)), begin_at(ana, world.queue)

    assert "0 of 2 for training and 0 of 5 for the screen" in page.text
    assert "Begin the training" not in page.text
    assert refused.status_code == 409
    assert "too few cases" in refused.text
    assert not Screening.objects.exists()


def test_nobody_else_sees_or_begins_it(client, asking):
    logged_out = client.get(page_of(asking.queue)), begin_at(client, asking.queue)
    client.force_login(asking.olga)
    owner = client.get(page_of(asking.queue)), begin_at(client, asking.queue)

    assert [one.status_code for one in logged_out] == [302, 302]
    assert [one.status_code for one in owner] == [404, 404]
    assert not Screening.objects.exists()


def test_each_address_takes_its_own_method(ana, asking):
    assert ana.get(reverse("screenings", args=[asking.queue.pk])).status_code == 405
    assert ana.post(page_of(asking.queue)).status_code == 405


# --- training -----------------------------------------------------------------------------------------------------


def test_beginning_leads_to_the_first_case(ana, asking):
    response = begin_at(ana, asking.queue)

    assert response.url == newest_desk()
    assert "Training" in text_of(ana.get(response.url))


def test_after_a_training_case_the_known_answer_stands_beside_theirs(ana, asking):
    begin_at(ana, asking.queue)

    page = ana.post(newest_desk(), WRONG, follow=True)

    text = text_of(page)
    assert "The known answer is another one" in text
    assert EXPLANATION in text
    assert "You Reject Known Approve" in text
    assert "You No Known Yes" in text
    assert "1 of 2 done" in text
    assert f'action="{reverse("hand_outs", args=[asking.queue.pk])}"' in page.text
    assert "data-take-back" not in page.text


def test_what_was_answered_as_known_is_said_to_be(ana, asking):
    begin_at(ana, asking.queue)

    text = text_of(ana.post(newest_desk(), COMPLETE, follow=True))

    assert "As known, all of it" in text
    assert "You and known Approve" in text


def test_with_scripts_the_explanation_comes_in_the_same_answer(ana, asking):
    begin_at(ana, asking.queue)

    page = ana.post(newest_desk(), WRONG, **HTMX)

    assert EXPLANATION in page.text
    assert "<html" not in page.text
    assert HandOut.objects.count() == 1


def test_sent_again_it_is_explained_again(ana, asking):
    begin_at(ana, asking.queue)
    desk = newest_desk()

    pages = [ana.post(desk, WRONG, **HTMX) for _ in range(2)]

    assert [EXPLANATION in page.text for page in pages] == [True, True]


def test_the_last_training_case_says_what_comes_now(ana, asking):
    begin_at(ana, asking.queue)
    answer(ana, asking.queue)

    text = text_of(answer(ana, asking.queue))

    assert "On the screen nothing is shown: 5 cases" in text
    assert "Begin the screen" in text


def test_an_unfinished_answer_is_not_explained(ana, asking):
    begin_at(ana, asking.queue)

    page = ana.post(newest_desk(), COMPLETE | {"verdict": ""})

    assert page.status_code == 422
    assert EXPLANATION not in page.text


# --- the screen ---------------------------------------------------------------------------------------------------


def test_on_the_screen_nothing_is_shown(ana, asking):
    begin_at(ana, asking.queue)
    for _ in range(2):
        answer(ana, asking.queue)

    pages = [answer(ana, asking.queue, WRONG) for _ in range(5)]

    for page in pages:
        assert EXPLANATION not in page.text
        assert "Known" not in text_of(page)
    assert "Screen" in text_of(pages[0])
    assert "Your screen is in" in text_of(pages[-1])
    submitted = ana.get(newest_desk())
    assert "You submitted this item" in submitted.text
    assert EXPLANATION not in submitted.text


def test_whoever_passes_reads_it_and_goes_on_to_live_work(ana, asking, clock):
    asking.ingest(chat_row("live"))
    begin_at(ana, asking.queue)
    for _ in range(7):
        answer(ana, asking.queue)
    waiting = ana.get(page_of(asking.queue))
    clock.shift(31)
    end_screenings()

    page, desk = ana.get(page_of(asking.queue)), start(ana, asking.queue)

    assert "Your screen is in" in waiting.text
    assert "5 of 5 right" in page.text
    assert "You are qualified until the end of 1 May 2027" in page.text
    assert HandOut.objects.latest("id").entry.item.external_id == "live"
    assert desk.url == newest_desk()
    assert "Screen" not in text_of(ana.get(newest_desk()))


def test_whoever_fails_reads_it_with_its_interval_and_no_item(ana, asking, clock):
    asking.ingest(chat_row("live"))
    begin_at(ana, asking.queue)
    for number in range(7):
        answer(ana, asking.queue, WRONG if number >= 5 else COMPLETE)
    clock.shift(31)
    end_screenings()

    page = ana.get(page_of(asking.queue))

    text = text_of(page)
    assert "Not passed" in text
    assert re.search(r"3 of 5 right.{0,3}: 60 % +\(\d+–\d+ %, n 5\)", text)
    assert "Verdict 60 %" in text
    assert "screen-" not in page.text
    assert "0 of 2 for training" in text
    assert start(ana, asking.queue).url == reverse("empty_queue", args=[asking.queue.pk])


def test_the_waiting_page_loads_itself_again_once_the_result_is_there(ana, asking, clock):
    begin_at(ana, asking.queue)
    for _ in range(7):
        answer(ana, asking.queue)
    asked = ana.get(page_of(asking.queue), **HTMX)
    clock.shift(31)
    end_screenings()

    assert "HX-Refresh" not in asked.headers
    assert ana.get(page_of(asking.queue), **HTMX).headers["HX-Refresh"] == "true"


# --- towards its end ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_days", "is_warned"), [(14, False), (13, True), (0, True)])
def test_home_warns_in_the_last_fourteen_days(ana, asking, n_days, is_warned):
    last_day = day_of(asking.now) + timedelta(days=n_days)
    grant_qualification(
        asking.queue, asking.rater(asking.ana), reason="A trial.", last_day=last_day, actor=asking.olga, now=asking.now
    )

    text = text_of(ana.get("/"))

    assert ("Your qualification for Support replies ends soon" in text) is is_warned
    assert ("Qualify again" in text) is is_warned


def test_a_grant_by_hand_says_nothing_of_its_grounds_to_others_pages(ana, asking):
    grant_qualification(
        asking.queue,
        asking.rater(asking.ana),
        reason="Her uncle asked.",
        last_day=day_of(asking.now),
        actor=asking.olga,
        now=asking.now,
    )

    assert "uncle" not in ana.get(page_of(asking.queue)).text


# --- the queue's own page -----------------------------------------------------------------------------------------


def queue_page(world):
    return reverse("queue", args=[world.project.slug, world.queue.pk])


def settings_of(**changes):
    given = {
        "needs_qualification": "on",
        "n_training": "8",
        "n_screen": "25",
        "passing_percent": "84",
        "qualification_days": "90",
        "reason": "A harder queue.",
        **changes,
    }
    return {"form": "qualifying"} | {f"qualifying-{name}": value for name, value in given.items()}


def test_the_queue_page_tells_who_is_how_far_and_what_is_missing(owner, world, clock):
    ask_for_qualification(world, n_cases=(3, 5))
    screen(world, world.ana, clock)
    clock.shift(1)
    begin_screening(world.queue, world.rater(world.ben), now=world.now)
    world.set_queue(n_training=4)

    text = text_of(owner.get(queue_page(world)))

    assert "1 training case is missing" in text
    assert re.search(r"ana Passed .* 100 % \(57–100 %, n 5\)", text)
    assert "ben Training 0 of 2" in text
    assert "3 for training (4 needed), 5 for the screen (5 needed)" in text
    assert "Approving everything passes this screen" in text
    assert "0 are known to be bad. Whoever approves everything is right on the other 5" in text


def test_an_admin_changes_what_it_takes(admin, world):
    response = admin.post(queue_page(world), settings_of())

    assert response.status_code == 302
    changed = Queue.objects.get(pk=world.queue.pk)
    assert (changed.needs_qualification, changed.n_training, changed.n_screen) == (True, 8, 25)
    assert (changed.screen_passing_share, changed.qualification_days) == (0.84, 90)
    assert changed.name == "Support replies"
    assert Event.objects.get(kind="queue.changed").subject["reason"] == "A harder queue."


@pytest.mark.parametrize("changes", [{"reason": ""}, {"n_screen": "0"}, {"passing_percent": "101"}])
def test_what_cannot_be_is_refused_on_the_page(admin, world, changes):
    response = admin.post(queue_page(world), settings_of(**changes))

    assert response.status_code == 422
    assert not Queue.objects.get(pk=world.queue.pk).needs_qualification


def test_an_owner_reads_it_and_changes_nothing(owner, world):
    refused = owner.post(queue_page(world), settings_of())

    assert refused.status_code == 403
    assert "Change the qualification" not in owner.get(queue_page(world)).text


def test_changing_other_settings_leaves_the_qualification_alone(admin, world):
    world.set_queue(needs_qualification=True)
    form = admin.get(queue_page(world)).context["form"]
    shown = {name: form[name].value() for name in form.fields if form[name].value()}

    admin.post(queue_page(world), {**shown, "name": "Replies", "reason": "A new name."})

    changed = Queue.objects.get(pk=world.queue.pk)
    assert (changed.name, changed.needs_qualification) == ("Replies", True)


def test_the_screening_page_costs_the_same_after_more_tries(ana, world, clock, django_assert_max_num_queries):
    ask_for_qualification(world, n_cases=(6, 15))
    for _ in range(3):
        screen(world, world.ana, clock, n_wrong=5)
        clock.shift(1)

        with django_assert_max_num_queries(26):
            ana.get(page_of(world.queue))


def test_a_screening_in_progress_says_how_far_it_is(ana, asking):
    begin(asking, asking.ana)
    answer(ana, asking.queue)

    text = text_of(ana.get(page_of(asking.queue)))

    assert "You are training" in text
    assert "1 of 2 done" in text
    assert "Go on training" in text
