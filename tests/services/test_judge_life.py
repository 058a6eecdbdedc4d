"""A judge that changed ships nothing until the sealed part has been opened for it, once, and somebody cleared it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from labeling.models import Clearance, Event, Item, Job, RoutingDecision, SealedOpening, Sending, Suspension, Validation
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.rubric_files import fingerprint_of
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.judge_life import standing_of_version, unheard_judges
from labeling.queries.rubric_versions import written_rubric_of
from labeling.services.clearances import clear_judge, lift_suspension, suspend_judge, withdraw_clearance
from labeling.services.routing import release_holds
from labeling.services.rubric_versions import approve_version, put_to_use, start_next_version
from labeling.services.webhooks import create_webhook
from tests.services.judging import NEXT, SHIPS, examined_by, open_for, says, validate, version_of
from tests.services.test_races import at_once
from tests.world import JUDGE, World, chat_row


@pytest.fixture
def shop(world):
    """The policy ships what the judge passes; the house judge has spoken once."""
    world.publish("A pilot.", tiers=tiers_of(world), **SHIPS)
    send(world, "old", JUDGE)
    return world


def tiers_of(_world):
    tier = {"review_share": 0.0, "minutes": 4, "due_hours": 4, "overlap": 1}
    return dict.fromkeys(("high", "medium", "low"), tier)


def send(world, external_id, *judges, **changes):
    verdicts = [verdict for judge in judges for verdict in says(judge)]
    world.ingest(chat_row(external_id, judge_verdicts=verdicts, **changes))
    item = world.item(external_id)
    # Drawn for the audit it goes to people whoever judged it; such a row says nothing here.
    decision = RoutingDecision.objects.get(item=item)
    fired = {reason["code"] for reason in decision.reasons if reason["fired"]} - {"audit"}
    return item.status if item.sampling_u >= 0.02 else None, fired, decision


def state_of(world, judge, *, now=None):
    return standing_of_version(version_of(world, judge), now=now or world.now).state


def cleared(world, judge, *, prefix="s"):
    version = examined_by(world, judge, prefix=prefix)
    validate(world, version)
    clear_judge(version, reason="It agrees with people.", actor=world.olga, now=world.now)
    return version


# --- examination -------------------------------------------------------------------------------------------------


def test_a_judge_that_is_never_wrong_may_gate_if_it_was_tried_on_both_labels(shop):
    validation = validate(shop, examined_by(shop, NEXT, prefix="s", n_wrong=0))

    kappa = next(one["kappa"] for one in validation.numbers["criteria"] if one["key"] == "correct")
    assert (validation.finding, kappa["value"], kappa["high"]) == ("may_gate", 1.0, 1.0)
    assert 0.75 <= kappa["low"] < 0.9
    assert "no disagreement seen in 52 units, one-sided" in kappa["flags"]


# --- routing ------------------------------------------------------------------------------------------------------


def test_the_first_version_of_a_judge_ships_as_the_policy_says(shop):
    status, fired, _ = send(shop, "r-1", JUDGE)

    assert status in (Item.Status.SHIPPED, None)
    assert fired == set()


def test_what_a_changed_judge_passes_goes_to_a_person_at_once_and_says_why(shop):
    _, fired, decision = send(shop, "r-1", NEXT)

    assert shop.item("r-1").status == Item.Status.IN_REVIEW
    assert fired == {"judge_not_cleared"}
    reason = next(one for one in decision.reasons if one["code"] == "judge_not_cleared")
    assert reason["explanation"] == "house-judge changed (model judge-model-2) and has not been validated"


def test_an_item_that_would_wait_for_the_judge_does_not_wait_for_a_changed_one(shop):
    shop.publish("Wait.", tiers=tiers_of(shop), requires=["judge_vote_share"], **SHIPS)

    send(shop, "r-1", NEXT)

    assert shop.item("r-1").status == Item.Status.IN_REVIEW


def test_a_changed_judge_that_fails_an_item_does_not_outvote_the_one_that_is_heard(shop):
    shop.ingest(chat_row("r-1", judge_verdicts=[*says(JUDGE, "yes"), *says(NEXT, "no", runs=5)]))

    decision = RoutingDecision.objects.get(item=shop.item("r-1"))
    assert {one["code"] for one in decision.reasons if one["fired"]} <= {"audit"}


def test_a_criterion_that_only_a_changed_judge_speaks_of_goes_to_a_person(shop):
    tone = {"judge": NEXT, "criterion": "tone", "label": "5"}
    shop.ingest(chat_row("r-1", judge_verdicts=[*says(JUDGE), tone]))

    assert shop.item("r-1").status == Item.Status.IN_REVIEW


def test_of_two_versions_that_come_in_one_delivery_the_first_is_the_first(world):
    world.publish("A pilot.", tiers=tiers_of(world), **SHIPS)
    world.ingest(chat_row("a", judge_verdicts=says(NEXT)), chat_row("b", judge_verdicts=says(JUDGE)))

    assert (state_of(world, NEXT), state_of(world, JUDGE)) == ("unproven", "stale")


def test_a_held_item_is_decided_by_what_the_judge_may_do_when_its_hold_ends(shop):
    shop.publish("Wait.", tiers=tiers_of(shop), requires=["grounding"], **SHIPS)
    send(shop, "r-1", JUDGE)
    suspend_judge(version_of(shop, JUDGE), reason="Odd today.", actor=shop.olga, now=shop.now)

    release_holds(shop.project, now=shop.now + timedelta(days=1))

    decision = RoutingDecision.objects.filter(item=shop.item("r-1")).latest("number")
    assert "judge_not_cleared" in {one["code"] for one in decision.reasons if one["fired"]}


def test_one_query_says_who_is_heard_however_many_judges_there_are(shop, django_assert_num_queries):
    for number in range(6):
        send(shop, f"m-{number}", JUDGE | {"model": f"m{number}"})

    with django_assert_num_queries(1):
        assert len(unheard_judges(shop.project, now=shop.now).why) == 6


def test_that_a_judge_changed_is_noted_and_told(shop):
    create_webhook(
        project=shop.project, name="ops", url="https://ops.example/", hears=["judge"], actor=shop.ada, now=shop.now
    )

    send(shop, "r-1", NEXT)
    send(shop, "r-2", NEXT)

    assert Event.objects.filter(kind="judge.changed").count() == 1
    assert '"change":"changed"' in Sending.objects.get().body


# --- the sealed part ----------------------------------------------------------------------------------------------


def test_the_sealed_part_opens_once_and_a_second_press_shows_what_the_first_found(shop):
    version = examined_by(shop, NEXT, prefix="s")

    found = validate(shop, version)
    again, is_new = open_for(shop, version, actor=shop.ada)

    assert (again.pk, is_new, again.opened_by) == (found.pk, False, shop.olga)
    assert (found.finding, found.n_items) == ("may_gate", 52)
    assert found.words == "May gate: eligible, which is not switched on (correct)"
    assert Event.objects.get(kind="sealed.opened").subject["n_openings_of_name"] == 1
    assert Job.objects.filter(task="examine_judge").count() == 1
    assert state_of(shop, NEXT) == "stale"


def test_numbers_of_the_sealed_part_name_no_item(shop):
    found = validate(shop, examined_by(shop, NEXT, prefix="s"))

    assert found.numbers["part"] == "sealed"
    assert all(ids == [] for one in found.numbers["criteria"] for _, _, _, ids in one["cells"])


def test_a_judge_that_differs_from_people_is_found_broken_and_cannot_be_cleared(shop):
    version = examined_by(shop, NEXT, prefix="s", n_wrong=24)

    found = validate(shop, version)

    assert found.finding == "broken"
    with pytest.raises(Conflict, match="says otherwise"):
        clear_judge(version, reason="Please.", actor=shop.olga, now=shop.now)
    with pytest.raises(DatabaseError, match="may gate"), transaction.atomic():
        Clearance.objects.create(
            judge_version=version, validation=found, reason="?", cleared_by=shop.olga, cleared_at=shop.now
        )


def test_too_few_sealed_items_open_nothing(shop):
    version = examined_by(shop, NEXT, prefix="s", n_items=49)
    examined_by(shop, NEXT, prefix="d", n_items=60, part=DEVELOPMENT)

    with pytest.raises(Conflict, match="49 of about 50 sealed items"):
        open_for(shop, version)

    assert not SealedOpening.objects.exists()


def test_after_its_time_a_judge_is_examined_again_on_items_that_came_since(shop, clock):
    version = cleared(shop, NEXT)
    clock.shift(timedelta(days=91))

    assert state_of(shop, NEXT) == "stale"
    with pytest.raises(Conflict, match="0 of about 50"):
        open_for(shop, version)
    examined_by(shop, NEXT, prefix="t")
    second = validate(shop, version)

    assert (second.opening.number, second.n_items) == (2, 52)


def test_what_was_opened_and_found_never_changes(shop):
    found = validate(shop, examined_by(shop, NEXT, prefix="s"))

    for change in (
        lambda: Validation.objects.update(finding="broken"),
        lambda: SealedOpening.objects.update(reason="other"),
        lambda: Validation.objects.filter(pk=found.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time")
def test_of_two_people_who_open_it_at_once_one_does(transactional_db):
    world = World()
    version = examined_by(world, JUDGE, prefix="s")

    errors = at_once(lambda: open_for(world, version), lambda: open_for(world, version, actor=world.ada))

    assert errors == [None, None]
    assert (SealedOpening.objects.count(), Job.objects.filter(task="examine_judge").count()) == (1, 1)
    assert Event.objects.filter(kind="sealed.opened").count() == 1


# --- on and off -----------------------------------------------------------------------------------------------------


def test_a_cleared_version_ships_again_and_the_one_before_it_no_longer(shop):
    cleared(shop, NEXT)

    assert send(shop, "r-1", NEXT)[1] == set()
    assert send(shop, "r-2", JUDGE)[1] == {"judge_not_cleared"}
    assert send(shop, "r-3", JUDGE, NEXT)[1] == set()


def test_a_withdrawn_clearance_and_a_suspension_stop_it_at_once(shop):
    version = cleared(shop, NEXT)

    suspend_judge(version, reason="It passes refunds.", actor=shop.ada, now=shop.now)
    suspended = send(shop, "r-1", NEXT)[2]
    lift_suspension(version, reason="The prompt was cut off.", actor=shop.olga, now=shop.now)
    after = send(shop, "r-2", NEXT)[1]
    withdraw_clearance(version, reason="A month is over.", actor=shop.olga, now=shop.now)

    words = [one["explanation"] for one in suspended.reasons if one["fired"]]
    assert "house-judge (judge-model-2) is suspended: It passes refunds." in words
    assert after == set()
    assert send(shop, "r-3", NEXT)[1] == {"judge_not_cleared"}
    kinds = Event.objects.filter(kind__startswith="judge.").order_by("id").values_list("kind", flat=True)
    assert list(kinds)[-4:] == ["judge.cleared", "judge.suspended", "judge.lifted", "judge.withdrawn"]


def test_a_rubric_that_changed_ends_what_was_proved_on_it(shop):
    cleared(shop, NEXT)
    draft = start_next_version(shop.rubric, author=shop.olga, now=shop.now)
    read = fingerprint_of(written_rubric_of(draft))
    approve_version(draft, based_on=read, approver=shop.ada, now=shop.now)

    put_to_use(draft, reason="Clearer words.", closes=[], actor=shop.olga, now=shop.now)

    assert state_of(shop, NEXT) == "stale"


def test_every_switch_asks_a_reason_and_the_second_of_two_is_told(shop):
    version = cleared(shop, NEXT)

    for switch in (clear_judge, withdraw_clearance, suspend_judge, lift_suspension):
        with pytest.raises(Invalid):
            switch(version, reason=" ", actor=shop.olga, now=shop.now)
    suspend_judge(version, reason="Odd.", actor=shop.olga, now=shop.now)
    with pytest.raises(Conflict):
        suspend_judge(version, reason="Odd.", actor=shop.ada, now=shop.now)
    with pytest.raises(Conflict, match="suspended"):
        clear_judge(version, reason="Still fine.", actor=shop.olga, now=shop.now)
    assert Suspension.objects.count() == 1
