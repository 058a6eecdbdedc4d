"""Home: everybody finds their own work there, and nothing of anybody else's."""

import re
from datetime import timedelta

from django.urls import reverse

from labeling.services.projects import create_project, create_user
from tests.world import PASSWORD, chat_row

HOME = "/"


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_home_needs_a_login(world, client):
    assert client.get(HOME).url == f"{reverse('login')}?next=/"


def test_reviewer_finds_what_waits_and_when_it_is_due(world, client):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    client.force_login(world.ana)

    text = text_of(client.get(HOME))

    assert "A few items wait for you" in text
    assert "The nearest is due 3 November 2026" in text
    assert "Start reviewing" in text
    assert "0 of 120" in text


def test_reviewer_is_told_that_the_nearest_was_due_already(world, client, clock):
    world.ingest(chat_row())
    clock.shift(timedelta(days=9))
    client.force_login(world.ana)

    assert "The nearest was due" in text_of(client.get(HOME))


def test_reviewer_sees_no_project_pages_and_no_aggregates(world, client):
    world.ingest(chat_row())
    client.force_login(world.ana)

    content = client.get(HOME).content.decode()

    assert "/p/shop/" not in content
    assert "In review" not in content
    assert "Shop assistant" not in content


def test_gold_laid_ready_is_not_counted(world, client):
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.hand_out(world.ben)
    client.force_login(world.ben)

    text = text_of(client.get(HOME))

    assert "You have an item open, and a few more wait." in text


def test_due_time_is_told_to_the_hour_or_it_would_tell_gold(world, client, clock):
    clock.shift(17 * 60)
    world.ingest(chat_row("r-1"))
    client.force_login(world.ana)

    assert "The nearest is due 3 November 2026, 09:00 UTC" in text_of(client.get(HOME))


def test_counting_stops_at_two_hundred(world, client):
    world.ingest(*(chat_row(f"r-{number}") for number in range(202)))
    client.force_login(world.ana)

    assert "200+ items wait for you" in text_of(client.get(HOME))


def test_item_in_hand_is_offered_again(world, client):
    world.ingest(chat_row())
    world.hand_out(world.ana)
    client.force_login(world.ana)

    text = text_of(client.get(HOME))

    assert "You have an item open." in text
    assert "Continue" in text


def test_reached_cap_is_said(world, client):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.set_queue(daily_cap=1)
    world.review_next(world.ana)
    client.force_login(world.ana)

    assert "Your cap for today is reached" in text_of(client.get(HOME))


def test_owner_finds_the_counts_of_their_projects(world, client):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    client.force_login(world.olga)

    text = text_of(client.get(HOME))

    assert "Shop assistant" in text
    assert "In review 2" in text


def test_other_projects_are_not_mentioned(world, client):
    create_project(slug="other", name="Other project", creator=world.ben, now=world.now)
    client.force_login(world.olga)

    assert "Other project" not in text_of(client.get(HOME))


def test_person_without_a_project_is_told_what_to_do(world, client):
    client.force_login(create_user(username="nora", password=PASSWORD, now=world.now))

    assert "You are not in a project yet" in text_of(client.get(HOME))


def test_first_admin_of_an_empty_installation_is_led_to_the_first_steps(db, client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root", password=PASSWORD))

    response = client.get(HOME)

    assert "Nothing is set up yet" in text_of(response)
    assert reverse("first_steps") in response.content.decode()


def test_queries_do_not_grow_with_the_items(world, client, django_assert_max_num_queries):
    world.ingest(*(chat_row(f"r-{number}") for number in range(20)))
    client.force_login(world.ana)

    with django_assert_max_num_queries(15):
        client.get(HOME)


def test_queries_do_not_grow_with_the_projects(world, client, django_assert_max_num_queries):
    for number in range(5):
        create_project(slug=f"p-{number}", name=f"Project {number}", creator=world.olga, now=world.now)
    client.force_login(world.olga)

    with django_assert_max_num_queries(14):
        client.get(HOME)


def test_post_is_refused(world, client):
    client.force_login(world.ana)

    assert client.post(HOME).status_code == 405


def test_refusal_says_what_happened_in_words(world, client):
    client.force_login(world.ana)

    response = client.get("/p/shop/")

    assert response.status_code == 404
    assert "There is no such page, or it is not yours to see." in text_of(response)
