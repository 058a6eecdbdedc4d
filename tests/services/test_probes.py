"""The guess-the-source probe: who is asked what, what is kept, and that nothing of it delays or changes a label."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import Event, HandOut, OpaqueSystem, Queue, Rater, SourceGuess, SourceQuestion
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.probes import numbers_of, probe_report
from labeling.services.follow_ups import put_hint_away
from labeling.services.probes import save_guess, set_probe
from labeling.services.reviews import take_back
from tests.world import chat_row, pair_row


def row_by(model, external_id, **changes):
    return chat_row(external_id, source={"model": model}, **changes)


@pytest.fixture
def probed(world):
    """Two systems, and everybody is asked about everything."""
    world.ingest(*[row_by("aster" if number % 2 else "cedar", f"r-{number}") for number in range(4)])
    set_probe(world.queue, probe_share=1.0, actor=world.ada, reason="A test.", now=world.now)
    world.queue.refresh_from_db()
    return world


def guess_right(world, question, *, is_right=True):
    right = question.right_system
    return save_guess(question, system=right if is_right else 3 - right, now=world.now)


def test_setting_it_numbers_the_systems_and_is_in_the_audit_trail(probed):
    assert sorted(numbers_of(probed.project)) == ["aster", "cedar"]
    assert sorted(numbers_of(probed.project).values()) == [1, 2]
    assert Event.objects.get(kind="queue.probe_set").subject["reason"] == "A test."


def test_setting_it_again_keeps_the_numbers(probed):
    before = numbers_of(probed.project)

    set_probe(probed.queue, probe_share=0.05, actor=probed.ada, reason="Less.", now=probed.now)

    assert numbers_of(probed.project) == before
    assert Queue.objects.get(pk=probed.queue.pk).probe_share == 0.05


def test_one_system_leaves_nothing_to_guess(world):
    world.ingest(row_by("aster", "r-1"))

    with pytest.raises(Invalid, match="fewer than two systems"):
        set_probe(world.queue, probe_share=0.1, actor=world.ada, reason="A test.", now=world.now)

    assert not OpaqueSystem.objects.exists()


def test_a_submission_comes_with_a_question_and_what_is_right(probed):
    submitted = probed.review_next(probed.ana)

    source = str(submitted.review.entry.item.outputs.get())
    assert submitted.question.right_system == numbers_of(probed.project)[source]


def test_nobody_is_asked_where_the_share_is_zero(probed):
    probed.set_queue(probe_share=0.0)

    assert probed.review_next(probed.ana).question is None


def test_of_a_pair_the_one_shown_as_a_is_asked_about(world):
    world.ingest(*[pair_row(f"p-{number}") for number in range(4)])
    set_probe(world.pair_queue, probe_share=1.0, actor=world.ada, reason="A test.", now=world.now)
    world.show_both_orders(world.ana)
    numbers, seen = numbers_of(world.project), {}

    for _ in range(4):
        hand_out = world.hand_out(world.ana, world.pair_queue)
        question = world.submit(hand_out, verdict="", answers={"preference": "a"}).question
        seen[hand_out.order_shown] = question.right_system

    assert seen == {"ab": numbers["model-one"], "ba": numbers["model-two"]}


def test_taking_back_and_submitting_again_asks_once(probed):
    hand_out = probed.hand_out(probed.ana)
    probed.submit(hand_out)
    take_back(hand_out, now=probed.now)

    again = probed.submit(hand_out, revision=2)

    assert again.question is None
    assert SourceQuestion.objects.count() == 1


def test_the_first_answer_stands_and_writes_one_event(probed):
    question = probed.review_next(probed.ana).question

    guess_right(probed, question)
    save_guess(question, system=None, now=probed.now)

    assert SourceGuess.objects.get().system == question.right_system
    assert Event.objects.filter(kind="source.guessed").count() == 1


@pytest.mark.parametrize("system", [0, 3])
def test_a_system_that_was_not_offered_is_refused(probed, system):
    question = probed.review_next(probed.ana).question

    with pytest.raises(Invalid, match="Choose one"):
        save_guess(question, system=system, now=probed.now)


def test_an_answer_after_an_hour_is_too_late(probed, clock):
    question = probed.review_next(probed.ana).question
    clock.shift(60 * 60 + 1)

    with pytest.raises(Conflict, match="over"):
        save_guess(question, system=1, now=probed.now)


def test_the_database_refuses_to_change_an_answer(probed):
    guess_right(probed, probed.review_next(probed.ana).question)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        SourceGuess.objects.update(system=None)


def test_gold_is_asked_about_by_the_same_dice_and_left_out_of_the_report(probed):
    probed.make_gold(row_by("aster", "g-1"))
    probed.set_queue(gold_share=1.0)
    gold = probed.review_next(probed.ana)
    probed.set_queue(gold_share=0.0)
    live = probed.review_next(probed.ana)
    for submitted in (gold, live):
        guess_right(probed, submitted.question)

    report = probe_report(probed.project)

    assert gold.review.entry.purpose.purpose == "gold"
    assert (report.together.n_asked, report.together.right.value, report.together.right.n) == (1, 1.0, 1)


def test_report_tells_apart_what_was_not_answered_and_what_nobody_could_tell(probed):
    probed.review_next(probed.ana)
    save_guess(probed.review_next(probed.ana).question, system=None, now=probed.now)
    guess_right(probed, probed.review_next(probed.ana).question, is_right=False)

    report = probe_report(probed.project)

    all_of_them = report.together
    assert (all_of_them.n_asked, all_of_them.n_unanswered, all_of_them.n_cannot_tell) == (3, 1, 1)
    assert (all_of_them.right.value, all_of_them.reading.state) == (0.0, "missing")
    assert (report.by_reviewer, report.n_reviewers_too_few) == ([], 1)


def test_not_blind_and_withdrawn_reviews_stay_out_of_the_report(probed):
    probed.review_next(probed.ana)
    take_back(HandOut.objects.latest("id"), now=probed.now)
    probed.join(probed.olga, "reviewer")
    probed.review_next(probed.olga)

    assert SourceQuestion.objects.count() == 2
    assert probe_report(probed.project).together.n_asked == 0


def test_each_submission_keeps_the_stretch_and_a_hint_put_away_is_kept(world, clock):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    start = world.now
    world.review_next(world.ana)
    clock.shift(4 * 60)
    world.review_next(world.ana)

    put_hint_away(world.rater(world.ana), now=world.now)

    rater = Rater.objects.get(user=world.ana)
    assert (start - rater.at_it_since).total_seconds() == 9
    assert (rater.last_submitted_at, rater.hint_put_away_at) == (world.now, world.now)
