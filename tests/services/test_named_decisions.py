"""The never-delegate register: what its lines guard is handed to its people alone, and never to anybody else."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from labeling.models import Event, HandOut, Membership, NamedDecision, Queue, Sending
from labeling.policy.assignment import EmptyQueue, Rotation
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.named_decisions import guards_of, overdue_reviews, register_of, rules_to_guard
from labeling.services.absences import enter_absence
from labeling.services.duties import set_duties
from labeling.services.named_decisions import (
    change_people,
    end_decision,
    enter_decision,
    look_again,
    tell_if_overdue,
)
from labeling.services.policy_life import withdraw_policy
from labeling.services.projects import remove_member
from labeling.services.routing import open_missing_entries
from labeling.services.standing import pause
from labeling.services.webhooks import create_webhook
from tests.closing import TIERS, publish
from tests.services.test_duties import today
from tests.services.test_policy_life import SHIPPING, staged_at
from tests.world import action_row, chat_row, pair_row

LARGE = {
    "name": "large refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "reason": "named_decision",
}
LONGER = {**LARGE, "name": "large refunds: abroad", "when": {"field": "segment", "op": "==", "value": "abroad"}}


@pytest.fixture
def shop(world):
    publish(world, rules=[LARGE, LONGER])
    return world


def enter(world, **changes):
    line = {
        "title": "Refunds over 500",
        "rule_name": "large refunds",
        "rubric": world.rubric.rubric,
        "accountable": world.ana,
        "backup": world.ben,
        "review_on": today(world) + timedelta(days=90),
        "reason": "It is our money.",
    }
    return enter_decision(world.project, **line | changes, actor=world.ada, now=world.now)


def draw(world, user, line):
    return world.hand_out(user, line.queue)


def away(world, user):
    days = {"first_day": today(world), "last_day": today(world) + timedelta(days=3)}
    enter_absence([world.rater(user)], **days, actor=user, now=world.now)


# --- who is handed it ---------------------------------------------------------------------------------------------


def test_what_a_line_guards_is_handed_to_the_named_person_and_to_nobody_else(shop):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))

    others = [draw(shop, user, line) for user in (shop.ben, shop.cleo)]
    everywhere = [shop.hand_out(user) for user in shop.reviewers]
    hers = draw(shop, shop.ana, line)

    assert all(isinstance(one, EmptyQueue) for one in [*others, *everywhere])
    assert isinstance(hers, HandOut)
    assert hers.entry.item.external_id == "big"


def test_what_it_does_not_guard_goes_where_its_kind_goes(shop):
    line = enter(shop)

    shop.ingest(action_row("small", amount=500, stakes="high"))

    assert shop.entry("small").queue == shop.queue
    assert isinstance(draw(shop, shop.ana, line), EmptyQueue)


def test_a_rule_that_reviews_only_a_share_is_guarded_by_nobody(shop):
    """A machine decides the rest of it, and no line may say that a person does."""
    line = enter(shop)
    publish(shop, rules=[{**LARGE, "review_share": 0.5}, {**LONGER, "review_share": 0.5}])

    assert rules_to_guard(shop.project) == []
    with pytest.raises(Invalid) as refused:
        enter(shop, rule_name="large refunds: abroad")
    assert "reviews all it matches" in refused.value.complaints["rule_name"]
    assert [(one.decision, one.is_loose) for one in register_of(shop.project, now=shop.now)] == [(line, True)]


def test_a_line_says_that_a_staged_version_lets_a_machine_decide_what_it_guards(shop):
    enter(shop)
    staged = staged_at(shop, 0.5, tiers=SHIPPING["tiers"], rules=[LONGER])

    assert [one.is_loose for one in register_of(shop.project, now=shop.now)] == [True]
    assert rules_to_guard(shop.project) == ["large refunds: abroad"]

    withdraw_policy(staged, reason="Enough.", actor=shop.ada, now=shop.now)
    assert [one.is_loose for one in register_of(shop.project, now=shop.now)] == [False]


def test_while_the_named_person_is_away_the_backup_decides(shop):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))
    away(shop, shop.ana)

    assert isinstance(draw(shop, shop.ana, line), EmptyQueue)
    assert isinstance(draw(shop, shop.cleo, line), EmptyQueue)
    assert isinstance(draw(shop, shop.ben, line), HandOut)


def test_with_both_away_it_waits_and_the_page_can_say_so(shop, clock):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))
    away(shop, shop.ana)
    away(shop, shop.ben)

    assert all(isinstance(draw(shop, user, line), EmptyQueue) for user in shop.reviewers)
    guard = guards_of(shop.project, now=shop.now)[line.queue_id]
    assert (guard.decides_now, guard.n_waiting) == ("", 1)
    clock.shift(timedelta(days=400))
    assert shop.item("big").status == "in_review"


def test_a_named_person_who_is_paused_decides_nothing_and_nobody_in_their_place(shop):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))
    draw(shop, shop.ana, line)
    pause(line.queue, shop.rater(shop.ana), reason="Odd.", actor=shop.ada, now=shop.now)

    assert all(isinstance(draw(shop, user, line), EmptyQueue) for user in shop.reviewers)
    assert guards_of(shop.project, now=shop.now)[line.queue_id].decides_now == ""


def test_nobody_else_is_let_in_when_both_have_left_the_project(shop):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))
    for user in (shop.ana, shop.ben):
        membership = Membership.objects.get(project=shop.project, user=user)
        remove_member(membership=membership, actor=shop.ada, now=shop.now)

    assert isinstance(draw(shop, shop.cleo, line), EmptyQueue)


def test_a_rule_that_cannot_be_read_leaves_it_to_the_named_person(shop):
    enter(shop)

    shop.ingest(chat_row("odd", context={"question": "?", "action": {"amount": "a lot"}}))

    assert shop.entry("odd").queue.is_reserved


def test_one_person_is_enough_where_the_tier_asks_for_two(shop):
    tiers = {name: {**tier, "overlap": 2} for name, tier in TIERS.items()}
    publish(shop, rules=[LARGE], tiers=tiers)
    line = enter(shop)

    shop.ingest(action_row("big", amount=501, stakes="high"), action_row("small", stakes="high"))

    assert (shop.entry("big").overlap, shop.entry("small").overlap) == (1, 2)
    assert line.queue.gold_share == line.queue.repeat_share == 0


def test_the_longer_of_two_names_that_fit_is_meant(shop):
    enter(shop)
    abroad = enter(shop, rule_name="large refunds: abroad", accountable=shop.cleo)

    shop.ingest(chat_row("far", segment="abroad"))

    assert shop.entry("far").queue == abroad.queue


def test_no_item_comes_to_a_reserved_queue_by_its_kind(shop):
    enter(shop)
    Queue.objects.filter(pk=shop.pair_queue.pk).update(is_open=True)

    shop.ingest(chat_row("poem", kind="poem", stakes="high"), pair_row("pair", stakes="high"))

    assert not shop.item("poem").entries.exists()
    assert open_missing_entries(shop.project, now=shop.now) == 0
    assert shop.entry("pair").queue == shop.pair_queue


def test_what_no_queue_took_goes_to_its_people_once_there_is_a_queue_for_its_kind(shop):
    shop.ingest(action_row("big", amount=501) | {"kind": "poem"})
    line = enter(shop)
    shop.make_queue("poems", "Poems", shop.rubric, kinds=("poem",))

    open_missing_entries(shop.project, now=shop.now)

    assert shop.entry("big").queue == line.queue


def test_the_name_of_the_queue_says_nothing_of_why_items_come_there(shop):
    line = enter(shop)

    assert line.queue.name == "Support reply 3"


# --- its life -----------------------------------------------------------------------------------------------------


def test_a_line_without_a_rule_names_who_answers_and_opens_no_queue(shop):
    line = enter(shop, rule_name="", rubric=None, accountable=shop.olga, backup=None, title="Closing the account")

    assert line.queue is None
    assert Queue.objects.filter(is_reserved=True).count() == 0
    assert [one.decision for one in register_of(shop.project, now=shop.now)] == [line]


def test_other_people_take_over_at_the_next_hand_out_and_the_event_says_who(shop):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))

    change_people(line, accountable=shop.cleo, backup=shop.ana, reason="A new head.", actor=shop.ada, now=shop.now)

    assert isinstance(draw(shop, shop.ana, line), EmptyQueue)
    assert isinstance(draw(shop, shop.cleo, line), HandOut)
    event = Event.objects.get(kind="named_decision.changed")
    assert (event.subject["accountable_before"], event.subject["accountable_id"]) == (shop.ana.pk, shop.cleo.pk)


def test_an_ended_line_keeps_what_waits_reserved_and_sends_nothing_new_there(shop):
    line = enter(shop)
    shop.ingest(action_row("big", amount=501))

    end_decision(line, reason="The limit is 5,000 now.", actor=shop.ada, now=shop.now)
    shop.ingest(action_row("next", amount=501))

    assert isinstance(draw(shop, shop.cleo, line), EmptyQueue)
    assert isinstance(draw(shop, shop.ana, line), HandOut)
    assert shop.entry("next").queue == shop.queue
    assert "large refunds" in rules_to_guard(shop.project)
    with pytest.raises(Conflict):
        end_decision(line, reason="Again.", actor=shop.ada, now=shop.now)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": " "}, "title"),
        ({"reason": ""}, "reason"),
        ({"rule_name": "no such rule"}, "rule_name"),
        ({"rubric": None}, "rubric"),
        ({"backup": None}, "backup"),
    ],
)
def test_a_line_that_would_guard_nothing_is_refused(shop, changes, place):
    with pytest.raises(Invalid) as refusal:
        enter(shop, **changes)

    assert place in refusal.value.complaints
    assert not NamedDecision.objects.exists()


def test_people_who_could_not_decide_are_refused(shop):
    for changes in ({"backup": shop.ana}, {"accountable": shop.olga}):
        with pytest.raises(Invalid):
            enter(shop, **changes)


def test_a_rule_is_guarded_by_one_line(shop):
    enter(shop)

    with pytest.raises(Invalid, match="another line guards it"):
        enter(shop)


def test_the_duties_of_a_reserved_queue_are_set_by_the_register_alone(shop):
    line = enter(shop)

    with pytest.raises(Invalid, match="register"):
        set_duties(line.queue, [], rotation=Rotation(), reason="Open it.", actor=shop.ada, now=shop.now)


def test_the_database_keeps_lines_and_what_they_are_about(shop):
    line = enter(shop)
    lines = NamedDecision.objects.filter(pk=line.pk)

    for change in (lines.delete, lambda: lines.update(title="Nothing"), lambda: lines.update(rule_name="other")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    end_decision(line, reason="Over.", actor=shop.ada, now=shop.now)
    with pytest.raises(DatabaseError), transaction.atomic():
        lines.update(backup=shop.cleo)


# --- its review ---------------------------------------------------------------------------------------------------


def test_an_overdue_review_is_told_once_and_again_after_the_next_one(shop, clock):
    create_webhook(
        project=shop.project,
        name="hook",
        url="https://hooks.example.com/",
        hears=["named_decision"],
        actor=shop.ada,
        now=shop.now,
    )
    line = enter(shop)
    clock.shift(timedelta(days=90))
    early = overdue_reviews(now=shop.now)
    clock.shift(timedelta(days=1))

    told = [tell_if_overdue(pk, now=shop.now) for pk in overdue_reviews(now=shop.now) * 2]

    assert (early, told, overdue_reviews(now=shop.now)) == ([], [True, False], [])
    assert register_of(shop.project, now=shop.now)[0].is_overdue
    assert Sending.objects.count() == 1
    assert "title" not in Sending.objects.get().body

    look_again(line, review_on=today(shop) + timedelta(days=30), reason="Still so.", actor=shop.olga, now=shop.now)
    assert not register_of(shop.project, now=shop.now)[0].is_overdue
    clock.shift(timedelta(days=31))
    assert overdue_reviews(now=shop.now) == [line.pk]


def test_a_review_in_the_past_is_no_next_review(shop):
    line = enter(shop)

    with pytest.raises(Invalid):
        look_again(line, review_on=today(shop), reason="Fine.", actor=shop.olga, now=shop.now)


def test_a_line_whose_rule_is_gone_is_shown_as_loose(shop):
    enter(shop)
    publish(shop, rules=[])

    assert [one.is_loose for one in register_of(shop.project, now=shop.now)] == [True]
