"""All reviewers of a queue as instruments: the right rows behind each number, and the same queries for any number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Membership, QuestionedReview, Review
from labeling.policy.assignment import Rotation
from labeling.queries.reviewer_pages import in_order, number_rows, person_of, questioned_of
from labeling.queries.reviewer_panel import panel_of
from labeling.services.duties import NewDuty, grant_qualification, set_duties
from labeling.services.gold import retire_gold_case
from labeling.services.projects import create_user
from labeling.services.queues import take_seat
from labeling.services.repeats import plant_repeats
from labeling.services.reviews import take_back
from labeling.services.standing import let_back
from tests.services.standing import answer_known, paused
from tests.world import BAD, chat_row, pair_row


def instrument_of(world, user, queue=None):
    return panel_of(queue or world.queue, now=world.now).of(world.rater(user).pk)


def seated(world, *users):
    for user in users:
        take_seat(world.queue, world.rater(user), now=world.now)


def label(world, clock, *external_ids, by, **submission):
    world.ingest(*(chat_row(one) for one in external_ids))
    for _ in external_ids:
        for user in by:
            world.review_next(user, **submission)
    clock.shift(60)


# --- known answers and standing -------------------------------------------------------------------------------------


def test_known_answers_are_told_with_caught_and_passed_apart(world, clock):
    answer_known(world, clock, world.ana, [True] * 8 + [False] * 2)

    known = instrument_of(world, world.ana).known

    assert (known.accuracy.shown_value, known.accuracy.n) == ("80 %", 10)
    assert known.accuracy.low < 0.8 < known.accuracy.high
    # All these cases are fine: none was there to catch, and two were called bad.
    assert (known.caught.value, known.passed.value, known.passed.n) == (None, 0.8, 10)


def test_under_twenty_known_answers_nobody_is_on_watch(world, clock):
    answer_known(world, clock, world.ana, [False] * 19)

    one = instrument_of(world, world.ana)

    assert (one.standing.state, one.p_adjusted) == ("qualified", None)
    assert "19 of the 20" in one.standing.words


def test_too_few_right_answers_put_somebody_on_watch(world, clock):
    answer_known(world, clock, world.ana, [True] * 13 + [False] * 7)
    seated(world, world.ben)

    assert instrument_of(world, world.ana).standing.state == "watch"
    assert instrument_of(world, world.ben).standing.state == "qualified"


def test_only_the_newest_thirty_decide_and_older_ones_stay_in_caught_and_passed(world, clock):
    answer_known(world, clock, world.ana, [False] * 12 + [True] * 30)

    known = instrument_of(world, world.ana).known

    assert (known.accuracy.value, known.accuracy.n, known.passed.n) == (1, 30, 42)


def test_without_a_required_accuracy_nobody_is_watched(world, clock):
    answer_known(world, clock, world.ana, [False] * 20)
    world.set_queue(required_accuracy=None)

    one = instrument_of(world, world.ana)

    assert (one.standing.state, one.drift) == ("qualified", None)
    assert one.known.accuracy.value == 0


def test_a_case_that_was_wrong_counts_for_nobody(world, clock):
    answer_known(world, clock, world.ana, [True, False])
    wrong = Review.objects.get(verdict="reject").entry.purpose.gold_case
    retire_gold_case(case=wrong, because="wrong", actor=world.olga, now=world.now)

    assert instrument_of(world, world.ana).known.accuracy.value == 1


def test_a_pause_goes_before_everything_and_what_led_to_it_is_not_held_against_them_twice(world, clock):
    period = paused(world, clock, world.ana)
    while_paused = instrument_of(world, world.ana)
    clock.shift(3600)
    let_back(period, reason="They read the rubric again.", actor=world.olga, now=world.now)
    after = instrument_of(world, world.ana)

    assert (while_paused.standing.state, while_paused.known.accuracy.n) == ("paused", 20)
    assert (after.standing.state, after.known.accuracy.n) == ("probation", 0)
    assert after.known.passed.n == 20


def test_whoever_lacks_the_qualification_that_a_queue_needs_is_not_qualified_yet(world):
    world.set_queue(needs_qualification=True)
    seated(world, world.ana, world.ben)
    grant_qualification(
        world.queue,
        world.rater(world.ana),
        reason="Trained.",
        last_day=world.now.date(),
        actor=world.olga,
        now=world.now,
    )

    assert instrument_of(world, world.ana).standing.state == "qualified"
    assert instrument_of(world, world.ben).standing.state == "not_qualified"


def test_a_watch_over_misses_alarms_after_a_run_of_them(world, clock):
    answer_known(world, clock, world.ana, [True] * 12 + [False] * 7)

    drift = instrument_of(world, world.ana).drift

    assert len(drift.alarmed_on) == 1
    assert drift.n_between_false_alarms == 1_190


# --- peers, repeats and time ----------------------------------------------------------------------------------------


def test_agreement_with_peers_counts_each_item_that_both_labelled(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    label(world, clock, "r-1", "r-2", "r-3", by=(world.ana, world.ben))
    world.ingest(chat_row("r-4"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)

    peers = instrument_of(world, world.ana).peers

    assert (peers.share.value, peers.n_items) == (0.75, 4)
    assert instrument_of(world, world.ben).peers.share.value == 0.75


def test_a_label_that_breaks_a_tie_is_no_agreement(world, clock):
    world.set_queue(overlap=2, breaks_ties=True)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(31)
    world.settle_all()
    world.review_next(world.cleo)

    assert instrument_of(world, world.ana).peers.share.value == 0
    assert instrument_of(world, world.cleo).peers.share.undefined


def test_what_was_taken_back_and_what_is_not_blind_is_no_agreement(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.join(world.ben, Membership.Role.OWNER)
    label(world, clock, "r-1", by=(world.ana, world.ben))
    world.ingest(chat_row("r-2"))
    taken = world.review_next(world.ana)
    take_back(taken.review.hand_out, now=world.now)

    one = instrument_of(world, world.ana)

    assert one.peers.share.undefined == "nobody else labelled the same items"
    assert len(one.reviews) == 1


def test_comparisons_which_have_no_verdict_are_compared_by_what_decides(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(pair_row("p-1"))
    for user, choice in ((world.ana, "a"), (world.ben, "a")):
        hand_out = world.hand_out(user, world.pair_queue)
        shown = choice if hand_out.order_shown == "ab" else {"a": "b", "b": "a"}[choice]
        world.submit(hand_out, verdict="", answers={"preference": shown})

    one = instrument_of(world, world.ana, world.pair_queue)

    assert one.peers.share.value is not None
    assert one.signs[1].why_not == "no verdict was given, or the rubric asks for none"


def test_a_repeat_is_compared_with_ones_own_first_label_and_with_nobody_elses(world, clock):
    world.set_queue(repeat_share=1.0)
    label(world, clock, "r-1", "r-2", by=(world.ana,))
    world.settle_all()
    clock.shift(timedelta(days=15))
    world.ingest(chat_row("keeps-the-line", stakes="low"))
    plant_repeats(world.queue.seats.get().pk, now=world.now)
    world.review_next(world.ana)
    world.review_next(world.ana, verdict="reject", answers=BAD)
    assert Review.objects.filter(entry__purpose__purpose="repeat").count() == 2

    one = instrument_of(world, world.ana)

    assert (one.retest.share.value, one.retest.n_items) == (0.5, 2)
    assert one.peers.share.undefined


def test_before_anything_came_back_there_is_none_yet(world):
    seated(world, world.ana)

    one = instrument_of(world, world.ana)

    assert one.retest.share.undefined.startswith("none yet")
    assert one.times.median.undefined
    assert (one.load.n_today, one.load.n_this_week, one.load.daily_cap) == (0, 0, 120)


def test_load_is_told_beside_the_cap_of_their_own(world, clock):
    set_duties(
        world.queue,
        [NewDuty(world.rater(world.ana), daily_cap=30)],
        rotation=Rotation(),
        reason="Part-time.",
        actor=world.ada,
        now=world.now,
    )
    label(world, clock, "r-1", "r-2", by=(world.ana,))
    clock.shift(timedelta(days=1))
    label(world, clock, "r-3", by=(world.ana,))

    load = instrument_of(world, world.ana).load

    assert (load.n_today, load.n_this_week, load.daily_cap) == (1, 3, 30)


# --- the whole panel ------------------------------------------------------------------------------------------------


def test_the_panel_costs_the_same_queries_for_three_people_and_for_eight(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    label(world, clock, "r-1", by=(world.ana, world.ben))
    seated(world, world.cleo)
    panel_of(world.queue, now=world.now)
    with CaptureQueriesContext(connection) as few:
        panel_of(world.queue, now=world.now)
    for number in range(5):
        user = create_user(username=f"more-{number}", password="a-long-enough-phrase", now=world.now)
        world.join(user, Membership.Role.REVIEWER)
        label(world, clock, f"m-{number}", by=(user, world.ana))
    answer_known(world, clock, world.ana, [True] * 3)
    panel_of(world.queue, now=world.now)

    with CaptureQueriesContext(connection) as many:
        panel = panel_of(world.queue, now=world.now)

    assert len(panel.instruments) == 8
    # Known answers, once there are any, are read with their cases: four more, for whatever number of them.
    assert len(many) <= len(few) + 4


def test_who_needs_a_look_comes_first(world, clock):
    answer_known(world, clock, world.ben, [True] * 10 + [False] * 10)
    seated(world, world.ana, world.cleo)

    panel = panel_of(world.queue, now=world.now)

    assert [one.name for one in panel.instruments] == ["ben", "ana", "cleo"]
    assert [one.name for one in in_order(panel.instruments, "-name")] == ["cleo", "ben", "ana"]
    # Who has no known answer says nothing, and comes last either way.
    assert in_order(panel.instruments, "accuracy")[0].name == "ben"
    assert in_order(panel.instruments, "-accuracy")[0].name == "ben"
    assert in_order(panel.instruments, "no-such-order") == list(panel.instruments)


def test_the_numbers_leave_as_rows(world, clock):
    answer_known(world, clock, world.ana, [True] * 3)

    rows = list(number_rows(panel_of(world.queue, now=world.now)))

    accuracy = next(row for row in rows if row[2] == "accuracy")
    assert accuracy[:4] == ("ana", "qualified", "accuracy", 1.0)
    assert {row[2] for row in rows} >= {"caught", "kappa_with_peers", "n_today", "sign_streak"}


def test_a_person_is_told_question_by_question_and_by_the_day(world, clock):
    answer_known(world, clock, world.ana, [True] * 3 + [False])
    panel = panel_of(world.queue, now=world.now)

    person = person_of(panel, panel.instruments[0])

    by_key = {one.key: one.right for one in person.by_question}
    assert (by_key["verdict"].value, by_key["correct"].value, by_key["correct"].n) == (0.75, 0.75, 4)
    assert person.by_question[0].right.value <= person.by_question[-1].right.value
    assert person.days == [(world.now.date(), 4)]


def test_a_label_in_question_is_listed_once_its_item_is_settled(world, clock):
    label(world, clock, "r-1", "r-2", by=(world.ana,))
    period = paused(world, clock, world.ana)
    rater = world.rater(world.ana)
    in_question = QuestionedReview.objects.filter(period=period)
    if not in_question.exists():
        for review in Review.objects.filter(reviewer=rater, entry__purpose__purpose="live"):
            QuestionedReview.objects.create(review=review, period=period, questioned_at=world.now)

    n_unsettled, listed = questioned_of(world.queue, rater)

    assert n_unsettled + len(listed) == in_question.count() == 2
    assert {one.review.entry.state for one in listed} <= {"settled"}


@pytest.mark.parametrize("sort", ["accuracy", "-caught", "passed", "-peers", "retest", "minutes", "-today", "-signs"])
def test_every_column_sorts_whoever_has_nothing(world, sort):
    seated(world, world.ana, world.ben)

    assert len(in_order(panel_of(world.queue, now=world.now).instruments, sort)) == 2
