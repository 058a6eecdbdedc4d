"""What happens to somebody whose answer was lost, whose turn ran out, or who took an item back and left it lying."""

import pytest

from labeling.models import Draft, HandOut, Review
from labeling.policy.errors import Conflict
from labeling.queries.duties import admission_to
from labeling.queries.queues import reason_for_empty
from labeling.services.queues import expire_leases, postpone
from labeling.services.reviews import save_draft, take_back
from tests.world import BAD, GOOD, chat_row, pair_row


def lose_lease(world, clock):
    clock.shift(world.queue.lease_seconds + 1)
    expire_leases(now=world.now)


def reason_for(world, user):
    """What the page of the empty queue would say."""
    rater, now = world.rater(user), world.now
    return reason_for_empty(world.queue, rater, admission=admission_to(world.queue, rater, now=now), now=now).reason


@pytest.mark.parametrize("changes", [{"answers": BAD}, {"verdict": "reject"}, {"note": "On second thoughts."}])
def test_a_submit_that_comes_again_with_other_answers_is_refused_and_changes_nothing(world, changes):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)

    with pytest.raises(Conflict, match="as you first sent it"):
        world.submit(hand_out, **changes)

    review = Review.objects.get()
    assert (review.verdict, review.note) == ("approve", "because")
    assert review.answers.get(criterion__key="correct").value == GOOD["correct"]


def test_a_pair_that_is_sent_again_is_the_same_in_whatever_order_it_was_shown(world):
    world.ingest(*(pair_row(f"r-{number}") for number in range(4)))
    world.show_both_orders(world.ana)
    outcomes = []
    for _ in range(4):
        hand_out = world.hand_out(world.ana, world.pair_queue)
        sent = [world.submit(hand_out, answers={"preference": "a"}, verdict="", note="") for _ in range(2)]
        outcomes.append([one.outcome for one in sent])

    assert outcomes == [["counted", "repeated"]] * 4


def test_a_page_from_before_the_take_back_is_told_where_its_answers_are(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    take_back(hand_out, now=world.now)

    with pytest.raises(Conflict, match="in another window"):
        world.submit(hand_out, note="On second thoughts.")


def test_a_take_back_that_arrives_after_the_next_submission_does_not_withdraw_it(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    take_back(hand_out, revision=1, now=world.now)
    second = world.submit(hand_out, revision=2).review

    with pytest.raises(Conflict, match="what you submitted last counts"):
        take_back(hand_out, revision=1, now=world.now)

    assert list(Review.objects.filter(withdrawal__isnull=True)) == [second]


@pytest.mark.parametrize("is_gold", [False, True])
def test_what_was_taken_back_and_left_lying_comes_back_to_its_reviewer_gold_or_live(world, clock, is_gold):
    world.ingest(chat_row("live"))
    if is_gold:
        world.make_gold(chat_row("gold"))
        world.set_queue(gold_share=1.0)
    first = world.hand_out(world.ana)
    world.submit(first)
    take_back(first, now=world.now)
    lose_lease(world, clock)

    again = world.hand_out(world.ana)

    assert isinstance(again, HandOut)
    assert again.entry == first.entry


def test_an_item_that_came_in_since_is_told_although_another_is_put_off(world):
    world.ingest(chat_row("first"))
    postpone(world.hand_out(world.ana), now=world.now)
    before = reason_for(world, world.ana)

    world.ingest(chat_row("second"))

    assert (before, reason_for(world, world.ana)) == ("postponed", "busy")


def test_an_item_that_one_labelled_late_is_not_said_to_come_free(world, clock):
    world.ingest(chat_row())
    hers = world.hand_out(world.ana)
    lose_lease(world, clock)
    world.hand_out(world.ben)

    world.submit(hers)

    assert reason_for(world, world.ana) == "done"


def test_an_item_that_was_put_off_and_then_labelled_is_not_said_to_be_offered_again(world):
    world.set_queue(overlap=2)
    world.ingest(chat_row())
    hers = world.hand_out(world.ana)
    postpone(hers, now=world.now)

    world.submit(hers)

    assert reason_for(world, world.ana) == "done"


def test_a_draft_that_arrives_after_its_review_is_refused(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)

    with pytest.raises(Conflict, match="submitted already"):
        save_draft(hand_out, content={"note": "still on its way"}, now=world.now)

    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    ("late", "kept"),
    [
        ({"page": "1", "change": 3}, "newer"),
        ({"page": "1", "change": 4}, "late"),
        ({"page": "2", "change": 1}, "late"),
        ({}, "late"),
    ],
    ids=["overtaken", "sent again", "another page", "no script"],
)
def test_a_save_that_was_overtaken_on_its_way_changes_nothing(world, late, kept):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    save_draft(hand_out, content={"note": "newer", "page": "1", "change": 4}, now=world.now)

    save_draft(hand_out, content={"note": "late", **late}, now=world.now)

    assert Draft.objects.get().content["note"] == kept


def test_a_save_that_comes_after_its_review_was_taken_back_does_not_replace_its_answers(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out, note="as submitted")
    take_back(hand_out, now=world.now)

    save_draft(hand_out, content={"note": "half a w", "page": "one", "change": 3}, revision=1, now=world.now)
    assert Draft.objects.get().content["note"] == "as submitted"

    save_draft(hand_out, content={"note": "anew", "page": "two", "change": 1}, revision=2, now=world.now)
    assert Draft.objects.get().content["note"] == "anew"
