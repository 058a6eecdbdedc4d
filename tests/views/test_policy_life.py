"""What becomes of a version, as its page offers it: in shadow, staged, live, withdrawn, approved; and in numbers."""

import pytest
from django.urls import reverse

from labeling.models import Membership, Project, RoutingPolicy
from labeling.policy.policies import hash_of_definition
from labeling.services.policy_life import set_second_admin
from labeling.services.shadows import decide_in_shadow
from tests.services.test_policy_life import SHIPPING, draft_of, shadow_of, staged_at
from tests.world import chat_row

STEPS = ("shadows", "stagings", "publications", "withdraw_policy", "policy_approvals")


def url(world, name, number=2):
    return reverse(name, args=[world.project.slug, number])


def state(world, number=2):
    return RoutingPolicy.objects.get(project=world.project, number=number).state


def test_a_draft_is_tried_in_shadow_staged_and_made_live_from_its_page(admin, world):
    draft_of(world)
    states = []

    for name, given in (
        ("shadows", {"reason": "Let us see."}),
        ("stagings", {"reason": "It agrees.", "share": "12.5"}),
        ("stagings", {"reason": "It holds.", "share": "50"}),
        ("publications", {"reason": "It held."}),
    ):
        page = admin.post(url(world, name), given, follow=True).content.decode()
        states.append(state(world))
        assert given["reason"] in page

    assert states == ["shadow", "staged", "staged", "live"]
    assert "12.5 %" in page


def test_what_is_staged_is_withdrawn(admin, world):
    staged_at(world, 0.5)

    page = admin.post(url(world, "withdraw_policy"), {"reason": "Enough."}, follow=True).content.decode()

    assert state(world) == "withdrawn"
    assert "Begin a new version with it" in page


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("shadows", {"reason": ""}, "This field is required"),
        ("shadows", {"reason": "x" * 501}, "at most 500"),
        ("stagings", {"reason": "A few.", "share": "0"}, "greater than or equal to 0.01"),
        ("stagings", {"reason": "A few.", "share": "100"}, "less than or equal to 99.99"),
        ("stagings", {"reason": "A few.", "share": "many"}, "Enter a number"),
        ("publications", {}, "This field is required"),
    ],
)
def test_a_step_that_says_too_little_is_asked_for_once_more(admin, world, name, given, words):
    draft_of(world)

    answer = admin.post(url(world, name), given)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert state(world) == "draft"


def test_a_loosened_lock_is_named(admin, world):
    from tests.services.test_policy_life import LOCKED

    world.publish(rules=[LOCKED])
    draft_of(world)

    answer = admin.post(url(world, "stagings", 3), {"reason": "A few.", "share": "5"})

    assert answer.status_code == 422
    assert "large refunds" in answer.content.decode()


def test_the_second_of_two_admins_is_told(admin, world):
    draft_of(world)
    admin.post(url(world, "publications"), {"reason": "Now."})

    answer = admin.post(url(world, "publications"), {"reason": "Now."})

    assert answer.status_code == 409


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_for_admins_and_change_nothing_otherwise(client, world, name):
    draft_of(world)
    given = {"reason": "Now.", "share": "5"}

    answers = [client.post(url(world, name), given).status_code]
    for user in (world.olga, world.ana):
        client.force_login(user)
        answers.append(client.post(url(world, name), given).status_code)
    client.force_login(world.ada)
    answers.append(client.get(url(world, name)).status_code)

    assert answers == [302, 404, 404, 405]
    assert state(world) == "draft"


def test_an_owner_reads_the_steps_and_is_offered_none(owner, world):
    shadow_of(world)

    page = owner.get(url(world, "policy")).content.decode()

    assert "Let us see." in page
    assert url(world, "publications") not in page


def test_a_second_admin_approves_what_they_read(client, world):
    set_second_admin(world.project, is_needed=True, actor=world.ada, now=world.now)
    world.join(world.cleo, Membership.Role.ADMIN)
    draft = draft_of(world)
    client.force_login(world.ada)
    offered_to_author = url(world, "policy_approvals") in client.get(url(world, "policy")).content.decode()
    client.force_login(world.cleo)
    page = client.get(url(world, "policy")).content.decode()

    answer = client.post(
        url(world, "policy_approvals"), {"definition_hash": hash_of_definition(draft.definition)}, follow=True
    )

    assert not offered_to_author
    assert "Not approved" in page
    assert "Approved" in answer.content.decode()
    assert draft.approvals.get().approved_by == world.cleo


def test_an_approval_of_something_else_is_refused(admin, world):
    draft_of(world, author=world.olga)

    assert admin.post(url(world, "policy_approvals"), {}).status_code == 409


def test_four_eyes_are_switched_by_an_admin(admin, world):
    switch = reverse("second_admin", args=[world.project.slug])

    page = admin.post(switch, {"is_needed": "yes"}, follow=True).content.decode()
    refused = admin.post(switch, {"is_needed": "perhaps"})

    assert Project.objects.get().needs_second_admin
    assert "Switch it off" in page
    assert refused.status_code == 422


def test_without_an_approval_publishing_is_refused_and_says_why(admin, world):
    set_second_admin(world.project, is_needed=True, actor=world.ada, now=world.now)
    draft_of(world)

    answer = admin.post(url(world, "publications"), {"reason": "Now."})

    assert answer.status_code == 409
    assert "second admin has to approve" in answer.content.decode()


def test_routing_says_what_stands_beside_the_live_version(owner, world):
    shadow_of(world, **SHIPPING)
    world.ingest(*(chat_row(f"r-{number}") for number in range(5)))
    decide_in_shadow(world.project, now=world.now)
    staged_at(world, 0.25)

    page = owner.get(reverse("routing", args=[world.project.slug])).content.decode()

    assert "decides in shadow" in page
    assert "decides 25 % of what comes in" in page
    assert "No item fell to it yet." in page


def test_the_comparison_shows_both_and_links_the_items(owner, world):
    shadow = shadow_of(world, **SHIPPING)
    world.ingest(*(chat_row(f"r-{number}") for number in range(5)))
    decide_in_shadow(world.project, now=world.now)
    item = shadow.shadow_decisions.filter(outcome="ship").first().item

    page = owner.get(url(world, "policy_comparison")).content.decode()

    assert reverse("item", args=[world.project.slug, item.pk]) in page
    assert "to people under the live one, ships under this one" in page


def test_the_comparison_of_a_staged_version(owner, world):
    staged_at(world, 0.5, **SHIPPING)
    world.ingest(*(chat_row(f"r-{number}") for number in range(30)))

    page = owner.get(url(world, "policy_comparison")).content.decode()

    assert "<strong>less</strong> to people" in page
    assert "nothing that was drawn for audit is final yet" in page


def test_a_version_that_never_stood_beside_another_says_so(owner, world):
    page = owner.get(url(world, "policy_comparison", 1)).content.decode()

    assert "Nothing to compare" in page


def test_the_comparison_is_for_owners_and_admins(client, world):
    before = client.get(url(world, "policy_comparison", 1)).status_code
    client.force_login(world.ana)

    assert (before, client.get(url(world, "policy_comparison", 1)).status_code) == (302, 404)
    client.force_login(world.olga)
    assert client.post(url(world, "policy_comparison", 1)).status_code == 405


@pytest.mark.parametrize("n_items", [12, 24])
def test_the_comparison_takes_the_same_queries_whatever_came(owner, world, n_items, django_assert_num_queries):
    shadow_of(world, **SHIPPING)
    staged_at(world, 0.3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    decide_in_shadow(world.project, now=world.now)
    owner.get(url(world, "policy_comparison"))

    with django_assert_num_queries(17):
        owner.get(url(world, "policy_comparison"))
