"""Items of known chance that became final: who is among them, and who is not."""

import pytest

from labeling.policy.splits import AUDIT, DEVELOPMENT, SEALED
from labeling.queries.audited import audited_items
from tests.world import BAD, chat_row


def settle(world, *, user=None, **submission):
    world.review_next(user or world.ana, **submission)
    world.settle_all()


@pytest.fixture
def at_once(world):
    """What is submitted is final: nothing can be taken back."""
    world.project.take_back_seconds = 0
    world.project.save()
    return world


def audited(world):
    return audited_items(world.project, until=world.now)


def test_an_item_comes_with_its_chance_its_draw_and_whether_it_was_bad(at_once):
    at_once.ingest_into(AUDIT, chat_row("r-1"))
    settle(at_once, verdict="reject", answers=BAD)

    (one,) = audited(at_once)

    item = at_once.item("r-1")
    assert (one.item_id, one.draw, one.is_bad, one.part) == (item.pk, item.sampling_u, True, AUDIT)
    assert one.inclusion_probability == 1.0
    assert one.group == f"cluster {item.cluster_key}"


def test_what_is_sealed_is_left_out(at_once):
    at_once.ingest_into(SEALED, chat_row("r-1"))
    at_once.ingest_into(DEVELOPMENT, chat_row("r-2"))
    settle(at_once)
    settle(at_once)

    assert [one.item_id for one in audited(at_once)] == [at_once.item("r-2").pk]
