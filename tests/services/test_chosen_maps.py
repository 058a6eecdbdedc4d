"""A confidence map put to use on an owner's word: what may be chosen, and what routing makes of it."""

import random
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from labeling.models import CalibrationRun, ChosenMap, Event, Item, RoutingDecision, Signal
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.whatif import replay
from labeling.services.calibration import make_calibration_run
from labeling.services.chosen_maps import choose_map, withdraw_map
from labeling.services.routing import release_holds
from tests.services.judging import NEXT, SHIPS, version_of
from tests.services.test_races import at_once
from tests.world import JUDGE, World, chat_row

TIER = {"review_share": 0.0, "minutes": 4, "due_hours": 4, "overlap": 1}
# What the judge states decides here, so that the map does.
BY_ITS_WORD = {
    **SHIPS,
    "tiers": dict.fromkeys(("high", "medium", "low"), TIER),
    "confidence": {"signal": "judge_stated", "cut": 0.85},
}


def says(confidence, judge=JUDGE, label="yes"):
    return [{"judge": judge, "criterion": "correct", "label": label, "confidence": confidence}]


def boasting(world, *, n_items=160, judge=JUDGE, prefix="b"):
    """A judge that states 0.9 or 1.0 and is right in two of three, on items that people labelled."""
    dice = random.Random(7)
    rows, votes = [], []
    for number in range(n_items):
        truth = "yes" if number % 2 else "no"
        sure = dice.choice([0.9, 1.0])
        label = truth if dice.random() < sure - 0.3 else ("no" if truth == "yes" else "yes")
        rows.append(chat_row(f"{prefix}-{number}", judge_verdicts=says(sure, judge, label)))
        votes.append((f"{prefix}-{number}", "anneke", "correct", truth))
    world.ingest_into(DEVELOPMENT, *rows)
    world.import_votes(*votes, file_name=f"{prefix}.csv")
    return version_of(world, judge)


@pytest.fixture
def never_audited(monkeypatch):
    monkeypatch.setattr("labeling.services.ingest.sampling_u", lambda *arguments, **names: 0.5)


@pytest.fixture
def boaster(world, never_audited):
    world.publish("A pilot.", **BY_ITS_WORD)
    return boasting(world)


def run_of(world, version) -> CalibrationRun:
    return make_calibration_run(version, world.rubric, now=world.now + timedelta(days=1), replicates=60)


def chosen_for(world, version, **changes) -> ChosenMap:
    given = {"criterion": "correct", "kind": "platt", "reason": "It boasts.", "actor": world.olga, "now": world.now}
    return choose_map(version, changes.pop("run", None) or run_of(world, version), **{**given, **changes})


def fate_of(world, external_id, confidence=0.95, judge=JUDGE):
    world.ingest(chat_row(external_id, stakes="low", metadata={}, judge_verdicts=says(confidence, judge)))
    return world.item(external_id).status


# --- choosing -----------------------------------------------------------------------------------------------------


def test_a_chosen_map_is_in_use_with_its_document_and_an_event(world, boaster):
    chosen = chosen_for(world, boaster)

    assert (chosen.confidence, chosen.document["kind"], chosen.chosen_by) == ("stated", "platt", world.olga)
    assert maps_in_use(world.project)[str(boaster.pk), "correct"].read(0.95) == pytest.approx(0.65, abs=0.1)
    assert Event.objects.get(kind="confidence_map.chosen").subject["chosen_map_id"] == chosen.pk


def test_another_map_ends_the_one_in_use_and_the_same_one_twice_is_told(world, boaster):
    run = run_of(world, boaster)
    first = chosen_for(world, boaster, run=run)
    with pytest.raises(Conflict, match="in use already"):
        chosen_for(world, boaster, run=run)

    chosen_for(world, boaster, run=run, kind="isotonic")

    first.refresh_from_db()
    assert (first.ended_by, first.ended_because) == (world.olga, "Another map was put to use.")
    assert ChosenMap.objects.filter(ended_at__isnull=True).count() == 1


def test_without_a_reason_or_such_a_map_nothing_is_chosen(world, boaster):
    with pytest.raises(Invalid):
        chosen_for(world, boaster, reason=" ")
    with pytest.raises(Conflict, match="no such confidence map"):
        chosen_for(world, boaster, criterion="tone")
    assert not ChosenMap.objects.exists()


def test_the_run_of_another_version_is_refused_by_the_service_and_by_the_database(world, boaster):
    run, other = run_of(world, boaster), boasting(world, judge=NEXT, prefix="n", n_items=2)
    with pytest.raises(Conflict, match="another judge"):
        chosen_for(world, other, run=run)

    row = chosen_for(world, boaster, run=run)
    row.pk, row.judge_version = None, other
    with pytest.raises(DatabaseError, match="another judge"), transaction.atomic():
        row.save(force_insert=True)


def test_a_map_that_makes_the_confidence_no_truer_out_of_fold_is_refused(world, boaster):
    run = run_of(world, boaster)
    for report in run.numbers["criteria"][-1]["maps"]:
        report["brier_change"]["value"] = 0.001

    with pytest.raises(Conflict, match="no truer"):
        chosen_for(world, boaster, run=run)


def test_a_chosen_map_is_only_ever_ended(world, boaster):
    chosen = chosen_for(world, boaster)
    table = "UPDATE labeling_chosenmap SET"
    for change in (f"{table} reason = 'Another.'", f"{table} criterion = 'tone'", "DELETE FROM labeling_chosenmap"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    withdraw_map(chosen, reason="Enough.", actor=world.olga, now=world.now)

    with pytest.raises(DatabaseError, match="history"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{table} ended_because = 'Another.'")
    with pytest.raises(Conflict):
        withdraw_map(chosen, reason="Enough.", actor=world.olga, now=world.now)


def test_the_database_holds_one_map_of_a_criterion_in_use(world, boaster):
    row = chosen_for(world, boaster)
    row.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="races are for PostgreSQL")
def test_of_two_who_choose_at_once_one_map_is_in_use(transactional_db):
    world = World()
    version = boasting(world)
    run = run_of(world, version)

    at_once(*(lambda kind=kind: chosen_for(world, version, run=run, kind=kind) for kind in ("platt", "isotonic")))

    assert ChosenMap.objects.filter(ended_at__isnull=True).count() == 1
    assert ChosenMap.objects.count() == 2


# --- routing ------------------------------------------------------------------------------------------------------


def test_what_a_boaster_states_ships_as_it_is_and_not_through_its_map(world, boaster):
    before = fate_of(world, "before")
    chosen = chosen_for(world, boaster)
    after = fate_of(world, "after")
    withdraw_map(chosen, reason="Back.", actor=world.olga, now=world.now)

    assert (before, after, fate_of(world, "again")) == ("shipped", "in_review", "shipped")
    decision = RoutingDecision.objects.get(item=world.item("after"))
    words = next(one["explanation"] for one in decision.reasons if one["code"] == "low_confidence")
    assert ", read through its map, is below 0.85" in words
    signal = Signal.objects.get(item=world.item("after"), name="judge_stated")
    assert (signal.kind, signal.value < 0.85) == ("stated", True)


def test_a_changed_judge_has_no_map(world, boaster):
    chosen_for(world, boaster)
    boasting(world, judge=NEXT, prefix="n", n_items=2)

    assert {judge for judge, _ in maps_in_use(world.project)} == {str(boaster.pk)}


def test_a_held_item_is_decided_through_the_map_that_is_in_use_then(world, boaster):
    world.publish("Wait.", **{**BY_ITS_WORD, "requires": ["grounding"]})
    assert fate_of(world, "held") == Item.Status.AWAITING
    chosen_for(world, boaster)

    release_holds(world.project, now=world.now + timedelta(days=30))

    codes = {one["code"] for one in RoutingDecision.objects.filter(item=world.item("held")).latest("id").reasons}
    assert "low_confidence" in codes


def test_the_replay_of_a_policy_reads_confidence_through_the_map_in_use(world, boaster):
    fate_of(world, "sure")
    policy = parse_policy({**DEFAULT_DEFINITION, **BY_ITS_WORD, "requires": []})
    before = replay(world.project, policy, at=world.now).then.n_by_outcome["ship"]

    chosen_for(world, boaster)

    assert before > replay(world.project, policy, at=world.now).then.n_by_outcome["ship"] == 0


def test_one_query_however_many_maps_there_are(world, boaster, django_assert_num_queries):
    chosen_for(world, boaster)

    with django_assert_num_queries(1):
        maps_in_use(world.project)
