"""First steps and the overview of a project."""

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from labeling.models import Project, RoutingPolicy
from labeling.queries.projects import overview_of, progress_of
from labeling.services.projects import create_first_admin
from tests.world import BAD, chat_row, pair_row

URL = "/p/shop/"


@pytest.fixture
def founder(db):
    return create_first_admin(username="freya", password="a-long-enough-phrase", now=timezone.now())


def test_an_empty_installation_asks_its_first_admin_for_a_project(client, founder):
    client.force_login(founder)

    page = client.get("/first-steps/")

    assert page.status_code == 200
    assert "Start a project" in page.text
    assert not get_user_model().objects.exclude(pk=founder.pk).exists()


def test_the_first_project_is_made_and_its_steps_follow(client, founder):
    client.force_login(founder)

    page = client.post("/first-steps/", {"name": "Claims helper", "slug": ""}, follow=True)

    assert Project.objects.get().slug == "claims-helper"
    for step in ("Add people", "Choose a rubric", "Open a queue", "Publish a routing policy", "Label the first item"):
        assert step in page.text
    assert "/p/claims-helper/people/" in page.text


def test_the_steps_follow_what_is_done_on_their_pages(client, founder):
    client.force_login(founder)
    client.post("/first-steps/", {"name": "Claims helper"})

    def current_step():
        rows = client.get("/first-steps/").context["steps"]
        return next(row["step"].title for row in rows if row["is_current"])

    seen = [current_step()]
    client.post("/p/claims-helper/people/", {"username": "rosa", "account": "new", "role": "reviewer"})
    seen.append(current_step())
    client.post("/p/claims-helper/rubrics/", {"preset": "support-reply", "name": "Claims"})
    seen.append(current_step())
    queue_form = client.get("/p/claims-helper/queues/").context["form"]
    given = {field.name: field.value() for field in queue_form if field.value() is not None}
    client.post(
        "/p/claims-helper/queues/", {**given, "name": "Claims", "rubric": queue_form.fields["rubric"].choices[0][0]}
    )
    seen.append(current_step())

    assert seen == ["Add people", "Choose a rubric", "Open a queue", "Publish a routing policy"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"name": "", "slug": "x"}, "This field is required."),
        ({"name": "Shop", "slug": "shop"}, "This address is taken"),
        ({"name": "Shop", "slug": "no spaces"}, "letters, numbers, underscores or hyphens"),
        ({"name": "雨", "slug": ""}, "Choose an address"),
    ],
)
def test_a_project_that_cannot_be_made_says_why(client, world, given, complaint):
    client.force_login(world.ada)

    page = client.post("/first-steps/", given)

    assert page.status_code == 422
    assert complaint in page.text
    assert Project.objects.count() == 1


@pytest.mark.parametrize("name", ["olga", "ana"])
def test_first_steps_are_for_those_who_may_make_projects(client, world, name):
    client.force_login(getattr(world, name))

    assert client.get("/first-steps/").status_code == 404
    assert client.post("/first-steps/", {"name": "Mine", "slug": "mine"}).status_code == 404
    assert Project.objects.count() == 1


def test_first_steps_of_a_project_of_others_are_not_shown(client, world, founder):
    client.force_login(founder)

    assert client.get("/first-steps/?project=shop").status_code == 404


def test_first_steps_ask_for_a_login(client, db):
    assert client.get("/first-steps/").status_code == 302


def test_the_steps_leave_the_overview_with_the_first_label(client, world):
    client.force_login(world.olga)
    world.ingest(chat_row("r-1"))

    before = client.get(URL)
    world.review_next(world.ana)
    after = client.get(URL)

    assert "First steps" in before.text
    assert "First steps" not in after.text
    assert progress_of(world.project).is_complete


def test_the_overview_counts_items_by_status_and_says_what_waits(client, world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2", stakes="high"), pair_row("r-3"))
    world.make_gold(chat_row("g-1"))
    clock.shift(5 * 3600)
    world.review_next(world.ana)
    client.force_login(world.olga)

    page = client.get(URL)

    assert "100 % of 3 items" in page.text
    assert "1 gold reference" in page.text
    assert "1 on items, 0 on gold" in page.text
    assert "Version 1" in page.text
    assert "r-1</a> in Support replies" in page.text
    assert page.context["overview"].n_overdue == 0


def test_an_overdue_item_is_called_overdue(client, world, clock):
    world.ingest(chat_row("r-1", stakes="high"))
    clock.shift(5 * 3600)
    client.force_login(world.olga)

    page = client.get(URL)

    assert "Overdue" in page.text
    assert page.context["overview"].n_overdue == 1


def test_an_item_in_dispute_past_its_due_time_is_overdue_as_well(client, world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1", stakes="high"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(31)
    world.settle_all()
    clock.shift(5 * 3600)
    client.force_login(world.olga)

    page = client.get(URL)

    assert (page.context["overview"].n_overdue, page.context["overview"].n_disputes) == (1, 1)


def test_gold_never_waits(world):
    world.set_queue(gold_share=1.0)
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.hand_out(world.ana)

    overview = overview_of(world.project, now=world.now)

    assert overview.oldest_waiting.item.external_id == "r-1"
    assert overview.n_items == 1


def test_the_overview_names_items_that_no_queue_takes(client, world):
    world.ingest(chat_row("r-1", kind="summary"))
    client.force_login(world.olga)

    assert "1 item in review that no queue takes" in client.get(URL).text


def test_a_project_without_policy_says_that_nothing_ships(client, world):
    RoutingPolicy.objects.filter(project=world.project).update(state="retired")
    client.force_login(world.olga)

    assert "nothing ships and nothing is reviewed" in client.get(URL).text


@pytest.mark.parametrize("name", ["ana", "founder"])
def test_the_overview_is_for_owners_and_admins_of_this_project(client, world, founder, name):
    client.force_login(founder if name == "founder" else world.ana)

    assert client.get(URL).status_code == 404


def test_the_overview_asks_for_a_login_and_only_reads(client, world):
    assert client.get(URL).status_code == 302
    client.force_login(world.ada)
    assert client.post(URL).status_code == 405


def test_the_overview_costs_the_same_whatever_came_in(client, world, django_assert_max_num_queries):
    client.force_login(world.ada)
    world.ingest(*[chat_row(f"r-{n}") for n in range(20)])

    with django_assert_max_num_queries(27):
        client.get(URL)
