"""What comes in is stored once, whole and decided; what cannot be stored is answered by name."""

import pytest
from django.db import IntegrityError

from labeling.formats.rows import parse_judge_verdict
from labeling.models import Item, ItemPayload, JudgeVerdict, Output, QueueEntry, Signal
from labeling.policy.errors import Conflict
from labeling.services import ingest
from labeling.services.ingest import ingest_reference
from labeling.services.item_signals import add_verdicts
from tests.world import chat_row, judged, pair_row, rag_row


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def test_a_row_becomes_an_item_with_its_payload_source_and_verdicts(world):
    world.ingest(chat_row())

    item = world.item("r-1")
    assert item.payload.texts == [chat_row()["output"]]
    assert item.outputs.get().model == "hidden-model"
    assert JudgeVerdict.objects.filter(item=item).count() == 3
    assert item.item_signals.get(name="judge_vote_share").value == 1.0


def test_a_pair_becomes_two_outputs_in_canonical_order(world):
    world.ingest(pair_row())

    assert [(output.side, output.model) for output in Output.objects.all()] == [(0, "model-one"), (1, "model-two")]


def test_sending_the_same_row_again_changes_nothing(world):
    world.ingest(chat_row())

    again = world.ingest(chat_row())

    assert statuses(again) == ["unchanged"]
    assert (Item.objects.count(), QueueEntry.objects.count()) == (1, 1)


def test_the_same_id_with_other_content_is_a_conflict_and_stores_nothing(world):
    world.ingest(chat_row())

    outcome = world.ingest(chat_row(output="Something else."))[0]

    assert (outcome.status, outcome.field) == ("conflict", "external_id")
    assert ItemPayload.objects.get().texts == [chat_row()["output"]]


def test_the_same_id_twice_in_one_delivery_is_stored_once(world):
    outcomes = world.ingest(chat_row(), chat_row(), chat_row(output="Something else."))

    assert statuses(outcomes) == ["created", "unchanged", "conflict"]
    assert Item.objects.count() == 1


def test_the_same_id_from_another_system_is_another_item(world):
    outcomes = world.ingest(chat_row(), chat_row(source_system="chat"))

    assert statuses(outcomes) == ["created", "created"]


def test_a_row_that_cannot_be_read_names_its_line_and_field_and_the_others_go_in(world):
    broken = chat_row("r-2", stakes="enormous")

    outcomes = world.ingest(chat_row("r-1"), broken, chat_row("r-3"))

    assert statuses(outcomes) == ["created", "invalid", "created"]
    assert (outcomes[1].line, outcomes[1].external_id, outcomes[1].field) == (2, "r-2", "stakes")


def test_a_signal_that_is_derived_here_cannot_be_sent(world):
    row = chat_row(signals=[{"name": "judge_vote_share", "kind": "repeats", "value": 1.0}])

    outcome = world.ingest(row)[0]

    assert (outcome.status, outcome.field) == ("invalid", "signals[0].name")


def test_a_chunk_that_loses_a_race_is_read_again_and_ends_in_the_same_rows(world, monkeypatch):
    store_new_rows, calls = ingest.store_new_rows, []

    def store_after_somebody_else(project, rows, **more):
        calls.append(rows)
        if len(calls) == 1:
            raise IntegrityError("unique constraint: somebody stored r-1 a moment ago")
        return store_new_rows(project, rows, **more)

    monkeypatch.setattr(ingest, "store_new_rows", store_after_somebody_else)

    outcomes = world.ingest(chat_row())

    assert statuses(outcomes) == ["created"]
    assert Item.objects.count() == 1


def test_a_chunk_that_breaks_in_the_middle_leaves_nothing_behind(world, monkeypatch):
    def crash(*_args, **_more):
        raise RuntimeError("the process was killed here")

    monkeypatch.setattr(ingest, "save_assessments", crash)

    with pytest.raises(RuntimeError):
        world.ingest(chat_row("r-1"), rag_row("r-2"))

    assert (Item.objects.count(), ItemPayload.objects.count(), Signal.objects.count()) == (0, 0, 0)


def test_a_reference_item_is_never_routed(world):
    item = ingest_reference(world.project, chat_row(), now=world.now)

    assert item.status == Item.Status.REFERENCE
    assert (item.decisions.count(), item.entries.count()) == (0, 0)


def test_verdicts_can_follow_later_and_are_stored_once(world):
    world.ingest(chat_row(judge_verdicts=[]))
    verdicts = [parse_judge_verdict(raw, "[0]") for raw in judged("pass", "fail")]

    n_first = add_verdicts(world.item("r-1"), verdicts, actor_name="token", now=world.now)
    n_second = add_verdicts(world.item("r-1"), verdicts, actor_name="token", now=world.now)

    assert (n_first, n_second) == (2, 0)


def test_the_same_run_with_another_label_is_refused(world):
    world.ingest(chat_row())
    changed = [parse_judge_verdict(raw, "[0]") for raw in judged("fail")]

    with pytest.raises(Conflict, match="another run"):
        add_verdicts(world.item("r-1"), changed, actor_name="token", now=world.now)
