"""Blind first, then the judge: who is offered a look at what, what a look closes, and that nothing said then counts."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from labeling.models import (
    Event,
    HandOut,
    JudgeVerdict,
    JudgeVersion,
    Recusal,
    Reveal,
    RevealOffer,
    Review,
    SecondLabel,
    Slot,
    Withdrawal,
)
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.policy.presets import SUPPORT_REPLY
from labeling.queries.ratings import END, reviews_that_count
from labeling.services.entries import Routed, open_entries
from labeling.services.references import reference_from
from labeling.services.repeats import plant_repeats
from labeling.services.reveals import reveal, save_second_label
from labeling.services.reviews import take_back
from tests.world import chat_row, judged, pair_row

FAILS = {"judge_verdicts": judged("fail", "fail", "pass", rationale="The refund is promised without a date.")}


@pytest.fixture
def revealing(world):
    """Everybody may look after everything, and the judge would fail all of it."""
    world.ingest(*[chat_row(f"r-{number}", **FAILS) for number in range(3)])
    world.set_queue(reveal_share=1.0)
    return world


@pytest.fixture
def offered(revealing):
    return revealing.review_next(revealing.ana)


def test_a_submission_comes_with_an_offer_of_what_the_judge_said_by_then(offered):
    offer = offered.offer

    assert (offer.question, offer.judge_label, offer.blind_label) == ("verdict", "fail", "pass")
    assert offer.judge_words == "The refund is promised without a date."


def test_nobody_is_offered_anything_where_the_share_is_zero(revealing):
    revealing.set_queue(reveal_share=0.0)

    assert revealing.review_next(revealing.ana).offer is None


def test_where_the_judge_said_nothing_of_it_or_its_runs_tie_nothing_is_offered(world):
    world.set_queue(reveal_share=1.0)
    world.ingest(chat_row("r-1", judge_verdicts=[]), chat_row("r-2", judge_verdicts=judged("pass", "fail")))

    assert [world.review_next(world.ana).offer for _ in range(2)] == [None, None]


def test_an_escalation_is_no_answer_to_compare(revealing):
    assert revealing.review_next(revealing.ana, verdict="escalate").offer is None


def test_whoever_does_not_label_blind_is_offered_nothing(revealing):
    revealing.join(revealing.olga, "reviewer")

    assert revealing.review_next(revealing.olga).offer is None


def test_of_two_judges_the_one_that_spoke_last_is_shown(world, clock):
    world.set_queue(reveal_share=1.0)
    world.ingest(chat_row("r-1", judge_verdicts=judged("pass")))
    newer = JudgeVersion.objects.create(
        project=world.project, name="another", model="m", parameters_hash="", created_at=world.now
    )
    clock.shift(60)
    JudgeVerdict.objects.create(
        item=world.item("r-1"), judge_version=newer, criterion="tone", label="2.0", received_at=world.now
    )

    offer = world.review_next(world.ana).offer

    assert (offer.question, offer.judge_label, offer.blind_label) == ("tone", "2", "4")


def test_reasons_that_name_the_source_or_the_judge_are_left_out(world):
    world.set_queue(reveal_share=1.0)
    for number, words in enumerate(["Typical of hidden-model.", "As house-judge I fail it."]):
        world.ingest(chat_row(f"r-{number}", judge_verdicts=judged("fail", rationale=words)))

    assert [world.review_next(world.ana).offer.judge_words for _ in range(2)] == ["", ""]


def test_of_a_pair_sides_are_kept_as_they_are_stored_and_reasons_left_out(world):
    world.ingest(*[pair_row(f"p-{n}", judge_verdicts=judged("a", criterion="preference")) for n in range(4)])
    world.set_queue(reveal_share=1.0)
    world.show_both_orders(world.ana)
    said = set()

    for _ in range(4):
        hand_out = world.hand_out(world.ana, world.pair_queue)
        offer = world.submit(hand_out, verdict="", answers={"preference": "a"}).offer
        said.add((hand_out.order_shown, offer.judge_label, offer.blind_label, offer.judge_words))

    assert said == {("ab", "a", "a", ""), ("ba", "a", "b", "")}


def test_gold_is_drawn_by_the_same_dice_and_its_judge_is_the_one_of_the_item_it_was_made_of(revealing, clock):
    original = revealing.item("r-0")
    revealing.review_next(revealing.ben)
    reference = reference_from(original, now=revealing.now)
    verdicts = JudgeVerdict.objects.filter(item=reference)
    case = revealing.make_gold(chat_row("elsewhere"))
    type(case).objects.filter(pk=case.pk).update(item=reference)
    revealing.set_queue(gold_share=1.0)

    submitted = revealing.review_next(revealing.ana)

    assert not verdicts.exists()
    assert submitted.review.entry.purpose.purpose == "gold"
    assert submitted.offer.judge_label == "fail"


def test_a_look_keeps_the_item_from_the_reviewer_and_is_in_the_audit_trail(offered, revealing):
    first = reveal(offered.offer, now=revealing.now)

    assert reveal(offered.offer, now=revealing.now) == first
    assert Recusal.objects.get(item=offered.review.entry.item).ground == "revealed"
    assert Event.objects.filter(kind="review.judge_seen").count() == 1


def test_whoever_has_looked_takes_nothing_back(offered, revealing):
    reveal(offered.offer, now=revealing.now)

    with pytest.raises(Conflict, match="seen what the judge said"):
        take_back(offered.review.hand_out, now=revealing.now)

    with pytest.raises(DatabaseError, match="the judge was seen"), transaction.atomic():
        Withdrawal.objects.create(review=offered.review, withdrawn_at=revealing.now)


def test_whoever_has_taken_it_back_looks_at_nothing_and_is_not_asked_again(offered, revealing):
    take_back(offered.review.hand_out, now=revealing.now)

    with pytest.raises(Conflict, match="took this item back"):
        reveal(offered.offer, now=revealing.now)
    with pytest.raises(DatabaseError, match="taken back"), transaction.atomic():
        Reveal.objects.create(offer=offered.offer, revealed_at=revealing.now)
    assert revealing.submit(offered.review.hand_out, revision=2).offer is None
    assert not Recusal.objects.exists()


def test_a_second_label_stands_beside_the_blind_one_and_counts_nowhere(offered, revealing):
    counted = list(reviews_that_count(revealing.rubric, until=END))
    reveal(offered.offer, now=revealing.now)

    second = save_second_label(offered.offer, value="reject", now=revealing.now)
    again = save_second_label(offered.offer, value="approve", now=revealing.now)

    assert (second.value, second.label, second.blind_state) == ("reject", "fail", "judge_visible")
    assert again == second
    assert Event.objects.filter(kind="review.second_label").count() == 1
    assert list(reviews_that_count(revealing.rubric, until=END)) == counted
    assert Review.objects.get().verdict == "approve"


def test_what_was_said_after_the_look_decides_nothing(offered, revealing, clock):
    reveal(offered.offer, now=revealing.now)
    save_second_label(offered.offer, value="reject", now=revealing.now)
    clock.shift(60)

    revealing.settle_all()

    final = offered.review.entry.final_labels.get()
    assert (final.verdict, final.is_bad) == ("approve", False)


@pytest.mark.parametrize("value", ["", "escalate", "fail", "x" * 80])
def test_only_what_the_question_offers_is_kept(offered, revealing, value):
    reveal(offered.offer, now=revealing.now)

    with pytest.raises(Invalid, match="Keep your answer"):
        save_second_label(offered.offer, value=value, now=revealing.now)


def test_nothing_is_said_before_the_look_nor_an_hour_later(offered, revealing, clock):
    with pytest.raises(Conflict, match="Look first"):
        save_second_label(offered.offer, value="reject", now=revealing.now)
    clock.shift(60 * 60 + 1)
    with pytest.raises(Conflict, match="This look is over"):
        reveal(offered.offer, now=revealing.now)
    assert not SecondLabel.objects.exists()


def test_what_was_revealed_does_not_come_back_as_a_repeat(offered, revealing, clock):
    other = revealing.review_next(revealing.ana)
    reveal(offered.offer, now=revealing.now)
    clock.shift(60)
    revealing.settle_all()
    revealing.set_queue(repeat_days=1)
    clock.shift(2 * 24 * 60 * 60)
    seat = revealing.queue.seats.get(reviewer=revealing.rater(revealing.ana))

    plant_repeats(seat.pk, now=revealing.now)

    lying = Slot.objects.filter(reserved_for=seat.reviewer_id, entry__round=0)
    assert set(lying.values_list("entry__item_id", flat=True)) == {other.review.entry.item_id}


def test_a_repeat_that_lay_ready_already_is_taken_away(revealing, clock):
    first = revealing.review_next(revealing.ana)
    clock.shift(60)
    revealing.settle_all()
    revealing.set_queue(repeat_days=1)
    clock.shift(60)
    seat = revealing.queue.seats.get(reviewer=revealing.rater(revealing.ana))
    later = revealing.now.replace(year=revealing.now.year + 1)
    assert plant_repeats(seat.pk, now=later) == 1

    reveal(first.offer, now=revealing.now)

    assert set(Slot.objects.filter(entry__round=0).values_list("state", flat=True)) == {"closed"}


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (RevealOffer, {"judge_label": "pass"}),
        (Reveal, {"revealed_at": None}),
        (SecondLabel, {"label": "pass"}),
    ],
)
def test_the_database_refuses_to_change_any_of_it(offered, revealing, model, changes):
    reveal(offered.offer, now=revealing.now)
    save_second_label(offered.offer, value="approve", now=revealing.now)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**changes)


def test_the_revealed_item_is_for_others_and_her_page_says_that_she_is_done(world):
    world.ingest(chat_row("r-1", **FAILS))
    world.set_queue(reveal_share=1.0, overlap=2)

    submitted = world.review_next(world.ana)
    reveal(submitted.offer, now=world.now)

    assert world.hand_out(world.ana).reason == "done"


# --- the same item in two queues ------------------------------------------------------------------------------------


@pytest.fixture
def two_turns(world):
    """Ana let her turn of an item lapse in a second queue, and then got it in the first. Returns the world, the turn
    that lapsed, and what she submitted, with its offer."""
    world.ingest(chat_row("r-1", **FAILS))
    second = world.make_queue("second", "A second look", world.make_rubric(replace(SUPPORT_REPLY, key="second")))
    tier = parse_policy(DEFAULT_DEFINITION).tiers["high"]
    open_entries([Routed(world.item("r-1"), "high", tier)], [second], now=world.now)
    lapsed = world.hand_out(world.ana, second)
    given_away = {"state": Slot.State.OPEN, "reviewer": None, "lease_until": None}
    Slot.objects.filter(pk=lapsed.slot_id).update(**given_away, lease_no=F("lease_no") + 1)
    world.set_queue(reveal_share=1.0)
    offered = world.review_next(world.ana)
    world.set_queue(reveal_share=0.0)
    return world, HandOut.objects.get(pk=lapsed.pk), offered


def test_a_turn_that_was_given_away_does_not_count_after_a_look_in_another_queue(two_turns):
    world, lapsed, offered = two_turns
    reveal(offered.offer, now=world.now)

    assert world.submit(lapsed).outcome == "extra"


def test_a_look_in_one_queue_leaves_nothing_to_take_back_in_another(two_turns):
    world, lapsed, offered = two_turns
    assert world.submit(lapsed).outcome == "counted"
    reveal(offered.offer, now=world.now)

    with pytest.raises(Conflict, match="seen what the judge said"):
        take_back(lapsed, now=world.now)


def test_nobody_looks_who_has_the_item_open_in_another_queue(two_turns):
    world, lapsed, offered = two_turns
    world.submit(lapsed)
    take_back(lapsed, now=world.now)

    with pytest.raises(Conflict, match="open in another queue"):
        reveal(offered.offer, now=world.now)
    world.submit(lapsed, revision=2)
    assert reveal(offered.offer, now=world.now)
