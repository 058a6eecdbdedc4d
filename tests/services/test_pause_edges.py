"""A pause that meets what was under way: take-backs, late answers, a screen half done, appeals and final details."""

import pytest

from labeling.models import FinalCorrection, HandOut, QuestionedReview, Queue, Review, Slot, StandingPeriod
from labeling.policy.errors import Conflict
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.queries.ratings import END, reviews_that_count
from labeling.services.appeals import appeal_standing, decide_appeal
from labeling.services.queues import expire_leases
from labeling.services.reviews import take_back
from labeling.services.screenings import end_screening
from labeling.services.standing import let_back, pause
from tests.services.qualifying import ask_for_qualification, begin, go_through
from tests.services.standing import answer_known
from tests.world import BAD, chat_row


def paused_by_hand(world, user) -> StandingPeriod:
    return pause(world.queue, world.rater(user), reason="Too fast.", actor=world.olga, now=world.now)


def test_somebody_paused_takes_nothing_back_and_so_answers_nothing_anew(world):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)
    review = world.submit(hand_out).review
    paused_by_hand(world, world.ana)

    with pytest.raises(Conflict):
        take_back(hand_out, now=world.now)

    assert not Slot.objects.filter(reviewer=world.rater(world.ana), state="leased").exists()
    assert QuestionedReview.objects.get().review == review
    assert not reviews_that_count(world.rubric, until=END).exists()


def test_a_training_answer_that_comes_late_from_somebody_paused_counts_as_training(world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    paused_by_hand(world, world.ana)
    ask_for_qualification(world)
    begin(world, world.ana)
    hand_out = world.hand_out(world.ana)
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)

    submitted = world.submit(hand_out)

    assert submitted.outcome == "counted"
    following = world.hand_out(world.ana)
    assert following.entry_id != hand_out.entry_id


def test_a_known_answer_sent_after_the_pause_does_not_come_back_on_probation(world, clock):
    answer_known(world, clock, world.ana, [True])
    Queue.objects.filter(pk=world.queue.pk).update(gold_share=1.0)
    world.queue.refresh_from_db()
    world.make_gold(chat_row("gold-late"))
    held = world.hand_out(world.ana)
    period = paused_by_hand(world, world.ana)
    assert world.submit(held).outcome == "extra"
    let_back(period, reason="We talked it over.", actor=world.olga, now=world.now)

    following = world.hand_out(world.ana)

    assert held.entry.purpose.purpose == "gold"
    assert not isinstance(following, HandOut) or following.entry_id != held.entry_id


def test_a_screen_begun_before_the_pause_does_not_end_it(world, clock):
    ask_for_qualification(world)
    screening = begin(world, world.ana)
    clock.shift(1)
    go_through(world, world.ana, n_turns=7)
    paused_by_hand(world, world.ana)
    clock.shift(60)

    end_screening(screening.pk, now=world.now)

    assert StandingPeriod.objects.get(ended_at__isnull=True).state == "paused"


def test_an_appeal_against_an_earlier_pause_leaves_the_probation_after_a_newer_one(world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    first = paused_by_hand(world, world.ana)
    appeal = appeal_standing(first, words="I read quickly.", now=world.now)
    let_back(first, reason="We talked it over.", actor=world.olga, now=world.now)
    let_back(paused_by_hand(world, world.ana), reason="Once more.", actor=world.olga, now=world.now)

    decide_appeal(appeal, outcome="upheld", decision="The first was wrong.", actor=world.ada, now=world.now)

    assert StandingPeriod.objects.get(ended_at__isnull=True).state == "probation"


def test_a_correction_in_question_is_not_taken_over_into_the_final_label(world, clock):
    world.ingest(chat_row("r-1"))
    finding = Finding("factual_error", "major")
    revised = {"verdict": "revise", "answers": BAD, "note": "Wrong."}
    world.review_next(world.ana, **revised, details=VerdictDetails(correction="The words of Ana.", finding=finding))
    paused_by_hand(world, world.ana)
    world.review_next(world.ben, **revised, details=VerdictDetails(finding=finding))
    clock.shift(60)

    world.settle_all()

    assert world.entry("r-1").state == "settled"
    assert not FinalCorrection.objects.exists()
    assert Review.objects.filter(entry=world.entry("r-1")).count() == 2


def test_the_turn_for_somebody_else_opens_also_where_an_earlier_turn_was_given_back(world, clock):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))
    world.hand_out(world.ana)
    world.review_next(world.ben)
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)
    paused_by_hand(world, world.ben)

    world.review_next(world.ana)
    world.review_next(world.cleo)

    assert [slot.state for slot in world.slots("r-1")] == ["done", "done", "done"]


def test_an_item_in_question_for_the_second_time_is_given_as_much_time_as_at_first(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    entry = world.entry("r-1")
    was_given = entry.due_at - entry.created_at
    for user in (world.ana, world.ben):
        world.review_next(user)
    for user in (world.ana, world.ben):
        clock.shift(60)
        world.settle_all()
        clock.shift(10 * 24 * 3600)
        paused_by_hand(world, user)
        due_at = world.now + was_given
        if user == world.ana:
            world.review_next(world.cleo)

    assert world.entry("r-1").due_at == due_at
