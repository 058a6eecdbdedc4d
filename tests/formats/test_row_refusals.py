"""What an ingest row may not be: every refusal names its field, and nothing else is ever raised."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.formats.rows import (
    ROW_FIELDS,
    SIGNAL_FIELDS,
    VERDICT_FIELDS,
    RowError,
    parse_judge_verdict,
    parse_row,
    parse_signal,
)
from tests.formats.changing import changed

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
