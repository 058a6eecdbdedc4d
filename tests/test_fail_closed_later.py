"""Every way in which product.md says that an output must not leave by itself, tried through the producer's door: 2.

| what the product promises of judges, people and release | here |
|---|---|
| re-validated whenever it changes, stale until then; suspended, withdrawn, lapsed, broken: not heard | `SILENCED` |
| a backlog never approves: full, closed, nobody there, no backup, overdue | `NOBODY`, tests of their own |
| named decisions: review by a named person or rota, and nobody else | a test of its own |
| final when all slots are done, the grace is over and verdicts are unanimous, or somebody settled it | `UNSETTLED` |
| a reviewer who misses seeded failures is paused and their recent labels are put back in question | `UNSETTLED` |
| a bad output is one whose final verdict is reject or revise, or that fails a gating criterion | `BAD_OR_NONE` |
| release is a question; anything not cleared is refused, and strangers learn nothing | the last tests |

What routing itself must not let out is in test_fail_closed.py.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache

from labeling.models import FinalLabel
from labeling.policy.assignment import EmptyQueue, Rotation
from labeling.policy.rubric_files import fingerprint_of
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.queries.rubric_versions import written_rubric_of
from labeling.services.absences import enter_absence
from labeling.services.alerts import watch_queue
from labeling.services.clearances import clear_judge, suspend_judge, withdraw_clearance
from labeling.services.ensembles import compose_ensemble
from labeling.services.ingest import ingest_reference
from labeling.services.projects import create_project, create_token
from labeling.services.queues import expire_leases
from labeling.services.reopening import reopen
from labeling.services.rubric_versions import approve_version, put_to_use, start_next_version
from labeling.services.standing import pause
from tests.api.producer import Producer
from tests.closing import AGES, assert_not_released, assert_with_a_person, publish, send
from tests.services.judging import NEXT, SHIPS, examined_by, says, validate, version_of
from tests.services.test_duties import backup, give_duties, regular, today
from tests.services.test_named_decisions import LARGE, enter
from tests.world import BAD, JUDGE, chat_row, pair_row


@pytest.fixture
def producer(client, world):
    cache.clear()
    return Producer(client, world.secret)


# --- a judge that is not heard lets nothing pass ------------------------------------------------------------------


def judged_by(world, *judges, criterion="correct"):
    return send(world, judge_verdicts=[{**one, "criterion": criterion} for judge in judges for one in says(judge)])


def cleared(world, *, n_wrong=1):
    """The next version of the house judge, examined on the sealed part, and cleared where that went well."""
    version = examined_by(world, NEXT, prefix="s", n_wrong=n_wrong)
    if validate(world, version).finding == "may_gate":
        clear_judge(version, reason="It agrees with people.", actor=world.olga, now=world.now)
    return version


def it_changed(world, clock):
    judged_by(world, JUDGE)
    return judged_by(world, NEXT), "changed", "has not been validated"


def it_is_suspended(world, clock):
    judged_by(world, JUDGE)
    suspend_judge(version_of(world, JUDGE), reason="It passes refunds.", actor=world.ada, now=world.now)
    return judged_by(world, JUDGE), "suspended: It passes refunds."


def its_clearance_was_withdrawn(world, clock):
    withdraw_clearance(cleared(world), reason="A month is over.", actor=world.olga, now=world.now)
    return judged_by(world, NEXT), "withdrawn"


def its_validation_ran_out(world, clock):
    cleared(world)
    clock.shift(timedelta(days=91))
    return judged_by(world, NEXT), "holds no longer: it ran out on"


def its_rubric_changed(world, clock):
    cleared(world)
    draft = start_next_version(world.rubric, author=world.olga, now=world.now)
    read = fingerprint_of(written_rubric_of(draft))
    approve_version(draft, based_on=read, approver=world.ada, now=world.now)
    put_to_use(draft, reason="Clearer words.", closes=[], actor=world.olga, now=world.now)
    return judged_by(world, NEXT), "the rubric changed since"


def it_was_found_broken(world, clock):
    cleared(world, n_wrong=40)
    return judged_by(world, NEXT), "found broken"


def it_was_never_examined_on_that(world, clock):
    cleared(world)
    tone = {"judge": NEXT, "criterion": "tone", "label": "5"}
    return send(world, judge_verdicts=[*says(NEXT), tone]), "never examined on tone"


def another_judge_was_cleared_since(world, clock):
    cleared(world)
    other = {**JUDGE, "name": "other-judge", "family": "elm"}
    return judged_by(world, other), "has not been validated"


SILENCED = [
    it_changed,
    it_is_suspended,
    its_clearance_was_withdrawn,
    its_validation_ran_out,
    its_rubric_changed,
    it_was_found_broken,
    it_was_never_examined_on_that,
    another_judge_was_cleared_since,
]


def test_what_the_first_judge_passes_ships(producer, world):
    publish(world, **SHIPS)

    assert producer.item(judged_by(world, JUDGE), "/release").json()["cleared"] is True


@pytest.mark.parametrize("silence", SILENCED, ids=lambda one: one.__name__)
def test_what_a_judge_passes_goes_to_a_person_when(silence, producer, world, clock):
    publish(world, **SHIPS)

    name, *words = silence(world, clock)

    assert_with_a_person(producer, name, "judge_not_cleared", *words)


def test_while_a_member_is_silent_the_ensemble_is_and_a_person_decides(producer, world):
    publish(world, **{**SHIPS, "confidence": {"signal": "judge_stated", "cut": 0.6}})
    members = [{**JUDGE, "name": name, "family": name} for name in ("oak", "elm", "ash")]
    judged_by(world, *members)
    versions = [version_of(world, one) for one in members]
    compose_ensemble(world.project, name="panel", members=versions, actor=world.olga, now=world.now)

    name = judged_by(world, *members[:2])

    assert_with_a_person(producer, name, "missing_signal", "no judge_stated")


# --- a backlog never approves -------------------------------------------------------------------------------------


def nobody_draws(world):
    for user in world.reviewers:
        assert isinstance(world.hand_out(user), EmptyQueue)


def away(world, user):
    days = {"first_day": today(world), "last_day": today(world) + timedelta(days=300)}
    enter_absence([world.rater(user)], **days, actor=user, now=world.now)


def the_queue_is_closed(world, clock):
    world.set_queue(is_open=False)


def the_day_is_full(world, clock):
    world.set_queue(daily_cap=1)
    world.ingest(*(chat_row(f"before-{n}", stakes="high") for n in range(3)))
    for user in world.reviewers:
        world.review_next(user)


def nobody_is_on_duty(world, clock):
    give_duties(world, regular(world, world.ana), regular(world, world.ben), rotation=Rotation(1, 7, today(world)))
    away(world, world.ana)


def the_backup_is_away_too(world, clock):
    give_duties(world, regular(world, world.ana), backup(world, world.ben, of=world.ana))
    away(world, world.ana)
    away(world, world.ben)


def nobody_is_qualified(world, clock):
    world.set_queue(needs_qualification=True)


def everybody_is_paused(world, clock):
    for user in world.reviewers:
        world.hand_out(user)
        pause(world.queue, world.rater(user), reason="Odd.", actor=world.ada, now=world.now)


def everybody_holds_as_much_as_they_may(world, clock):
    world.set_queue(most_open=1)
    world.ingest(pair_row("p-1", stakes="high"), pair_row("p-2", stakes="high"), pair_row("p-3", stakes="high"))
    for user in world.reviewers:
        world.hand_out(user, world.pair_queue)


NOBODY = [
    the_queue_is_closed,
    the_day_is_full,
    nobody_is_on_duty,
    the_backup_is_away_too,
    nobody_is_qualified,
    everybody_is_paused,
    everybody_holds_as_much_as_they_may,
]


@pytest.mark.parametrize("nobody", NOBODY, ids=lambda one: one.__name__)
def test_an_item_waits_when(nobody, producer, world, clock):
    publish(world)
    nobody(world, clock)

    name = send(world, stakes="high")

    nobody_draws(world)
    assert_with_a_person(producer, name, "high_stakes")


def test_an_item_of_a_kind_that_no_queue_takes_waits_for_a_queue(producer, world, clock):
    publish(world)
    name = send(world, kind="poem", stakes="high")
    clock.shift(AGES)

    assert_with_a_person(producer, name, "high_stakes")


def test_what_named_people_alone_decide_waits_while_neither_is_there(producer, world, clock):
    publish(world, rules=[LARGE])
    line = enter(world)
    away(world, world.ana)
    away(world, world.ben)

    name = send(world, context={"question": "?", "action": {"name": "refund", "amount": 501}})

    for user in world.reviewers:
        assert isinstance(world.hand_out(user, line.queue), EmptyQueue)
        assert isinstance(world.hand_out(user), EmptyQueue)
    assert_with_a_person(producer, name, "named_decision", "large refunds")


def test_past_its_due_time_people_are_told_and_it_waits_on(producer, world, clock):
    publish(world)
    name = send(world, stakes="high")
    clock.shift(AGES)

    assert watch_queue(world.queue.pk, now=world.now) == "open"

    assert_with_a_person(producer, name, "high_stakes")


# --- people have it, and it is not final --------------------------------------------------------------------------


def settle(world, clock):
    clock.shift(60)
    world.settle_all()


def somebody_holds_it(world, clock):
    world.hand_out(world.ana)


def its_lease_ran_out(world, clock):
    world.hand_out(world.ana)
    clock.shift(AGES)
    expire_leases(now=world.now)


def its_approval_can_be_taken_back(world, clock):
    world.review_next(world.ana)


def a_second_turn_is_open(world, clock):
    world.review_next(world.ana)
    settle(world, clock)


def two_people_disagree(world, clock):
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    settle(world, clock)


def it_was_escalated(world, clock):
    for user in (world.ana, world.ben):
        world.review_next(user, verdict="escalate", details=VerdictDetails(escalated_to="owner"))
    settle(world, clock)


def it_was_reopened(world, clock):
    for user in (world.ana, world.ben):
        world.review_next(user)
    settle(world, clock)
    reopen(FinalLabel.objects.get(), opener=world.olga, reason="A complaint.", now=world.now)


def somebody_who_approved_it_was_paused(world, clock):
    for user in (world.ana, world.ben):
        world.review_next(user)
    settle(world, clock)
    pause(world.queue, world.rater(world.ana), reason="Approves everything.", actor=world.ada, now=world.now)


UNSETTLED = {
    somebody_holds_it: "a person has still to decide",
    its_lease_ran_out: "a person has still to decide",
    its_approval_can_be_taken_back: "a person has still to decide",
    a_second_turn_is_open: "a person has still to decide",
    two_people_disagree: "the reviewers disagree",
    it_was_escalated: "disagree",
    it_was_reopened: "being decided again",
    somebody_who_approved_it_was_paused: "being decided again",
}


@pytest.mark.parametrize(("state", "words"), UNSETTLED.items(), ids=[one.__name__ for one in UNSETTLED])
def test_nothing_is_released_while(state, words, producer, world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    publish(world)
    name = send(world, stakes="high")

    state(world, clock)
    clock.shift(AGES)

    assert_not_released(producer, name, words)


# --- final, and not good ------------------------------------------------------------------------------------------

REJECTED = {"verdict": "reject", "answers": BAD}
REVISED = {"verdict": "revise", "details": VerdictDetails("Say sorry.", Finding("factual_error", "minor"))}
BAD_OR_NONE = {
    "it was rejected": (REJECTED, "the final verdict is reject"),
    "it was revised": (REVISED, "the final verdict is revise"),
    "it was approved and fails a gate": ({"answers": BAD}, "a gating criterion failed"),
}


@pytest.mark.parametrize(("review", "words"), BAD_OR_NONE.values(), ids=BAD_OR_NONE)
def test_it_is_refused_for_good_when(review, words, producer, world, clock):
    publish(world)
    name = send(world, stakes="high")
    world.review_next(world.ana, **review)

    settle(world, clock)

    assert_not_released(producer, name, words, is_decided=True)


def test_a_comparison_that_asks_for_no_verdict_is_never_released(producer, world, clock):
    world.ingest(pair_row("p-1"))
    hand_out = world.hand_out(world.ana, world.pair_queue)
    world.submit(hand_out, verdict="", answers={"preference": "a"}, note="")

    settle(world, clock)

    assert_not_released(producer, "p-1", "asks for no verdict", is_decided=True)


def test_a_reference_case_is_never_released(producer, world):
    ingest_reference(world.project, chat_row("gold-1"), now=world.now)

    assert_not_released(producer, "gold-1", "reference case", is_decided=True)


# --- the door itself ----------------------------------------------------------------------------------------------


def test_what_nobody_sent_is_not_released(producer, world):
    assert producer.item("nobody-sent-this", "/release").status_code == 404


def test_the_token_of_another_project_or_none_releases_nothing(client, producer, world):
    publish(world)
    name = send(world)
    other = create_project(slug="other", name="Other", creator=world.ada, now=world.now)
    _, secret = create_token(project=other, name="spy", scopes=["items:read"], actor=world.ada, now=world.now)

    answers = [Producer(client, key).item(name, "/release") for key in (secret, "none")]

    assert [one.status_code for one in answers] == [404, 401]
    assert not any(one.json().get("cleared") for one in answers)
