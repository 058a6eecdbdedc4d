"""Certified thresholds: planned before labels are looked at, looked at once, void when what they rest on changes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from labeling.models import Event, ThresholdCertificate, ThresholdSearch
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.promises import hash_of_plan
from labeling.policy.splits import DEVELOPMENT, SEALED
from labeling.queries.thresholds import cover_of, newest_promise, usable_labels
from labeling.services.thresholds import look_at_labels
from tests.services.certifying import label_audit_items, look, plan
from tests.world import chat_row, judged

SIGNAL = "judge_vote_share"
CLEAN, MIXED = [False] * 4, [True, True, False]


@pytest.fixture(autouse=True)
def few_scores_will_do(monkeypatch):
    monkeypatch.setattr("labeling.services.thresholds.LEAST_SCORES", 2)


def usable(world, most=100):
    return usable_labels(world.project, live(world), signal=SIGNAL, now=world.now, most=most)


def live(world):
    return world.project.policies.get(state="live")


def test_plan_settles_grid_and_hash_from_scores_alone(world):
    label_audit_items(world, sure=CLEAN, doubtful=MIXED)

    search = plan(world)

    assert search.grid == [1.0, pytest.approx(2 / 3)]
    assert (search.n_scores, search.number) == (7, 1)
    assert search.grid_hash == hash_of_plan(signal=SIGNAL, target=0.5, confidence=0.9, grid=search.grid, n_labels=4)
    assert Event.objects.get(kind="threshold.planned").subject["grid_hash"] == search.grid_hash


def test_look_certifies_the_loosest_threshold_that_the_labels_allow(world):
    label_audit_items(world, sure=CLEAN, doubtful=MIXED)

    certificate = look(world, plan(world, n_labels=7))

    assert (certificate.state, certificate.threshold) == ("certified", 1.0)
    assert certificate.naive_threshold == pytest.approx(2 / 3)
    assert [(step["n"], step["n_wrong"]) for step in certificate.steps] == [(4, 0), (7, 2)]
    assert certificate.steps[0]["high"] == pytest.approx(1 - 0.1 ** (1 / 4), rel=1e-6)
    assert certificate.expires_at - certificate.made_at == timedelta(days=90)
    assert list(certificate.rests_on["judges"].values()) == ["house-judge (judge-model)"]
    assert Event.objects.get(kind="threshold.looked").subject["n_looks_at_signal"] == 1


def test_errors_at_the_target_send_all_to_people(world):
    label_audit_items(world, sure=[True, True, False, False])

    certificate = look(world, plan(world))

    assert (certificate.state, certificate.threshold, certificate.n_more) == ("all_to_people", None, None)
    assert not newest_promise(world.project, SIGNAL, now=world.now).is_in_force


def test_too_few_labels_are_inconclusive_and_say_how_many_more(world):
    label_audit_items(world, sure=[False] * 3)

    certificate = look(world, plan(world, n_labels=3))

    assert (certificate.state, certificate.threshold, certificate.n_more) == ("inconclusive", None, 1)


def test_fewer_labels_than_planned_are_counted_and_not_looked_at(world):
    label_audit_items(world, sure=[False] * 3)
    search = plan(world)

    with pytest.raises(Conflict, match="3 of 4 usable labels"):
        look(world, search)

    assert not ThresholdCertificate.objects.exists()


def test_second_look_at_a_plan_gets_the_first(world):
    label_audit_items(world, sure=CLEAN)
    search = plan(world)
    first = look(world, search)
    label_audit_items(world, sure=[True] * 4, prefix="later")

    assert look(world, search) == first
    assert Event.objects.filter(kind="threshold.looked").count() == 1


def test_lost_race_of_two_looks_gets_what_was_written(world, monkeypatch):
    label_audit_items(world, sure=CLEAN)
    search = plan(world)
    first = look(world, search)
    # As if it had not been there when this one began.
    monkeypatch.setattr(
        "labeling.services.thresholds.ThresholdCertificate.objects.filter",
        lambda **names: ThresholdCertificate.objects.none(),
    )

    assert look_at_labels(search, actor=world.olga, now=world.now) == first


def test_there_is_one_open_plan_on_a_signal_at_a_time_and_each_is_counted(world):
    label_audit_items(world, sure=CLEAN)
    search = plan(world)

    with pytest.raises(Conflict, match="one at a time"):
        plan(world)
    look(world, search)

    assert plan(world).number == 2


def test_plan_without_enough_scores_or_policy_is_refused(world):
    world.ingest(chat_row("r-1"))

    with pytest.raises(Invalid, match="1 of the newest"):
        plan(world)
    world.project.policies.update(state="retired")
    with pytest.raises(Conflict, match="No policy is live"):
        plan(world)


@pytest.mark.parametrize("changes", [{"target": 0.0}, {"confidence": 1.0}, {"n_labels": 0}])
def test_plan_out_of_range_is_refused(world, changes):
    with pytest.raises(Invalid):
        plan(world, **changes)


def test_plan_and_certificate_never_change(world):
    label_audit_items(world, sure=CLEAN)
    search = plan(world)
    certificate = look(world, search)

    for row in (search, certificate):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(
                **({"target": 0.9} if isinstance(row, ThresholdSearch) else {"threshold": 0.0})
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()


# --- which labels ---------------------------------------------------------------------------------------------------


def test_only_the_audit_part_is_read(world):
    world.project.take_back_seconds = 0
    world.project.save()
    world.ingest_into(DEVELOPMENT, chat_row("d-1"))
    world.ingest_into(SEALED, chat_row("s-1"))
    world.review_next(world.ana)
    world.review_next(world.ana)
    world.settle_all()

    assert usable(world).n_audited == 0


def test_outputs_that_would_never_ship_say_nothing(world):
    label_audit_items(world, sure=[False] * 2)
    label_audit_items(world, sure=[], prefix="none")
    world.publish(rules=[{"name": "all", "when": {"field": "kind", "op": "exists", "value": True}, "review_share": 1}])

    found = usable(world)

    assert (len(found.labels), found.n_audited, found.n_never_ship) == (0, 2, 2)


def test_what_the_judge_fails_is_no_part_of_the_promise(world):
    label_audit_items(world, sure=[False])
    world.ingest_into("audit", chat_row("failed", judge_verdicts=judged("fail", "fail", "fail")))
    world.review_next(world.ana, verdict="approve")
    world.settle_all()

    found = usable(world)

    assert (len(found.labels), found.n_never_ship) == (1, 1)


def test_of_a_group_the_first_counts(world):
    label_audit_items(world, sure=[False])
    world.ingest(chat_row("again", cluster=world.item("a-0").cluster_key))
    world.review_next(world.ana)
    world.settle_all()

    found = usable(world)

    assert [one.item_id for one in found.labels] == [world.item("a-0").pk]
    assert found.n_of_a_group == 1


def test_confidence_below_the_old_cut_weighs_no_more_than_what_was_audited(world, monkeypatch):
    # Doubtful ones all came to people, of the sure ones those drawn below 5 %: kept are those drawn below it.
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *one, external_id, **more: DRAWS[external_id])
    tiers = {
        name: {"review_share": 0, "minutes": 3, "due_hours": 24, "overlap": 1} for name in ("high", "medium", "low")
    }
    world.publish(
        cold_start={"mode": "sampled", "reason": "A test that ships."},
        tiers={**tiers, "high": {**tiers["high"], "review_share": 1}},
        audit_share=0.05,
    )
    label_audit_items(world, sure=[False], prefix="sure")
    label_audit_items(world, sure=[], doubtful=[True, True], prefix="doubtful")

    found = usable(world)

    assert {one.item_id for one in found.labels} == {world.item("sure-0").pk, world.item("doubtful-0").pk}
    assert found.n_thinned == 1


DRAWS = {"sure-0": 0.01, "doubtful-0": 0.02, "doubtful-1": 0.5}


# --- how long it holds ------------------------------------------------------------------------------------------------


@pytest.fixture
def certified(world):
    label_audit_items(world, sure=CLEAN)
    look(world, plan(world))
    return world


def promise(world, *, at=None):
    return newest_promise(world.project, SIGNAL, now=at or world.now)


def test_promise_holds_while_nothing_changes_but_the_cut_and_the_cold_start(certified):
    certified.publish(
        confidence={"signal": SIGNAL, "cut": 0.99}, cold_start={"mode": "sampled", "reason": "Certified."}
    )

    assert promise(certified).is_in_force


def test_promise_runs_out_after_ninety_days(certified):
    assert "it ran out on" in promise(certified, at=certified.now + timedelta(days=90)).lapsed


def test_promise_lapses_when_the_policy_asks_other_things(certified):
    certified.publish(checks=[])

    assert "asks other things" in promise(certified).lapsed


def test_promise_lapses_with_another_judge(certified):
    other = [{**vote, "judge": {**vote["judge"], "name": "second-judge"}} for vote in judged("pass", "pass")]
    certified.ingest(chat_row("new", judge_verdicts=other))

    assert "judges" in promise(certified).lapsed


def test_later_look_that_certifies_nothing_ends_the_earlier_promise(certified):
    label_audit_items(certified, sure=[True] * 4, prefix="later")
    look(certified, plan(certified))

    assert promise(certified).certificate.state == "all_to_people"


def test_plan_made_under_another_policy_is_not_looked_at(world):
    label_audit_items(world, sure=CLEAN)
    search = plan(world)
    world.publish(checks=[])

    with pytest.raises(Conflict, match="plan anew"):
        look(world, search)


@pytest.mark.parametrize(("cut", "kind"), [(1.0, "covered"), (0.9, "looser")])
def test_cut_is_covered_at_the_certified_threshold_and_above(certified, cut, kind):
    definition = {**live(certified).definition, "confidence": {"signal": SIGNAL, "cut": cut}}

    assert cover_of(certified.project, definition, now=certified.now).kind == kind


def test_cut_without_a_look_or_with_a_lapsed_one_is_not_covered(world):
    definition = {**live(world).definition, "confidence": {"signal": SIGNAL, "cut": 1.0}}
    assert cover_of(world.project, definition, now=world.now).kind == "none"
    label_audit_items(world, sure=CLEAN, doubtful=[])
    look(world, plan(world))

    assert cover_of(world.project, definition, now=world.now + timedelta(days=91)).kind == "lapsed"
