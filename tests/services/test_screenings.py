"""Qualifying: training, the silent screen, what it earns, and who may begin one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labeling.models import (
    SCREEN_ROUND,
    TRAINING_ROUND,
    EntryPurpose,
    Event,
    GoldCase,
    HandOut,
    Membership,
    Qualification,
    QueueEntry,
    Screening,
    Slot,
)
from labeling.policy.assignment import Rotation
from labeling.policy.errors import Conflict
from labeling.queries.days import day_of
from labeling.queries.screening_results import screenings_of, stock_of, tries_of
from labeling.queries.screenings import progress_of, screenings_to_end
from labeling.services.duties import NewDuty, grant_qualification, set_duties, withdraw_qualification
from labeling.services.gold import plant_gold, retire_gold_case
from labeling.services.queues import expire_leases, postpone
from labeling.services.reviews import take_back
from labeling.services.screenings import end_screening
from labeling.tasks import end_screenings
from tests.services.qualifying import ask_for_qualification, begin, go_through, make_case, screen, take
from tests.world import BAD, chat_row

Purpose = EntryPurpose.Purpose


def progress(screening):
    found = progress_of([screening])[screening.pk]
    return found.n_trained, found.n_training, found.n_screened, found.n_screen


def qualify_by_hand(world, user, *, n_days=90):
    return grant_qualification(
        world.queue,
        world.rater(user),
        reason="A trial.",
        last_day=day_of(world.now) + timedelta(days=n_days),
        actor=world.olga,
        now=world.now,
    )


# --- beginning ----------------------------------------------------------------------------------------------------


def test_beginning_lays_training_and_screen_ready_for_one_person(world):
    ask_for_qualification(world)

    begin(world, world.ana)

    laid = Slot.objects.filter(reserved_for=world.rater(world.ana), state=Slot.State.OPEN)
    by_round = [laid.filter(entry__round=one).count() for one in (TRAINING_ROUND, SCREEN_ROUND)]
    assert by_round == [2, 5]
    assert Event.objects.filter(kind="screening.begun", actor=world.ana).count() == 1


def test_beginning_twice_begins_once(world):
    ask_for_qualification(world)

    first, second = begin(world, world.ana), begin(world, world.ana)

    assert first == second
    assert Slot.objects.filter(reserved_for=world.rater(world.ana)).count() == 7
    assert Event.objects.filter(kind="screening.begun").count() == 1


def test_the_database_keeps_a_second_open_screening_out(world):
    ask_for_qualification(world)
    begun = begin(world, world.ana)

    with pytest.raises(IntegrityError), transaction.atomic():
        Screening.objects.create(
            queue=begun.queue, reviewer=begun.reviewer, rubric_version=begun.rubric_version, began_at=world.now
        )


def test_everybody_meets_the_same_cases_each_in_a_turn_of_their_own(world):
    ask_for_qualification(world)

    begin(world, world.ana)
    begin(world, world.ben)

    entries = QueueEntry.objects.filter(round__gte=TRAINING_ROUND)
    assert entries.count() == 7
    assert set(entries.values_list("n_slots", flat=True)) == {2}


def test_each_person_has_an_order_of_their_own(world):
    ask_for_qualification(world, n_training=0, n_screen=8)
    begin(world, world.ana)
    begin(world, world.ben)

    orders = [
        list(Slot.objects.filter(reserved_for=world.rater(one)).order_by("id").values_list("entry__item", flat=True))
        for one in (world.ana, world.ben)
    ]

    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_too_few_cases_are_named_and_nothing_is_stored(world):
    ask_for_qualification(world, n_cases=(1, 5))

    with pytest.raises(Conflict, match=r"1 of 2 for training and 5 of 5 for the screen\. ada or olga can make more"):
        begin(world, world.ana)

    assert not Screening.objects.exists()
    assert not QueueEntry.objects.filter(round__gte=TRAINING_ROUND).exists()


def test_training_is_no_live_gold_and_live_gold_no_training(world):
    ask_for_qualification(world, n_cases=(1, 5), gold_share=1.0)
    world.make_gold(chat_row("live-gold"))
    world.ingest(chat_row("live"))
    qualify_by_hand(world, world.ana)

    hand_out = world.hand_out(world.ana)

    assert hand_out.entry.item.external_id == "live-gold"
    assert Slot.objects.filter(reserved_for=world.rater(world.ana)).count() == 1
    with pytest.raises(Conflict, match="1 of 2 for training"):
        begin(world, world.ben)


def test_a_queue_that_asks_for_no_qualification_screens_nobody(world):
    ask_for_qualification(world)
    world.set_queue(needs_qualification=False)

    with pytest.raises(Conflict, match="asks for no qualification"):
        begin(world, world.ana)


def test_whoever_may_have_seen_sources_is_not_screened(world):
    ask_for_qualification(world)
    world.join(world.ana, Membership.Role.OWNER)

    with pytest.raises(Conflict, match="label blind"):
        begin(world, world.ana)


def test_whoever_is_qualified_for_long_is_told_from_when_on_to_come_again(world):
    ask_for_qualification(world)
    qualify_by_hand(world, world.ana, n_days=20)

    with pytest.raises(Conflict, match="from 9 November 2026 on"):
        begin(world, world.ana)


# --- going through ------------------------------------------------------------------------------------------------


def test_training_comes_before_the_screen_and_nothing_live_between(world):
    ask_for_qualification(world)
    world.ingest(chat_row("live"))
    begin(world, world.ana)

    met = []
    for _ in range(7):
        hand_out = take(world, world.ana)
        met.append(hand_out.entry.purpose.purpose)
        world.submit(hand_out)

    assert met == [Purpose.TRAINING] * 2 + [Purpose.SCREEN] * 5
    assert take(world, world.ana).reason == "not_qualified"


def test_the_end_of_the_training_is_noted(world, clock):
    ask_for_qualification(world)
    begun = begin(world, world.ana)

    trained_at = []
    for _ in range(2):
        clock.shift(1)
        go_through(world, world.ana, n_turns=1)
        begun.refresh_from_db()
        trained_at.append(begun.trained_at)

    assert trained_at == [None, world.now]
    assert progress(begun) == (2, 2, 0, 5)


def test_what_is_put_off_comes_last_of_its_kind_and_holds_nothing_up(world):
    ask_for_qualification(world)
    begin(world, world.ana)
    put_off = take(world, world.ana)
    postpone(put_off, now=world.now)

    first = take(world, world.ana)
    world.submit(first)
    second = take(world, world.ana)

    assert first.entry != put_off.entry
    assert second.entry == put_off.entry


def test_a_turn_left_lying_comes_back(world, clock):
    ask_for_qualification(world)
    begin(world, world.ana)
    first = take(world, world.ana)
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)

    assert take(world, world.ana).entry == first.entry


def test_the_daily_cap_holds_for_training_too(world):
    ask_for_qualification(world, daily_cap=1)
    begin(world, world.ana)
    go_through(world, world.ana, n_turns=1)

    assert take(world, world.ana).reason == "not_qualified"


def test_a_person_without_duty_may_qualify(world):
    ask_for_qualification(world)
    set_duties(
        world.queue,
        [NewDuty(world.rater(world.ben))],
        rotation=Rotation(),
        reason="A rota.",
        actor=world.ada,
        now=world.now,
    )

    begin(world, world.ana)

    assert isinstance(take(world, world.ana), HandOut)


def test_an_answer_in_training_is_not_taken_back_and_one_on_the_screen_is(world):
    ask_for_qualification(world, n_training=1)
    begin(world, world.ana)
    of_training = take(world, world.ana)
    world.submit(of_training)
    of_screen = take(world, world.ana)
    world.submit(of_screen)

    take_back(of_screen, now=world.now)

    assert take(world, world.ana).entry == of_screen.entry
    with pytest.raises(Conflict, match="is over"):
        take_back(of_training, now=world.now)


# --- the result ---------------------------------------------------------------------------------------------------


def test_whoever_passes_is_qualified_and_handed_live_work(world, clock):
    ask_for_qualification(world)
    world.ingest(chat_row("live"))

    ended = screen(world, world.ana, clock, n_wrong=1)

    assert (ended.n_right, ended.n_cases, ended.has_passed) == (4, 5, True)
    earned = Qualification.objects.get(reviewer=world.rater(world.ana))
    assert (earned.granted_by, earned.screening) == (None, ended)
    assert earned.reason == f"Earned: 4 of 5 right in the screen on {world.rubric}."
    assert earned.last_day == day_of(world.now) + timedelta(days=180)
    assert take(world, world.ana).entry.item.external_id == "live"
    assert Event.objects.filter(kind__in=["screening.ended", "qualification.earned"]).count() == 2


def test_whoever_fails_is_not_qualified_and_handed_nothing(world, clock):
    ask_for_qualification(world)
    world.ingest(chat_row("live"))

    ended = screen(world, world.ana, clock, n_wrong=2)

    assert (ended.n_right, ended.n_cases, ended.has_passed) == (3, 5, False)
    assert not Qualification.objects.exists()
    assert take(world, world.ana).reason == "not_qualified"


def test_training_does_not_count(world, clock):
    ask_for_qualification(world)
    begin(world, world.ana)

    go_through(world, world.ana, n_turns=2, n_wrong=2)
    go_through(world, world.ana, n_turns=5)
    clock.shift(31)
    end_screenings()

    assert Screening.objects.get().n_right == 5


def test_a_second_try_meets_other_cases_until_there_are_none(world, clock):
    ask_for_qualification(world, n_cases=(4, 10))
    first = screen(world, world.ana, clock, n_wrong=5)
    clock.shift(1)

    second = screen(world, world.ana, clock)

    met = HandOut.objects.filter(reviewer=world.rater(world.ana))
    assert met.values("entry__item").distinct().count() == met.count() == 14
    assert (first.has_passed, second.has_passed) == (False, True)
    assert [one.state for one in tries_of(world.queue, world.rater(world.ana), now=world.now)] == ["passed", "failed"]
    withdraw_qualification(Qualification.objects.get(), reason="Too hasty.", actor=world.olga, now=world.now)
    with pytest.raises(Conflict, match="0 of 2 for training and 0 of 5"):
        begin(world, world.ana)


def test_the_result_waits_until_nothing_can_be_taken_back(world, clock):
    ask_for_qualification(world, n_training=0, n_screen=2)
    begun = begin(world, world.ana)
    go_through(world, world.ana, n_turns=2)
    clock.shift(30)

    too_early = (screenings_to_end(now=world.now), end_screening(begun.pk, now=world.now))
    clock.shift(1)

    assert too_early == ([], False)
    assert screenings_to_end(now=world.now) == [begun.pk]


def test_nobody_answers_again_once_the_result_is_there(world, clock):
    ask_for_qualification(world, n_training=0, n_screen=1)
    begun = begin(world, world.ana)
    hand_out = take(world, world.ana)
    world.submit(hand_out, verdict="reject")
    still_in_time = world.now
    clock.shift(31)
    end_screening(begun.pk, now=world.now)

    with pytest.raises(Conflict, match="has its result"):
        take_back(hand_out, now=still_in_time)


def test_ending_twice_ends_once(world, clock):
    ask_for_qualification(world)
    ended = screen(world, world.ana, clock)

    assert end_screening(ended.pk, now=world.now) is False
    assert Qualification.objects.count() == 1
    assert Event.objects.filter(kind="screening.ended").count() == 1


def test_a_case_retired_meanwhile_is_neither_asked_nor_counted(world, clock):
    ask_for_qualification(world)
    begun = begin(world, world.ana)
    go_through(world, world.ana, n_turns=2)
    left = GoldCase.objects.filter(use=GoldCase.Use.SCREEN).order_by("id")
    retire_gold_case(case=left[0], actor=world.olga, now=world.now)
    go_through(world, world.ana, n_turns=4)
    clock.shift(31)
    end_screenings()

    begun.refresh_from_db()
    assert (begun.n_right, begun.n_cases, begun.has_passed) == (4, 4, True)


def test_results_are_told_by_question_and_never_by_item(world, clock):
    ask_for_qualification(world)
    screen(world, world.ana, clock, n_wrong=2)

    (one,) = tries_of(world.queue, world.rater(world.ana), now=world.now)

    shares = {row.question: (row.share.value, row.share.n) for row in one.questions}
    assert shares["Verdict"] == (0.6, 5)
    assert (one.share.value, one.share.n) == (0.6, 5)
    assert one.share.low < 0.6 < one.share.high
    assert len(shares) == 5


def test_a_screen_of_few_cases_is_not_told_by_question(world, clock):
    ask_for_qualification(world, n_training=0, n_screen=4)
    screen(world, world.ana, clock)

    (one,) = tries_of(world.queue, world.rater(world.ana), now=world.now)

    assert one.questions == ()


# --- afterwards ---------------------------------------------------------------------------------------------------


def test_whoever_is_qualified_by_hand_meanwhile_is_done_with_the_screening(world):
    ask_for_qualification(world)
    world.ingest(chat_row("live"))
    begun = begin(world, world.ana)
    held = take(world, world.ana)

    qualify_by_hand(world, world.ana)

    begun.refresh_from_db()
    assert (begun.has_passed, begun.n_cases) == (False, None)
    assert set(Slot.objects.filter(entry__round__gte=TRAINING_ROUND).values_list("state", flat=True)) == {"closed"}
    assert world.submit(held).outcome == "extra"
    assert take(world, world.ana).entry.item.external_id == "live"
    assert tries_of(world.queue, world.rater(world.ana), now=world.now)[0].state == "broken_off"


def test_the_qualified_are_never_handed_what_lies_ready_to_qualify_by(world):
    ask_for_qualification(world, gold_share=1.0)
    world.ingest(chat_row("live"))
    begin(world, world.ana)
    # Not through the service, which would break the screening off: what lies there must not be found even so.
    Qualification.objects.create(
        queue=world.queue,
        reviewer=world.rater(world.ana),
        granted_at=world.now,
        reason="A trial.",
        last_day=day_of(world.now) + timedelta(days=90),
    )

    first = take(world, world.ana)
    world.submit(first)
    second = take(world, world.ana)
    n_planted = plant_gold(world.queue, world.rater(world.ana), now=world.now)

    assert first.entry.item.external_id == "live"
    assert second.reason == "done"
    assert n_planted == 0


def test_in_its_last_days_a_qualification_is_earned_anew_before_it_ends(world, clock):
    ask_for_qualification(world)
    world.ingest(chat_row("live"))
    qualify_by_hand(world, world.ana, n_days=14)
    clock.shift(24 * 3600)

    ended = screen(world, world.ana, clock)

    assert ended.has_passed
    assert take(world, world.ana).entry.item.external_id == "live"
    assert Qualification.objects.latest("id").last_day == day_of(world.now) + timedelta(days=180)


def test_whoever_fails_to_renew_keeps_what_they_have(world, clock):
    ask_for_qualification(world)
    world.ingest(chat_row("live"))
    qualify_by_hand(world, world.ana, n_days=3)

    screen(world, world.ana, clock, n_wrong=5)

    assert take(world, world.ana).entry.item.external_id == "live"


def test_an_earned_qualification_ends_on_its_last_day(world, clock):
    ask_for_qualification(world, qualification_days=10)
    world.ingest(chat_row("live"))
    screen(world, world.ana, clock)

    clock.shift(11 * 24 * 3600)

    assert take(world, world.ana).reason == "not_qualified"


def test_whoever_is_not_qualifying_pays_nothing_for_it(world):
    world.ingest(*(chat_row(f"live-{number}") for number in range(4)))
    world.hand_out(world.ana)
    world.hand_out(world.ben)
    for hand_out in HandOut.objects.all():
        world.submit(hand_out)

    with CaptureQueriesContext(connection) as asked_for_none:
        take(world, world.ana)
    ask_for_qualification(world)
    qualify_by_hand(world, world.ben)
    begin(world, world.cleo)
    with CaptureQueriesContext(connection) as qualified:
        take(world, world.ben)

    assert len(qualified) == len(asked_for_none)


# --- what the queue's page is told --------------------------------------------------------------------------------


def test_the_stock_says_what_there_is_and_what_approving_everything_would_miss(world):
    ask_for_qualification(world, n_cases=(1, 4))
    make_case(world, "bad", use=GoldCase.Use.SCREEN, verdict="reject", answers=BAD)

    stock = stock_of(world.queue, world.rubric)

    assert (stock.n_training, stock.n_screen, stock.n_bad) == (1, 5, 1)
    assert (stock.lacks_training, stock.lacks_screen, stock.fewest_right) == (1, 0, 4)


@pytest.mark.parametrize(("n_bad", "passes"), [(1, True), (2, False)])
def test_a_screen_that_approving_everything_passes_is_named(world, n_bad, passes):
    ask_for_qualification(world, n_cases=(2, 5 - n_bad))
    for number in range(n_bad):
        make_case(world, f"bad-{number}", use=GoldCase.Use.SCREEN, verdict="reject", answers=BAD)

    assert stock_of(world.queue, world.rubric).approving_passes is passes


def test_the_list_tells_who_is_how_far(world, clock):
    ask_for_qualification(world, n_cases=(4, 10))
    screen(world, world.ana, clock, n_wrong=5)
    clock.shift(1)
    begin(world, world.ana)
    go_through(world, world.ana, n_turns=1)
    begin(world, world.ben)

    listed = screenings_of(world.queue)

    told = [(one.name, one.state, one.progress.n_trained if one.progress else None) for one in listed]
    assert sorted(told[:2]) == [("ana", "open", 1), ("ben", "open", 0)]
    assert told[2:] == [("ana", "failed", None)]


def test_the_list_costs_the_same_for_one_and_for_three(world, clock, django_assert_num_queries):
    ask_for_qualification(world)
    for one in (world.ana, world.ben, world.cleo):
        begin(world, one)

        with django_assert_num_queries(4):
            screenings_of(world.queue)
