"""Who holds which item now: for admins with names, for owners without, and a release that asks why."""

import pytest
from django.urls import reverse

from labeling.models import Event, Slot
from labeling.services.projects import create_project, create_user
from tests.views.desks import text_of
from tests.world import PASSWORD, chat_row, pair_row

URL = "/p/shop/hand-outs/"


@pytest.fixture
def held(world):
    world.ingest(chat_row("r-1"), pair_row("r-2"))
    return world.hand_out(world.ana), world.hand_out(world.ben, world.pair_queue)


def release_url(hand_out):
    return reverse("releases", args=["shop", hand_out.slot_id])


def posted(hand_out, **changes):
    return {"lease_no": hand_out.lease_no, "reason": "She went home.", **changes}


def test_an_admin_sees_who_holds_what_and_the_last_sign_of_life(admin, held, world, clock):
    clock.shift(120)

    text = text_of(admin.get(URL))

    assert "r-1" in text
    assert "ana" in text
    assert "2 minutes ago" in text.replace("\xa0", " ")
    assert held[0].token not in text


def test_an_owner_sees_what_is_held_and_not_by_whom(owner, held, world):
    page = owner.get(URL)

    assert "r-1" in page.text
    assert "for admins to see" in page.text
    assert not any(name in page.text for name in ("ana", "ben") if f">{name}<" in page.text)
    assert f"reviewer={held[0].reviewer_id}" not in page.text


def test_an_owner_cannot_ask_who_holds_what_by_filtering(owner, held):
    page = owner.get(URL, {"reviewer": held[0].reviewer_id})

    assert "r-1" in page.text
    assert "r-2" in page.text


@pytest.mark.parametrize(("wanted", "shown"), [("queue", "r-2"), ("reviewer", "r-2"), ("nonsense", "r-1")])
def test_the_list_is_filtered_by_queue_and_person(admin, held, world, wanted, shown):
    value = {"queue": world.pair_queue.pk, "reviewer": held[1].reviewer_id, "nonsense": "x"}[wanted]

    page = admin.get(URL, {"queue" if wanted == "nonsense" else wanted: value})

    assert shown in page.text
    assert ("r-1" in page.text) == (wanted == "nonsense")


def test_an_empty_list_says_so(admin):
    assert "Nobody holds an item" in admin.get(URL).text


def test_a_release_is_confirmed_with_a_reason(admin, held, world):
    asked = admin.get(release_url(held[0]))
    page = admin.post(release_url(held[0]), posted(held[0]), follow=True)

    assert "Release r-1" in asked.text
    assert "ana loses this turn" in asked.text
    assert "r-1 is open to the next reviewer" in page.text
    assert Slot.objects.get(pk=held[0].slot_id).state == Slot.State.OPEN
    assert Event.objects.get(kind="turn.released").actor == world.ada


def test_a_release_without_a_reason_asks_again(admin, held):
    page = admin.post(release_url(held[0]), posted(held[0], reason=""))

    assert page.status_code == 422
    assert "This field is required." in page.text
    assert Slot.objects.get(pk=held[0].slot_id).state == Slot.State.LEASED


@pytest.mark.parametrize("lease_no", [0, 7, "x"])
def test_another_lease_than_the_page_showed_is_not_released(admin, held, lease_no):
    page = admin.post(release_url(held[0]), posted(held[0], lease_no=lease_no))

    assert page.status_code == 409
    assert Slot.objects.get(pk=held[0].slot_id).state == Slot.State.LEASED


def test_a_turn_that_was_submitted_meanwhile_is_gone_from_here(admin, held, world):
    world.submit(held[0])

    page = admin.post(release_url(held[0]), posted(held[0]))

    assert page.status_code == 404
    assert "submitted or given back meanwhile" in page.text


def test_an_owner_releases_a_turn_without_learning_whose_it_was(owner, held):
    asked = owner.get(release_url(held[0]))
    page = owner.post(release_url(held[0]), posted(held[0]), follow=True)

    assert "ana" not in text_of(asked)
    assert "ana" not in text_of(page)
    assert Slot.objects.get(pk=held[0].slot_id).state == Slot.State.OPEN


def test_all_of_one_person_are_released_by_an_admin_alone(client, held, world):
    url = reverse("releases_of_person", args=["shop", held[0].reviewer_id])
    client.force_login(world.olga)
    for_owner = client.post(url, {"reason": "She left."})
    client.force_login(world.ada)
    asked = client.get(url)
    for_admin = client.post(url, {"reason": "She left."}, follow=True)

    assert for_owner.status_code == 404
    assert "Release all of ana" in asked.text
    assert "1 turn of ana released" in for_admin.text
    assert [slot.pk for slot in Slot.objects.filter(state=Slot.State.LEASED)] == [held[1].slot_id]


def test_hand_outs_are_not_for_reviewers_nor_for_other_projects(client, held, world):
    eve = create_user(username="eve", password=PASSWORD, now=world.now)
    create_project(slug="other", name="Other", creator=eve, now=world.now)
    urls = [URL, release_url(held[0]), reverse("releases_of_person", args=["shop", held[0].reviewer_id])]
    for user in (world.ana, eve):
        client.force_login(user)
        assert [client.get(url).status_code for url in urls] == [404, 404, 404]
        assert [client.post(url, posted(held[0])).status_code for url in urls] == [405, 404, 404]

    client.force_login(eve)
    assert client.get(release_url(held[0]).replace("shop", "other")).status_code == 404


def test_hand_outs_ask_for_a_login(client, held):
    assert client.get(URL).status_code == 302
    assert client.post(release_url(held[0]), posted(held[0])).status_code == 302


def test_the_page_costs_the_same_however_much_is_held(admin, world, django_assert_num_queries):
    world.ingest(*[chat_row(f"r-{n}") for n in range(3)])
    for user in world.reviewers:
        world.hand_out(user)

        with django_assert_num_queries(9):
            admin.get(URL)
