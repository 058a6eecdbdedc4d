"""Many rows at once are the rows that one at a time would be."""

import pytest
from django.db import IntegrityError, transaction

from labeling.models import Item, ItemPayload, Signal
from labeling.services.new_rows import insert_objects, insert_rows
from tests.world import chat_row

COLUMNS = ("item_id", "name", "kind", "value", "n_votes")


def new_items(world, *names):
    like = world.item("r-1")
    fields = {field.attname: getattr(like, field.attname) for field in Item._meta.concrete_fields}
    return [Item(**{**fields, "id": None, "external_id": name}) for name in names]


def test_objects_get_ids_that_later_ones_do_not_get_again(world):
    world.ingest(chat_row("r-1"))
    items = new_items(world, "a", "b")

    insert_objects(items)
    items[1].delete()
    world.ingest(chat_row("r-2"))

    assert items[0].pk == world.item("a").pk
    assert world.item("a").created_at == items[0].created_at
    assert len({world.item(name).pk for name in ("r-1", "a", "r-2")}) == 3


def test_a_column_that_is_not_named_is_refused(world):
    with pytest.raises(ValueError, match="Signal has n_votes as well"):
        insert_rows(Signal, COLUMNS[:-1], [])


def test_a_row_that_is_there_is_refused_or_takes_the_new_values(world):
    world.ingest(chat_row("r-1"))
    item_id = world.item("r-1").pk
    insert_rows(Signal, COLUMNS, [(item_id, "length", "other", 0.5, 1)])

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Signal, COLUMNS, [(item_id, "length", "other", 0.7, 2)])
    insert_rows(Signal, COLUMNS, [(item_id, "length", "other", 0.7, 2)], replacing=("item_id", "name"))

    kept = Signal.objects.get(item=item_id, name="length")
    assert (kept.value, kept.n_votes) == (0.7, 2)


def test_constraints_hold_as_ever(world):
    world.ingest(chat_row("r-1"))

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Signal, COLUMNS, [(world.item("r-1").pk, "length", "other", 1.5, 1)])


def test_what_rows_share_and_what_only_looks_alike_is_stored_as_each_said_it(world):
    world.ingest(*[chat_row(f"r-{number}") for number in range(3)])
    shared, alike = {"text": "one"}, {"text": "one"}
    columns = ("item_id", "context", "texts")
    ids = [world.item(f"r-{number}").pk for number in range(3)]
    rows = ((pk, {"number": pk}, [texts]) for pk, texts in zip(ids, (shared, shared, alike), strict=True))

    insert_rows(ItemPayload, columns, rows, replacing=("item_id",))

    stored = ItemPayload.objects.filter(item__in=ids).order_by("item").values_list(*columns)
    assert list(stored) == [(pk, {"number": pk}, [{"text": "one"}]) for pk in ids]
