"""The life of a gold case: what it is used for, what it is made of, when it is due, and how it ends."""

from datetime import timedelta

import pytest

from labeling.models import EntryPurpose, Event, FinalLabel, GoldCase, HandOut, Item, Queue, QueueEntry, Recusal, Slot
from labeling.policy.errors import Conflict
from labeling.queries.gold import why_no_gold
from labeling.queries.jobs import seats_to_plant
from labeling.queries.known_answers import known_answers
from labeling.queries.planting import bad_cases_among, cases_to_rotate, mix_of
from labeling.services.adjudication import adjudicate
from labeling.services.gold import create_gold_case, plant_case, plant_gold, retire_gold_case
from labeling.services.queues import take_seat
from labeling.services.reopening import reopen
from labeling.services.rotations import rotate_gold_case
from labeling.tasks import plant_gold as planting_clock
from tests.world import BAD, GOOD, chat_row, pair_row

Retirement, Use = GoldCase.Retirement, GoldCase.Use


def sit_down(world, *users):
    for user in users or (world.ana,):
        take_seat(world.queue, world.rater(user), now=world.now)


def plant(world, user):
    sit_down(world, user)
    return plant_gold(world.queue, world.rater(user), now=world.now)


def promote(world, external_id, **changes):
    return create_gold_case(
        **{
            "item": world.item(external_id),
            "version": world.rubric,
            "verdict": "approve",
            "answers": GOOD,
            "explanation": "All agreed.",
            "author": world.olga,
            "source": GoldCase.Source.ADJUDICATED,
            "now": world.now,
            **changes,
        }
    )


def settle(world, clock, external_id, *, n_people=2, **submission):
    """Ana, and Ben where two are asked, label one item alike, and it becomes final."""
    world.set_queue(overlap=n_people)
    world.ingest(chat_row(external_id))
    for user in world.reviewers[:n_people]:
        world.review_next(user, **submission)
    clock.shift(31)
    assert world.settle_all() == ["final"]


# --- uses -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [Use.TRAINING, Use.SCREEN])
def test_what_teaches_or_screens_is_never_planted(world, use):
    case = world.make_gold(chat_row("g-1"))
    GoldCase.objects.filter(pk=case.pk).update(use=use)
    world.set_queue(gold_share=0.5)

    assert plant(world, world.ana) == 0
    assert not seats_to_plant().exists()


def test_a_case_keeps_what_it_is_for_and_where_it_came_from(world):
    world.ingest(chat_row("r-1"))
    world.item("r-1").entries.all().delete()
    Item.objects.update(status=Item.Status.SHIPPED)

    case = promote(world, "r-1", use=Use.TRAINING, source=GoldCase.Source.INCIDENT)

    assert (case.use, case.source) == ("training", "incident")
    assert Event.objects.get(kind="gold.created").subject["use"] == "training"


def test_what_a_screen_laid_ready_is_no_stock_of_gold_and_is_not_planted_twice(world):
    cases = [world.make_gold(chat_row(f"g-{n}")) for n in range(5)]
    world.set_queue(gold_share=0.5)
    sit_down(world)
    for case in cases[:4]:
        plant_case(
            case, queue=world.queue, version=world.rubric, reviewer=world.rater(world.ana), tiers={}, now=world.now
        )
    EntryPurpose.objects.update(purpose=EntryPurpose.Purpose.SCREEN)

    n_planted, n_of_ben = plant(world, world.ana), plant(world, world.ben)

    assert (n_planted, n_of_ben) == (1, 1)


def test_gold_is_of_the_kinds_that_come_into_the_queue(world):
    world.make_gold(pair_row("g-1"))
    world.set_queue(gold_share=0.5)
    named = plant(world, world.ana), seats_to_plant().exists()
    Queue.objects.filter(pk=world.queue.pk).update(kinds=[])
    world.queue.refresh_from_db()
    open_to_the_rest = plant(world, world.ana), seats_to_plant().exists()
    world.set_queue(kinds=[])

    assert (named, open_to_the_rest) == ((0, False), (0, False))
    assert (seats_to_plant().exists(), plant(world, world.ana)) == (True, 1)


# --- classes, urgency -------------------------------------------------------------------------------------------------


def test_a_case_is_bad_by_its_verdict_or_by_a_gating_answer(world):
    rejected = world.make_gold(chat_row("g-1"), verdict="reject", answers=BAD)
    failing = world.make_gold(chat_row("g-2"), answers={**GOOD, "correct": "no"})
    fine = world.make_gold(chat_row("g-3"))

    verdicts = {case.pk: case.verdict for case in (rejected, failing, fine)}

    assert bad_cases_among(world.rubric, verdicts) == {rejected.pk, failing.pk}


def test_the_mix_is_that_of_the_newest_labels_that_stand(world, clock):
    settle(world, clock, "r-1", n_people=1, verdict="reject", answers=BAD)
    settle(world, clock, "r-2", n_people=1)
    settle(world, clock, "r-3", n_people=1, verdict="reject", answers=BAD)
    reopen(FinalLabel.objects.get(item=world.item("r-3")), opener=world.olga, reason="Look again.", now=world.now)

    mix = mix_of(world.queue)

    assert (mix.n_bad, mix.n_labels, mix.is_enough, mix.share_bad) == (1, 2, False, 0.5)


def test_gold_of_the_class_that_is_left_is_used_where_the_other_ran_out(world):
    for n in range(4):
        world.make_gold(chat_row(f"g-{n}"), verdict="reject", answers=BAD)
    world.set_queue(gold_share=0.5)

    assert plant(world, world.ana) == 4


@pytest.mark.parametrize(
    ("stakes", "priority", "hours"), [("high", 0, 4), ("medium", 1, 24), ("low", 2, 72), (None, 0, 4)]
)
def test_gold_is_as_urgent_as_live_items_of_its_stakes(world, stakes, priority, hours):
    world.ingest(chat_row("r-1", stakes=stakes))
    world.make_gold(chat_row("g-1", stakes=stakes))
    world.set_queue(gold_share=0.5)

    plant(world, world.ana)

    gold, live = QueueEntry.objects.get(item=world.item("g-1")), world.entry("r-1")
    assert (gold.priority, gold.due_at) == (live.priority, live.due_at)
    assert (gold.priority, gold.due_at) == (priority, world.now + timedelta(hours=hours))


def test_a_turn_planted_later_is_due_from_then(world, clock):
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=0.5)
    plant(world, world.ana)
    clock.shift(10 * 24 * 3600)

    plant(world, world.ben)

    hers, his = Slot.objects.order_by("id")
    assert his.due_at - hers.due_at == timedelta(days=10)
    assert hers.entry.due_at == his.due_at


# --- made of what people settled --------------------------------------------------------------------------------------


def test_what_all_agreed_on_becomes_gold_for_those_who_never_met_it(world, clock):
    settle(world, clock, "r-1")

    case = promote(world, "r-1")
    world.set_queue(gold_share=0.5)

    assert case.item != world.item("r-1")
    assert case.item.payload.texts == world.item("r-1").payload.texts
    assert world.item("r-1").status == Item.Status.FINAL
    assert [plant(world, user) for user in world.reviewers] == [0, 0, 1]


def test_whoever_met_it_and_did_not_label_it_is_kept_away_too(world, clock):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"))
    left_lying = world.hand_out(world.cleo)
    Slot.objects.filter(pk=left_lying.slot_id).update(state=Slot.State.OPEN, reviewer=None, lease_until=None)
    for user in (world.ana, world.ben):
        world.review_next(user)
    clock.shift(31)
    world.settle_all()

    case = promote(world, "r-1")

    grounds = dict(Recusal.objects.filter(item=case.item).values_list("reviewer__name", "ground"))
    assert dict.fromkeys(("ana", "ben", "cleo"), "met").items() <= grounds.items()


def test_what_somebody_settled_becomes_gold_and_is_kept_from_them(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    clock.shift(31)
    world.settle_all()
    world.join(world.olga, "reviewer")
    adjudicate(
        world.entry("r-1"),
        adjudicator=world.olga,
        verdict="approve",
        answers=GOOD,
        reason="The rule allows it.",
        error_category="edge_case",
        has_guideline_gap=False,
        now=world.now,
    )

    case = promote(world, "r-1", author=world.ada)

    grounds = dict(Recusal.objects.filter(item=case.item).values_list("reviewer__name", "ground"))
    assert grounds == {"ana": "met", "ben": "met", "olga": "adjudicator", "ada": "gold_author"}


def test_what_one_person_settled_is_no_gold(world, clock):
    settle(world, clock, "r-1", n_people=1)

    with pytest.raises(Conflict, match="One reviewer or a majority"):
        promote(world, "r-1")


def test_what_was_reopened_is_no_gold(world, clock):
    settle(world, clock, "r-1")
    reopen(FinalLabel.objects.get(), opener=world.olga, reason="Look again.", now=world.now)

    with pytest.raises(Conflict, match="in review"):
        promote(world, "r-1")


def test_a_final_item_that_somebody_may_still_be_handed_is_no_gold(world, clock):
    settle(world, clock, "r-1")
    Slot.objects.filter(slot_no=2).update(state=Slot.State.OPEN, reviewer=None)

    assert "in review" in why_no_gold(world.item("r-1"))


def test_promoting_twice_is_refused(world, clock):
    settle(world, clock, "r-1")
    promote(world, "r-1")

    with pytest.raises(Conflict, match="already"):
        promote(world, "r-1")
    assert GoldCase.objects.count() == 1


# --- how it ends ------------------------------------------------------------------------------------------------------


def serve(world, *users, **submission):
    world.set_queue(gold_share=1.0)
    for user in users:
        world.review_next(user, **submission)


def test_a_case_whose_answer_was_wrong_counts_for_nobody(world):
    case = world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    serve(world, world.ana, verdict="reject", answers=BAD)
    before = known_answers(until=world.now)

    retire_gold_case(case=case, actor=world.olga, now=world.now, because=Retirement.WRONG)

    assert [one.is_right for one in before] == [False]
    assert known_answers(until=world.now) == []


def test_that_an_answer_was_wrong_may_be_found_after_the_case_was_retired(world, clock):
    case = world.make_gold(chat_row("g-1"))
    retire_gold_case(case=case, actor=world.olga, now=world.now)
    retired_at = GoldCase.objects.get().retired_at
    clock.shift(60)

    for _ in range(2):
        retire_gold_case(case=case, actor=world.olga, now=world.now, because=Retirement.WRONG)

    case.refresh_from_db()
    assert (case.retired_because, case.retired_at) == ("wrong", retired_at)
    assert Event.objects.filter(kind="gold.found_wrong").count() == 1


def test_a_wrong_answer_stays_wrong_whatever_else_is_said(world):
    case = world.make_gold(chat_row("g-1"))

    for because in (Retirement.WRONG, Retirement.LEAKED):
        retire_gold_case(case=case, actor=world.olga, now=world.now, because=because)

    assert GoldCase.objects.get().retired_because == "wrong"


def test_a_case_met_by_enough_people_is_rotated_out_by_the_clock(world):
    case = world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.set_queue(most_exposures=2)
    serve(world, world.ana)
    before = cases_to_rotate()
    serve(world, world.ben)
    sit_down(world, world.cleo)

    planting_clock()
    planting_clock()

    case.refresh_from_db()
    assert before == []
    assert case.retired_because == "rotated"
    assert Event.objects.filter(kind="gold.retired", actor=None).count() == 1
    assert not Slot.objects.filter(reserved_for=world.rater(world.cleo), state=Slot.State.OPEN).exists()


def test_exposure_is_people_and_not_hand_outs(world):
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(most_exposures=2, gold_share=1.0)
    gold = world.hand_out(world.ana)
    Slot.objects.filter(pk=gold.slot_id).update(state=Slot.State.OPEN, reviewer=None, lease_until=None)
    world.hand_out(world.ana)

    assert HandOut.objects.filter(entry__item=world.item("g-1")).count() == 2
    assert cases_to_rotate() == []


@pytest.mark.parametrize("most_exposures", [0, 3])
def test_nothing_is_rotated_where_the_queue_allows_more(world, most_exposures):
    case = world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"))
    world.set_queue(most_exposures=most_exposures)
    serve(world, world.ana, world.ben)

    assert cases_to_rotate() == []
    assert rotate_gold_case(case.pk, now=world.now) is False
