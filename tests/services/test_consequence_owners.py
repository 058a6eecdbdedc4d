"""Where stakes are high somebody answers for what goes wrong, or the policy is not published."""

import pytest

from labeling.models import RoutingPolicy
from labeling.policy.errors import Invalid
from labeling.policy.policies import DEFAULT_DEFINITION, PolicyError, parse_policy
from labeling.queries.oversight import oversight_card
from labeling.services.policies import publish_policy, roll_back, save_draft

PLACE = "tiers.high.consequence_owner"


def definition(owner=None):
    tiers = {name: dict(tier) for name, tier in DEFAULT_DEFINITION["tiers"].items()}
    del tiers["high"]["consequence_owner"]
    if owner is not None:
        tiers["high"]["consequence_owner"] = owner
    return {**DEFAULT_DEFINITION, "tiers": tiers}


def publish(world, owner=None):
    words = {"reason": "A test.", "author": world.ada, "now": world.now}
    return publish_policy(project=world.project, definition=definition(owner), **words)


@pytest.mark.parametrize("owner", [None, "", "  "])
def test_a_high_tier_that_nobody_answers_for_is_not_published(world, owner):
    with pytest.raises(Invalid) as refusal:
        publish(world, owner)

    assert list(refusal.value.complaints) == [PLACE]
    assert RoutingPolicy.objects.get(state="live").number == 1


def test_whoever_answers_stands_on_the_oversight_card(world):
    publish(world, "Olga, head of support")

    owners = [row.consequence_owner for row in oversight_card(world.queue, now=world.now).coverage]
    assert owners == ["Olga, head of support", "", ""]


def test_one_that_was_stored_before_is_still_read_and_may_be_a_draft(world):
    words = {"reason": "", "author": world.ada, "now": world.now}

    assert parse_policy(definition()).tiers["high"].consequence_owner == ""
    assert save_draft(project=world.project, definition=definition(), **words).state == "draft"


def test_going_back_to_one_from_before_keeps_whoever_answers_today(world):
    world.project.policies.update(state="retired")
    old = world.project.policies.create(
        number=9,
        state="retired",
        definition=definition(),
        reason="Before.",
        created_at=world.now,
        published_at=world.now,
    )
    publish(world, "Olga")

    published = roll_back(old, reason="Too loose.", author=world.ada, now=world.now)

    assert published.definition["tiers"]["high"]["consequence_owner"] == "Olga"
    assert published.definition == definition("Olga")


@pytest.mark.parametrize("owner", [7, ["olga"], "x" * 121])
def test_what_names_nobody_is_refused_with_its_place(owner):
    with pytest.raises(PolicyError) as refusal:
        parse_policy(definition(owner))

    assert refusal.value.place == PLACE
