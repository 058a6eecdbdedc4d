"""The alerts page, and the addresses that letters go to."""

import pytest

from labeling import tasks
from labeling.models import Event, Membership, User
from labeling.policy.sendings import MailServer
from labeling.services.projects import create_project, create_user
from tests.world import chat_row

PAGE = "/p/shop/alerts/"
OWN = "/account/address/"
DAY = 24 * 3600


@pytest.fixture
def late(world, clock):
    """Two items are overdue."""
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    clock.shift(DAY + 600)
    tasks.watch_due_times()


def address_page(user):
    return f"/p/shop/people/{Membership.objects.filter(user=user, project__slug='shop').first().pk}/addresses/"


@pytest.mark.parametrize("who", ["ada", "olga"])
def test_an_open_alert_says_how_many_and_the_oldest(client, world, late, who):
    client.force_login(User.objects.get(username=who))

    page = client.get(PAGE)

    assert "2 items, the oldest since" in page.text
    assert "r-1" in page.text
    assert "no mail server is set up" in page.text


def test_a_closed_alert_is_in_the_list_of_past_ones(client, world, late, clock):
    for _ in range(2):
        world.review_next(world.ana)
    clock.shift(31)
    world.settle_all()
    tasks.watch_due_times()
    client.force_login(world.ada)

    page = client.get(PAGE)

    assert "Nothing is overdue" in page.text
    assert "Past alerts" in page.text


def test_without_an_alert_the_page_says_so(client, world):
    client.force_login(world.ada)

    assert "Nothing is overdue" in client.get(PAGE).text


def test_the_page_says_who_gets_letters_and_who_lacks_an_address(client, world, settings, clock):
    settings.MAIL_SERVER = MailServer("127.0.0.1", 25, "reviews@example.org")
    client.force_login(world.ada)
    client.post(OWN, {"address": "ada@example.com"})
    world.ingest(chat_row())
    clock.shift(DAY + 600)
    tasks.watch_due_times()
    client.force_login(world.ada)

    page = client.get(PAGE)

    assert [user.username for user in page.context["told"]] == ["ada"]
    assert [user.username for user in page.context["unreached"]] == ["olga"]
    assert "The newest letters" in page.text


def test_an_admin_sets_when_alerts_open(client, world):
    client.force_login(world.ada)

    saved, refused = client.post(PAGE, {"minutes": "15"}), client.post(PAGE, {"minutes": "-1"})

    world.project.refresh_from_db()
    assert (saved.status_code, refused.status_code, world.project.alert_after_seconds) == (302, 422, 900)
    assert Event.objects.get(kind="alert.delay_changed").actor == world.ada


def test_an_owner_reads_and_does_not_set(client, world):
    client.force_login(world.olga)

    assert client.get(PAGE).status_code == 200
    assert client.post(PAGE, {"minutes": "15"}).status_code == 403


def test_alerts_are_for_owners_and_admins(client, world, late):
    assert client.get(PAGE).status_code == 302
    client.force_login(world.ana)

    assert client.get(PAGE).status_code == client.post(PAGE, {"minutes": "1"}).status_code == 404


# --- addresses ------------------------------------------------------------------------------------------------------


def test_everybody_sets_their_own_address(client, world):
    client.force_login(world.ana)

    client.post(OWN, {"address": "ana@example.com"})
    refused = client.post(OWN, {"address": "ana\r\nBcc: x@example.com"})

    assert User.objects.get(username="ana").email == "ana@example.com"
    assert refused.status_code == 422
    assert not [event for event in Event.objects.all() if "example.com" in str(event.subject)]


def test_an_address_can_be_taken_away(client, world):
    client.force_login(world.ana)
    client.post(OWN, {"address": "ana@example.com"})

    client.post(OWN, {"address": ""})

    assert User.objects.get(username="ana").email == ""
    assert Event.objects.filter(kind="user.address_changed").count() == 2


def test_an_admin_sets_the_address_of_their_people(client, world):
    client.force_login(world.ada)

    page = client.post(address_page(world.olga), {"address": "olga@example.com"}, follow=True)

    assert "olga@example.com" in page.text
    assert User.objects.get(username="olga").email == "olga@example.com"
    assert Event.objects.get(kind="user.address_changed").actor == world.ada


def test_an_admin_does_not_set_the_address_of_somebody_who_works_elsewhere_too(client, world):
    eve = create_user(username="eve", password="a-long-enough-phrase", now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    world.join(eve, Membership.Role.OWNER)
    client.force_login(world.ada)

    assert address_page(eve) not in client.get("/p/shop/people/").text
    assert address_page(world.olga) in client.get("/p/shop/people/").text
    assert client.post(address_page(eve), {"address": "ada@example.com"}).status_code == 403
    assert User.objects.get(username="eve").email == ""


def test_nobody_else_sets_an_address(client, world):
    assert client.get(OWN).status_code == 302
    client.force_login(world.olga)

    assert client.post(address_page(world.ada), {"address": "olga@example.com"}).status_code == 404
    client.force_login(world.ada)
    assert client.get(address_page(world.olga)).status_code == 405
    assert "nothing was changed" in client.post(address_page(world.olga), {"address": "nonsense"}, follow=True).text
