"""The ingest row: what is taken, what is refused and how the refusal reads."""

import copy
import hashlib
import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.formats.rows import (
    ROW_FIELDS,
    SIGNAL_FIELDS,
    VERDICT_FIELDS,
    RowError,
    SignalRow,
    parse_judge_verdict,
    parse_row,
    parse_signal,
)

KEYS = st.sampled_from(
    sorted({*ROW_FIELDS, *VERDICT_FIELDS, *SIGNAL_FIELDS, "text", "role", "conversation", "parameters"})
)
# Keys that mean something, so that the search gets past the first refusal.
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["pairwise", "chat_reply"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


def refuse(raw):
    with pytest.raises(RowError) as caught:
        parse_row(raw, default_source_system="file")
    return caught.value


def changed(raw, path, value):
    """A copy with the value at a path of keys and indexes replaced."""
    copied = copy.deepcopy(raw)
    holder = copied
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return copied


def message_of(parse, raw):
    """What the refusal says, empty when the value is taken. Any other exception passes through and fails the test."""
    try:
        parse(raw)
    except RowError as error:
        return str(error)
    return ""


def is_storable(text):
    """A refusal is stored and shown, so it must not hold what it refuses."""
    return "\0" not in text and text == text.encode("utf-8", "replace").decode()


def nest(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


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


REFUSALS = [
    (["external_id"], None, "external_id: is required; give a text of 1 to 200 characters"),
    (["external_id"], "  ", "external_id: is blank; give a text of 1 to 200 characters"),
    (["external_id"], 17, "external_id: must be text, not a number; write it in quotes"),
    (["external_id"], "x" * 201, "external_id: is 201 characters long, the limit is 200; shorten it"),
    (["source_system"], "x" * 81, "source_system: is 81 characters long, the limit is 80; shorten it"),
    (["kind"], None, "kind: is required; give a text of 1 to 40 characters"),
    (["kind"], "Chat Reply", "kind: is 'Chat Reply'; write lower-case letters, digits and _"),
    (["kind"], "other\n", "kind: is 'other\\n'; write lower-case letters"),
    (["outptu"], "x", "outptu: unknown field 'outptu'; did you mean 'output'?"),
    (["output"], None, "output: is required; send the text to judge"),
    (["output"], {"a": 1}, "output: must be text, not an object"),
    (["outputs"], [], "outputs: is for kind 'pairwise'"),
    (["source", "modle"], "x", "source.modle: unknown field 'modle'; did you mean 'model'?"),
    (["source", "model"], "x" * 121, "source.model: is 121 characters long, the limit is 120"),
    (["source"], "m-1", "source: must be a JSON object, not text"),
    (["stakes"], "High", "stakes: is 'High'; write one of high, medium, low"),
    (["intent"], "x" * 81, "intent: is 81 characters long"),
    (["segment"], "x" * 81, "segment: is 81 characters long"),
    (["cluster"], "x" * 201, "cluster: is 201 characters long"),
    (["metadata"], [], "metadata: must be a JSON object, not a list"),
    (["review_requested"], "yes", "review_requested: must be true or false, not text"),
    (["context"], "x", "context: must be a JSON object, not text"),
    (["context", "policy"], 1, "context.policy: must be text, not a number"),
    (["context", "record"], "x", "context.record: must be a JSON object, not text"),
    (["context", "conversation"], "Hi", "context.conversation: must be a list, not text"),
    (["context", "conversation", 0], "Hi", "context.conversation[0]: must be a JSON object, not text"),
    (["context", "conversation", 0], {"text": "Hi"}, "context.conversation[0].role: is required"),
    (["context", "conversation", 0], {"role": "a"}, "context.conversation[0].text: is required"),
    (["context", "conversation", 0, "text"], ["Hi"], "context.conversation[0].text: must be text, not a list"),
    (["context", "conversation", 0, "content"], "Hi", "context.conversation[0]: has both text and content"),
    (["judge_verdicts"], {}, "judge_verdicts: must be a list, not an object"),
    (["judge_verdicts", 2], "pass", "judge_verdicts[2]: must be a JSON object, not text"),
    (["judge_verdicts", 2, "verdict"], "x", "judge_verdicts[2].verdict: unknown field 'verdict'"),
    (["judge_verdicts", 2, "judge"], None, "judge_verdicts[2].judge.name: is required"),
    (["judge_verdicts", 2, "judge", "name"], "", "judge_verdicts[2].judge.name: is blank"),
    (["judge_verdicts", 2, "judge", "temperature"], 0, "judge_verdicts[2].judge.temperature: unknown field"),
    (["judge_verdicts", 2, "judge", "parameters"], 1, "judge_verdicts[2].judge.parameters: must be a JSON object"),
    (["judge_verdicts", 2, "criterion"], None, "judge_verdicts[2].criterion: is required"),
    (["judge_verdicts", 2, "criterion"], "x" * 41, "judge_verdicts[2].criterion: is 41 characters long"),
    (["judge_verdicts", 2, "label"], None, "judge_verdicts[2].label: is required"),
    (["judge_verdicts", 2, "label"], True, "judge_verdicts[2].label: must be text, not true"),
    (["judge_verdicts", 2, "score"], "0.7", "judge_verdicts[2].score: must be a number, not text"),
    (["judge_verdicts", 2, "score"], True, "judge_verdicts[2].score: must be a number, not true"),
    (["judge_verdicts", 2, "score"], float("nan"), "judge_verdicts[2].score: is not a finite number"),
    (["judge_verdicts", 2, "confidence"], 90, "judge_verdicts[2].confidence: is 90 but must be from 0 to 1"),
    (["judge_verdicts", 2, "confidence"], -0.1, "judge_verdicts[2].confidence: is -0.1 but must be"),
    (["judge_verdicts", 2, "run"], 0, "judge_verdicts[2].run: must be a whole number from 1"),
    (["judge_verdicts", 2, "run"], 1.0, "judge_verdicts[2].run: must be a whole number from 1"),
    (["judge_verdicts", 2, "run"], True, "judge_verdicts[2].run: must be a whole number from 1"),
    (["judge_verdicts", 2, "order"], "aa", "judge_verdicts[2].order: is 'aa'; write one of single, ab, ba"),
    (["judge_verdicts", 2, "rationale"], 1, "judge_verdicts[2].rationale: must be text"),
    (["judge_verdicts", 2, "criterion"], "tone", "judge_verdicts[2]: repeats judge, criterion, run and order of "),
    (["signals", 0, "name"], None, "signals[0].name: is required"),
    (["signals", 0, "kind"], None, "signals[0].kind: is required; write one of repeats, both_orders"),
    (["signals", 0, "kind"], "guess", "signals[0].kind: is 'guess'; write one of"),
    (["signals", 0, "value"], None, "signals[0].value: is required; leave the whole signal out"),
    (["signals", 0, "value"], 1.01, "signals[0].value: is 1.01 but must be from 0 to 1"),
    (["signals", 0, "n_votes"], -1, "signals[0].n_votes: must be a whole number from 1"),
    (["signals", 0, "weight"], 1, "signals[0].weight: unknown field 'weight'; known are"),
    (["metadata", "a"], float("inf"), "metadata.a: is not a finite number"),
    (["metadata", "a"], 10**400, "metadata.a: is too large a number; write it as text"),
    (["metadata", "a"], "x\0", "metadata.a: holds a NUL character (U+0000); remove it"),
    (["metadata", "a\0"], 1, "metadata.a\\x00: has a name that cannot be stored"),
    (["metadata", "a"], "ä\ud800", "metadata.a: holds half of a surrogate pair"),
    (["metadata", "\udfff"], 1, "metadata.\\udfff: has a name that cannot be stored"),
    (["output"], "x\0", "output: holds a NUL character"),
    (["context", "unknown"], [{"deep": "\0"}], "context.unknown[0].deep: holds a NUL character"),
    (["metadata", "a"], (1, 2), "metadata.a: is a tuple, which JSON cannot write"),
    (["metadata", 1], "x", "metadata.a number: has a name that cannot be stored"),
]


@pytest.mark.parametrize(("path", "value", "message"), REFUSALS)
def test_a_wrong_field_is_refused_by_name(chat_row, path, value, message):
    assert str(refuse(changed(chat_row, path, value))).startswith(message)


def test_the_error_gives_field_and_message_apart(chat_row):
    error = refuse(changed(chat_row, ["judge_verdicts", 2, "confidence"], 2))

    assert error.field == "judge_verdicts[2].confidence"
    assert error.message == "is 2 but must be from 0 to 1; divide a percentage by 100"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["outputs"], [{"text": "x"}], "outputs: has 1 outputs; kind 'pairwise' needs exactly two"),
        (["outputs"], None, "outputs: has 0 outputs"),
        (["output"], "x", "output: is for a single output"),
        (["source"], {"model": "x"}, "source: is for a single output"),
        (["outputs", 1], "x", "outputs[1]: must be a JSON object, not text"),
        (["outputs", 1, "text"], None, "outputs[1].text: is required"),
        (["outputs", 1, "model"], "x", "outputs[1].model: unknown field 'model'; known are source, text"),
        (["outputs", 0, "source", "name"], "x", "outputs[0].source.name: unknown field"),
        (["context", "reference"], ["x"], "context.reference: must be text, not a list"),
        (["context", "pair_of"], "poem", "context.pair_of: is 'poem'; write one of chat_reply, summary"),
        (["context"], {"pair_of": "marketing_copy", "brief": 1}, "context.brief: must be text, not a number"),
        (["context"], {"pair_of": "trajectory", "runs": [{}]}, "context.runs: has 1 runs; give two"),
        (["context"], {"pair_of": "trajectory", "runs": [{}, {"steps": [1]}]}, "context.runs[1].steps[0]: must be"),
    ],
)
def test_a_wrong_pair_is_refused_by_name(pair_row, path, value, message):
    assert str(refuse(changed(pair_row, path, value))).startswith(message)


@pytest.mark.parametrize(
    ("kind", "context", "message"),
    [
        ("rag_answer", {"passages": [{"id": "P1"}]}, "context.passages[0].text: is required"),
        ("rag_answer", {"passages": ["x"]}, "context.passages[0]: must be a JSON object"),
        ("rag_answer", {"passages": [{"id": 1, "text": "x"}]}, "context.passages[0].id: must be text"),
        ("rag_answer", {"question": 1}, "context.question: must be text"),
        ("pending_action", {"action": "refund"}, "context.action: must be a JSON object"),
        ("pending_action", {"action": {"amount": "12"}}, "context.action.amount: must be a number, not text"),
        ("pending_action", {"action": {"arguments": []}}, "context.action.arguments: must be a JSON object"),
        ("pending_action", {"action": {"reversible": 0}}, "context.action.reversible: must be true or false"),
        ("anything", {"prompt": 1}, "context.prompt: must be text"),
        ("summary", {"source_text": ["x"]}, "context.source_text: must be text, not a list"),
        ("summary", {"record": "x"}, "context.record: must be a JSON object"),
        ("summary", {"claims": "x"}, "context.claims: must be a list, not text"),
        ("summary", {"claims": ["x", 1]}, "context.claims[1]: must be text, not a number"),
        ("rag_answer", {"claims": [" "]}, "context.claims[0]: is blank; write one claim in each"),
        ("extraction", {"schema": []}, "context.schema: must be a JSON object, not a list"),
        ("classification", {"labels": "x"}, "context.labels: must be a list, not text"),
        ("classification", {"labels": [7]}, "context.labels[0]: must be a JSON object, not a number"),
        ("classification", {"labels": ["a", {"description": "b"}]}, "context.labels[1].name: is required"),
        ("trajectory", {"task": {}}, "context.task: must be text"),
        ("trajectory", {"tools": {}}, "context.tools: must be a list"),
        ("trajectory", {"tools": [{"name": "a", "parameters": "b"}]}, "context.tools[0].parameters: must be a JSON"),
        ("trajectory", {"steps": {}}, "context.steps: must be a list"),
        ("trajectory", {"steps": [{}, "x"]}, "context.steps[1]: must be a JSON object, not text"),
        ("trajectory", {"steps": [{"tool": 1}]}, "context.steps[0].tool: must be text, not a number"),
        (
            "trajectory",
            {"steps": [{"arguments": [1]}]},
            "context.steps[0].arguments: must be a JSON object, not a list",
        ),
        ("trajectory", {"steps": [{"status": "done"}]}, "context.steps[0].status: is 'done'; write one of ok, error"),
        ("code_diff", {"task": 1}, "context.task: must be text"),
        ("plan", {"policy": 1}, "context.policy: must be text"),
        ("marketing_copy", {"brief": ["x"]}, "context.brief: must be text"),
    ],
)
def test_a_wrong_context_is_refused_by_name(kind, context, message):
    raw = {"external_id": "1", "kind": kind, "output": "x", "context": context}

    assert str(refuse(raw)).startswith(message)


def test_twenty_levels_are_taken_and_one_more_is_refused():
    def row(levels):
        return {"external_id": "1", "kind": "other", "output": "x", "metadata": {"a": nest(levels)}}

    parse_row(row(18), default_source_system="file")

    assert refuse(row(19)).message == "is nested deeper than 20 levels; flatten it"


def test_a_verdict_may_repeat_with_another_run_order_or_parameters(chat_row):
    first = chat_row["judge_verdicts"][0]
    again = [{**first, "run": 2}, {**first, "order": "ab"}, {**first, "judge": {"name": "j", "model": "g"}}]
    other_parameters = {**first, "judge": {**first["judge"], "parameters": {"t": 1}}}
    chat_row["judge_verdicts"] = [first, *again, other_parameters]

    assert len(parse_row(chat_row, default_source_system="file").judge_verdicts) == 5


def test_a_signal_name_given_twice_is_refused(chat_row):
    chat_row["signals"] *= 2

    assert refuse(chat_row).field == "signals[1].name"


@pytest.mark.parametrize(("raw", "name"), [([], "a list"), (None, "null"), ("x", "text"), (1, "a number")])
def test_a_row_that_is_no_object_is_refused(raw, name):
    assert str(refuse(raw)) == f"must be a JSON object, not {name}"


def test_a_verdict_alone_is_refused_under_the_path_it_was_sent_with():
    with pytest.raises(RowError) as caught:
        parse_judge_verdict({"judge": {"name": "j\0"}}, "verdicts[3]")

    assert caught.value.field == "verdicts[3].judge.name"


def test_a_signal_alone_is_read():
    assert parse_signal({"name": "n", "kind": "novelty", "value": 1}, "signal") == SignalRow("n", "novelty", 1.0)


@given(JSON_VALUES)
def test_any_json_value_is_taken_or_refused_with_a_row_error(raw):
    complete = {"external_id": "1", "kind": "chat_reply", "output": "x"}
    embedded = {**complete, **raw} if isinstance(raw, dict) else {**complete, "context": raw}

    messages = [message_of(partial(parse_row, default_source_system="file"), sent) for sent in (raw, embedded)]

    assert all(is_storable(message) for message in messages)


@given(JSON_VALUES)
def test_any_verdict_or_signal_alone_is_taken_or_refused_with_a_row_error(raw):
    messages = [message_of(partial(parse, path="sent[0]"), raw) for parse in (parse_judge_verdict, parse_signal)]

    assert all(is_storable(message) for message in messages)


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
