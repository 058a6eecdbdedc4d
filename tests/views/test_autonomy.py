"""The page Autonomy: where a project stands, its guardrails, what contracted it and what might come next."""

import pytest
from django.urls import reverse

from labeling.models import Contraction, FallbackPolicy, Guardrail, RoutingPolicy
from labeling.policy.autonomy import GOLD, LEAST
from labeling.services.autonomy import look_at_guardrails, set_guardrail
from tests.services.standing import answer_known
from tests.services.test_policy_life import SHIPPING, shadow_of

POSTS = ("guardrails", "fallbacks", "proposals")


def url(world, name="autonomy"):
    return reverse(name, args=[world.project.slug])


def test_a_new_project_stands_at_the_bottom_and_nothing_is_on(owner, world):
    page = owner.get(url(world)).content.decode()

    assert "Nothing ships without a person." in page
    assert page.count('<span class="status status--closed">Off</span>') == 4
    assert "No guardrail is on" in page
    assert "None so far." in page


def test_a_guardrail_is_set_by_an_admin(admin, world):
    page = admin.post(url(world, "guardrails"), {"kind": "gold", "limit": "0.85", "is_on": "on"}, follow=True)

    found = Guardrail.objects.get()
    assert (found.kind, found.limit, found.is_on, found.set_by) == ("gold", 0.85, True, world.ada)
    assert "Gold accuracy is on." in page.content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "gold", "limit": "2"}, "less than or equal to 1"),
        ({"kind": "gold", "limit": "much"}, "Enter a number"),
        ({"kind": "gold"}, "Write a limit from 0 to 1"),
        ({"kind": "luck", "limit": "0.5"}, "Select a valid choice"),
    ],
)
def test_a_limit_that_is_none_is_refused_and_says_why(admin, world, given, words):
    answer = admin.post(url(world, "guardrails"), given)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Guardrail.objects.exists()


def test_a_version_that_was_live_is_nominated_and_let_go_again(admin, world):
    world.publish("Another.", audit_share=0.5)
    shadow_of(world)

    page = admin.post(url(world, "fallbacks"), {"version": "1"}, follow=True).content.decode()
    nominated = FallbackPolicy.objects.get().policy.number
    refused = admin.post(url(world, "fallbacks"), {"version": "3"})
    admin.post(url(world, "fallbacks"), {"version": ""})

    assert nominated == 1
    assert "publishes version 1 again" in page
    assert refused.status_code == 422
    assert not FallbackPolicy.objects.exists()


def test_a_contraction_is_told_with_its_evidence_and_its_incident(owner, world, clock, monkeypatch):
    monkeypatch.setitem(LEAST, GOLD, 10)
    answer_known(world, clock, world.ana, [False] * 10)
    world.publish("Ship.", **SHIPPING)
    set_guardrail(world.project, kind="gold", limit=0.8, is_on=True, actor=world.ada, now=world.now)
    look_at_guardrails(world.project, now=world.now)

    page = owner.get(url(world)).content.decode()

    assert "Contracted" in page
    assert "n 10), limit 0.8" in page
    assert f"Incident {Contraction.objects.get().incident_id}" in page
    assert "until a person publishes or stages a version" in page


def test_without_evidence_no_draft_begins(admin, world):
    answer = admin.post(url(world, "proposals"))

    assert answer.status_code == 409
    assert not RoutingPolicy.objects.filter(state="draft").exists()


def test_an_owner_reads_it_and_is_offered_nothing_to_set(owner, world):
    page = owner.get(url(world)).content.decode()

    assert not any(url(world, name) in page for name in POSTS)


@pytest.mark.parametrize("name", POSTS)
def test_setting_is_for_admins(client, world, name):
    given = {"kind": "gold", "limit": "0.8", "version": ""}
    answers = [client.post(url(world, name), given).status_code]
    for user in (world.olga, world.ana):
        client.force_login(user)
        answers.append(client.post(url(world, name), given).status_code)
    client.force_login(world.ada)
    answers.append(client.get(url(world, name)).status_code)

    assert answers == [302, 404, 404, 405]
    assert not Guardrail.objects.exists()


def test_the_page_is_for_owners_and_admins(client, world):
    before = client.get(url(world)).status_code
    client.force_login(world.ana)

    assert (before, client.get(url(world)).status_code) == (302, 404)
    client.force_login(world.ada)
    assert client.post(url(world)).status_code == 405
