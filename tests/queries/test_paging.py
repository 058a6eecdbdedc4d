"""Many rows are read a page at a time and let go: no export makes a process that serves it larger."""

import gc

import pytest

from labeling.models import Review
from labeling.queries.exports import label_rows
from labeling.queries.label_pages import EVERYTHING, label_page, review_page
from labeling.queries.paging import pages_of
from tests.world import chat_row


@pytest.fixture
def labelled(world, clock):
    world.set_queue(overlap=1, daily_cap=100)
    world.ingest(*(chat_row(f"r-{number}") for number in range(6)))
    for _ in range(6):
        world.review_next(world.ana)
    clock.shift(3600)
    return world


@pytest.fixture
def reviews_alive():
    """How many reviews are held by anything, circles among them, since the test began."""
    gc.collect()
    before = {id(one) for one in gc.get_objects() if isinstance(one, Review)}
    gc.disable()
    yield lambda: sum(isinstance(one, Review) and id(one) not in before for one in gc.get_objects())
    gc.enable()


def test_pages_follow_each_other_until_no_more_are_there(labelled):
    def read(after_id):
        return review_page(labelled.project, after_id=after_id, limit=4, purposes=EVERYTHING, now=labelled.now)

    ids = [[review.pk for review in page] for page in pages_of(read)]

    assert [len(page) for page in ids] == [4, 2]
    assert ids[0] + ids[1] == sorted(ids[0] + ids[1])


def test_rows_that_were_exported_are_let_go(labelled, reviews_alive):
    assert len(list(label_rows(labelled.project, labelled.now))) > 6

    assert reviews_alive() == 0


def test_rows_of_a_page_of_the_api_are_let_go(labelled, reviews_alive):
    page = label_page(labelled.project, after_id=0, limit=10, purposes=EVERYTHING, now=labelled.now)

    assert (len({row["review_id"] for row in page.rows}), reviews_alive()) == (6, 0)
