"""The list of final labels."""

import pytest
from django.urls import reverse

from labeling.services.adjudication import adjudicate
from labeling.services.projects import create_project, create_user
from tests.world import BAD, GOOD, chat_row


def labels_url(world, query=""):
    return reverse("final_labels", args=[world.project.slug]) + query


@pytest.fixture
def settled(world, clock):
    """r-1 approved by one reviewer, r-2 rejected by one."""
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.review_next(world.ana)
    world.review_next(world.ana, verdict="reject", answers=BAD)
    clock.shift(60)
    world.settle_all()


@pytest.fixture
def adjudicated(world, clock):
    """r-3, on which two reviewers disagreed and Olga decided."""
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-3"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(60)
    world.settle_all()
    adjudicate(
        world.entry("r-3"),
        adjudicator=world.olga,
        verdict="revise",
        answers=GOOD,
        reason="Close, but not quite.",
        error_category="edge_case",
        has_guideline_gap=False,
        now=world.now,
    )


def found(page):
    return {label.item.external_id for label, _ in page.context["lines"]}


def test_list_tells_verdict_answers_and_how_each_came_about(owner, world, settled):
    page = owner.get(labels_url(world))

    assert found(page) == {"r-1", "r-2"}
    for words in ("Approve", "Reject", "Good", "Bad", "One reviewer", "correct: No"):
        assert words in page.content.decode()


def test_counts_come_with_their_n(owner, world, settled):
    page = owner.get(labels_url(world)).content.decode()

    assert "1 of 2" in page
    assert "not an estimate for all traffic" in page


def test_adjudicated_label_names_who_decided(owner, world, adjudicated):
    page = owner.get(labels_url(world)).content.decode()

    assert "Adjudicated" in page
    assert "by olga" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?verdict=approve", {"r-1"}),
        ("?bad=1", {"r-2", "r-3"}),
        ("?source=adjudicated", {"r-3"}),
        ("?source=single&bad=1", {"r-2"}),
        ("?verdict=revise&source=single", set()),
    ],
)
def test_list_shows_only_what_matches_the_filter(owner, world, settled, adjudicated, query, expected):
    page = owner.get(labels_url(world, query))

    assert found(page) == expected
    assert page.context["counts"].n_final == 3


def test_unknown_filter_value_is_refused_and_shows_nothing(owner, world, settled):
    page = owner.get(labels_url(world, "?verdict=perhaps"))

    assert page.status_code == 422
    assert not page.context["lines"]


def test_empty_list_says_when_something_becomes_final(owner, world):
    page = owner.get(labels_url(world)).content.decode()

    assert "Nothing is final yet" in page


@pytest.mark.parametrize("n_items", [3, 9])
def test_list_takes_the_same_queries_for_few_and_many(owner, world, clock, n_items, django_assert_num_queries):
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    for _ in range(n_items):
        world.review_next(world.ana)
    clock.shift(60)
    world.settle_all()

    with django_assert_num_queries(10):
        owner.get(labels_url(world))


def test_logged_out_person_is_asked_to_log_in(client, world):
    answer = client.get(labels_url(world))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


@pytest.mark.parametrize("who", ["ana", "stranger"])
def test_reviewer_and_admin_of_another_project_find_no_such_page(client, world, who):
    stranger = create_user(username="stranger", password="x", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)
    client.force_login(world.ana if who == "ana" else stranger)

    assert client.get(labels_url(world)).status_code == 404


def test_posting_is_refused(owner, world):
    assert owner.post(labels_url(world)).status_code == 405
