"""The pages of incidents: reporting, reading, closing, and making gold of one's item."""

import pytest

from labeling.models import GoldCase, Incident, Item
from labeling.services.incidents import report_incident
from labeling.services.projects import create_project, create_user
from tests.views.test_gold import ANSWER
from tests.world import chat_row

URL = "/p/shop/incidents/"
REPORT = {"title": "A refund was promised twice", "severity": "critical", "words": "A customer wrote."}


@pytest.fixture
def incident(world):
    world.ingest(chat_row("r-1"))
    world.item("r-1").entries.all().delete()
    Item.objects.update(status=Item.Status.SHIPPED)
    return report_incident(
        world.project,
        title="Wrong window",
        words="It said 14 days.",
        severity="major",
        item=world.item("r-1"),
        reporter=world.olga,
        now=world.now,
    )


def test_a_project_without_incidents_says_what_they_are_for(owner):
    page = owner.get(URL)

    assert "No incident" in page.text
    assert "can become gold" in page.text


def test_an_incident_is_reported_with_its_item(owner, world):
    world.ingest(chat_row("r-1"))

    page = owner.post(URL, REPORT | {"external_id": "r-1"}, follow=True)

    assert "A refund was promised twice" in page.text
    assert Incident.objects.get().item == world.item("r-1")
    assert "A refund was promised twice" in owner.get(URL).text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"title": ""}, "Give it a title."),
        ({"severity": "bad"}, "Select a valid choice"),
        ({"external_id": "nothing"}, "There is no such item in this project."),
    ],
)
def test_a_report_that_cannot_be_kept_is_refused(owner, changes, complaint):
    page = owner.post(URL, REPORT | changes)

    assert page.status_code == 422
    assert complaint in page.text
    assert not Incident.objects.exists()


def test_an_id_of_several_systems_needs_its_system(owner, world):
    world.ingest(chat_row("r-1"), chat_row("r-1", source_system="phone"))

    page = owner.post(URL, REPORT | {"external_id": "r-1"})
    owner.post(URL, REPORT | {"external_id": "r-1", "source_system": "phone"})

    assert "Several source systems use this id" in page.text
    assert Incident.objects.get().item.source_system == "phone"


def test_an_incident_is_closed_with_what_was_learnt(owner, incident):
    page = owner.post(f"{URL}{incident.pk}/closings/", {"lesson": "Check the window."}, follow=True)

    assert "The incident is closed." in page.text
    assert "Check the window." in page.text
    assert owner.post(f"{URL}{incident.pk}/closings/", {"lesson": "Again."}).status_code == 409


def test_an_incident_is_not_closed_without_a_lesson(owner, incident):
    page = owner.post(f"{URL}{incident.pk}/closings/", {"lesson": ""})

    assert page.status_code == 422
    assert "Say what was learnt" in page.text


def test_its_item_is_made_gold_from_the_incident(owner, incident):
    page = owner.get(f"{URL}{incident.pk}/")
    owner.post(f"/p/shop/items/{incident.item_id}/gold/?incident={incident.pk}", ANSWER)

    assert f"/p/shop/items/{incident.item_id}/gold/?incident={incident.pk}" in page.text
    assert GoldCase.objects.get().source == "incident"
    assert "Make it gold" not in owner.get(f"{URL}{incident.pk}/").text


def test_the_incident_of_another_item_is_none(owner, incident, world):
    world.ingest(chat_row("r-2"))
    world.item("r-2").entries.all().delete()
    Item.objects.update(status=Item.Status.SHIPPED)

    owner.post(f"/p/shop/items/{world.item('r-2').pk}/gold/?incident={incident.pk}", ANSWER)

    assert GoldCase.objects.get().source == "expert"


def test_incidents_are_for_owners_and_admins_of_this_project(client, world, incident):
    assert client.get(URL).status_code == 302
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    for user in (world.ana, eve):
        client.force_login(user)
        assert client.get(URL).status_code == 404
        assert client.get(f"{URL}{incident.pk}/").status_code == 404
        assert client.post(f"{URL}{incident.pk}/closings/", {"lesson": "x"}).status_code == 404
    assert client.get(f"/p/other/incidents/{incident.pk}/").status_code == 404
    client.force_login(world.ada)
    assert client.get(URL).status_code == 200
    assert client.get(f"{URL}{incident.pk}/closings/").status_code == 405


@pytest.mark.parametrize("n_incidents", [2, 20])
def test_the_list_costs_the_same_however_long(owner, world, django_assert_max_num_queries, n_incidents):
    for number in range(n_incidents):
        report_incident(
            world.project,
            title=f"Incident {number}",
            words="",
            severity="minor",
            item=None,
            reporter=world.olga,
            now=world.now,
        )

    with django_assert_max_num_queries(8):
        owner.get(URL)
