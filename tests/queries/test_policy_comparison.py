"""A version beside the live one, in numbers: in shadow on the same items, staged on random shares of them."""

import pytest

from labeling.models import RoutingDecision
from labeling.policy.sampling import staging_draw
from labeling.policy.splits import DEVELOPMENT, SEALED
from labeling.queries.shadow_comparison import shadow_comparison
from labeling.queries.staged_comparison import staged_comparison
from labeling.services.policies import make_live, roll_back
from labeling.services.policy_life import stage_version, withdraw_policy
from labeling.services.shadows import decide_in_shadow
from tests.services.test_policy_life import SHIPPING, shadow_of, staged_at
from tests.world import chat_row


def rows(n, prefix="r", **changes):
    return [chat_row(f"{prefix}-{number}", **changes) for number in range(n)]


def test_who_would_go_elsewhere_is_counted_and_named_with_the_reason(world):
    shadow = shadow_of(world, **SHIPPING)
    world.ingest(*rows(10))
    decide_in_shadow(world.project, now=world.now)

    found = shadow_comparison(shadow, now=world.now)

    n_ships = shadow.shadow_decisions.filter(outcome="ship").count()
    assert (found.n_items, found.n_waiting, found.changed.n) == (10, 0, 10)
    assert {name: (live, then) for name, live, then in found.rows}["Ships"] == (0, n_ships)
    assert [(move.in_words, move.n_items) for move in found.moves] == [
        ("to people under the live one, ships under this one", n_ships)
    ]
    # One that its own draw would have sent, too, says so before.
    assert all("No longer: " in why and "no signal has proved itself yet" in why for *_, why in found.moves[0].some)
    assert {tier: (n, live, then) for tier, n, live, then in found.tiers}["medium"] == (10, 10, 10 - n_ships)


def test_both_ways_are_told_apart(world):
    world.publish("Ship.", **SHIPPING)
    shadow = shadow_of(world)
    world.ingest(*rows(10))
    decide_in_shadow(world.project, now=world.now)

    found = shadow_comparison(shadow, now=world.now)

    assert [move.in_words for move in found.moves] == ["ships under the live one, to people under this one"]
    assert "no signal has proved itself yet" in found.moves[0].some[0][2]


def test_after_a_publication_the_shadow_stands_beside_the_next_version(world, clock):
    shadow = shadow_of(world)
    world.ingest(*rows(3, "before"))
    decide_in_shadow(world.project, now=world.now)
    clock.shift(60)
    world.publish("Something else.", audit_share=0.5)
    world.ingest(*rows(2, "after"))
    decide_in_shadow(world.project, now=world.now)

    found = shadow_comparison(shadow, now=world.now)

    assert (found.span.beside.number, found.n_items) == (3, 2)


def test_what_was_found_in_shadow_stays_when_it_is_over(world, clock):
    shadow = shadow_of(world)
    world.ingest(*rows(3))
    decide_in_shadow(world.project, now=world.now)
    clock.shift(60)
    withdraw_policy(shadow, reason="Enough.", actor=world.ada, now=world.now)

    found = shadow_comparison(shadow, now=world.now)

    assert (found.n_items, found.span.until) == (3, world.now)


def test_what_was_never_beside_the_live_one_is_not_compared(world):
    live = world.project.policies.get(state="live")

    assert shadow_comparison(live, now=world.now) is None
    assert staged_comparison(live, now=world.now) is None


def test_each_version_answers_for_its_own_share(world):
    staged = staged_at(world, 0.4, **SHIPPING)
    world.ingest(*rows(60))

    found = staged_comparison(staged, now=world.now)

    n_staged = RoutingDecision.objects.filter(policy=staged).count()
    assert (found.staged.n_items, found.live.n_items) == (n_staged, 60 - n_staged)
    assert found.live.reviewed.value == 1.0
    assert found.apart.high < 0
    assert found.staged.bad.value is None


def test_another_share_begins_another_comparison(world, clock):
    staged = staged_at(world, 0.4)
    world.ingest(*rows(20))
    clock.shift(60)
    stage_version(staged, share=0.8, reason="More.", actor=world.ada, now=world.now)
    world.ingest(*rows(10, "later"))

    found = staged_comparison(staged, now=world.now)

    assert (found.percent, found.staged.n_items + found.live.n_items) == (80.0, 10)


def test_the_comparison_ends_when_the_version_goes_live(world, clock):
    staged = staged_at(world, 0.4)
    world.ingest(*rows(10))
    clock.shift(60)
    make_live(staged, reason="It holds.", actor=world.ada, now=world.now)
    world.ingest(*rows(10, "later"))
    clock.shift(60)
    roll_back(world.project.policies.get(number=1), reason="Back.", author=world.ada, now=world.now)

    found = staged_comparison(staged, now=world.now)

    assert found.staged.n_items + found.live.n_items == 10


def staged_names(world, n, share):
    """Ids that a staged version of this share decides."""
    salt = world.project.sampling_salt
    named = (f"s-{number}" for number in range(10_000))
    staged = (one for one in named if staging_draw(salt, source_system="helpdesk", external_id=one) < share)
    return [next(staged) for _ in range(n)]


@pytest.mark.parametrize(("part", "n_read"), [(DEVELOPMENT, 4), (SEALED, 0)])
def test_bad_among_what_shipped_rests_on_drawn_items_that_are_final_and_not_sealed(world, clock, part, n_read):
    staged = staged_at(world, 0.5, **{**SHIPPING, "audit_share": 0.999999})
    world.ingest_into(part, *(chat_row(name) for name in staged_names(world, 4, 0.5)))
    for verdict in ("approve", "approve", "approve", "reject"):
        world.review_next(world.ana, verdict=verdict)
    clock.shift(60)
    world.settle_all()

    found = staged_comparison(staged, now=world.now)

    assert found.staged.bad.n == n_read
    assert found.staged.bad.value == (pytest.approx(0.25) if n_read else None)
