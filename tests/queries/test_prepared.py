"""Statements that are built once give what Django's own would, each time for the values of that time."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.db.models import F, JSONField

from labeling.models import Draft, Event, Review, ShownItem, Slot
from labeling.queries.prepared import (
    Given,
    Prepared,
    PreparedDelete,
    PreparedUpdate,
    insert,
    insert_all,
    insert_missing,
    this_thread,
)
from tests.world import chat_row

SLOTS_OF: Prepared[Slot] = Prepared(
    Slot.objects.filter(entry__item__external_id=Given("name")).select_related("entry__item", "reviewer").order_by("id")
)


def columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_rows_and_what_they_select_beside_them_are_those_of_the_queryset(world):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    world.hand_out(world.ana)
    own = Slot.objects.filter(entry__item__external_id="r-1").select_related("entry__item", "reviewer").order_by("id")

    prepared = SLOTS_OF.all(name="r-1")

    assert [columns(slot) for slot in prepared] == [columns(slot) for slot in own]
    assert [columns(slot.entry.item) for slot in prepared] == [columns(slot.entry.item) for slot in own]
    assert [slot.reviewer and columns(slot.reviewer) for slot in prepared] == [
        slot.reviewer and columns(slot.reviewer) for slot in own
    ]
    assert prepared[0].reviewer is not None
    assert prepared[1].reviewer is None


def test_what_it_selects_beside_a_row_is_not_asked_for_again(world, django_assert_num_queries):
    world.ingest(chat_row("r-1"))

    with django_assert_num_queries(1):
        (slot,) = SLOTS_OF.all(name="r-1")
        assert slot.entry.item.external_id == "r-1"


def test_a_lock_is_asked_for_where_the_database_has_one_for_rows(world, django_assert_num_queries):
    world.ingest(chat_row("r-1"))
    locked: Prepared[Slot] = Prepared(
        Slot.objects.select_for_update(no_key=True, of=("self",)).filter(entry__item__external_id=Given("name"))
    )

    with transaction.atomic(), django_assert_num_queries(1 if connection.vendor == "postgresql" else 0):
        locked.lock(name="r-1")


def test_only_what_is_given_each_time_is_left_to_be_bound(world):
    world.ingest(chat_row("r-1"))
    open_slots: Prepared[Slot] = Prepared(Slot.objects.filter(state="open", slot_no=1, queue=Given("queue")))

    (slot,) = open_slots.all(queue=world.queue.pk)

    _, sql, parameters = open_slots.compiled[connection.vendor]
    assert slot.entry.item.external_id == "r-1"
    assert [one.name for one in parameters] == ["queue"]
    assert "'open'" in sql


@pytest.mark.parametrize("name", ["it's 100 %", "%s", "%%s", "a\\b", 'the "first"'])
def test_a_constant_means_itself_whatever_signs_are_in_it(world, name):
    world.ingest(chat_row(name), chat_row("another"))
    named: Prepared[Slot] = Prepared(
        Slot.objects.filter(entry__item__external_id=name, queue=Given("queue")).select_related("entry__item")
    )

    assert [slot.entry.item.external_id for slot in named.all(queue=world.queue.pk)] == [name]


def test_each_run_takes_the_values_of_that_time(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))

    names = [SLOTS_OF.one(name=name).entry.item.external_id for name in ("r-1", "r-2", "r-1")]

    assert names == ["r-1", "r-2", "r-1"]
    assert SLOTS_OF.all(name="r-3") == []


def test_a_value_that_is_not_given_is_named(world):
    with pytest.raises(KeyError, match="name"):
        SLOTS_OF.all()


def test_one_that_is_not_there_is_said_like_get_says_it(world):
    with pytest.raises(Slot.DoesNotExist, match="r-9"):
        SLOTS_OF.one(name="r-9")


def test_a_row_that_hangs_on_another_is_there_or_is_not(world):
    world.ingest(chat_row())
    world.review_next(world.ana)
    review = Review.objects.get()
    prepared = Prepared(Review.objects.filter(pk=Given("review")).select_related("withdrawal"))

    assert not hasattr(prepared.one(review=review.pk), "withdrawal")


def test_an_update_says_how_many_rows_it_changed(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    raised = PreparedUpdate(
        Slot.objects.filter(queue=Given("queue"), priority=Given("priority")), lease_no=F("lease_no") + Given("more")
    )
    priority = Slot.objects.values_list("priority", flat=True)[0]

    assert raised(queue=world.queue.pk, priority=priority, more=3) == 2
    assert raised(queue=world.queue.pk, priority=priority + 1, more=3) == 0
    assert set(Slot.objects.values_list("lease_no", flat=True)) == {3}


def test_json_and_times_come_back_as_they_were_given(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    draft = insert(Draft(entry=hand_out.entry, reviewer=hand_out.reviewer, content={"note": "ö"}, saved_at=world.now))
    change = PreparedUpdate(Draft.objects.filter(pk=Given("draft")), content=Given("content", JSONField()))

    assert change(draft=draft.pk, content={"note": "“%s” %", "answer-tone": "3"}) == 1
    stored = Draft.objects.get()
    assert (stored.content, stored.saved_at) == ({"note": "“%s” %", "answer-tone": "3"}, world.now)
    assert PreparedDelete(Draft.objects.filter(entry=Given("entry")))(entry=hand_out.entry_id) == 1
    assert not Draft.objects.exists()


def test_a_row_that_was_stored_has_its_id_and_is_saved_from_then_on(world):
    event = insert(
        Event(kind="a.test", actor_name="system", subject={"n": 1}, content_hash="0" * 64, happened_at=world.now)
    )

    assert columns(Event.objects.get(kind="a.test")) == columns(event)
    assert not event._state.adding


def test_rows_without_ids_are_stored_at_once_and_none_is_no_statement(world, django_assert_num_queries):
    rows = [ShownItem(content_hash=letter * 64, content="{}") for letter in "ab"]

    with django_assert_num_queries(1):
        insert_all(rows)
        insert_all([])

    assert ShownItem.objects.filter(content="{}").count() == 2


def test_what_is_there_already_stays_as_it_is(world):
    with transaction.atomic():
        insert_missing(ShownItem(content_hash="a" * 64, content="the first"))
        insert_missing(ShownItem(content_hash="a" * 64, content="the second"))

    assert ShownItem.objects.get(content_hash="a" * 64).content == "the first"


def test_a_statement_is_built_once_for_each_kind_of_database(world):
    world.ingest(chat_row("r-1"))
    prepared = Prepared(Slot.objects.filter(pk=Given("slot")))
    slot = Slot.objects.get()

    prepared.one(slot=slot.pk)
    built = prepared.compiled[connection.vendor]
    prepared.one(slot=slot.pk)

    assert prepared.compiled == {connection.vendor: built}


def test_threads_that_meet_in_a_new_statement_build_it_once_and_whole(db):
    n_built = []

    class SlowlyBuilt(Prepared[Slot]):
        def compiler(self, database):
            n_built.append(1)
            time.sleep(0.05)
            return super().compiler(database)

    prepared = SlowlyBuilt(SLOTS_OF.queryset)
    threads = [threading.Thread(target=prepared.compile, args=(this_thread(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    _, sql, _ = prepared.compiled[connection.vendor]
    assert len(n_built) == 1
    assert all(table in sql for table in ("labeling_slot", "labeling_queueentry", "labeling_item", "labeling_rater"))
