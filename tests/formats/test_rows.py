"""The ingest row: what is taken and what it hashes to."""

import copy
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.formats.rows import SignalRow, parse_judge_verdict, parse_row, parse_signal
from tests.formats.changing import changed


def test_a_complete_row_keeps_every_field(chat_row):
    row = parse_row(chat_row, default_source_system="file")

    assert (row.external_id, row.source_system, row.kind) == ("chat-17", "helpdesk", "chat_reply")
    assert row.context == chat_row["context"]
    assert row.outputs[0].text == "The second charge is refunded."
    assert (row.outputs[0].model, row.outputs[0].version) == ("m-1", "2")
    assert (row.outputs[0].family, row.outputs[0].prompt_version) == ("m", "p3")
    assert (row.stakes, row.intent, row.segment) == ("medium", "refund", "eu")
    assert (row.cluster_key, row.metadata) == ("conversation-9", {"amount": 12.5})
    assert [verdict.criterion for verdict in row.judge_verdicts] == ["overall", "tone", "facts"]
    assert row.judge_verdicts[0].parameters == {"t": 0}
    assert row.signals == (SignalRow("stated_confidence", "stated", 0.8),)
    assert row.is_review_requested


def test_a_short_row_gets_the_stated_defaults():
    row = parse_row({"external_id": "1", "kind": "other", "output": "x"}, default_source_system="file")

    assert (row.source_system, row.stakes, row.intent, row.cluster_key) == ("file", "unstated", "", "")
    assert (row.context, row.metadata, row.judge_verdicts, row.signals) == ({}, {}, (), ())
    assert not row.is_review_requested


def test_null_says_the_same_as_leaving_a_field_out():
    short = {"external_id": "1", "kind": "other", "output": "x"}
    nulls = {**short, "stakes": None, "intent": None, "metadata": None, "context": {"prompt": None}, "signals": None}

    first, second = (parse_row(raw, default_source_system="file") for raw in (short, nulls))

    assert first == second


def test_missing_score_and_confidence_stay_missing():
    verdict = parse_judge_verdict({"judge": {"name": "j"}, "criterion": "c", "label": "pass"}, "verdicts[0]")

    assert verdict.score_raw is None
    assert verdict.confidence is None
    assert (verdict.run, verdict.order, verdict.rationale) == (1, "single", "")


def test_a_pair_keeps_its_order(pair_row):
    row = parse_row(pair_row, default_source_system="file")

    assert [output.text for output in row.outputs] == ["This.", "That."]
    assert [output.model for output in row.outputs] == ["m-1", ""]


def test_content_is_taken_for_the_text_of_a_turn(chat_row):
    turn = {"role": "customer", "content": "I was charged twice."}
    raw = changed(chat_row, ["context", "conversation", 0], turn)

    row = parse_row(raw, default_source_system="file")

    assert row.context["conversation"] == [{"role": "customer", "text": "I was charged twice."}]
    assert row.content_hash == parse_row(chat_row, default_source_system="file").content_hash


def test_parsing_leaves_what_was_sent_unchanged(chat_row):
    chat_row["context"] = {"conversation": [{"role": "a", "content": "b"}], "policy": None}
    before = copy.deepcopy(chat_row)

    parse_row(chat_row, default_source_system="file")

    assert chat_row == before


def test_an_empty_output_is_taken():
    row = parse_row({"external_id": "1", "kind": "other", "output": ""}, default_source_system="file")

    assert row.outputs[0].text == ""


def test_context_of_an_unknown_part_is_stored_as_it_came(chat_row):
    chat_row["context"]["screenshots"] = [1, {"any": "thing"}]

    row = parse_row(chat_row, default_source_system="file")

    assert row.context["screenshots"] == [1, {"any": "thing"}]


def test_hash_is_that_of_the_canonical_json():
    row = parse_row({"external_id": "1", "kind": "other", "output": "ä"}, default_source_system="file")
    canonical = (
        '{"cluster":"","context":{},"external_id":"1","intent":"","kind":"other","metadata":{},'
        '"outputs":[["ä","","","",""]],"review_requested":false,"segment":"","source_system":"file",'
        '"stakes":"unstated"}'
    )

    assert row.content_hash == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize("late", ["judge_verdicts", "signals"])
def test_what_may_come_late_does_not_change_the_hash(chat_row, late):
    full = parse_row(chat_row, default_source_system="file")
    del chat_row[late]

    assert parse_row(chat_row, default_source_system="file").content_hash == full.content_hash


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["external_id"], "chat-18"),
        (["source_system"], "other"),
        (["context", "policy"], "none"),
        (["output"], "No."),
        (["source", "model"], "m-2"),
        (["stakes"], "high"),
        (["intent"], "x"),
        (["segment"], "x"),
        (["cluster"], "x"),
        (["metadata", "amount"], 13),
        (["review_requested"], False),
    ],
)
def test_any_other_change_changes_the_hash(chat_row, path, value):
    other = parse_row(changed(chat_row, path, value), default_source_system="file")

    assert other.content_hash != parse_row(chat_row, default_source_system="file").content_hash


def test_a_verdict_may_repeat_with_another_run_order_or_parameters(chat_row):
    first = chat_row["judge_verdicts"][0]
    again = [{**first, "run": 2}, {**first, "order": "ab"}, {**first, "judge": {"name": "j", "model": "g"}}]
    other_parameters = {**first, "judge": {**first["judge"], "parameters": {"t": 1}}}
    chat_row["judge_verdicts"] = [first, *again, other_parameters]

    assert len(parse_row(chat_row, default_source_system="file").judge_verdicts) == 5


def test_a_signal_alone_is_read():
    assert parse_signal({"name": "n", "kind": "novelty", "value": 1}, "signal") == SignalRow("n", "novelty", 1.0)


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.integers() | st.text("aä")))
def test_the_hash_does_not_depend_on_the_order_of_keys(metadata):
    raw = {"external_id": "1", "kind": "other", "output": "x", "metadata": metadata}
    turned = {key: raw[key] for key in reversed(raw)}
    turned["metadata"] = {key: metadata[key] for key in reversed(metadata)}
    sent_again = json.loads(json.dumps(turned))

    hashes = {parse_row(one, default_source_system="file").content_hash for one in (raw, turned, sent_again)}

    assert len(hashes) == 1


def test_a_row_without_an_author_keeps_the_hash_from_before_there_was_one():
    row = {"external_id": "r-1", "kind": "chat_reply", "context": {}, "output": "Hello."}

    plain, named = (parse_row({**row, **more}, default_source_system="api") for more in ({}, {"author": " ana "}))

    assert plain.content_hash == "ba77e6485b3a80d5fe3424cd92f1de57ede053ad352fbf4fa56cb7f5727c71c8"
    assert named.content_hash != plain.content_hash
    assert named.author == "ana"
