"""Whoever misses too many known answers is paused, what they labelled goes before others, and there is a way back."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import (
    Event,
    FinalLabel,
    HandOut,
    Item,
    Membership,
    Qualification,
    QuestionedReview,
    Queue,
    QueueEntry,
    Review,
    Seat,
    Slot,
    StandingPeriod,
)
from labeling.policy.assignment import EmptyQueue
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.queries.deliveries import release_now
from labeling.queries.ratings import END, n_excluded_by_reason, reviews_that_count
from labeling.queries.standing import seats_to_look_at
from labeling.services.adjudication import adjudicate
from labeling.services.gold import create_gold_case, retire_gold_case
from labeling.services.incidents import report_incident
from labeling.services.standing import clear_standing, let_back, look_at_answers, pause
from labeling.tasks import look_at_known_answers
from tests.services.qualifying import ask_for_qualification, begin, screen
from tests.services.standing import answer_known, look, paused
from tests.world import BAD, GOOD, REJECTED, chat_row


def label(world, user, external_id: str, **submission):
    world.ingest(chat_row(external_id))
    return world.review_next(user, **submission).review


# --- the rule ---------------------------------------------------------------------------------------------------------


def test_somebody_who_misses_half_of_twenty_known_answers_is_paused_with_the_evidence(world, clock):
    answer_known(world, clock, world.ana, [True] * 10 + [False] * 10)

    period = look(world, world.ana)

    assert (period.state, period.began_by) == ("paused", None)
    assert (period.n_right, period.n_known, period.required) == (10, 20, 0.85)
    assert Event.objects.get(kind="standing.paused").subject["n_right"] == 10


def test_nobody_is_paused_before_the_first_look(world, clock):
    answer_known(world, clock, world.ana, [False] * 19)

    assert look(world, world.ana) is None


def test_somebody_who_misses_three_of_twenty_goes_on(world, clock):
    answer_known(world, clock, world.ana, [True] * 17 + [False] * 3)

    assert look(world, world.ana) is None
    assert StandingPeriod.objects.count() == 0


def test_without_a_required_accuracy_known_answers_pause_nobody(world, clock):
    world.set_queue(required_accuracy=None)
    answer_known(world, clock, world.ana, [False] * 20)

    assert look(world, world.ana) is None
    assert seats_to_look_at() == []


def test_an_answer_that_can_still_be_taken_back_is_not_looked_at_and_found_again_later(world, clock):
    answer_known(world, clock, world.ana, [True] * 10 + [False] * 9)
    look(world, world.ana)
    answer_known(world, clock, world.ana, [False])
    clock.shift(-59)

    assert look(world, world.ana) is None
    clock.shift(60)
    assert seats_to_look_at() == [Seat.objects.get(reviewer=world.rater(world.ana)).pk]
    look_at_known_answers()
    assert StandingPeriod.objects.get().n_known == 20


def test_what_was_looked_at_is_not_looked_at_again(world, clock):
    answer_known(world, clock, world.ana, [True] * 20)
    look_at_known_answers()

    assert seats_to_look_at() == []


def test_the_second_look_at_the_same_answers_pauses_nobody_twice(world, clock):
    paused(world, clock, world.ana)

    assert look(world, world.ana) is None
    assert StandingPeriod.objects.count() == 1


def test_a_known_answer_that_was_wrong_counts_against_nobody(world, clock):
    answer_known(world, clock, world.ana, [True] * 10 + [False] * 10)
    for entry in QueueEntry.objects.filter(purpose__purpose="gold", reviews__verdict="reject")[:9]:
        retire_gold_case(case=entry.purpose.gold_case, because="wrong", actor=world.olga, now=world.now)

    assert look(world, world.ana) is None


# --- what a pause does ------------------------------------------------------------------------------------------------


def test_somebody_paused_is_handed_nothing_and_told_so(world, clock):
    paused(world, clock, world.ana)
    world.ingest(chat_row("r-1"))

    assert world.hand_out(world.ana) == EmptyQueue("paused")
    assert isinstance(world.hand_out(world.ben), HandOut)


def test_a_pause_holds_in_its_own_queue_only(world, clock):
    paused(world, clock, world.ana)
    other = world.make_queue("other", "Other replies", world.rubric, kinds=("summary",))

    assert world.hand_out(world.ana, other) == EmptyQueue("done")


def test_what_somebody_holds_goes_back_when_they_are_paused(world, clock):
    answer_known(world, clock, world.ana, [True] * 10 + [False] * 10)
    held = world.hand_out(world.ana)

    look(world, world.ana)

    assert Slot.objects.get(pk=held.slot_id).state == "open"


def test_what_somebody_sends_after_their_pause_is_kept_and_not_counted(world, clock):
    answer_known(world, clock, world.ana, [True] * 10 + [False] * 10)
    held = world.hand_out(world.ana)
    look(world, world.ana)

    assert world.submit(held).outcome == "extra"


def test_recent_labels_go_into_question_and_earlier_ones_do_not(world, clock):
    early = label(world, world.ana, "early")
    clock.shift(60)
    answer_known(world, clock, world.ana, [True] * 10)
    late = label(world, world.ana, "late")
    answer_known(world, clock, world.ana, [False] * 10)

    look(world, world.ana)

    assert set(QuestionedReview.objects.values_list("review", flat=True)) == {late.pk}
    assert early.questionings.count() == 0


def test_a_label_in_question_is_out_of_the_statistics_until_somebody_else_has_labelled_the_item(world, clock):
    answer_known(world, clock, world.ana, [True] * 10)
    review = label(world, world.ana, "r-1")
    answer_known(world, clock, world.ana, [False] * 10)
    before = world.now
    clock.shift(60)
    look(world, world.ana)

    in_question = review in reviews_that_count(world.rubric, until=END)
    then = review in reviews_that_count(world.rubric, until=before)
    n_excluded = n_excluded_by_reason(world.rubric, until=END)["questioned"]
    while world.entry("r-1").state != "settled":
        world.review_next(world.ben)
        clock.shift(60)
        world.settle_all()

    assert (in_question, then, n_excluded) == (False, True, 1)
    assert review in reviews_that_count(world.rubric, until=END)
    assert review in reviews_that_count(world.rubric, until=before)


def test_nothing_of_what_is_in_question_is_deleted(world, clock):
    answer_known(world, clock, world.ana, [True] * 10)
    label(world, world.ana, "r-1")
    answer_known(world, clock, world.ana, [False] * 10)
    n_reviews = Review.objects.count()

    look(world, world.ana)

    assert Review.objects.count() == n_reviews


def settled_by_ana(world, clock, **settings):
    """An item that Ana labelled after her first ten known answers, settled; then she misses ten."""
    world.set_queue(**settings)
    answer_known(world, clock, world.ana, [True] * 10)
    label(world, world.ana, "r-1")
    clock.shift(60)
    world.settle_all()
    answer_known(world, clock, world.ana, [False] * 10)


def test_a_final_label_that_rests_on_it_is_reopened_and_nothing_clears_the_item_meanwhile(world, clock):
    settled_by_ana(world, clock)
    assert world.item("r-1").status == Item.Status.FINAL

    look(world, world.ana)

    assert world.item("r-1").status == Item.Status.IN_REVIEW
    assert release_now(world.item("r-1").pk).release.is_cleared is False
    assert FinalLabel.objects.get(entry=world.entry("r-1")).reopening.reopened_by is None


def test_what_somebody_else_says_is_final_then_alone(world, clock):
    settled_by_ana(world, clock)
    look(world, world.ana)

    while world.item("r-1").status != Item.Status.FINAL:
        world.review_next(world.ben, verdict="reject", answers=BAD, note="It is wrong.", details=REJECTED)
        clock.shift(60)
        world.settle_all()

    newest = FinalLabel.objects.filter(entry=world.entry("r-1")).order_by("-revision").first()
    assert (newest.revision, newest.verdict, newest.source) == (2, "reject", "single")


def test_the_item_is_not_handed_to_the_same_person_again(world, clock):
    settled_by_ana(world, clock)
    period = look(world, world.ana)
    clear_standing(period, reason="A mistake.", actor=world.olga, now=world.now)

    shown = set()
    while isinstance(outcome := world.hand_out(world.ana), HandOut):
        shown.add(outcome.entry.item.external_id)
        world.submit(outcome)

    assert "r-1" not in shown


def test_an_item_that_still_waits_for_a_second_opinion_gets_one_more_turn(world, clock):
    world.set_queue(overlap=2)
    answer_known(world, clock, world.ana, [True] * 10)
    label(world, world.ana, "r-1")
    answer_known(world, clock, world.ana, [False] * 10)

    look(world, world.ana)

    assert [slot.state for slot in world.slots("r-1")] == ["done", "open", "waiting"]


def test_what_an_adjudicator_has_ruled_on_stays(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    answer_known(world, clock, world.ana, [True] * 10)
    label(world, world.ana, "r-1")
    while world.entry("r-1").settle_at is None:
        world.review_next(world.ben, verdict="reject", answers=BAD, note="It is wrong.", details=REJECTED)
    clock.shift(60)
    world.settle_all()
    adjudicate(
        world.entry("r-1"),
        adjudicator=world.olga,
        verdict="approve",
        answers=GOOD,
        reason="It is fine.",
        error_category="reviewer_error",
        has_guideline_gap=False,
        now=world.now,
    )
    answer_known(world, clock, world.ana, [False] * 10)

    look(world, world.ana)

    assert QuestionedReview.objects.filter(review__entry=world.entry("r-1")).count() == 0
    assert world.item("r-1").status == Item.Status.FINAL


def test_whoever_met_the_item_as_gold_is_not_handed_it_again(world, clock):
    settled_by_ana(world, clock)
    world.set_queue(gold_share=1.0)
    report_incident(
        world.project,
        title="It was sent.",
        words="",
        severity="major",
        item=world.item("r-1"),
        reporter=world.olga,
        now=world.now,
    )
    create_gold_case(
        item=world.item("r-1"),
        version=world.rubric,
        verdict="approve",
        answers=GOOD,
        explanation="It is fine.",
        author=None,
        source="incident",
        now=world.now,
    )
    reference = Item.objects.get(source_system="reference", external_id="helpdesk/r-1")
    while not HandOut.objects.filter(reviewer=world.rater(world.ben), entry__item=reference).exists():
        world.review_next(world.ben)
    world.set_queue(gold_share=0.0)

    look(world, world.ana)

    shown = set()
    while isinstance(outcome := world.hand_out(world.ben), HandOut):
        shown.add(outcome.entry.item.external_id)
        world.submit(outcome)
    assert "r-1" not in shown


# --- by hand, and the way back ----------------------------------------------------------------------------------------


def test_an_owner_pauses_somebody_with_a_reason(world, clock):
    label(world, world.ana, "r-1")

    period = pause(
        world.queue, world.rater(world.ana), reason=" Approves by the clock. ", actor=world.olga, now=world.now
    )

    assert (period.reason, period.began_by, period.n_known) == ("Approves by the clock.", world.olga, None)
    assert world.hand_out(world.ana) == EmptyQueue("paused")


def test_nobody_pauses_without_a_reason_or_themself_or_twice(world, clock):
    label(world, world.ana, "r-1")
    ana = world.rater(world.ana)
    world.join(world.ana, Membership.Role.OWNER)

    with pytest.raises(Invalid):
        pause(world.queue, ana, reason=" ", actor=world.olga, now=world.now)
    with pytest.raises(NotAllowed):
        pause(world.queue, ana, reason="Me.", actor=world.ana, now=world.now)
    pause(world.queue, ana, reason="Approves by the clock.", actor=world.olga, now=world.now)
    with pytest.raises(Conflict):
        pause(world.queue, ana, reason="Approves by the clock.", actor=world.ada, now=world.now)

    assert StandingPeriod.objects.count() == 1


def test_whoever_is_let_back_is_on_probation_and_handed_items(world, clock):
    period = paused(world, clock, world.ana)
    world.ingest(chat_row("r-1"))

    probation = let_back(period, reason="We talked it over.", actor=world.olga, now=world.now)

    period.refresh_from_db()
    assert (probation.state, period.ended_because, period.ended_by) == ("probation", "We talked it over.", world.olga)
    assert isinstance(world.hand_out(world.ana), HandOut)


def test_what_led_to_the_pause_is_not_held_against_them_on_probation(world, clock):
    let_back(paused(world, clock, world.ana), reason="We talked it over.", actor=world.olga, now=world.now)
    clock.shift(60)
    answer_known(world, clock, world.ana, [True] * 19)

    assert look(world, world.ana) is None
    assert StandingPeriod.objects.get(ended_at__isnull=True).state == "probation"


def test_twenty_known_answers_as_they_should_be_end_a_probation(world, clock):
    let_back(paused(world, clock, world.ana), reason="We talked it over.", actor=world.olga, now=world.now)
    clock.shift(60)
    answer_known(world, clock, world.ana, [True] * 20)

    look(world, world.ana)

    assert StandingPeriod.objects.filter(ended_at__isnull=True).count() == 0


def test_a_probation_that_fails_is_a_pause_again(world, clock):
    let_back(paused(world, clock, world.ana), reason="We talked it over.", actor=world.olga, now=world.now)
    clock.shift(60)
    answer_known(world, clock, world.ana, [True, False] * 10)

    period = look(world, world.ana)

    assert (period.state, period.n_right, period.n_known) == ("paused", 10, 20)
    assert StandingPeriod.objects.count() == 3


def test_the_second_decision_about_a_pause_is_told(world, clock):
    period = paused(world, clock, world.ana)
    clear_standing(period, reason="The answers were wrong.", actor=world.olga, now=world.now)

    with pytest.raises(Conflict):
        let_back(period, reason="Talked.", actor=world.ada, now=world.now)


def test_the_database_allows_one_standing_at_a_time_and_keeps_what_ended(world, clock):
    period = paused(world, clock, world.ana)
    with pytest.raises(DatabaseError), transaction.atomic():
        StandingPeriod.objects.create(
            queue=world.queue, reviewer=world.rater(world.ana), state="probation", reason="x", began_at=world.now
        )
    clear_standing(period, reason="The answers were wrong.", actor=world.olga, now=world.now)

    with pytest.raises(DatabaseError), transaction.atomic():
        StandingPeriod.objects.filter(pk=period.pk).update(ended_at=None, ended_because="")
    with pytest.raises(DatabaseError), transaction.atomic():
        StandingPeriod.objects.filter(pk=period.pk).delete()


def test_looking_for_seats_asks_once_however_many(world, clock, django_assert_num_queries):
    answer_known(world, clock, world.ana, [True])
    answer_known(world, clock, world.ben, [True])

    with django_assert_num_queries(1):
        assert len(seats_to_look_at()) == 2
    look_at_answers(seats_to_look_at()[0], now=world.now)
    assert Queue.objects.count() == 2


# --- back by training -------------------------------------------------------------------------------------------------


def test_somebody_paused_trains_again_and_comes_back_on_probation(world, clock):
    period = paused(world, clock, world.ana)
    ask_for_qualification(world)
    world.set_queue(needs_qualification=False)

    screen(world, world.ana, clock)

    period.refresh_from_db()
    assert period.ended_because == "They trained again and passed the screen."
    assert StandingPeriod.objects.get(ended_at__isnull=True).state == "probation"
    assert Qualification.objects.count() == 0


def test_a_screen_that_is_not_passed_leaves_the_pause(world, clock):
    paused(world, clock, world.ana)
    ask_for_qualification(world)

    screen(world, world.ana, clock, n_wrong=3)

    assert StandingPeriod.objects.get(ended_at__isnull=True).state == "paused"
    assert world.hand_out(world.ana) == EmptyQueue("paused")


def test_somebody_paused_meets_training_and_no_live_item(world, clock):
    paused(world, clock, world.ana)
    world.ingest(chat_row("r-1"))
    ask_for_qualification(world)
    begin(world, world.ana)

    assert world.hand_out(world.ana).entry.purpose.purpose == "training"
