"""The pages of pauses and appeals: what a reviewer reads of their own standing, and what owners decide."""

import pytest

from labeling.models import Appeal, StandingPeriod
from labeling.services.appeals import appeal_standing
from tests.services.qualifying import ask_for_qualification, begin
from tests.services.standing import paused
from tests.world import chat_row


@pytest.fixture
def period(world, clock):
    return paused(world, clock, world.ana)


@pytest.fixture
def url(world):
    return f"/queues/{world.queue.pk}/standing/"


def test_a_paused_reviewer_is_led_from_home_to_why(client, world, period, url):
    client.force_login(world.ana)

    home = client.get("/").text

    assert "You are paused here" in home
    assert url in home
    assert url in client.get(f"/queues/{world.queue.pk}/").text


def test_the_page_says_reason_evidence_and_way_back(client, world, period, url):
    client.force_login(world.ana)

    page = client.get(url).text

    assert "10 of the first 20 known answers" in page
    assert "(30–70 %, n 20)" in page
    assert "At least 85 % are required" in page
    assert "Train again and pass the screen" in page


def test_a_number_that_no_queue_has_is_no_page(client, world, period):
    client.force_login(world.ana)

    assert client.get("/queues/99999999999999999999/standing/").status_code == 404


def test_a_reviewer_appeals_and_reads_the_decision(client, world, period, url):
    client.force_login(world.ana)
    said = client.post(url, {"words": "The rubric changed."}, follow=True).text
    appeal = Appeal.objects.get()
    client.force_login(world.olga)
    listed = client.get("/p/shop/appeals/").text
    client.post(f"/p/shop/appeals/{appeal.pk}/", {"outcome": "dismissed", "decision": "It did not."})
    client.force_login(world.ana)

    assert "waits for a decision" in said
    assert "The rubric changed." in listed
    assert "It did not." in client.get(url).text


def test_an_appeal_without_words_is_refused_and_the_page_stays(client, world, period, url):
    client.force_login(world.ana)

    answer = client.post(url, {"words": ""})

    assert answer.status_code == 422
    assert Appeal.objects.count() == 0


def test_a_second_appeal_is_told_that_the_first_waits(client, world, period, url):
    client.force_login(world.ana)
    client.post(url, {"words": "The rubric changed."})

    assert "appealed against this already" in client.post(url, {"words": "Again."}, follow=True).text


def test_nobody_else_sees_somebodys_standing(client, world, period, url):
    for user in (world.ben, world.olga):
        client.force_login(user)
        assert client.get(url).status_code == 404
    client.logout()
    assert client.get(url).status_code == 302


def test_an_owner_reads_the_known_answers_behind_a_pause_and_upholds_the_appeal(client, world, period, url):
    appeal = appeal_standing(period, words="The rubric changed.", now=world.now)
    client.force_login(world.olga)
    address = f"/p/shop/appeals/{appeal.pk}/"

    page = client.get(address).text
    answer = client.post(address, {"outcome": "upheld", "decision": "It did."}, follow=True)

    assert page.count('data-label="They said"') == 10
    assert "(30–70 %, n 20)" in page
    assert "Upheld" in answer.text


def test_a_decision_without_a_reason_is_refused(client, world, period):
    appeal = appeal_standing(period, words="The rubric changed.", now=world.now)
    client.force_login(world.olga)

    answer = client.post(f"/p/shop/appeals/{appeal.pk}/", {"outcome": "upheld", "decision": ""})

    assert answer.status_code == 422
    assert Appeal.objects.get().decided_at is None


def test_appeals_are_for_owners_and_admins(client, world, period):
    appeal = appeal_standing(period, words="The rubric changed.", now=world.now)
    for user in (world.ana, world.ben):
        client.force_login(user)
        assert client.get("/p/shop/appeals/").status_code == 404
        assert client.get(f"/p/shop/appeals/{appeal.pk}/").status_code == 404
    client.force_login(world.ada)
    assert client.get("/p/shop/appeals/").status_code == 200


def test_the_home_of_an_owner_tells_of_an_open_appeal(client, world, period):
    appeal_standing(period, words="The rubric changed.", now=world.now)
    client.force_login(world.olga)

    assert "1 appeal waits for a decision" in client.get("/").text


def test_the_pages_ask_the_database_as_often_for_more_rows(client, world, clock, period, django_assert_max_num_queries):
    client.force_login(world.olga)
    appeal_standing(period, words="The rubric changed.", now=world.now)
    with django_assert_max_num_queries(12):
        client.get("/p/shop/appeals/")
    paused(world, clock, world.ben)

    with django_assert_max_num_queries(12):
        assert "ben" in client.get("/p/shop/appeals/").text.lower()


def test_nothing_is_said_to_somebody_who_is_neither_paused_nor_on_probation(client, world):
    world.ingest(chat_row("r-1"))
    client.force_login(world.ana)

    answer = client.get(f"/queues/{world.queue.pk}/standing/")

    assert answer.status_code == 404
    assert "Nothing is held against you" in answer.text


def test_the_list_of_pauses_leads_to_the_person_in_that_queue(client, world, period):
    client.force_login(world.olga)

    page = client.get("/p/shop/appeals/").text

    assert f'href="/p/shop/reviewers/{period.reviewer_id}/?queue={world.queue.pk}"' in page


# --- what owners do on a reviewer's page ------------------------------------------------------------------------------


def test_an_owner_pauses_somebody_on_their_page_and_lets_them_back(client, world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    client.force_login(world.olga)
    address = f"/p/shop/reviewers/{world.rater(world.ana).pk}/"

    paused_page = client.post(
        f"{address}pauses/", {"queue": world.queue.pk, "reason": "Approves by the clock."}, follow=True
    ).text
    period = StandingPeriod.objects.get()
    back = client.post(
        f"/p/shop/standing/{period.pk}/endings/", {"ending": "probation", "reason": "We talked."}, follow=True
    ).text

    assert "Approves by the clock." in paused_page
    assert "on probation" in back
    assert "after the pause" in back
    assert StandingPeriod.objects.get(ended_at__isnull=True).state == "probation"


def test_a_decision_leads_back_to_the_queue_it_was_about(client, world, period):
    client.force_login(world.olga)
    given = {"ending": "probation", "reason": "We talked."}

    answer = client.post(f"/p/shop/standing/{period.pk}/endings/", given)

    assert answer.url == f"/p/shop/reviewers/{period.reviewer_id}/?queue={world.queue.pk}"


def test_an_owner_ends_a_pause_that_was_a_mistake(client, world, period):
    client.force_login(world.olga)

    client.post(f"/p/shop/standing/{period.pk}/endings/", {"ending": "clear", "reason": "The answers were wrong."})

    assert StandingPeriod.objects.filter(ended_at__isnull=True).count() == 0


def test_without_a_reason_nobody_is_paused_or_let_back(client, world, period):
    client.force_login(world.olga)
    ben = world.rater(world.ben).pk

    client.post(f"/p/shop/reviewers/{ben}/pauses/", {"queue": world.queue.pk, "reason": ""})
    client.post(f"/p/shop/standing/{period.pk}/endings/", {"ending": "clear", "reason": ""})

    assert list(StandingPeriod.objects.filter(ended_at__isnull=True)) == [period]


def test_reviewers_decide_about_nobody(client, world, period):
    client.force_login(world.ben)
    ana = world.rater(world.ana).pk

    for address in (f"/p/shop/reviewers/{ana}/pauses/", f"/p/shop/standing/{period.pk}/endings/"):
        assert client.post(address, {"queue": world.queue.pk, "reason": "No."}).status_code == 404
        assert client.get(address).status_code == 405


# --- against a known answer of training -------------------------------------------------------------------------------


def test_a_reviewer_in_training_says_that_a_known_answer_is_wrong(client, world):
    ask_for_qualification(world)
    begin(world, world.ana)
    client.force_login(world.ana)
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)

    answer = client.post(f"/review/{hand_out.token}/appeals/", {"words": "The policy says otherwise."}, follow=True)

    assert "You said that this answer is wrong" in answer.text
    client.force_login(world.olga)
    assert "The policy says otherwise." in client.get(f"/p/shop/appeals/{Appeal.objects.get().pk}/").text


def test_what_was_not_submitted_or_is_somebody_elses_cannot_be_appealed_against(client, world):
    ask_for_qualification(world)
    begin(world, world.ana)
    hand_out = world.hand_out(world.ana)
    address = f"/review/{hand_out.token}/appeals/"

    for user in (world.ana, world.ben):
        client.force_login(user)
        assert client.post(address, {"words": "No."}).status_code == 404
    assert Appeal.objects.count() == 0


def test_a_live_item_has_no_known_answer_to_appeal_against(client, world):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    client.force_login(world.ana)

    answer = client.post(f"/review/{hand_out.token}/appeals/", {"words": "No."})

    assert answer.status_code == 403
    assert Appeal.objects.count() == 0
