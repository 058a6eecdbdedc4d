"""Rubrics: made from a preset, and read the way reviewers read them."""

import pytest

from labeling.models import Rubric
from labeling.services.projects import create_project, create_user
from tests.world import chat_row

URL = "/p/shop/rubrics/"


def test_rubrics_are_listed_with_their_versions_and_queues(owner):
    page = owner.get(URL)

    assert "Support reply" in page.text
    assert "Pairwise preference" in page.text
    assert "No label yet" in page.text


def test_a_project_without_rubrics_says_where_to_start(client, world):
    create_project(slug="empty", name="Empty", creator=world.ada, now=world.now)
    client.force_login(world.ada)

    assert "No rubric yet" in client.get("/p/empty/rubrics/").text


def test_a_rubric_is_made_from_a_preset_and_shown(owner):
    page = owner.post(URL, {"preset": "chat-quality", "name": "Dialogue check", "slug": ""}, follow=True)

    assert Rubric.objects.get(key="dialogue-check").versions.count() == 1
    assert "How satisfied would you be with this reply?" in page.text


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"preset": "none", "name": "X", "slug": "x"}, "Select a valid choice"),
        ({"preset": "chat-quality", "name": "", "slug": ""}, "This field is required."),
        ({"preset": "chat-quality", "name": "X", "slug": "support-reply"}, "already has a rubric of that name"),
    ],
)
def test_a_rubric_that_cannot_be_made_says_why(owner, given, complaint):
    page = owner.post(URL, given)

    assert page.status_code == 422
    assert complaint in page.text
    assert Rubric.objects.count() == 2


def test_a_version_shows_every_question_and_anchor(owner, world):
    page = owner.get(f"{URL}{world.rubric.pk}/")

    for criterion in world.rubric.criteria.all():
        assert criterion.question in page.text
        assert all(option["anchor"].replace("'", "&#x27;") in page.text for option in criterion.options)
    assert "0 answers in 0 reviews" in page.text


def test_the_first_label_freezes_the_version_and_is_counted(owner, world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    page = owner.get(f"{URL}{world.rubric.pk}/")

    assert "Frozen" in page.text
    assert "4 answers in 1 review" in page.text
    assert "Frozen" in owner.get(URL).text


def test_rubrics_are_for_owners_and_admins_of_this_project(client, world):
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    for user in (world.ana, eve):
        client.force_login(user)
        assert client.get(URL).status_code == 404
        assert client.get(f"{URL}{world.rubric.pk}/").status_code == 404
        assert client.post(URL, {"preset": "chat-quality", "name": "X"}).status_code == 404
    assert client.get(f"/p/other/rubrics/{world.rubric.pk}/").status_code == 404


def test_rubrics_ask_for_a_login_and_a_version_is_only_read(client, world):
    assert client.get(URL).status_code == 302
    client.force_login(world.olga)
    assert client.post(f"{URL}{world.rubric.pk}/").status_code == 405


def test_the_list_costs_the_same_however_long(owner, world, django_assert_max_num_queries):
    for n in range(10):
        owner.post(URL, {"preset": "chat-quality", "name": f"Rubric {n}"})
    owner.get(URL)

    with django_assert_max_num_queries(8):
        owner.get(URL)
