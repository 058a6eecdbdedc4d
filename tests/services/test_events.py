"""The audit trail is complete, append-only and sealed into a chain."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import Event, EventSeal
from labeling.services.events import seal_events
from tests.world import chat_row


def test_what_happens_is_written_with_who_did_it_and_no_content(world):
    world.ingest(chat_row())
    world.review_next(world.ana, note="A secret of the customer.")

    event = Event.objects.get(kind="review.submitted")

    assert event.actor == world.ana
    assert set(event.subject) == {"review_id", "entry_id", "revision"}


def test_sealing_chains_every_event_once(world):
    n_events = Event.objects.filter(project=world.project).count()

    n_first = seal_events(world.project, now=world.now)
    n_second = seal_events(world.project, now=world.now)

    assert (n_first, n_second) == (n_events, 0)
    assert list(EventSeal.objects.order_by("sequence").values_list("sequence", flat=True)) == list(
        range(1, n_events + 1)
    )


def test_the_database_refuses_to_change_or_delete_an_event(world):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.update(kind="nothing.happened")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all()._raw_delete("default")
