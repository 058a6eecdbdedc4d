"""Draft, shadow, staged, live, rolled back: who may do what when, and that what is not live yet decides its share."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import (
    Event,
    Item,
    Membership,
    PolicyChange,
    QueueEntry,
    RoutingDecision,
    RoutingPolicy,
    ShadowDecision,
)
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.policy.policies import DEFAULT_DEFINITION, hash_of_definition
from labeling.policy.sampling import staging_draw
from labeling.queries.audit import EVENTS
from labeling.services.policies import make_live, publish_policy, roll_back, save_draft
from labeling.services.policy_life import (
    approve_policy,
    begin_shadow,
    set_second_admin,
    stage_version,
    withdraw_policy,
)
from labeling.services.routing import release_holds
from labeling.services.shadows import decide_in_shadow
from tests.world import action_row, chat_row

SAMPLED = {"mode": "sampled", "reason": "A test that ships."}
LOCKED = {
    "name": "large refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "reason": "named_decision",
    "locked": True,
}
SHIPPING = {
    "tiers": {
        name: {"review_share": 0, "minutes": 3, "due_hours": 24, "overlap": 1, "consequence_owner": "ada"}
        for name in ("high", "medium", "low")
    },
    "cold_start": SAMPLED,
    "audit_share": 0.01,
}


def definition(**changes):
    return {**DEFAULT_DEFINITION, "requires": [], **changes}


def draft_of(world, *, author=None, **changes):
    return save_draft(
        project=world.project, definition=definition(**changes), reason="", author=author or world.ada, now=world.now
    )


def shadow_of(world, **changes):
    return begin_shadow(draft_of(world, **changes), reason="Let us see.", actor=world.ada, now=world.now)


def staged_at(world, share, **changes):
    return stage_version(draft_of(world, **changes), share=share, reason="A few.", actor=world.ada, now=world.now)


def second_admin(world):
    world.join(world.cleo, Membership.Role.ADMIN)
    return world.cleo


def states(world):
    return dict(RoutingPolicy.objects.filter(project=world.project).values_list("number", "state"))


def draws(world):
    salt = world.project.sampling_salt
    return {
        item.external_id: staging_draw(salt, source_system=item.source_system, external_id=item.external_id)
        for item in Item.objects.filter(project=world.project)
    }


# --- in shadow --------------------------------------------------------------------------------------------------------


def test_a_version_in_shadow_decides_what_comes_and_moves_nothing(world, clock):
    world.ingest(chat_row("before"))
    clock.shift(1)
    shadow = shadow_of(world, **SHIPPING)
    world.ingest(chat_row("after"))
    entries = QueueEntry.objects.count()

    n_decided = decide_in_shadow(world.project, now=world.now)

    decision = ShadowDecision.objects.get()
    assert (n_decided, decision.item, decision.policy) == (1, world.item("after"), shadow)
    assert decision.inclusion_probability == 0.01
    assert world.item("after").status == Item.Status.IN_REVIEW
    assert not RoutingDecision.objects.filter(policy=shadow).exists()
    assert QueueEntry.objects.count() == entries


def test_the_shadow_uses_the_draw_of_the_item(world):
    shadow_of(world, **{**SHIPPING, "audit_share": 0.5})
    world.ingest(*(chat_row(f"r-{number}") for number in range(20)))

    decide_in_shadow(world.project, now=world.now)

    for decision in ShadowDecision.objects.select_related("item"):
        assert decision.outcome == ("review" if decision.item.sampling_u < 0.5 else "ship")


def test_the_shadow_decides_page_by_page_and_each_item_once(world, monkeypatch):
    monkeypatch.setattr("labeling.services.shadows.SHADOW_BATCH", 2)
    shadow_of(world)
    world.ingest(*(chat_row(f"r-{number}") for number in range(3)))

    pages = [decide_in_shadow(world.project, now=world.now) for _ in range(3)]

    assert pages == [2, 1, 0]
    assert ShadowDecision.objects.count() == 3


def test_two_workers_at_once_store_one_decision(world, monkeypatch):
    shadow_of(world)
    world.ingest(chat_row())
    from labeling.services import shadows

    def another_worker_first(project, *, now):
        monkeypatch.undo()
        shadows.decide_in_shadow(project, now=now)
        return shadows.unheard_judges(project, now=now)

    monkeypatch.setattr(shadows, "unheard_judges", another_worker_first)

    decide_in_shadow(world.project, now=world.now)

    assert ShadowDecision.objects.count() == 1


def test_a_held_item_is_decided_in_shadow_once_it_is_held_no_longer(world, clock):
    world.publish(requires=["judge_vote_share"])
    shadow_of(world)
    world.ingest(chat_row(judge_verdicts=[]))
    while_held = decide_in_shadow(world.project, now=world.now)
    clock.shift(world.project.hold_seconds + 1)
    release_holds(world.project, now=world.now)

    afterwards = decide_in_shadow(world.project, now=world.now)

    assert (while_held, afterwards) == (0, 1)


def test_gold_is_never_decided_in_shadow(world):
    shadow_of(world)
    world.make_gold(chat_row("gold"))

    assert decide_in_shadow(world.project, now=world.now) == 0


def test_one_version_is_in_shadow_at_a_time(world):
    shadow_of(world)

    with pytest.raises(Conflict, match="Version 2 is in shadow"):
        shadow_of(world, audit_share=0.5)


def test_a_shadow_outlives_what_is_published_meanwhile(world):
    shadow_of(world)

    world.publish("Something else.", audit_share=0.5)

    assert states(world) == {1: "retired", 2: "shadow", 3: "live"}


def test_a_first_policy_is_never_in_shadow(world):
    draft = draft_of(world)
    RoutingPolicy.objects.filter(state="live").update(state="retired")

    with pytest.raises(Conflict, match="No policy is live"):
        begin_shadow(draft, reason="Let us see.", actor=world.ada, now=world.now)


# --- staged -----------------------------------------------------------------------------------------------------------


def test_a_staged_version_decides_its_share_and_the_live_one_the_rest(world):
    staged = staged_at(world, 0.3, **SHIPPING)
    world.ingest(*(chat_row(f"r-{number}") for number in range(40)))

    by_draw = draws(world)
    for decision in RoutingDecision.objects.select_related("item"):
        assert (decision.policy == staged) == (by_draw[decision.item.external_id] < 0.3)
    assert Item.objects.filter(status=Item.Status.SHIPPED).exists()
    assert not RoutingDecision.objects.filter(policy__state="live", outcome="ship").exists()


def test_a_wider_share_adds_items_and_loses_none(world):
    staged = staged_at(world, 0.2)
    world.ingest(*(chat_row(f"a-{number}") for number in range(40)))
    below_narrow = {name for name, draw in draws(world).items() if draw < 0.2}
    stage_version(staged, share=0.6, reason="It holds.", actor=world.ada, now=world.now)

    below_wide = {name for name, draw in draws(world).items() if draw < 0.6}

    assert below_narrow < below_wide
    assert RoutingPolicy.objects.get(state="staged").staged_share == 0.6
    assert [change.staged_share for change in PolicyChange.objects.filter(policy=staged)] == [0.6, 0.2]


def test_an_item_held_by_a_staged_version_is_decided_anew_when_that_ends(world):
    staged = staged_at(world, 0.999999, requires=["judge_vote_share"])
    world.ingest(chat_row(judge_verdicts=[]))
    held = world.item("r-1").status
    again = release_holds(world.project, now=world.now)
    withdraw_policy(staged, reason="Too slow.", actor=world.ada, now=world.now)

    release_holds(world.project, now=world.now)

    assert (held, again) == (Item.Status.AWAITING, 0)
    assert world.item("r-1").status == Item.Status.IN_REVIEW
    assert world.item("r-1").decisions.order_by("-id").first().policy.number == 1


def test_a_turn_lasts_as_long_as_the_version_says_that_decides_its_item(world):
    tiers = {name: {**tier, "due_hours": 1, "overlap": 2} for name, tier in DEFAULT_DEFINITION["tiers"].items()}
    staged_at(world, 0.5, tiers=tiers)
    world.ingest(*(chat_row(f"r-{number}") for number in range(20)))

    for entry in QueueEntry.objects.select_related("item"):
        is_staged = entry.item.decisions.get().policy.number == 2
        assert entry.n_slots == (2 if is_staged else 1)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5])
def test_a_share_of_nothing_or_all_is_refused(world, share):
    with pytest.raises(Invalid) as refused:
        staged_at(world, share)

    assert list(refused.value.complaints) == ["share"]


def test_what_loosens_a_locked_rule_is_never_staged(world):
    world.publish(rules=[LOCKED])
    draft = draft_of(world)

    with pytest.raises(Invalid, match="large refunds"):
        stage_version(draft, share=0.1, reason="A few.", actor=world.ada, now=world.now)

    assert states(world)[draft.number] == "draft"


def test_what_nobody_answers_for_is_never_staged(world):
    high = {**DEFAULT_DEFINITION["tiers"]["high"], "consequence_owner": ""}
    draft = draft_of(world, tiers={**DEFAULT_DEFINITION["tiers"], "high": high})

    with pytest.raises(Invalid, match="who answers"):
        stage_version(draft, share=0.1, reason="A few.", actor=world.ada, now=world.now)


def test_what_loosens_a_locked_rule_may_be_looked_at_in_shadow_and_never_goes_live(world):
    world.publish(rules=[LOCKED])
    shadow = shadow_of(world)

    with pytest.raises(Invalid, match="large refunds"):
        make_live(shadow, reason="Now.", actor=world.ada, now=world.now)
    with pytest.raises(Invalid, match="large refunds"):
        stage_version(shadow, share=0.1, reason="A few.", actor=world.ada, now=world.now)


def test_a_rule_locked_since_then_stays_when_rolling_back(world):
    world.publish(rules=[LOCKED])

    with pytest.raises(Invalid, match="large refunds"):
        roll_back(RoutingPolicy.objects.get(number=1), reason="Back.", author=world.ada, now=world.now)


def test_a_locked_rule_binds_while_a_version_is_staged(world):
    world.publish(rules=[LOCKED])
    staged_at(world, 0.5, **SHIPPING, rules=[LOCKED])

    world.ingest(*(action_row(f"r-{number}", amount=900) for number in range(20)))

    assert not Item.objects.filter(status=Item.Status.SHIPPED).exists()


# --- live, withdrawn, rolled back -------------------------------------------------------------------------------------


def test_a_version_goes_from_draft_to_shadow_to_staged_to_live_and_back(world):
    version = shadow_of(world)
    stage_version(version, share=0.25, reason="It agrees.", actor=world.ada, now=world.now)
    make_live(version, reason="It holds.", actor=world.ada, now=world.now)
    roll_back(RoutingPolicy.objects.get(number=1), reason="It did not.", author=world.ada, now=world.now)

    assert states(world) == {1: "retired", 2: "retired", 3: "live"}
    steps = (
        PolicyChange.objects.filter(policy=version)
        .order_by("id")
        .values_list("state", "reason", "changed_by__username")
    )
    assert list(steps) == [
        ("shadow", "Let us see.", "ada"),
        ("staged", "It agrees.", "ada"),
        ("live", "It holds.", "ada"),
        ("retired", "Version 3 went live.", "ada"),
    ]
    assert set(Event.objects.filter(kind__startswith="policy.").values_list("kind", flat=True)) <= set(EVENTS)


def test_publishing_ends_what_is_staged_and_says_so(world):
    staged = staged_at(world, 0.5)

    world.publish("Something else.", audit_share=0.5)

    assert states(world) == {1: "retired", 2: "withdrawn", 3: "live"}
    assert PolicyChange.objects.filter(policy=staged).first().reason == "Version 3 went live."


def test_a_withdrawn_version_decides_nothing_and_never_comes_back(world):
    staged = staged_at(world, 0.999)
    withdraw_policy(staged, reason="No.", actor=world.ada, now=world.now)
    world.ingest(chat_row())

    assert RoutingDecision.objects.get().policy.number == 1
    for again in (
        lambda: make_live(staged, reason="Yes.", actor=world.ada, now=world.now),
        lambda: withdraw_policy(staged, reason="No.", actor=world.ada, now=world.now),
        lambda: begin_shadow(staged, reason="Yes.", actor=world.ada, now=world.now),
        lambda: roll_back(staged, reason="Yes.", author=world.ada, now=world.now),
    ):
        with pytest.raises(Conflict, match="Version 2 is withdrawn"):
            again()


@pytest.mark.parametrize("reason", ["", "   "])
def test_every_step_needs_a_reason(world, reason):
    draft = draft_of(world)
    told = {"reason": reason, "actor": world.ada, "now": world.now}
    for step in (
        lambda: begin_shadow(draft, **told),
        lambda: stage_version(draft, share=0.5, **told),
        lambda: make_live(draft, **told),
        lambda: withdraw_policy(draft, **told),
    ):
        with pytest.raises(Invalid) as refused:
            step()
        assert list(refused.value.complaints) == ["reason"]


@pytest.mark.parametrize("change", [{"definition": {}}, {"state": "draft"}, {"number": 9}])
def test_beyond_a_draft_the_database_keeps_a_version_as_it_is(world, change):
    shadow = shadow_of(world)

    with pytest.raises(DatabaseError, match="no draft any more"), transaction.atomic():
        RoutingPolicy.objects.filter(pk=shadow.pk).update(**change)


# --- four eyes --------------------------------------------------------------------------------------------------------


def approve(version, approver, world):
    return approve_policy(
        version, definition_hash=hash_of_definition(version.definition), approver=approver, now=world.now
    )


@pytest.fixture
def four_eyes(world):
    set_second_admin(world.project, is_needed=True, actor=world.ada, now=world.now)
    return second_admin(world)


def test_with_four_eyes_nothing_decides_that_nobody_else_approved(world, four_eyes):
    draft = draft_of(world)
    told = {"reason": "Now.", "actor": world.ada, "now": world.now}

    for step in (lambda: make_live(draft, **told), lambda: stage_version(draft, share=0.5, **told)):
        with pytest.raises(Conflict, match="second admin"):
            step()
    with pytest.raises(Conflict, match="second admin"):
        world.publish("Past the other.")
    assert begin_shadow(draft, **told).state == "shadow"


def test_what_another_admin_approved_goes_live(world, four_eyes):
    draft = draft_of(world)
    approve(draft, four_eyes, world)

    make_live(draft, reason="Now.", actor=world.ada, now=world.now)

    assert states(world) == {1: "retired", 2: "live"}


def test_nobody_approves_what_they_wrote(world, four_eyes):
    draft = draft_of(world)

    with pytest.raises(NotAllowed):
        approve(draft, world.ada, world)
    with pytest.raises(DatabaseError, match="nobody approves"), transaction.atomic():
        draft.approvals.create(definition_hash="x" * 64, approved_by=world.ada, approved_at=world.now)


def test_an_edit_voids_the_approval(world, four_eyes):
    draft = draft_of(world)
    approve(draft, four_eyes, world)
    save_draft(
        project=world.project,
        definition=definition(audit_share=0.5),
        reason="",
        author=world.ada,
        now=world.now,
        draft=draft,
    )

    with pytest.raises(Conflict, match="second admin"):
        make_live(draft, reason="Now.", actor=world.ada, now=world.now)


def test_whoever_approved_and_then_took_it_over_needs_another(world, four_eyes):
    draft = draft_of(world)
    approve(draft, four_eyes, world)
    save_draft(
        project=world.project, definition=draft.definition, reason="", author=four_eyes, now=world.now, draft=draft
    )

    with pytest.raises(Conflict, match="second admin"):
        make_live(draft, reason="Now.", actor=four_eyes, now=world.now)


def test_what_was_edited_while_it_was_read_is_not_approved(world, four_eyes):
    draft = draft_of(world)

    with pytest.raises(Conflict, match="edited while you were reading"):
        approve_policy(draft, definition_hash="0" * 64, approver=four_eyes, now=world.now)


def test_publishing_an_approved_draft_with_other_content_is_refused(world, four_eyes):
    draft = draft_of(world)
    approve(draft, four_eyes, world)

    with pytest.raises(Conflict, match="second admin"):
        publish_policy(
            project=world.project,
            definition=definition(audit_share=0.5),
            reason="Slipped in.",
            author=world.ada,
            now=world.now,
            draft=draft,
        )


def test_going_back_and_withdrawing_wait_for_nobody(world, four_eyes):
    draft = draft_of(world)
    approve(draft, four_eyes, world)
    make_live(draft, reason="Now.", actor=world.ada, now=world.now)
    shadow = shadow_of(world)

    withdraw_policy(shadow, reason="Enough.", actor=world.ada, now=world.now)
    roll_back(RoutingPolicy.objects.get(number=1), reason="Back.", author=world.ada, now=world.now)

    assert states(world) == {1: "retired", 2: "retired", 3: "withdrawn", 4: "live"}


def test_approving_twice_is_one_approval(world, four_eyes):
    draft = draft_of(world)

    assert approve(draft, four_eyes, world) == approve(draft, four_eyes, world)
    assert Event.objects.filter(kind="policy.approved").count() == 1
