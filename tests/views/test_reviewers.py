"""The pages about reviewers: the overview, one person, and what a reviewer is told of themself."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.models import Membership
from labeling.services.appeals import appeal_standing
from labeling.services.projects import create_project, create_user
from labeling.services.queues import take_seat
from tests.services.standing import answer_known, paused
from tests.world import BAD, chat_row

URL = "/p/shop/reviewers/"
MINE = "/me/calibration/"


def words_of(page):
    return " ".join(page.content.decode().split())


def main_of(page):
    """Without the frame, whose token for forms is another one each time."""
    return words_of(page).split("<main")[1].split("</main>")[0]


def person_url(world, user, query=""):
    return f"{URL}{world.rater(user).pk}/{query}"


def seated(world, *users):
    for user in users:
        take_seat(world.queue, world.rater(user), now=world.now)


@pytest.fixture
def watched(world, clock):
    """Ben misses every third of thirty known answers; ana and cleo have none yet."""
    answer_known(world, clock, world.ben, [number % 3 > 0 for number in range(30)])
    seated(world, world.ana, world.cleo)
    return world


# --- the overview -----------------------------------------------------------------------------------------------------


def test_before_anybody_sat_down_the_page_says_what_it_is_for(owner):
    assert "Nobody has reviewed here yet" in words_of(owner.get(URL))


def test_a_project_without_a_queue_has_an_empty_page(client, world):
    create_project(slug="empty", name="Empty", creator=world.ada, now=world.now)
    client.force_login(world.ada)

    assert "Nobody has reviewed here yet" in words_of(client.get("/p/empty/reviewers/"))


def test_the_overview_says_who_needs_a_look_with_intervals_and_n(owner, watched):
    page = words_of(owner.get(URL))

    for words in ("Watch", "Qualified", "67 %", "(49–81; 30)", "none met", "none yet", "85 % that this queue requires"):
        assert words in page, words
    assert page.index(">ben<") < page.index(">ana<") < page.index(">cleo<")
    assert 'href="/p/shop/reviewers/"' in page


def test_the_overview_sorts_on_the_server_and_keeps_the_queue(owner, watched):
    page = words_of(owner.get(f"{URL}?queue={watched.queue.pk}&sort=-name"))

    assert page.index(">cleo<") < page.index(">ben<") < page.index(">ana<")
    assert f"?queue={watched.queue.pk}&amp;sort=" in page
    assert 'aria-sort="descending"' in page


def test_the_queue_with_most_reviews_is_shown_unless_another_is_asked_for(owner, watched):
    busiest, other = words_of(owner.get(URL)), words_of(owner.get(f"{URL}?queue={watched.pair_queue.pk}"))

    assert "Reviewers of Support replies" in busiest
    assert "Nobody has reviewed here yet" in other


def test_every_number_downloads(owner, watched):
    answer = owner.get(f"{URL}?format=csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    accuracy = next(row for row in rows if (row["reviewer"], row["number"]) == ("ben", "accuracy"))
    assert (accuracy["standing"], accuracy["n"]) == ("watch", "30")
    assert float(accuracy["p_adjusted"]) <= 0.05
    assert "attachment" in answer["Content-Disposition"]


def test_a_name_that_a_spreadsheet_would_run_is_no_formula(owner, watched):
    watched.ben.first_name = "=1+1"
    watched.ben.save()

    assert "'=1+1" in owner.get(f"{URL}?format=csv").content.decode()


@pytest.mark.parametrize("query", ["?format=xls", "?queue=999999", "?queue=x", "?queue=" + "9" * 30])
def test_what_is_not_there_is_not_found(owner, watched, query):
    assert owner.get(URL + query).status_code == 404


# --- one person -------------------------------------------------------------------------------------------------------


def test_a_person_is_told_in_full(owner, watched):
    page = words_of(owner.get(person_url(watched, watched.ben)))

    for words in (
        "Standing in Support replies",
        "Fewer right than chance",
        "67 %",
        "Signs of a rubber stamp",
        "Known answers, question by question",
        "The verdict",
        "Load by day",
        "of 120 today",
        "A watch over misses stands at",
        "None so far.",
        "It may also be",
    ):
        assert words in page, words


def test_weeks_are_drawn_once_there_are_two(owner, world, clock):
    answer_known(world, clock, world.ben, [True] * 12)
    clock.shift(timedelta(weeks=1))
    answer_known(world, clock, world.ben, [False] * 12)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ben)

    page = words_of(owner.get(person_url(world, world.ben)))

    assert "Week by week" in page
    assert "Too few known answers to say whether the share right changed" in page
    assert f"?queue={world.queue.pk}&amp;format=csv" in page
    assert "charts.js" in page


def test_a_person_shows_their_pause_with_its_evidence_and_their_appeal(owner, world, clock):
    period = paused(world, clock, world.ana)
    appeal_standing(period, words="The cases were of a kind I never saw.", now=world.now)

    page = words_of(owner.get(person_url(world, world.ana)))

    for words in ("Paused", "10 of 20", "85 % required", "by the rule", "of a kind I never saw"):
        assert words in page, words


def test_nobody_is_named_beside_an_item_that_is_not_settled(owner, world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("not-settled"))
    world.review_next(world.ana, verdict="reject", answers=BAD)
    paused(world, clock, world.ana)

    page = words_of(owner.get(person_url(world, world.ana)))

    assert "not-settled" not in page


def test_a_person_without_a_seat_has_an_honest_page(owner, world):
    page = owner.get(person_url(world, world.cleo))

    assert page.status_code == 200
    assert "Nothing to measure here" in words_of(page)


def test_the_numbers_of_one_person_download(owner, watched):
    answer = owner.get(person_url(watched, watched.ben, "?format=csv"))

    assert {row["reviewer"] for row in csv.DictReader(io.StringIO(answer.content.decode()))} == {"ben"}


# --- who may ----------------------------------------------------------------------------------------------------------


def test_the_pages_ask_for_a_login(client, watched):
    for url in (URL, person_url(watched, watched.ben), MINE):
        assert client.get(url).url.startswith(reverse("login"))


def test_reviewers_and_people_of_other_projects_find_nothing(client, watched):
    zoe = create_user(username="zoe", password="a-long-enough-phrase", now=watched.now)
    other = create_project(slug="other", name="Other", creator=zoe, now=watched.now)

    for user in (watched.ana, zoe):
        client.force_login(user)
        assert client.get(URL).status_code == 404
        assert client.get(person_url(watched, watched.ben)).status_code == 404
    assert client.get(f"/p/{other.slug}/reviewers/{watched.rater(watched.ben).pk}/").status_code == 404


def test_other_methods_are_refused(owner, watched):
    for url in (URL, person_url(watched, watched.ben), MINE):
        assert owner.post(url).status_code == 405


def test_the_pages_cost_the_same_for_more_people(owner, watched, django_assert_max_num_queries):
    owner.get(URL)

    with django_assert_max_num_queries(28):
        owner.get(URL)
    with django_assert_max_num_queries(36):
        owner.get(person_url(watched, watched.ben))


# --- the reviewer's own -----------------------------------------------------------------------------------------------


def test_home_leads_to_my_calibration(ana):
    assert f'href="{MINE}"' in ana.get("/").content.decode()


def test_my_calibration_says_what_it_takes_before_there_is_anything(ana):
    assert "Nothing to compare yet" in words_of(ana.get(MINE))


def test_my_calibration_compares_in_aggregate_and_names_nobody_and_no_item(client, watched, clock):
    clock.shift(timedelta(days=1))
    client.force_login(watched.ben)

    page = words_of(client.get(MINE))

    assert "67 %" in page
    assert "(49–81; 30)" in page
    assert "What the rubric says of" in page
    for hidden in ("gold-", "ana", "cleo", "olga", "approve share", "Watch"):
        assert hidden not in page.replace("analys", ""), hidden


def test_a_live_known_answer_moves_nothing_on_my_calibration(client, world, clock):
    answer_known(world, clock, world.ben, [True] * 25)
    clock.shift(timedelta(days=1))
    client.force_login(world.ben)
    before = main_of(client.get(MINE))
    answer_known(world, clock, world.ben, [False])

    assert main_of(client.get(MINE)) == before
    assert "96 %" not in before


def test_somebody_who_sees_sources_reads_why_their_page_is_empty(ana, world):
    world.join(world.ana, Membership.Role.OWNER)

    assert "stored as not blind" in words_of(ana.get(MINE))
