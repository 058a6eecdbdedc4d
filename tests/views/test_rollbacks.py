"""The way back: an earlier version's definition, published as a new version."""

import json

import pytest
from django.urls import reverse

from labeling.forms.routing import RULES_EXAMPLE, initial_of
from labeling.models import Event, RoutingPolicy
from labeling.policy.policies import DEFAULT_DEFINITION
from labeling.services.policies import publish_policy
from labeling.services.projects import create_project, create_user


def policy_url(world, number=1):
    return reverse("policy", args=[world.project.slug, number])


def rollback_url(world, number=1):
    return reverse("rollbacks", args=[world.project.slug, number])


def versions(world):
    return dict(RoutingPolicy.objects.filter(project=world.project).values_list("number", "state"))


@pytest.fixture
def bare_project(world):
    return create_project(slug="bare", name="Bare", creator=world.ada, now=world.now)


def test_rolling_back_publishes_the_old_definition_as_a_new_version(admin, world):
    world.publish("Too much audit.", audit_share=0.5)

    page = admin.post(rollback_url(world), {"reason": "Nobody keeps up."}, follow=True).content.decode()

    live = RoutingPolicy.objects.get(project=world.project, state="live")
    assert versions(world) == {1: "retired", 2: "retired", 3: "live"}
    assert live.definition["audit_share"] == DEFAULT_DEFINITION["audit_share"]
    assert live.author == world.ada
    assert "Rolled back to version 1: Nobody keeps up." in page
    assert Event.objects.filter(kind="policy.rolled_back", subject__to_number=1).exists()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 441])
def test_rolling_back_needs_a_reason_that_fits(admin, world, reason):
    world.publish("Too much audit.")

    answer = admin.post(rollback_url(world), {"reason": reason})

    assert answer.status_code == 422
    assert versions(world) == {1: "retired", 2: "live"}


def test_longest_reason_still_fits_the_history(admin, world):
    world.publish("Too much audit.")

    assert admin.post(rollback_url(world), {"reason": "x" * 440}).status_code == 302


def test_rolling_back_to_before_a_lock_is_refused_and_says_why(admin, world):
    world.publish("Locked.", rules=json.loads(RULES_EXAMPLE))

    answer = admin.post(rollback_url(world), {"reason": "It was quieter."})

    assert answer.status_code == 422
    assert "Locked rules cannot be dropped or loosened: large refunds." in answer.content.decode()
    assert versions(world) == {1: "retired", 2: "live"}


@pytest.mark.parametrize("state", ["live", "draft"])
def test_only_a_retired_version_can_be_gone_back_to(admin, world, state):
    number = 1
    if state == "draft":
        form = {**initial_of(DEFAULT_DEFINITION), "action": "draft"}
        admin.post(reverse("new_policy", args=[world.project.slug]), form)
        number = 2

    answer = admin.post(rollback_url(world, number), {"reason": "Back."})

    assert answer.status_code == 409
    assert "Roll back to this version" not in admin.get(policy_url(world, number)).content.decode()


def test_retired_version_offers_the_way_back(admin, world):
    world.publish("Too much audit.")

    assert "Roll back to this version" in admin.get(policy_url(world, 1)).content.decode()


def test_rolling_back_is_for_admins_of_this_project_alone(client, world):
    world.publish("Too much audit.")
    stranger = create_user(username="stranger", password="x", now=world.now)
    create_project(slug="elsewhere", name="Elsewhere", creator=stranger, now=world.now)

    for person in (world.olga, world.ana, stranger):
        client.force_login(person)
        assert client.post(rollback_url(world), {"reason": "Back."}).status_code == 404
    client.logout()
    assert client.post(rollback_url(world), {"reason": "Back."}).status_code == 302
    assert versions(world) == {1: "retired", 2: "live"}


def test_rolling_back_is_no_reading(admin, world):
    assert admin.get(rollback_url(world)).status_code == 405


def test_a_version_of_another_project_is_not_found(admin, world, bare_project):
    publish_policy(
        project=bare_project, definition=DEFAULT_DEFINITION, reason="First.", author=world.ada, now=world.now
    )

    assert admin.post(rollback_url(world, 2), {"reason": "Back."}).status_code == 404
