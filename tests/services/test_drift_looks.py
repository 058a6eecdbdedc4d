"""A judge in use is watched on the audit items: an alarm suspends it, opens an incident and tells people."""

from datetime import timedelta

import pytest

from labeling import tasks
from labeling.models import DriftLook, Event, Incident, Sending, Suspension
from labeling.policy.splits import AUDIT, SEALED
from labeling.queries.judge_life import standing_of_version
from labeling.queries.judge_watch import validations_to_watch
from labeling.services.clearances import clear_judge, lift_suspension
from labeling.services.validations import examine_judge
from labeling.services.webhooks import create_webhook
from labeling.stats.drift import Cusum, run_length
from tests.services.judging import open_for, version_of
from tests.world import BAD, JUDGE, chat_row, judged

N_SEALED = 50


def finals(world, clock, part, prefix, misses):
    """Items that people settle one after the other; of a miss the judge says the opposite. Every third is bad."""
    rows, is_bad = [], [number % 3 == 0 for number in range(len(misses))]
    for number, (bad, miss) in enumerate(zip(is_bad, misses, strict=True)):
        label = "fail" if bad != miss else "pass"
        rows.append(chat_row(f"{prefix}-{number:03}", judge_verdicts=judged(label, label)))
    world.ingest_into(part, *rows)
    for bad in is_bad:
        world.review_next(world.ana, **({"verdict": "reject", "answers": BAD} if bad else {}))
        clock.shift(60)
    clock.shift(3600)
    world.settle_all()


@pytest.fixture
def watched(world, clock):
    """The house judge, wrong on two of fifty sealed items, examined and cleared."""
    finals(world, clock, SEALED, "s", [number in (10, 20) for number in range(N_SEALED)])
    version = version_of(world, JUDGE)
    opening, _ = open_for(world, version)
    found = examine_judge(opening.pk, clock=lambda: world.now)
    clear_judge(version, reason="It agrees.", actor=world.olga, now=world.now)
    assert (found.n_judged, found.n_missed) == (N_SEALED, 2)
    return world


def test_after_its_time_a_judge_is_examined_on_final_labels_that_came_since(watched, clock):
    world, version = watched, version_of(watched, JUDGE)
    clock.shift(timedelta(days=91))
    finals(world, clock, SEALED, "t", [False] * N_SEALED)

    opening, _ = open_for(world, version)
    second = examine_judge(opening.pk, clock=lambda: world.now)

    assert (second.opening.number, second.n_judged, second.n_missed) == (2, N_SEALED, 0)
    assert {one["final"]["n_items"] for one in second.numbers["criteria"] if one["n_items"]} == {N_SEALED}


def test_a_judge_that_begins_to_miss_is_suspended_and_people_are_told(watched, clock):
    world, version = watched, version_of(watched, JUDGE)
    create_webhook(
        project=world.project, name="ops", url="https://ops.example/", hears=["judge"], actor=world.ada, now=world.now
    )
    finals(world, clock, AUDIT, "a", [number % 2 == 0 for number in range(16)])

    tasks.watch_judges()
    tasks.watch_judges()

    suspension = Suspension.objects.get()
    assert suspension.cause == "drift"
    assert suspension.reason.startswith("Drift alarm: 8 of 16 audit items")
    assert Incident.objects.get(suspension=suspension).reported_by is None
    assert standing_of_version(version, now=world.now).state == "suspended"
    assert '"change":"suspended"' in Sending.objects.get().body
    assert Event.objects.filter(kind="judge.drifted").count() == 1


def test_a_judge_that_is_as_it_was_raises_no_alarm_and_one_look_is_kept(watched, clock):
    finals(watched, clock, AUDIT, "a", [number == 5 for number in range(16)])

    tasks.watch_judges()
    tasks.watch_judges()

    look = DriftLook.objects.get()
    assert (look.n_answers, look.n_missed, look.is_alarm) == (16, 1, False)
    assert not Suspension.objects.exists()
    assert validations_to_watch(now=watched.now) == []


def test_the_alarm_is_set_by_a_false_one_a_quarter_at_the_rate_of_the_audit(watched, clock):
    finals(watched, clock, AUDIT, "a", [False] * 12)
    tasks.watch_judges()

    numbers = DriftLook.objects.get().numbers
    watch = Cusum(numbers["usual"], numbers["raised"], numbers["threshold"])
    promised = run_length(watch, watch.usual) / numbers["answers_a_day"]
    assert numbers["days_between_false_alarms"] == pytest.approx(promised)
    assert 91 <= promised < 100
    assert numbers["days_until_found"] < promised / 5


def test_after_a_suspension_is_lifted_its_watch_begins_anew(watched, clock):
    finals(watched, clock, AUDIT, "a", [True] * 12)
    tasks.watch_judges()
    lift_suspension(version_of(watched, JUDGE), reason="Fixed.", actor=watched.olga, now=watched.now)
    finals(watched, clock, AUDIT, "b", [False] * 4)

    tasks.watch_judges()

    assert DriftLook.objects.latest("id").n_answers == 4
    assert Suspension.objects.filter(ended_at__isnull=True).count() == 0
