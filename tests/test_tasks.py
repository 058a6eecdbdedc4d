"""The clock: what is due is found in the tables, and one bad row stops nobody else's."""

from labeling import tasks
from labeling.models import Event, FinalLabel, Item, Slot
from labeling.queries.jobs import projects_to_route, projects_to_seal, seats_to_plant
from labeling.services import adjudication
from labeling.services.queues import take_seat
from tests.world import chat_row


def test_one_entry_that_cannot_be_settled_leaves_the_others_to_settle(world, clock, monkeypatch, caplog):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.review_next(world.ana)
    world.review_next(world.ana)
    clock.shift(31)
    settle_entry, broken = adjudication.settle_entry, world.entry("r-1").pk

    def settle_all_but_one(entry_id, *, now):
        if entry_id == broken:
            raise RuntimeError("a row nobody foresaw")
        return settle_entry(entry_id, now=now)

    monkeypatch.setattr(adjudication, "settle_entry", settle_all_but_one)

    tasks.settle_entries()

    assert FinalLabel.objects.get().item == world.item("r-2")
    assert str(broken) in caplog.text


def test_a_held_item_is_decided_anew_when_the_policy_changes(world):
    world.publish(requires=["judge_vote_share"])
    world.ingest(chat_row(judge_verdicts=[], stakes="low"))
    held = world.item("r-1").status
    world.publish(requires=[], reason="Wait for nothing.")

    tasks.route_items()

    assert (held, world.item("r-1").status) == (Item.Status.AWAITING, Item.Status.IN_REVIEW)


def test_items_of_a_kind_that_no_queue_takes_keep_nobody_else_waiting(world, monkeypatch):
    monkeypatch.setattr("labeling.services.routing.ROUTE_BATCH", 1)
    world.ingest(chat_row("poem", kind="poem"), chat_row("letter", kind="letter"))
    world.make_queue("letters", "Letters", world.rubric, kinds=("letter",))

    tasks.queue_items()

    assert world.item("letter").entries.exists()
    assert not world.item("poem").entries.exists()


def test_gold_is_laid_ready_for_whoever_sits_at_a_queue(world):
    world.set_queue(gold_share=0.2)
    world.make_gold(chat_row("gold"))
    take_seat(world.queue, world.rater(world.ana), now=world.now)
    before = seats_to_plant().count()

    tasks.plant_gold()

    assert (before, seats_to_plant().count()) == (1, 0)
    assert Slot.objects.get().reserved_for == world.rater(world.ana)


def test_an_idle_clock_finds_nothing_to_do(world):
    world.ingest(chat_row())

    tasks.route_items()
    tasks.seal_events()

    assert not projects_to_route(now=world.now).exists()
    assert not projects_to_seal().exists()
    assert not Event.objects.filter(project=world.project, seal__isnull=True).exists()
