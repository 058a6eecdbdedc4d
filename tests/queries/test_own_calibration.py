"""What a reviewer is told of themself: in aggregate, up to last midnight, and in steps that tell no item."""

from datetime import timedelta

import pytest

from labeling.models import Membership
from labeling.queries.own_calibration import own_calibrations
from tests.services.standing import answer_known
from tests.world import BAD, chat_row


def own(world, user):
    return next(one for one in own_calibrations(user, now=world.now) if one.queue == world.queue)


def test_before_anything_was_reviewed_there_is_nothing_yet(world):
    assert [one.why_empty for one in own_calibrations(world.ana, now=world.now)] == ["nothing_yet", "nothing_yet"]


def test_what_was_done_today_changes_nothing_before_midnight(world, clock):
    answer_known(world, clock, world.ana, [True] * 15 + [False] * 5)
    today = own(world, world.ana)
    clock.shift(timedelta(days=1))

    tomorrow = own(world, world.ana)

    assert today.why_empty == "nothing_yet"
    assert (tomorrow.accuracy.value, tomorrow.accuracy.n) == (0.75, 20)
    assert tomorrow.accuracy.low < 0.75 < tomorrow.accuracy.high


def test_under_twenty_known_answers_not_even_their_number_is_told(world, clock):
    answer_known(world, clock, world.ana, [True] * 19)
    clock.shift(timedelta(days=1))

    one = own(world, world.ana)

    assert (one.accuracy.value, one.accuracy.n, one.caught.n, one.passed.n, one.questions) == (None, 0, 0, 0, [])


def test_one_more_known_answer_changes_nothing_until_ten_are_in(world, clock):
    answer_known(world, clock, world.ana, [True] * 20)
    clock.shift(timedelta(days=1))
    before = own(world, world.ana)
    answer_known(world, clock, world.ana, [False])
    clock.shift(timedelta(days=1))

    after = own(world, world.ana)

    assert (after.accuracy, after.passed, after.questions) == (before.accuracy, before.passed, before.questions)


def test_the_questions_on_which_they_differ_most_are_named_with_the_rubrics_text(world, clock):
    answer_known(world, clock, world.ana, [True] * 18 + [False] * 2)
    clock.shift(timedelta(days=1))

    one = own(world, world.ana)

    assert all(asked.right.n == 20 for asked in one.questions)
    assert {asked.key for asked in one.differs_most} <= {asked.key for asked in one.questions}
    assert all(asked.right.value < 1 for asked in one.differs_most)
    assert any(asked.question and asked.question.options for asked in one.differs_most)


def test_agreement_with_others_is_told_from_twenty_items_on_in_tens(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    for number in range(21):
        world.ingest(chat_row(f"r-{number}"))
        world.review_next(world.ana)
        world.review_next(world.ben, **({"verdict": "reject", "answers": BAD} if number < 5 else {}))
        clock.shift(60)
    clock.shift(timedelta(days=1))

    peers = own(world, world.ana).peers

    assert (peers.share.value, peers.n_items) == (0.75, 20)


def test_whoever_is_not_blind_is_told_why_there_is_nothing(world, clock):
    answer_known(world, clock, world.ana, [True] * 20)
    world.join(world.ana, Membership.Role.OWNER)
    clock.shift(timedelta(days=1))

    assert {one.why_empty for one in own_calibrations(world.ana, now=world.now)} == {"not_blind"}


def test_the_number_of_queries_does_not_grow_with_reviews(world, clock, django_assert_max_num_queries):
    answer_known(world, clock, world.ana, [True] * 20)
    clock.shift(timedelta(days=1))
    own(world, world.ana)

    with django_assert_max_num_queries(26):
        own_calibrations(world.ana, now=world.now)


@pytest.mark.parametrize("name", ["olga", "ada"])
def test_whoever_reviews_nowhere_has_no_queue(world, name):
    assert own_calibrations(getattr(world, name), now=world.now) == []
