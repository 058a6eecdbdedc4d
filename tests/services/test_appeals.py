"""A pause can be appealed against, and somebody else decides with a reason."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import Appeal, Event, HandOut, Membership, QuestionedReview, QueueEntry, StandingPeriod
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.queries.appeals import accuracy_behind, answers_behind, n_open_appeals
from labeling.services.appeals import appeal_known_answer, appeal_standing, decide_appeal
from labeling.services.gold import retire_gold_case
from labeling.services.standing import clear_standing, let_back, pause
from tests.services.qualifying import ask_for_qualification, begin
from tests.services.standing import answer_known, look, paused
from tests.world import chat_row


def decide(world, appeal, outcome="upheld", *, actor=None, decision="The answers were wrong."):
    decide_appeal(appeal, outcome=outcome, decision=decision, actor=actor or world.olga, now=world.now)
    appeal.refresh_from_db()


def paused_with_a_label(world, clock):
    """Ana labelled an item among her known answers, and was paused."""
    answer_known(world, clock, world.ana, [True] * 10)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    answer_known(world, clock, world.ana, [False] * 10)
    return look(world, world.ana)


def test_an_appeal_waits_for_those_who_decide(world, clock):
    period = paused(world, clock, world.ana)

    appeal = appeal_standing(period, words=" The rubric changed. ", now=world.now)

    assert (appeal.words, appeal.outcome) == ("The rubric changed.", "")
    assert n_open_appeals([world.project]) == {world.project.pk: 1}
    assert Event.objects.get(kind="appeal.made").subject["period_id"] == period.pk


def test_an_upheld_appeal_ends_the_pause_and_the_labels_count_again(world, clock):
    appeal = appeal_standing(paused_with_a_label(world, clock), words="The rubric changed.", now=world.now)
    n_in_question = QuestionedReview.objects.filter(settled_at__isnull=True).count()

    decide(world, appeal)

    assert n_in_question == 1
    assert QuestionedReview.objects.filter(settled_at__isnull=True).count() == 0
    assert appeal.period.ended_because == "The appeal was upheld."
    world.ingest(chat_row("r-2"))
    assert isinstance(world.hand_out(world.ana), HandOut)


def test_an_appeal_upheld_after_the_way_back_began_ends_the_probation(world, clock):
    period = paused(world, clock, world.ana)
    appeal = appeal_standing(period, words="The rubric changed.", now=world.now)
    let_back(period, reason="Meanwhile.", actor=world.olga, now=world.now)

    decide(world, appeal)

    assert StandingPeriod.objects.filter(ended_at__isnull=True).count() == 0


def test_a_dismissed_appeal_leaves_the_pause(world, clock):
    appeal = appeal_standing(paused_with_a_label(world, clock), words="The rubric changed.", now=world.now)

    decide(world, appeal, "dismissed", decision="It did not.")

    assert (appeal.outcome, appeal.decision, appeal.decided_by) == ("dismissed", "It did not.", world.olga)
    assert appeal.period.ended_at is None
    assert QuestionedReview.objects.filter(settled_at__isnull=True).count() == 1


def test_one_appeal_waits_at_a_time_and_another_may_follow(world, clock):
    period = paused(world, clock, world.ana)
    first = appeal_standing(period, words="The rubric changed.", now=world.now)

    with pytest.raises(Conflict):
        appeal_standing(period, words="Again.", now=world.now)
    decide(world, first, "dismissed")
    appeal_standing(period, words="There is more.", now=world.now)

    assert Appeal.objects.count() == 2


def test_an_appeal_needs_words_and_something_that_stands(world, clock):
    period = paused(world, clock, world.ana)
    with pytest.raises(Invalid):
        appeal_standing(period, words=" ", now=world.now)
    with pytest.raises(Invalid):
        appeal_standing(period, words="x" * 2_001, now=world.now)
    clear_standing(period, reason="A mistake.", actor=world.olga, now=world.now)
    period.refresh_from_db()

    with pytest.raises(Conflict):
        appeal_standing(period, words="Too late.", now=world.now)


def test_a_decision_needs_a_reason_and_is_made_once(world, clock):
    appeal = appeal_standing(paused(world, clock, world.ana), words="The rubric changed.", now=world.now)

    with pytest.raises(Invalid) as refusal:
        decide(world, appeal, "perhaps", decision=" ")
    decide(world, appeal, "dismissed")
    with pytest.raises(Conflict):
        decide(world, appeal, "upheld", actor=world.ada)

    assert set(refusal.value.complaints) == {"outcome", "decision"}
    assert appeal.outcome == "dismissed"
    with pytest.raises(DatabaseError), transaction.atomic():
        Appeal.objects.filter(pk=appeal.pk).update(outcome="upheld")


def test_nobody_decides_their_own_appeal(world, clock):
    world.join(world.ana, Membership.Role.OWNER)
    appeal = appeal_standing(paused(world, clock, world.ana), words="The rubric changed.", now=world.now)

    with pytest.raises(NotAllowed):
        decide(world, appeal, actor=world.ana)


def test_whoever_paused_somebody_by_hand_leaves_the_appeal_to_others(world, clock):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    period = pause(world.queue, world.rater(world.ana), reason="Too fast.", actor=world.olga, now=world.now)
    appeal = appeal_standing(period, words="I read quickly.", now=world.now)

    with pytest.raises(NotAllowed):
        decide(world, appeal, actor=world.olga)
    decide(world, appeal, actor=world.ada)

    assert appeal.outcome == "upheld"


def test_the_score_behind_an_appeal_leaves_out_what_was_found_wrong(world, clock):
    period = paused(world, clock, world.ana)
    missed = QueueEntry.objects.filter(purpose__purpose="gold", reviews__verdict="reject").first()

    retire_gold_case(case=missed.purpose.gold_case, because="wrong", actor=world.olga, now=world.now)

    rows = answers_behind(period)
    assert (accuracy_behind(rows).n, sum(row.answer.is_right for row in rows)) == (19, 10)
    assert [row.answer.is_right for row in rows] == [False] * 9 + [True] * 10


def test_an_answer_among_live_work_cannot_be_appealed_against(world, clock):
    answer_known(world, clock, world.ana, [False])
    review = QueueEntry.objects.get(purpose__purpose="gold").reviews.get()

    with pytest.raises(NotAllowed):
        appeal_known_answer(review, words="It is fine.", now=world.now)


def test_a_known_answer_of_training_is_appealed_against_and_retired_as_wrong(world):
    ask_for_qualification(world)
    begin(world, world.ana)
    review = world.submit(world.hand_out(world.ana)).review
    appeal = appeal_known_answer(review, words="The policy says otherwise.", now=world.now)

    decide(world, appeal)

    case = review.entry.purpose.gold_case
    case.refresh_from_db()
    assert case.retired_because == "wrong"
    with pytest.raises(Conflict):
        appeal_known_answer(review, words="Again.", now=world.now)
