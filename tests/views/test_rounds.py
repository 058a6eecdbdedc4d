"""The pages of calibration rounds: opening one, following it, reading it once it is closed."""

import pytest

from labeling.models import CalibrationRound
from tests.services.test_rounds import finish, label_all, open_for

URL = "/p/shop/rounds/"


@pytest.fixture
def owner(client, world, clock):
    finish(world, clock, "f-1", "f-2", "f-3")
    client.force_login(world.olga)
    return client


def given(world, **changes):
    reviewers = [str(world.rater(one).pk) for one in (world.ana, world.ben)]
    return {
        "name": "November",
        "queue": str(world.queue.pk),
        "n_items": "3",
        "reviewers": reviewers,
        "last_day": "2026-11-09",
        **changes,
    }


def test_a_project_without_a_round_says_what_one_is_for(owner):
    assert "No round yet" in owner.get(URL).text


def test_an_owner_opens_a_round(owner, world):
    answer = owner.post(URL, given(world), follow=True)

    opened = CalibrationRound.objects.get()
    assert answer.redirect_chain[-1][0] == f"{URL}{opened.pk}/"
    assert "0 of 3" in answer.text
    assert (opened.name, opened.due_at.isoformat()) == ("November", "2026-11-10T00:00:00+00:00")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "This field is required"),
        ({"n_items": "4"}, "Only 3 finished items"),
        ({"reviewers": []}, "This field is required"),
        ({"last_day": "2026-11-01"}, "due in the future"),
        ({"queue": "999"}, "Select a valid choice"),
    ],
)
def test_a_round_that_cannot_be_opened_says_why(owner, world, changes, complaint):
    answer = owner.post(URL, given(world, **changes))

    assert answer.status_code == 422
    assert complaint in answer.text
    assert not CalibrationRound.objects.exists()


def test_an_open_round_tells_progress_and_not_who_said_what(owner, world):
    opened = open_for(world)
    label_all(world)

    page = owner.get(f"{URL}{opened.pk}/").text

    assert "3 of 3" in page
    assert "f-1" not in page
    assert "reject" not in page


def test_what_was_said_of_an_item_waits_on_its_page_for_the_round_to_be_closed(owner, world):
    opened = open_for(world)
    label_all(world)
    page = f"/p/shop/items/{world.item('f-1').pk}/"

    before = owner.get(page).text
    owner.post(f"{URL}{opened.pk}/closings/")
    after = owner.get(page).text

    assert "what was said is told once it is closed" in before
    assert "unsupported" not in before.lower()
    assert "unsupported" in after.lower()


def test_a_closed_round_tells_who_said_what_and_leads_to_its_numbers(owner, world):
    opened = open_for(world)
    label_all(world)

    page = owner.post(f"{URL}{opened.pk}/closings/", follow=True).text

    assert "f-1" in page
    assert "Split" in page
    assert f"filter=round-{opened.pk}" in page


def test_the_agreement_page_offers_the_round_by_its_name(owner, world):
    opened = open_for(world)
    label_all(world)
    address = f"/p/shop/agreement/?version={world.rubric.pk}&filter=round-{opened.pk}"

    page = owner.get(address)

    assert "Round: November" in page.text


@pytest.mark.parametrize("address", [URL, f"{URL}1/"])
def test_rounds_ask_for_a_login_and_are_not_for_reviewers(client, world, address):
    assert client.get(address).status_code == 302
    client.force_login(world.ana)
    assert client.get(address).status_code == 404


def test_a_round_of_another_project_is_not_found(owner, world):
    assert owner.get(f"{URL}999/").status_code == 404
    assert owner.get(f"{URL}1/closings/").status_code == 405
