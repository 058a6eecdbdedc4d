"""The item list and the page of one item."""

import pytest
from django.urls import reverse

from tests.world import BAD, chat_row, judged, pair_row, rag_row


def list_url(world, query=""):
    return reverse("items", args=[world.project.slug]) + query


def item_url(world, external_id="r-1"):
    return reverse("item", args=[world.project.slug, world.item(external_id).pk])


def test_list_shows_what_came_in_where_it_went_and_why(owner, world):
    world.ingest(chat_row("r-1", intent="returns"))

    page = owner.get(list_url(world))

    assert page.status_code == 200
    for words in ("r-1", "Chat reply", "returns", "In review", "No signal has proved itself yet"):
        assert words in page.content.decode()


def test_list_names_a_ground_once_however_often_it_fired(owner, world):
    world.ingest(chat_row("r-1", judge_verdicts=[]))

    page = owner.get(list_url(world)).content.decode()
    line = page[page.index("<tbody>") :]

    assert line.count("A signal is missing") == 1


def test_empty_list_tells_an_admin_what_to_do_next(client, world):
    client.force_login(world.ada)

    page = client.get(list_url(world)).content.decode()

    assert "Nothing has come in yet" in page
    assert reverse("ingest", args=[world.project.slug]) in page
    assert reverse("tokens", args=[world.project.slug]) in page


def test_empty_list_sends_an_owner_nowhere_they_may_not_go(owner, world):
    page = owner.get(list_url(world)).content.decode()

    assert "Nothing has come in yet" in page
    assert reverse("ingest", args=[world.project.slug]) not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?status=in_review", {"r-1", "r-2", "r-4"}),
        ("?status=shipped", set()),
        ("?stakes=high", {"r-2"}),
        ("?kind=pairwise", {"r-4"}),
        ("?intent=warranty", {"r-2"}),
        ("?outcome=review", {"r-1", "r-2", "r-4"}),
        ("?outcome=bounce", set()),
        ("?reason=high_stakes", {"r-2"}),
        ("?reason=audit", set()),
        ("?q=R-4", {"r-4"}),
        ("?q=kettle", set()),
        ("?stakes=high&kind=chat_reply", set()),
    ],
)
def test_list_shows_only_what_matches_the_filter(owner, world, monkeypatch, query, found):
    # A draw of 0.5 fires neither the audit nor the sample of medium stakes.
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: 0.5)
    world.ingest(chat_row("r-1"), rag_row("r-2", stakes="high", intent="warranty"), pair_row("r-4"))

    page = owner.get(list_url(world, query))

    assert {row.item.external_id for row in page.context["rows"]} == found


def test_filter_that_finds_nothing_says_so(owner, world):
    world.ingest(chat_row("r-1"))

    page = owner.get(list_url(world, "?q=nobody")).content.decode()

    assert "No item matches" in page


def test_unknown_filter_value_is_refused_and_shows_nothing(owner, world):
    world.ingest(chat_row("r-1"))

    page = owner.get(list_url(world, "?status=lost"))

    assert page.status_code == 422
    assert "This filter is not understood" in page.content.decode()
    assert not page.context["rows"]


@pytest.mark.parametrize("query", ["?project__name=x", "?q=%00", "?page=-3", "?page=many", "?intent=" + "x" * 300])
def test_hostile_query_breaks_nothing(owner, world, query):
    world.ingest(chat_row("r-1"))

    page = owner.get(list_url(world, query))

    assert page.status_code in (200, 422)


@pytest.mark.parametrize(
    ("sort", "order"),
    [("-came_in", ["b", "c", "a"]), ("came_in", ["a", "c", "b"]), ("external_id", ["a", "b", "c"])],
)
def test_list_sorts_as_asked(owner, world, sort, order):
    world.ingest(chat_row("a"), chat_row("c"), chat_row("b"))

    page = owner.get(list_url(world, f"?sort={sort}"))

    assert [row.item.external_id for row in page.context["rows"]] == order


def test_long_list_has_pages_that_keep_the_filter(owner, world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(60)))

    first = owner.get(list_url(world, "?stakes=medium"))
    second = owner.get(list_url(world, "?stakes=medium&page=2"))

    assert len(first.context["rows"]) == 50
    assert "?stakes=medium&amp;page=2" in first.content.decode()
    assert len(second.context["rows"]) == 10


def test_list_cut_off_says_that_there_is_more(owner, world, monkeypatch):
    monkeypatch.setattr("labeling.queries.pages.MOST_COUNTED", 3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(5)))

    page = owner.get(list_url(world)).content.decode()

    assert "narrow the filter" in page


@pytest.mark.parametrize("n_items", [10, 20])
def test_list_takes_the_same_queries_for_10_and_20(owner, world, n_items, django_assert_num_queries):
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))

    with django_assert_num_queries(9):
        owner.get(list_url(world))


# --- one item -----------------------------------------------------------------------------------------------------


def test_item_page_shows_text_context_source_and_judges(owner, world):
    world.ingest(chat_row("r-1", judge_verdicts=judged("pass", "fail", rationale="It reads well.", confidence=0.8)))

    page = owner.get(item_url(world)).content.decode()

    for words in (
        "You can choose a replacement",
        "My kettle arrived broken",
        "Broken on arrival",
        "hidden-model",
        "aster",
        "house-judge",
        "It reads well.",
        "judge_vote_share",
        "Judge run several times",
        "names its source",
        "Low confidence",
        "channel",
        "your own labels here are stored as not blind",
    ):
        assert words in page


def test_item_page_shows_every_reason_fired_or_not(owner, world, monkeypatch):
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: 0.5)
    world.ingest(chat_row("r-1"))

    page = owner.get(item_url(world))

    [(_, reasons)] = page.context["decisions"]
    assert {reason.code: reason.fired for reason in reasons} == {
        "tier_sample": False,
        "cold_start": True,
        "audit": False,
    }
    assert "Policy version 1" in page.content.decode()


def test_item_page_flags_a_weak_signal(owner, world):
    signal = {"name": "producer", "kind": "stated", "value": 0.99}
    world.ingest(chat_row("r-1", signals=[signal]))

    page = owner.get(item_url(world))

    weak = {signal.name: is_weak for signal, is_weak in page.context["signals"]}
    assert weak == {"judge_vote_share": False, "producer": True}


def test_item_page_names_reviewers_and_the_final_label(owner, world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana, note="All there.")
    clock.shift(60)
    world.settle_all()

    page = owner.get(item_url(world)).content.decode()

    for words in ("done by ana", "All there.", "correct: Yes", "Good output", "one reviewer"):
        assert words in page


def test_disputed_item_hides_who_said_what(owner, world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(60)
    world.settle_all()

    page = owner.get(item_url(world))

    [shown] = page.context["entries"]
    assert [one.reviewer for one in shown.reviews] == ["Reviewer 1", "Reviewer 2"]
    assert "hidden until it is settled" in page.content.decode()


def test_item_page_shows_both_sides_of_a_pair(owner, world):
    world.ingest(pair_row("r-4"))

    page = owner.get(item_url(world, "r-4")).content.decode()

    for words in ("Output A", "Output B", "model-one", "model-two"):
        assert words in page


def test_stored_text_is_never_markup(owner, world):
    attack = "<script>alert(1)</script>"
    world.ingest(
        chat_row(
            attack,
            output=attack,
            intent=attack,
            metadata={"note": attack},
            context={"conversation": [{"role": attack, "text": attack}], "policy": attack},
            source={"model": attack},
            judge_verdicts=judged("pass", rationale=attack),
        )
    )

    page = owner.get(item_url(world, attack)).content.decode()
    listed = owner.get(list_url(world)).content.decode()

    assert attack not in page
    assert attack not in listed


def test_item_of_unknown_kind_has_a_page(owner, world):
    world.ingest(chat_row("r-1", kind="haiku", context={"prompt": "Write about rain."}))

    page = owner.get(item_url(world)).content.decode()

    assert "Write about rain." in page


def test_item_page_takes_the_same_queries_for_one_and_two_reviews(owner, world, clock, django_assert_max_num_queries):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben)
    clock.shift(60)
    world.settle_all()

    with django_assert_max_num_queries(18):
        owner.get(item_url(world))


# --- doors --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["items", "item"])
def url(request, world):
    world.ingest(chat_row("r-1"))
    return list_url(world) if request.param == "items" else item_url(world)


def test_logged_out_person_is_asked_to_log_in(client, url):
    answer = client.get(url)

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("login"))


def test_reviewer_finds_no_such_page(client, world, url):
    client.force_login(world.ana)

    assert client.get(url).status_code == 404


def test_admin_of_another_project_finds_no_such_page(client, world, url):
    from labeling.services.projects import create_project, create_user

    stranger = create_user(username="stranger", password="x", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)
    client.force_login(stranger)

    assert client.get(url).status_code == 404


def test_item_of_another_project_is_not_found_under_mine(client, world):
    from labeling.services.projects import create_project

    create_project(slug="elsewhere", name="Elsewhere", creator=world.ada, now=world.now)
    world.ingest(chat_row("r-1"))
    client.force_login(world.ada)

    answer = client.get(reverse("item", args=["elsewhere", world.item("r-1").pk]))

    assert answer.status_code == 404


def test_posting_is_refused(owner, url):
    assert owner.post(url).status_code == 405


def test_number_that_no_key_can_hold_is_not_found(owner, world):
    assert owner.get(reverse("items", args=[world.project.slug]) + "9" * 30 + "/").status_code == 404
