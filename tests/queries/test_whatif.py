"""The replay of another policy on stored items: who changes sides, why, and the hours it takes."""

from datetime import timedelta

import pytest

from labeling.models import Item, RoutingDecision, RoutingPolicy
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.queries.whatif import replay
from tests.world import chat_row, judged

SAMPLED = {"mode": "sampled", "reason": "A test that ships."}
TIER = {"review_share": 0, "minutes": 3, "due_hours": 24, "overlap": 1}
TIERS = {"high": {**TIER, "review_share": 1}, "medium": TIER, "low": TIER}
LOCKED = {
    "name": "large refunds",
    "when": {"field": "action.amount", "op": ">", "value": 500},
    "review_share": 1,
    "reason": "named_decision",
    "locked": True,
}


def sampling(**changes):
    definition = {**DEFAULT_DEFINITION, "requires": [], "tiers": TIERS, "cold_start": SAMPLED, "audit_share": 0.01}
    return {**definition, **changes}


@pytest.fixture
def never_audited(monkeypatch):
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: 0.5)


@pytest.fixture
def shipping(world, never_audited):
    """A live policy that ships what the judge passes without doubt."""
    world.publish(**{name: part for name, part in sampling().items() if name != "requires"})
    return world


def what_if(world, **changes):
    return replay(world.project, parse_policy(sampling(**changes)), at=world.now)


def test_the_live_policy_changes_nothing(shipping):
    shipping.ingest(chat_row("r-1"), chat_row("r-2", stakes="high"))

    whatif = what_if(shipping)

    assert whatif.now == whatif.then
    assert (whatif.n_items, whatif.n_moved, whatif.moved) == (2, 0, [])


def test_items_that_change_sides_are_counted_each_way_and_say_why(shipping):
    shipping.ingest(
        chat_row("sure"),
        chat_row("doubtful", judge_verdicts=judged("pass", "pass", "fail")),
        chat_row("high", stakes="high"),
    )

    whatif = what_if(shipping, confidence={"signal": "judge_vote_share", "cut": 0.5}, tiers={**TIERS, "high": TIER})

    assert whatif.now.n_by_outcome == {"ship": 1, "review": 2, "hold": 0, "bounce": 0}
    assert whatif.then.n_by_outcome == {"ship": 3, "review": 0, "hold": 0, "bounce": 0}
    assert [(move.in_words, move.n_items) for move in whatif.moves] == [("reviewed now, shipped then", 2)]
    why = {item.external_id: item.why for item in whatif.moved}
    assert why["doubtful"] == "No longer: judge_vote_share 0.67 is below 0.90"
    assert why["high"].startswith("No longer: 100")


def test_items_that_would_be_reviewed_say_the_new_ground(shipping):
    shipping.ingest(chat_row("r-1"))

    whatif = what_if(shipping, tiers={**TIERS, "medium": {**TIER, "review_share": 0.6}})

    assert [item.after for item in whatif.moved] == ["review"]
    assert "of medium stakes are reviewed" in whatif.moved[0].why


def test_each_item_keeps_its_own_draw(shipping):
    shipping.ingest(chat_row("r-1"))

    whatif = what_if(shipping, tiers={**TIERS, "medium": {**TIER, "review_share": 0.5}})

    assert whatif.n_moved == 0


def test_nothing_is_stored(shipping):
    shipping.ingest(chat_row("r-1"))
    before = (RoutingDecision.objects.count(), list(Item.objects.values_list("status")), RoutingPolicy.objects.count())

    what_if(shipping, cold_start={"mode": "review_all", "reason": ""})

    after = (RoutingDecision.objects.count(), list(Item.objects.values_list("status")), RoutingPolicy.objects.count())
    assert before == after


def test_hours_are_reviews_times_minutes_over_the_days(shipping, clock):
    # 3 items in 2 days: (2 high reviewed by 2 people + 1 medium by 1) x 4 minutes = 20 minutes, 10 a day.
    shipping.ingest(chat_row("r-1", stakes="high"))
    clock.shift(2 * 24 * 3600)
    shipping.ingest(chat_row("r-2", stakes="high"), chat_row("r-3"))
    tier = {**TIER, "review_share": 1, "minutes": 4}

    then = what_if(shipping, tiers={"high": {**tier, "overlap": 2}, "medium": tier, "low": tier}).then

    assert (then.reviews, then.reviews_a_day, then.people) == (5, 2.5, 1)
    assert then.hours_a_day == pytest.approx(10 / 60)


def test_doubling_and_gold_of_the_queue_are_part_of_the_load(shipping):
    shipping.ingest(chat_row("r-1", stakes="high"))
    shipping.set_queue(doubled_share=1.0, gold_share=0.2)

    # One item, doubled: 2 turns; a fifth of all turns is gold, so 2 / 0.8.
    assert what_if(shipping).then.reviews == 2.5


def test_a_queue_of_nothing_but_gold_has_a_load_all_the_same(shipping):
    shipping.ingest(chat_row("r-1", stakes="high"))
    shipping.set_queue(gold_share=1.0)

    assert what_if(shipping).then.reviews == 1


def test_items_that_no_queue_takes_are_named(shipping):
    shipping.ingest(chat_row("r-1", stakes="high"))
    shipping.set_queue(kinds=["pairwise"])

    assert what_if(shipping).n_without_queue == 1


def test_less_than_a_day_counts_as_one(shipping, clock):
    shipping.ingest(chat_row("r-1", stakes="high"))
    clock.shift(60)
    shipping.ingest(chat_row("r-2", stakes="high"))

    whatif = what_if(shipping)

    assert (whatif.days, whatif.then.reviews_a_day) == (1.0, 2.0)
    assert whatif.until - whatif.since == timedelta(minutes=1)


def test_only_the_newest_items_are_replayed(shipping, monkeypatch):
    monkeypatch.setattr("labeling.queries.whatif.MOST_ITEMS", 2)
    shipping.ingest(*(chat_row(f"r-{number}") for number in range(4)))

    whatif = what_if(shipping, cold_start={"mode": "review_all", "reason": ""})

    assert {item.external_id for item in whatif.moved} == {"r-2", "r-3"}


def test_references_are_no_traffic(shipping):
    shipping.make_gold(chat_row("g-1"))

    assert what_if(shipping).n_items == 0


def test_an_item_without_its_words_cannot_be_replayed(shipping):
    shipping.ingest(chat_row("r-1"))
    shipping.item("r-1").payload.delete()

    assert what_if(shipping).n_items == 0


def test_a_required_signal_that_is_not_there_holds(shipping):
    shipping.ingest(chat_row("r-1"))

    whatif = what_if(shipping, requires=["grounding"])

    assert [(item.after, item.why) for item in whatif.moved] == [("hold", "waiting for grounding")]


def test_a_hold_that_is_over_is_replayed_as_over(shipping, clock):
    shipping.publish(**{**sampling(), "requires": ["grounding"]})
    shipping.ingest(chat_row("r-1"))
    clock.shift(shipping.project.hold_seconds + 1)

    whatif = what_if(shipping, requires=["grounding"])

    assert whatif.now.n_by_outcome["review"] == whatif.then.n_by_outcome["review"] == 1


def test_no_kind_of_change_crowds_out_another(shipping):
    shipping.ingest(
        *(chat_row(f"sure-{number}") for number in range(30)),
        chat_row("high", stakes="high"),
    )

    whatif = what_if(shipping, tiers={"high": TIER, "medium": {**TIER, "review_share": 1}, "low": TIER})

    assert (whatif.n_moved, len(whatif.moved)) == (31, 20)
    assert "high" in {item.external_id for item in whatif.moved}


def test_without_a_live_policy_nothing_changes_sides(shipping):
    RoutingPolicy.objects.update(state="retired")
    shipping.ingest(chat_row("r-1"))

    whatif = what_if(shipping)

    assert (whatif.now, whatif.n_moved, whatif.then.n_by_outcome["ship"]) == (None, 0, 1)


def test_locked_rules_that_would_be_loosened_are_named(shipping):
    shipping.publish(rules=[LOCKED])

    assert what_if(shipping).loosened == ["large refunds"]


@pytest.mark.parametrize("n_items", [2, 30])
def test_replay_takes_the_same_queries_however_many_items(shipping, n_items, django_assert_num_queries):
    shipping.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    policy = parse_policy(sampling())

    # Live policy, queues, who is heard, maps in use, items, and four kinds of evidence.
    with django_assert_num_queries(9):
        replay(shipping.project, policy, at=shipping.now)
