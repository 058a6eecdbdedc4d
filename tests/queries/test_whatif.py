"""The replay of another policy on stored items: who changes sides, why, and the hours it takes."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from labeling.models import FinalLabel, Item, JudgeVersion, RoutingDecision, RoutingPolicy
from labeling.policy.columnar import Column, Traffic, column_of
from labeling.policy.judge_life import Unheard
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.queries.escapes import Shipping, at_worst, hole_below
from labeling.queries.remembered_traffic import KEPT_FOR
from labeling.queries.review_speeds import LEAST_REVIEWS, ReviewSpeeds, review_speeds
from labeling.queries.traffic_sample import draw_items
from labeling.queries.whatif import replay
from labeling.services.projects import set_hourly_cost
from labeling.stats.results import Estimate
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
    world.set_queue(doubled_share=0, gold_share=0, repeat_share=0)
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


def test_doubling_gold_and_repeats_of_the_queue_are_part_of_the_load(shipping):
    shipping.ingest(chat_row("r-1", stakes="high"))
    shipping.set_queue(doubled_share=1.0, gold_share=0.2, repeat_share=0.5)

    # One item, doubled: 2 turns; a fifth of all turns is gold and half of the others are repeats, so 2 / (0.8 x 0.5).
    assert what_if(shipping).then.reviews == 5


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

    # Live policy, who is heard, maps in use; how many items there are, their ids and themselves, what judges and
    # signals say, labels, reviews; sources and words for the check; queues.
    with django_assert_num_queries(13):
        replay(shipping.project, policy, at=shipping.now)


# --- a day of it ------------------------------------------------------------------------------------------------------


def test_sample_stands_for_the_volume_of_the_newest_four_weeks(shipping, clock, monkeypatch):
    monkeypatch.setattr("labeling.queries.remembered_traffic.draw_items", partial(draw_items, most=10))
    shipping.ingest(*(chat_row(f"old-{number}") for number in range(20)))
    clock.shift(100 * 24 * 3600)
    shipping.ingest(chat_row("first", stakes="high"))
    clock.shift(10 * 24 * 3600)
    shipping.ingest(*(chat_row(f"new-{number}", stakes="high") for number in range(19)))

    whatif = what_if(shipping)

    n_lately = whatif.then.n_by_outcome["review"]
    assert (whatif.n_items, whatif.n_traffic, whatif.is_sample) == (10, 40, True)
    # 4 items for each that was drawn, in the days between the oldest and the newest of the lately drawn.
    assert whatif.items_a_day == pytest.approx(4 * n_lately / whatif.days)
    assert whatif.then.reviews_a_day == pytest.approx(n_lately * whatif.items_a_day / 10)
    hours = whatif.then.work.hours
    assert hours.low < hours.value < hours.high


def test_work_is_told_by_stakes_and_by_queue(shipping):
    shipping.ingest(chat_row("r-1", stakes="high"), chat_row("r-2", stakes="low"), chat_row("r-3", stakes="low"))

    whatif = what_if(shipping, tiers={**TIERS, "low": {**TIER, "review_share": 1, "minutes": 6}})

    assert [(row.name, row.items_a_day, row.reviewed_now, row.reviewed_then) for row in whatif.tiers] == [
        ("high", 1, 1, 1),
        ("medium", 0, 0, 0),
        ("low", 2, 0, 2),
    ]
    assert [(row.reviewed_now, row.reviewed_then, row.hours_then) for row in whatif.queue_rows] == [(1, 3, 0.25)]
    assert "policy" in whatif.queue_rows[0].pace


def test_cost_is_hours_times_what_an_hour_costs(shipping):
    shipping.ingest(*(chat_row(f"r-{number}", stakes="high") for number in range(10)))

    assert what_if(shipping).then.cost_a_day is None
    set_hourly_cost(shipping.project, hourly_cost=Decimal(90), currency="$", actor=shipping.ada, now=shipping.now)
    assert what_if(shipping).then.cost_a_day == Decimal("45.00")


def test_hours_go_by_the_minutes_that_were_measured_once_there_are_enough(shipping):
    shipping.ingest(chat_row("r-1", stakes="high"))
    queue_id = shipping.queue.pk
    measured = ReviewSpeeds(minutes={queue_id: Estimate(6.0, 5.0, 7.0, n=40)})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("labeling.queries.remembered_traffic.review_speeds", lambda project, now: measured)
        whatif = what_if(shipping)

    assert whatif.then.hours_a_day == pytest.approx(0.1)
    assert whatif.queue_rows[0].pace == "6.0 minutes (5.0 to 7.0), the mean of 40 reviews"


def test_speeds_need_thirty_reviews_and_tell_who_was_at_work_when(shipping, clock):
    shipping.ingest(*(chat_row(f"r-{number}", stakes="high") for number in range(LEAST_REVIEWS)))
    for _ in range(LEAST_REVIEWS - 1):
        shipping.review_next(shipping.ana)
    assert review_speeds(shipping.project, now=shipping.now) == ReviewSpeeds()

    shipping.review_next(shipping.ben)
    speeds = review_speeds(shipping.project, now=shipping.now)

    minutes, at_work = speeds.minutes[shipping.queue.pk], speeds.at_work[shipping.queue.pk]
    assert (minutes.value, minutes.n) == (pytest.approx(0.15), LEAST_REVIEWS)
    # Monday at nine, two people.
    assert {hour: people for hour, people in enumerate(at_work) if people} == {9: 2.0}


# --- what escapes -----------------------------------------------------------------------------------------------------


def labelled(world, *, n, n_bad, votes):
    """Items on which the judge voted so, that all went to people and are final."""
    names = [f"labelled-{'-'.join(votes)}-{number}" for number in range(n)]
    world.ingest_into("development", *(chat_row(name, stakes="high", judge_verdicts=judged(*votes)) for name in names))
    for number in range(n):
        world.review_next(world.ana, verdict="reject" if number < n_bad else "approve")
    world.settle_all()
    assert FinalLabel.objects.filter(item__external_id__in=names).count() == n


@pytest.fixture
def judged_by_people(shipping):
    shipping.set_queue(daily_cap=1_000)
    shipping.project.take_back_seconds = 0
    shipping.project.save()
    return shipping


LOOSE = {"tiers": {**TIERS, "high": TIER}, "judge_passes": {"criterion": "overall", "labels": ["pass", "fail"]}}
LOW_CUT = {"confidence": {"signal": "judge_vote_share", "cut": 0.4}}


def test_what_escapes_is_said_with_its_interval_and_what_it_rests_on(judged_by_people):
    labelled(judged_by_people, n=20, n_bad=2, votes=("pass", "pass"))

    escaped = what_if(judged_by_people, **LOOSE).then.escaped

    assert escaped.share.value == pytest.approx(0.1)
    assert 0 < escaped.share.low < 0.1 < escaped.share.high < 1
    assert (escaped.share.n, escaped.is_refused) == (20, False)
    # 20 items in a day, all shipped but the audited hundredth.
    assert escaped.a_day.value == pytest.approx(0.1 * 20 * 0.99)


def test_where_too_few_labels_speak_of_what_would_newly_ship_nothing_is_said(judged_by_people):
    labelled(judged_by_people, n=20, n_bad=1, votes=("pass", "pass"))
    judged_by_people.ingest(
        *(chat_row(f"doubt-{number}", stakes="low", judge_verdicts=judged("pass", "fail")) for number in range(8))
    )
    judged_by_people.publish(**{**sampling(**LOOSE), "requires": []})

    refused = what_if(judged_by_people, **LOOSE, **LOW_CUT).then.escaped

    assert refused.is_refused
    assert "does not ship now, and 0 labels speak of it" in refused.share.undefined
    assert "raise the audit" in refused.share.undefined


def test_labels_of_what_was_sent_to_people_for_low_confidence_speak_of_it_once_it_would_ship(judged_by_people):
    labelled(judged_by_people, n=15, n_bad=1, votes=("pass", "pass"))
    labelled(judged_by_people, n=15, n_bad=9, votes=("pass", "fail"))
    judged_by_people.publish(**{**sampling(**LOOSE), "requires": []})

    whatif = what_if(judged_by_people, **LOOSE, **LOW_CUT)

    assert whatif.now.escaped.share.value == pytest.approx(1 / 15)
    assert whatif.then.escaped.share.value == pytest.approx(10 / 30)


def test_confidence_below_anything_labelled_is_not_spoken_for():
    then = Shipping(np.ones(100), np.ones(40))
    confidence = Column(np.array([0] * 20 + [1] * 80, dtype=np.int32), [0.3, 0.9])
    sample = Traffic({"signal.x": confidence}, np.zeros(100), np.zeros(100, bool), np.zeros(100, bool))
    of_labels = Traffic({"signal.x": column_of([0.9] * 40)}, np.zeros(40), np.zeros(40, bool), np.zeros(40, bool))

    why_not = hole_below(then, (sample, of_labels), "x", effective_n=40.0)

    assert why_not == "20.0% of what would ship has a confidence below 0.90, where no item has a label."
    assert hole_below(Shipping(np.ones(40), np.ones(40)), (of_labels, of_labels), "x", effective_n=40.0) == ""


def test_a_little_of_which_nothing_is_known_counts_as_all_bad_at_the_upper_end():
    share = at_worst(Estimate(0.02, 0.01, 0.05, n=100), 0.01)

    assert (share.value, share.low, share.high) == (0.02, pytest.approx(0.0099), pytest.approx(0.0595))


def test_a_sealed_label_is_not_read(judged_by_people):
    judged_by_people.ingest_into("sealed", chat_row("in-the-sealed-part", stakes="high"))
    judged_by_people.review_next(judged_by_people.ana)
    judged_by_people.settle_all()

    assert what_if(judged_by_people, **LOOSE).then.escaped.share.n == 0


# --- what is remembered -----------------------------------------------------------------------------------------------


def test_a_moved_threshold_reads_no_item_again(shipping, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("labeling.queries.remembered_traffic.READ_ANEW", 0)
    shipping.ingest(chat_row("r-1"))
    what_if(shipping)

    # Live policy, who is heard, maps in use, queues.
    with django_assert_num_queries(4):
        what_if(shipping, confidence={"signal": "judge_vote_share", "cut": 0.95})


def test_what_is_remembered_is_read_again_after_some_minutes_and_when_a_judge_is_heard_no_more(
    shipping, monkeypatch, clock
):
    monkeypatch.setattr("labeling.queries.remembered_traffic.READ_ANEW", 0)
    shipping.ingest(chat_row("r-1"))
    what_if(shipping)
    shipping.ingest(chat_row("r-2"))
    assert what_if(shipping).n_items == 1

    with monkeypatch.context() as patched:
        silenced = Unheard(why={str(JudgeVersion.objects.get().pk): "it was suspended"})
        patched.setattr("labeling.queries.remembered_traffic.unheard_judges", lambda project, now: silenced)
        assert what_if(shipping).then.n_by_outcome["review"] == 2
    clock.shift(KEPT_FOR.total_seconds())
    assert what_if(shipping).n_items == 2
