"""Calibration rounds: the same batch to everybody, among their other items, measured apart and settling nothing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from labeling.models import (
    CalibrationRound,
    EntryPurpose,
    Event,
    FinalLabel,
    HandOut,
    Item,
    Job,
    Membership,
    QueueEntry,
    Review,
    Slot,
)
from labeling.policy.errors import Invalid
from labeling.policy.seeding import is_round_turn
from labeling.queries.gold import may_become_gold
from labeling.queries.jobs import seats_to_plant
from labeling.queries.label_pages import EVERYTHING, PRODUCTION, counted_reviews
from labeling.queries.queue_loads import queue_loads
from labeling.queries.ratings import filter_named, filter_of_round, unsettled_items_in
from labeling.queries.reviews import submission_of, take_back_for
from labeling.queries.rounds import (
    items_for,
    items_of_round,
    participants_of,
    rounds_of,
    rounds_to_close,
    who_takes_part,
)
from labeling.services.agreement import make_agreement_run, request_agreement
from labeling.services.gold import plant_gold
from labeling.services.projects import remove_member
from labeling.services.queues import take_seat
from labeling.services.references import reference_from
from labeling.services.reviews import take_back
from labeling.services.rounds import close_round, open_round
from labeling.services.standing import pause
from labeling.tasks import close_rounds, open_rounds
from tests.services.agreeing import numbers
from tests.world import BAD, GOOD, chat_row


def finish(world, clock, *names):
    """Items that Cleo labelled and that are final, so that nobody waits for them."""
    world.ingest(*(chat_row(name) for name in names))
    for _ in names:
        world.review_next(world.cleo)
    clock.shift(31)
    world.settle_all()


def open_for(world, *people, n_items=3, **changes):
    people = people or (world.ana, world.ben)
    given = {
        "name": "November",
        "reviewer_ids": [world.rater(one).pk for one in people],
        "due_at": world.now + timedelta(days=7),
        "opener": world.olga,
        "now": world.now,
        "n_items": n_items,
        **changes,
    }
    return open_round(world.queue, **given)


@pytest.fixture
def finished(world, clock):
    finish(world, clock, "f-1", "f-2", "f-3")
    return world


def label_all(world, *, n_items=3):
    for _ in range(n_items):
        world.review_next(world.ana)
        world.review_next(world.ben, verdict="reject", answers=BAD)


def test_everybody_gets_every_item_of_the_round(finished):
    opened = open_for(finished)

    label_all(finished)

    assert [(one.name, one.n_done, one.n_items) for one in participants_of(opened)] == [("ana", 3, 3), ("ben", 3, 3)]
    assert Event.objects.filter(kind="round.opened").count() == 1


def test_who_takes_no_part_is_handed_none_of_it(finished):
    open_for(finished)

    assert not isinstance(finished.hand_out(finished.cleo), HandOut)


def test_items_of_a_round_come_among_the_others(finished):
    # Each turn is drawn by the queue's secret and the reviewer's id; by chance three in a row may be the round's.
    ana = finished.rater(finished.ana).pk
    secret = next(one for one in map(str, range(99)) if not is_round_turn(one, reviewer_id=ana, turn=0))
    finished.set_queue(seeding_secret=secret)
    open_for(finished)
    finished.ingest(*(chat_row(f"live-{number}") for number in range(12)))

    for _ in range(12):
        finished.review_next(finished.ana)

    mine = Review.objects.filter(reviewer=finished.rater(finished.ana)).order_by("id")
    purposes = list(mine.values_list("entry__purpose__purpose", flat=True))
    assert purposes.count("round") == 3
    assert purposes[:3] != ["round"] * 3


def test_only_finished_items_that_none_of_them_met_are_drawn(finished, clock):
    finished.ingest(chat_row("met"), chat_row("waiting"))
    finished.review_next(finished.ana)
    clock.shift(31)
    finished.settle_all()

    with pytest.raises(Invalid, match="Only 3 finished items"):
        open_for(finished, n_items=4)

    opened = open_for(finished, n_items=3)
    drawn = Item.objects.filter(entries__purpose__calibration_round=opened).values_list("external_id", flat=True)
    assert set(drawn) == {"f-1", "f-2", "f-3"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"n_items": 0}, "n_items"),
        ({"n_items": 201}, "n_items"),
        ({"reviewer_ids": []}, "reviewers"),
        ({"due_at": None}, "due_at"),
    ],
)
def test_a_round_that_makes_no_sense_is_refused_and_nothing_is_stored(finished, changes, field):
    if field == "due_at":
        changes = {"due_at": finished.now}

    with pytest.raises(Invalid) as refused:
        open_for(finished, **changes)

    assert set(refused.value.complaints) == {field}
    assert not CalibrationRound.objects.exists()


def test_one_person_makes_no_round_and_who_is_not_blind_takes_no_part(finished):
    finished.join(finished.ben, "owner")

    with pytest.raises(Invalid, match="at least two"):
        open_for(finished)


def test_a_round_settles_nothing(finished, clock):
    before = set(FinalLabel.objects.values_list("id", flat=True))
    open_for(finished)
    label_all(finished)

    clock.shift(31)
    outcomes = finished.settle_all()

    assert set(outcomes) == {"skipped"}
    assert set(FinalLabel.objects.values_list("id", flat=True)) == before
    assert not QueueEntry.objects.filter(state="disputed").exists()
    assert set(Item.objects.values_list("status", flat=True)) == {Item.Status.FINAL}


def test_its_labels_are_measured_apart(finished):
    opened = open_for(finished)
    label_all(finished)

    production = make_agreement_run(finished.rubric, now=finished.now, replicates=0)
    of_round = make_agreement_run(finished.rubric, now=finished.now, replicates=0, chosen=filter_of_round(opened.pk))

    assert numbers(production, "correct")["n_values"] == 3
    assert production.numbers["n_excluded"]["calibration_round"] == 6
    assert numbers(of_round, "correct")["n_values"] == 6
    assert numbers(of_round, "correct")["percent_agreement"]["pooled"]["value"] == 0
    assert of_round.numbers["skips"] == {"n_put_off": 0, "n_turns": 6}
    assert "one calibration round" in of_round.filter_in_words


def test_a_label_taken_back_in_a_round_is_counted_as_such_there(finished):
    opened = open_for(finished)
    label_all(finished)
    from labeling.services.reviews import take_back

    last = Review.objects.filter(reviewer=finished.rater(finished.ben)).latest("id")
    take_back(last.hand_out, now=finished.now)

    run = make_agreement_run(finished.rubric, now=finished.now, replicates=0, chosen=filter_of_round(opened.pk))

    assert run.numbers["n_excluded"] == {"withdrawn": 1, "extra": 0, "not_blind": 0, "later_pass": 0}


def test_a_run_of_a_round_that_this_version_never_had_is_refused(finished):
    with pytest.raises(Invalid, match="no such calibration round"):
        request_agreement(finished.rubric, actor=finished.olga, now=finished.now, filter_name="round-77")


def test_the_name_of_a_rounds_filter_finds_it_again():
    assert filter_named("round-12") == filter_of_round(12)
    for name in ("round-", "round-x", "round-٣", "round-" + "1" * 30):
        with pytest.raises(Invalid):
            filter_named(name)


def test_labels_of_a_round_are_no_production_labels(finished):
    open_for(finished)
    label_all(finished)

    counts = [counted_reviews(finished.project, purposes=one).count() for one in (PRODUCTION, EVERYTHING)]

    assert counts == [3, 9]


def test_a_round_is_nobodys_backlog(finished):
    open_for(finished)

    load = next(one.numbers for one in queue_loads(finished.project) if one.queue == finished.queue)

    assert (load.live.n_waiting, load.n_items_waiting) == (0, 0)


def test_nobody_is_named_until_the_round_is_closed(finished):
    opened = open_for(finished)
    label_all(finished)
    before = (items_of_round(opened), len(unsettled_items_in(finished.project.pk)))

    close_round(opened.pk, closer=finished.olga, now=finished.now)
    opened.refresh_from_db()

    assert before == ([], 3)
    assert unsettled_items_in(finished.project.pk) == set()
    assert [one.verdicts for one in items_of_round(opened)] == [(("ana", "approve"), ("ben", "reject"))] * 3


def test_closing_ends_the_turns_that_are_not_done_and_only_once(finished):
    opened = open_for(finished)
    held = finished.hand_out(finished.ana)

    outcomes = [close_round(opened.pk, closer=finished.olga, now=finished.now) for _ in range(2)]

    states = list(Slot.objects.filter(entry__purpose__calibration_round=opened).values_list("state", flat=True))
    assert outcomes == [True, False]
    assert states == ["closed"] * 6
    assert Event.objects.filter(kind="round.closed").count() == 1
    assert Job.objects.get().arguments == [finished.rubric.pk, f"round-{opened.pk}"]
    assert finished.submit(held, answers=GOOD).outcome == "extra"
    assert not isinstance(finished.hand_out(finished.ana), HandOut)


def test_a_lapsed_turn_of_a_closed_round_is_not_handed_out_again(finished, clock):
    from labeling.services.queues import expire_leases

    opened = open_for(finished)
    finished.hand_out(finished.ana)
    close_round(opened.pk, now=finished.now)
    clock.shift(16 * 60)
    expire_leases(now=finished.now)

    assert finished.hand_out(finished.ana).reason == "done"


def test_a_round_that_everybody_is_through_with_closes_by_itself(finished, clock):
    opened = open_for(finished)
    label_all(finished)
    while_it_may_be_taken_back = rounds_to_close(now=finished.now)

    clock.shift(31)
    finished.settle_all()
    close_rounds()

    opened.refresh_from_db()
    assert while_it_may_be_taken_back == []
    assert opened.closed_at == finished.now


def test_a_round_past_its_last_day_closes_by_itself(finished, clock):
    opened = open_for(finished)

    clock.shift(7 * 24 * 3600)
    close_rounds()

    opened.refresh_from_db()
    assert opened.closed_at is not None


def test_the_next_round_of_a_queue_has_the_next_number_and_other_items(finished, clock):
    first = open_for(finished, n_items=2)
    with pytest.raises(Invalid, match="Only 1 finished item"):
        open_for(finished, n_items=2)

    second = open_for(finished, n_items=1)

    assert (first.number, second.number) == (1, 2)
    assert [one.n_items for one in rounds_of(finished.project)] == [1, 2]


def test_the_database_refuses_an_entry_of_a_round_without_one(finished):
    entry = QueueEntry.objects.first()

    with pytest.raises(IntegrityError), transaction.atomic():
        EntryPurpose.objects.filter(entry=entry).update(purpose="round")


def test_gold_goes_on_while_a_round_lies_ready(world, clock):
    finish(world, clock, *(f"f-{number}" for number in range(5)))
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    open_for(world, n_items=5)
    take_seat(world.queue, world.rater(world.ana), now=world.now)

    assert [seat.reviewer.name for seat in seats_to_plant()] == ["cleo", "ana"]
    assert plant_gold(world.queue, world.rater(world.ana), now=world.now) == 1


def test_no_gold_is_made_of_what_a_round_has_laid_ready(world):
    world.ingest(chat_row("s-1"), chat_row("s-2"))
    QueueEntry.objects.all().delete()
    Item.objects.update(status=Item.Status.SHIPPED)
    open_for(world, n_items=1)

    of_round = Item.objects.get(entries__isnull=False)
    assert not may_become_gold(of_round)
    assert may_become_gold(Item.objects.exclude(pk=of_round.pk).get())


def test_what_lent_its_content_to_a_reference_is_in_no_round(finished):
    item = finished.item("f-1")
    Item.objects.filter(pk=item.pk).update(status=Item.Status.BOUNCED)
    item.refresh_from_db()
    with transaction.atomic():
        reference_from(item, now=finished.now)
    Item.objects.filter(pk=item.pk).update(status=Item.Status.SHIPPED)

    assert item.pk not in items_for(finished.queue, [finished.rater(finished.ana)])
    assert len(items_for(finished.queue, [finished.rater(finished.ana)])) == 2


def test_a_label_can_be_taken_back_like_any_other_when_the_round_was_closed_meanwhile(finished):
    opened = open_for(finished)
    hand_out = finished.hand_out(finished.ana)
    finished.submit(hand_out)

    close_round(opened.pk, now=finished.now)

    assert take_back_for(finished.queue, finished.rater(finished.ana), now=finished.now).token == hand_out.token
    hand_out.refresh_from_db()
    assert submission_of(hand_out, now=finished.now).take_back is not None
    take_back(hand_out, now=finished.now)
    assert finished.submit(hand_out, verdict="reject", answers=BAD, revision=2).outcome == "counted"


# --- on a schedule ----------------------------------------------------------------------------------------------------


def sit_down(world, *users):
    """Cleo, who has met every item, has left."""
    for membership in Membership.objects.filter(user=world.cleo):
        remove_member(membership=membership, actor=world.ada, now=world.now)
    for user in users:
        take_seat(world.queue, world.rater(user), now=world.now)


def test_a_round_opens_by_itself_when_its_time_has_come(world, clock):
    finish(world, clock, "f-1", "f-2", "f-3")
    sit_down(world, world.ana, world.ben)
    world.set_queue(round_days=30, round_items=3)
    clock.shift(timedelta(days=29))
    open_rounds()
    n_before = CalibrationRound.objects.count()
    clock.shift(timedelta(days=1))

    open_rounds()
    open_rounds()

    opened = CalibrationRound.objects.get()
    assert (n_before, opened.opened_by, opened.number) == (0, None, 1)
    assert {slot.reserved_for for slot in Slot.objects.filter(entry__purpose__calibration_round=opened)} == {
        world.rater(world.ana),
        world.rater(world.ben),
    }


def test_a_round_that_is_due_waits_for_people_and_items(world, clock):
    finish(world, clock, "f-1", "f-2", "f-3")
    world.set_queue(round_days=30, round_items=3)
    clock.shift(timedelta(days=31))
    sit_down(world, world.ana)
    open_rounds()
    alone = CalibrationRound.objects.count()
    sit_down(world, world.ben)
    world.set_queue(round_items=4)
    open_rounds()

    assert (alone, CalibrationRound.objects.count()) == (0, 0)


def test_the_next_round_comes_so_many_days_after_the_last(world, clock):
    finish(world, clock, "f-1", "f-2", "f-3", "f-4")
    sit_down(world, world.ana, world.ben)
    world.set_queue(round_days=30, round_items=2)
    clock.shift(timedelta(days=30))
    open_rounds()
    clock.shift(timedelta(days=29))
    open_rounds()
    n_before = CalibrationRound.objects.count()
    clock.shift(timedelta(days=1))
    open_rounds()

    assert (n_before, CalibrationRound.objects.count()) == (1, 2)


def test_somebody_paused_takes_no_part_in_a_round_that_opens_by_itself(world, clock):
    finish(world, clock, "f-1", "f-2", "f-3")
    sit_down(world, world.ana, world.ben)
    pause(world.queue, world.rater(world.ana), reason="Too fast.", actor=world.olga, now=world.now)

    assert who_takes_part(world.queue) == [world.rater(world.ben)]


def test_a_queue_without_a_schedule_opens_none(world, clock):
    finish(world, clock, "f-1", "f-2", "f-3")
    sit_down(world, world.ana, world.ben)
    world.set_queue(round_days=0, round_items=3)
    clock.shift(timedelta(days=60))

    open_rounds()

    assert CalibrationRound.objects.count() == 0
