"""Nobody is handed what they wrote, settled or gave the known answer of."""

import pytest

from labeling.models import HandOut, Item, Membership, Recusal, Slot
from labeling.policy.assignment import EmptyQueue
from labeling.queries.jobs import seats_to_plant
from labeling.services.gold import create_gold_case, plant_gold
from labeling.services.projects import add_member, create_user
from labeling.services.queues import take_seat
from tests.services.ruling import disputed, rule
from tests.world import GOOD, PASSWORD, chat_row, pair_row


@pytest.mark.parametrize("author", ["ana", "Ana"])
def test_nobody_is_handed_what_they_wrote(world, author):
    world.ingest(chat_row("hers", author=author), chat_row("another"))

    first = world.review_next(world.ana)
    then = world.hand_out(world.ana)

    assert first.review.entry.item.external_id == "another"
    assert then == EmptyQueue("kept")
    assert world.hand_out(world.ben).entry.item.external_id == "hers"


def test_whoever_joins_later_is_kept_from_what_they_wrote_before(world):
    world.ingest(chat_row("r-1", author="dora"))
    dora = create_user(username="dora", password=PASSWORD, now=world.now)

    add_member(project=world.project, user=dora, role=Membership.Role.REVIEWER, actor=world.ada, now=world.now)

    assert world.hand_out(dora) == EmptyQueue("kept")


def test_an_author_without_an_account_keeps_it_from_nobody(world):
    world.ingest(chat_row("r-1", author="an agency"))

    assert isinstance(world.hand_out(world.ana), HandOut)


def test_a_held_item_of_ones_own_is_not_what_one_waits_for(world):
    world.ingest(chat_row("r-1", author="ana"))
    world.hand_out(world.ben)

    assert world.hand_out(world.ana) == EmptyQueue("done")


def test_whoever_settled_an_item_is_never_handed_it(world, clock):
    world.join(world.olga, Membership.Role.REVIEWER)
    disputed(world, clock)

    rule(world, world.olga)

    recusal = Recusal.objects.get()
    assert (recusal.item, recusal.reviewer, recusal.ground) == (
        world.item("r-1"),
        world.rater(world.olga),
        "adjudicator",
    )


def test_a_gold_case_is_never_laid_ready_for_whoever_wrote_it(world):
    world.join(world.olga, Membership.Role.REVIEWER)
    world.make_gold(chat_row("g-1"))
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.set_queue(gold_share=1.0)

    hers, anas = world.hand_out(world.olga), world.hand_out(world.ana)

    assert hers.entry.item.external_id == "r-1"
    assert anas.entry.item.external_id == "g-1"
    assert not seats_to_plant().filter(reviewer=world.rater(world.olga)).exists()


def test_gold_that_lay_ready_is_taken_away_when_they_write_another_answer_to_it(world):
    case = world.make_gold(pair_row("g-1"))
    world.set_queue(gold_share=1.0, kinds=[])
    ben = world.rater(world.ben)
    take_seat(world.queue, ben, now=world.now)
    plant_gold(world.queue, ben, now=world.now)

    create_gold_case(
        item=case.item,
        version=world.preference_rubric,
        verdict="",
        answers={"preference": "a"},
        explanation="The first is clearer.",
        author=world.ben,
        now=world.now,
    )

    assert Slot.objects.get(entry__item=case.item, reserved_for=ben).state == Slot.State.CLOSED


def test_gold_made_of_traffic_is_kept_from_its_author(world):
    world.ingest(chat_row("r-1", author="ana"))
    world.item("r-1").entries.all().delete()
    Item.objects.update(status=Item.Status.SHIPPED)

    case = create_gold_case(
        item=world.item("r-1"),
        version=world.rubric,
        verdict="approve",
        answers=GOOD,
        explanation="It follows the policy.",
        author=world.olga,
        now=world.now,
    )

    assert case.item.author == "ana"
    assert Recusal.objects.filter(item=case.item, reviewer=world.rater(world.ana)).exists()


def test_gold_that_still_lies_ready_is_not_handed_to_whoever_is_kept_from_it(world):
    world.make_gold(chat_row("g-1"))
    world.set_queue(gold_share=1.0)
    world.ingest(chat_row("live"))
    ana = world.rater(world.ana)
    take_seat(world.queue, ana, now=world.now)
    plant_gold(world.queue, ana, now=world.now)
    Recusal.objects.create(item=world.item("g-1"), reviewer=ana, ground=Recusal.Ground.AUTHOR, recused_at=world.now)

    assert world.hand_out(world.ana).entry.item.external_id == "live"
