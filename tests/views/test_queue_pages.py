"""The queues of a project as owners and admins see them."""

import pytest

from labeling.models import Queue
from labeling.queries.queue_loads import queue_loads
from labeling.services.projects import create_project, create_user
from tests.world import chat_row, pair_row

URL = "/p/shop/queues/"


def form_of(world, **changes):
    return {
        "name": "Summaries",
        "slug": "",
        "rubric": world.rubric.rubric_id,
        "kinds": ["summary"],
        "overlap": "2",
        "doubled_percent": "20",
        "gold_percent": "2.5",
        "daily_cap": "60",
        "lease_minutes": "10",
        "most_open": "3",
        "breaks_ties": "on",
        **changes,
    }


def load_of(world, queue):
    return next(load.numbers for load in queue_loads(world.project) if load.queue == queue)


def test_a_queue_shows_what_waits_and_its_settings(admin, world):
    world.ingest(chat_row("r-1"), chat_row("r-2"), pair_row("r-3"))
    world.review_next(world.ana)

    page = admin.get(URL)

    assert "Support replies" in page.text
    assert "item, 1 turn to hand out" in page.text
    assert "of 2 turns" in page.text
    assert "Chat replies, Sourced answers, Pending actions" in page.text


def test_gold_is_counted_apart_from_what_waits(world):
    world.set_queue(gold_share=1.0)
    world.make_gold(chat_row("g-1"))
    world.make_gold(chat_row("g-2"))
    world.ingest(chat_row("r-1"))
    world.hand_out(world.ana)

    load = load_of(world, world.queue)

    assert (load.live.n_waiting, load.live.n_held, load.n_items_waiting) == (1, 0, 1)
    assert (load.gold.n_waiting, load.gold.n_held) == (1, 1)


def test_an_item_with_a_held_turn_still_waits(world):
    world.ingest(chat_row("r-1"))
    world.hand_out(world.ana)

    load = load_of(world, world.queue)

    assert (load.n_items_waiting, load.live.n_held) == (1, 1)
    assert load.oldest_at == world.now


def test_a_queue_leads_to_its_own_page_and_to_what_is_held(admin, world):
    world.ingest(chat_row("r-1"))
    world.hand_out(world.ana)

    page = admin.get(URL)

    assert f'href="/p/shop/queues/{world.queue.pk}/"' in page.text
    assert f'href="/p/shop/hand-outs/?queue={world.queue.pk}"' in page.text


def test_items_that_no_queue_takes_are_named_with_what_to_do(admin, world):
    world.ingest(chat_row("r-1", kind="summary"), chat_row("r-2", kind="summary"))

    page = admin.get(URL)

    assert "2 × Summaries" in page.text
    assert "Make a queue that names these kinds" in page.text


def test_a_queue_is_made_with_its_settings(admin, world):
    world.ingest(chat_row("r-1", kind="summary"))

    page = admin.post(URL, form_of(world), follow=True)

    queue = Queue.objects.get(slug="summaries")
    assert "Summaries is open" in page.text
    assert (queue.overlap, queue.doubled_share, queue.gold_share) == (2, 0.2, 0.025)
    assert (queue.daily_cap, queue.lease_seconds, queue.breaks_ties, queue.kinds) == (60, 600, True, ["summary"])


def test_the_form_starts_with_the_products_defaults(admin):
    form = admin.get(URL).context["form"]

    assert [form[name].value() for name in ("overlap", "doubled_percent", "gold_percent", "daily_cap")] == [
        1,
        20,
        10,
        120,
    ]
    assert (form["lease_minutes"].value(), form["breaks_ties"].value()) == (15, True)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "This field is required."),
        ({"slug": "support"}, "already has a queue of that name"),
        ({"overlap": "21"}, "less than or equal to 20"),
        ({"gold_percent": "101"}, "less than or equal to 100"),
        ({"gold_percent": "nan"}, "Enter a number"),
        ({"rubric": "999999"}, "Select a valid choice"),
        ({"kinds": ["made-up"]}, "Select a valid choice"),
    ],
)
def test_a_queue_that_cannot_be_made_says_why(admin, world, changes, complaint):
    world.ingest(chat_row("r-1", kind="summary"))

    page = admin.post(URL, form_of(world, **changes))

    assert page.status_code == 422
    assert complaint in page.text
    assert Queue.objects.count() == 2


def test_an_owner_reads_queues_and_does_not_make_them(client, world):
    client.force_login(world.olga)

    page = client.get(URL)

    assert "Open a queue" not in page.text
    assert client.post(URL, form_of(world)).status_code == 403
    assert Queue.objects.count() == 2


def test_a_project_without_rubric_leads_there_first(client, world):
    create_project(slug="empty", name="Empty", creator=world.ada, now=world.now)
    client.force_login(world.ada)

    assert "A queue needs a rubric" in client.get("/p/empty/queues/").text


def test_queues_are_not_for_reviewers_nor_for_other_projects(client, world):
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    for user in (world.ana, eve):
        client.force_login(user)
        assert client.get(URL).status_code == 404
        assert client.post(URL, form_of(world)).status_code == 404


def test_queues_ask_for_a_login(client, world):
    assert client.get(URL).status_code == 302


def test_the_page_costs_the_same_however_much_waits(admin, world, django_assert_max_num_queries):
    world.ingest(*[chat_row(f"r-{n}") for n in range(20)])
    for user in world.reviewers:
        world.hand_out(user)

    with django_assert_max_num_queries(27):
        admin.get(URL)


def test_a_queue_says_how_much_work_waits_and_how_long_it_takes(admin, world, clock):
    world.ingest(*[chat_row(f"r-{number}") for number in range(4)])
    world.review_next(world.ana)
    clock.shift(3600)

    page = admin.get(URL)

    assert "of work wait" in page.text
    assert "the middle one of 3; the oldest 1\xa0hour" in page.text
    assert "nothing fell due in the last 7 days" in page.text
    assert "0.2 min" in page.text
