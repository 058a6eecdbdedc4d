"""The never-delegate register: read by owners and admins, changed by admins."""

from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.models import NamedDecision
from tests.services.test_duties import today
from tests.services.test_named_decisions import LARGE, away, enter
from tests.world import action_row


@pytest.fixture
def shop(world):
    world.publish(rules=[LARGE])
    return world


@pytest.fixture
def line(shop):
    return enter(shop)


def register_url(world):
    return reverse("register", args=[world.project.slug])


def url_of(line, name="named_decision"):
    return reverse(name, args=[line.project.slug, line.pk])


def filled(world, **changes):
    return {
        "title": "Refunds over 500",
        "rule_name": "large refunds",
        "rubric": world.rubric.rubric_id,
        "accountable": world.ana.pk,
        "backup": world.ben.pk,
        "review_on": (today(world) + timedelta(days=90)).isoformat(),
        "reason": "It is our money.",
        **changes,
    }


def test_an_admin_enters_a_line_and_everybody_who_manages_reads_it(admin, shop, client):
    response = admin.post(register_url(shop), filled(shop))

    assert response.status_code == 302
    line = NamedDecision.objects.get()
    assert (line.rule_name, line.accountable, line.backup) == ("large refunds", shop.ana, shop.ben)
    client.force_login(shop.olga)
    text = client.get(register_url(shop)).content.decode()
    assert "Refunds over 500" in text
    assert "Enter the line" not in text


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"backup": ""}, "Name who decides while the accountable person is away."),
        ({"rubric": ""}, "Choose what the named person is asked."),
        ({"review_on": "2020-01-01"}, "The next look lies ahead."),
        ({"title": ""}, "This field is required."),
        ({"rule_name": "no such rule"}, "Select a valid choice."),
    ],
)
def test_a_line_that_would_not_hold_is_refused_in_place(admin, shop, changes, complaint):
    response = admin.post(register_url(shop), filled(shop, **changes))

    assert response.status_code == 422
    assert complaint in response.content.decode()
    assert not NamedDecision.objects.exists()


def test_an_owner_reads_and_may_not_enter(owner, shop):
    assert owner.get(register_url(shop)).status_code == 200
    assert owner.post(register_url(shop), filled(shop)).status_code == 403
    assert not NamedDecision.objects.exists()


def test_reviewers_and_strangers_see_nothing_of_it(ana, line, client):
    for url in (reverse("register", args=["shop"]), url_of(line)):
        assert ana.get(url).status_code == 404
    client.logout()
    assert client.get(url_of(line)).status_code == 302


def test_a_line_says_what_happened_to_it(owner, line):
    text = owner.get(url_of(line)).content.decode()

    assert "Entered by ada" in text
    assert "large refunds" in text


def test_an_admin_changes_people_looks_again_and_ends_it(admin, shop, line):
    next_look = (today(shop) + timedelta(days=30)).isoformat()
    people = {"accountable": shop.cleo.pk, "backup": shop.ben.pk, "reason": "A new head."}
    for name, sent in (
        ("named_decision_people", people),
        ("named_decision_looks", {"review_on": next_look, "reason": "Still so."}),
        ("named_decision_endings", {"reason": "Over."}),
    ):
        assert admin.post(url_of(line, name), sent).status_code == 302

    line.refresh_from_db()
    assert (line.accountable, line.review_on.isoformat(), line.ended_because) == (shop.cleo, next_look, "Over.")
    assert "End it" not in admin.get(url_of(line)).content.decode()


@pytest.mark.parametrize("name", ["named_decision_people", "named_decision_looks", "named_decision_endings"])
def test_a_change_without_a_reason_is_refused_in_place_by_get_and_for_an_owner(name, admin, client, shop, line):
    assert admin.post(url_of(line, name), {}).status_code == 422
    assert admin.get(url_of(line, name)).status_code == 405
    client.force_login(shop.olga)
    assert client.post(url_of(line, name), {"reason": "Mine."}).status_code in (403, 404)


def test_the_queues_page_says_when_nobody_may_decide(owner, shop, line):
    shop.ingest(action_row("big", amount=501))
    before = owner.get(reverse("queues", args=["shop"])).content.decode()
    away(shop, shop.ana)
    away(shop, shop.ben)

    after = owner.get(reverse("queues", args=["shop"])).content.decode()

    assert "only ana is handed its items today" in before
    assert "Nobody may decide here now" in after
    assert "nothing is approved meanwhile" in after


def test_the_line_of_another_project_is_not_found(owner, shop, line):
    assert owner.get(reverse("named_decision", args=["shop", line.pk + 1])).status_code == 404
