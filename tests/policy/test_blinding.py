"""Blinding: what is not on the allow-list cannot be in the record of what was shown, whatever a producer sends."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.policy.blind_parts import Fact, Passage, Turn
from labeling.policy.blind_runs import Run, Step, Tool
from labeling.policy.blinding import (
    ALLOWED,
    FIRST_PARTS,
    PAIRED_KINDS,
    BlindItem,
    blind_item,
    canonical_choice,
    item_of_record,
    order_for,
)
from labeling.policy.extraction import Field

CANARY = "canary-7f3a"
KINDS = [*ALLOWED, "anything else"]
FULL_CONTEXT = {
    "question": "How long is the warranty?",
    "prompt": "Answer from the passages.",
    "conversation": [{"role": "customer", "text": "Hello?"}],
    "passages": [{"id": "w-1", "title": "Warranty", "text": "Two years."}],
    "policy": "Be kind.",
    "record": {"order_id": "A-1"},
    "action": {"name": "refund", "amount": 20, "currency": "EUR", "reversible": False, "arguments": {"order": "A-1"}},
    "reference": "Two years.",
    "task": "Refund the kettle.",
    "brief": "Two lines about the kettle.",
    "source_text": "The kettle holds a litre.",
    "claims": ["It holds a litre."],
    "labels": ["returns", {"name": "delivery", "description": "Where is it?"}],
    "schema": {
        "type": "object",
        "required": ["order"],
        "properties": {
            "order": {"type": "string", "description": "Its number"},
            "lines": {"type": "array", "items": {"properties": {"n": {"type": ["integer", "null"], "enum": [1, 2]}}}},
        },
    },
    "tools": [
        "find_order",
        {"name": "refund", "description": "Pays back.", "parameters": {"$id": "x", "properties": {"n": {}}}},
    ],
    "steps": [
        {"reasoning": "Look first.", "tool": "find_order", "arguments": {"order": "A-1"}, "observation": {"total": 20}},
        {"tool": "refund", "arguments": "{broken", "observation": "No such order.", "status": "error"},
    ],
    "end_state": {"refunded": False},
    "runs": [{"steps": [{"reasoning": "First"}], "end_state": "a"}, {"steps": [{"reasoning": "Second"}]}],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "key", ["model", "version", "family", "prompt_version", "source", "judge", "verdict", "gold", "stakes", "Question"]
)
def test_a_value_under_any_other_key_never_reaches_a_reviewer(kind, key):
    context = {**FULL_CONTEXT, key: CANARY, f"{key}_more": {"text": CANARY, "question": [CANARY]}}

    assert CANARY not in blind_item(kind, context, ["output"]).canonical()


@pytest.mark.parametrize("part", sorted(set(FULL_CONTEXT) - {"record", "end_state"}))
@pytest.mark.parametrize("shape", ["more keys", "object", "list of objects", "object in a text"])
def test_a_value_under_another_key_inside_a_part_never_reaches_a_reviewer(part, shape):
    hidden = {"model": CANARY, "score": {"text2": CANARY}, "tool_calls": [CANARY], "id": CANARY, "$id": CANARY}
    own = FULL_CONTEXT[part]
    planted = {
        "more keys": [{**one, **hidden} if isinstance(one, dict) else hidden for one in own]
        if isinstance(own, list)
        else {**own, **hidden}
        if isinstance(own, dict)
        else own,
        "object": hidden,
        "list of objects": [hidden, [hidden]],
        "object in a text": [{"role": hidden, "text": hidden, "content": hidden, "title": [hidden]}],
    }[shape]

    context = {**FULL_CONTEXT, part: planted}
    shown = {kind: blind_item(kind, context, ["output"]).canonical() for kind in KINDS}
    shown |= {one: blind_item("pairwise", {**context, "pair_of": one}, ["a", "b"]).canonical() for one in PAIRED_KINDS}

    assert [kind for kind, content in shown.items() if CANARY in content] == []


@given(st.sampled_from(KINDS), st.dictionaries(st.text(max_size=12), st.just({"text": CANARY, "role": CANARY})))
def test_no_key_that_is_not_listed_is_ever_shown(kind, extra):
    context = {name: value for name, value in extra.items() if name not in FULL_CONTEXT}

    assert CANARY not in blind_item(kind, {**FULL_CONTEXT, **context}, ["output"]).canonical()


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("chat_reply", {"conversation", "policy", "record"}),
        ("rag_answer", {"question", "conversation", "passages", "policy", "claims"}),
        ("pending_action", {"conversation", "policy", "record", "action"}),
        ("pairwise", {"question", "conversation", "passages", "policy", "reference"}),
        ("summary", {"question", "conversation", "source_text", "record", "policy", "claims"}),
        ("extraction", {"question", "source_text", "fields", "policy"}),
        ("classification", {"question", "conversation", "source_text", "labels", "policy"}),
        ("trajectory", {"task", "conversation", "policy", "record", "tools", "steps", "end_state"}),
        ("code_diff", {"task", "policy", "record"}),
        ("plan", {"task", "policy", "record"}),
        ("marketing_copy", {"brief", "policy", "record"}),
        ("anything else", {"question", "conversation"}),
    ],
)
def test_each_kind_shows_its_own_parts(kind, parts):
    shown = blind_item(kind, FULL_CONTEXT, ["output"]).parts()

    assert {name for name, part in shown.items() if part} == {"kind", "texts", *parts}


@pytest.mark.parametrize("kind", ["poem", "gpt-4o answers", "", "other"])
def test_a_kind_nobody_knows_is_shown_as_other(kind):
    assert blind_item(kind, {}, ["output"]).kind == "other"


@pytest.mark.parametrize("kind", ["rag_answer", "pairwise", "poem"])
def test_the_prompt_stands_in_for_a_missing_question(kind):
    assert blind_item(kind, {"prompt": "Why?"}, ["output"]).question == "Why?"


def test_a_question_is_preferred_to_the_prompt():
    assert blind_item("poem", FULL_CONTEXT, ["output"]).question == "How long is the warranty?"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [5, True, "text", 1.5, [1, "two", None, []], {"a": 1}, [[{"text": "deep"}]]])
def test_an_odd_shape_stops_no_queue(kind, value):
    context = dict.fromkeys(FULL_CONTEXT, value)

    item = blind_item(kind, context, ["output"])

    assert json.loads(item.canonical())["texts"] == ["output"]


def test_turns_keep_their_role_and_words():
    conversation = [
        {"role": "customer", "text": "Hello?", "model": CANARY},
        {"role": "assistant", "content": [{"type": "text", "text": "Hi."}, {"type": "image", "url": CANARY}]},
        {"role": "tool", "text": None},
    ]

    item = blind_item("chat_reply", {"conversation": conversation}, ["output"])

    assert item.conversation == (Turn("customer", "Hello?"), Turn("assistant", "Hi."), Turn("tool", ""))


def test_a_passage_is_labelled_by_rank_unless_the_output_cites_it():
    passages = [{"id": "retriever-x/1", "text": "one"}, {"id": "w-2", "title": "Two", "text": "two"}, {"text": "three"}]

    item = blind_item("rag_answer", {"passages": passages}, ["As [w-2] says."])

    assert item.passages == (Passage("P1", "", "one"), Passage("w-2", "Two", "two"), Passage("P3", "", "three"))


def test_a_record_is_shown_whole_and_an_action_by_its_listed_parts():
    action = {**FULL_CONTEXT["action"], "requested_by_model": CANARY}

    item = blind_item("pending_action", {"record": {"order_id": "A-1", "n": 2}, "action": action}, ["output"])

    assert item.record == (Fact("n", "2"), Fact("order id", "A-1"))
    assert item.action == (
        Fact("name", "refund"),
        Fact("amount", "20"),
        Fact("currency", "EUR"),
        Fact("reversible", "false"),
        Fact("argument order", "A-1"),
    )


@pytest.mark.parametrize("digits", ["1e30", "9" * 40, "NaN", "a lot"])
def test_an_amount_that_cannot_be_counted_in_cents_stays_as_it_came(digits):
    item = blind_item("pending_action", {"action": {"name": "refund", "amount": digits}}, ["output"])

    assert item.proposal.amount == digits


def test_canonical_json_says_everything_and_its_hash_is_stable():
    item = blind_item("pairwise", FULL_CONTEXT, ["Größe: ½", "second"])
    again = blind_item("pairwise", dict(reversed(FULL_CONTEXT.items())), ["Größe: ½", "second"])

    assert set(json.loads(item.canonical())) == FIRST_PARTS
    assert again.canonical() == item.canonical()
    assert again.content_hash() == item.content_hash()


@pytest.mark.parametrize(
    ("kind", "pair_of"), [*((kind, "") for kind in KINDS), *(("pairwise", kind) for kind in sorted(PAIRED_KINDS))]
)
def test_a_record_gives_back_the_item_that_it_was_made_of(kind, pair_of):
    item = blind_item(kind, {**FULL_CONTEXT, "pair_of": pair_of}, ["Größe: ½", "[w-1]"])

    assert item_of_record(item.canonical()) == item
    assert item_of_record(item.canonical()).canonical() == item.canonical()


def test_a_chat_reply_keeps_the_hash_that_it_had_before_there_were_other_kinds():
    context = {"conversation": [{"role": "customer", "text": "Hello?"}], "policy": "Be kind.", "record": {"n": 1}}

    item = blind_item("chat_reply", {**FULL_CONTEXT, **context}, ["Hi."])

    assert item.canonical() == (
        '{"action":[],"conversation":[{"role":"customer","text":"Hello?"}],"kind":"chat_reply","passages":[],'
        '"policy":"Be kind.","question":"","record":[{"name":"n","value":"1"}],"reference":"","texts":["Hi."]}'
    )
    assert item.content_hash() == "864e09db598251bb7eb88331ee97d5915b4104afeeb6dd858bd2cb760c697c5d"


def test_the_hash_of_a_record_does_not_change_between_releases():
    # SHA-256 of the text written out by hand: what was shown years ago must still be found by it.
    item = BlindItem(kind="other", texts=("é",), question="q")

    assert item.canonical() == (
        '{"action":[],"conversation":[],"kind":"other","passages":[],"policy":"","question":"q",'
        '"record":[],"reference":"","texts":["é"]}'
    )
    assert item.content_hash() == "a92ea94c9aea898dfac8264d5a97c0031fef4cc194e45d08720bf6d0971f8242"


@pytest.mark.parametrize("change", [{"texts": ["b", "a"]}, {"texts": ["a"]}, {"kind": "rag_answer"}])
def test_another_record_has_another_hash(change):
    item = {"kind": "pairwise", "context": FULL_CONTEXT, "texts": ["a", "b"]}

    assert blind_item(**item).content_hash() != blind_item(**{**item, **change}).content_hash()


@pytest.mark.parametrize(("order", "texts"), [("ab", ("a", "b")), ("ba", ("b", "a"))])
def test_a_pair_is_shown_in_the_order_drawn(order, texts):
    assert blind_item("pairwise", {}, ["a", "b"]).in_order(order).texts == texts


def test_a_single_output_has_one_order():
    item = blind_item("chat_reply", {}, ["a"])

    assert item.in_order("single") == item
    assert not item.is_pair


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("side", ["a", "b"])
def test_the_side_chosen_on_the_page_is_the_side_stored(order, side):
    item = blind_item("pairwise", {}, ["text of a", "text of b"])
    seen = dict(zip("ab", item.in_order(order).texts, strict=True))

    stored = canonical_choice(side, order)

    assert f"text of {stored}" == seen[side]
    assert canonical_choice(stored, order) == side


@pytest.mark.parametrize("value", ["tie", "n/a", "", "4"])
def test_what_is_no_side_is_the_same_in_every_order(value):
    assert [canonical_choice(value, order) for order in ("single", "ab", "ba")] == [value] * 3


def test_showing_twice_in_reverse_is_showing_as_stored():
    item = blind_item("pairwise", FULL_CONTEXT, ["a", "b"])

    assert item.in_order("ba").in_order("ba") == item


def test_the_order_of_a_pair_is_a_fair_coin():
    n_draws = 20_000
    n_ab = sum(order_for("secret", reviewer_id=n % 7, item_id=n, n_texts=2) == "ab" for n in range(n_draws))

    # Four binomial standard errors around a half.
    assert abs(n_ab / n_draws - 0.5) < 4 * math.sqrt(0.25 / n_draws)


def test_two_reviewers_agree_on_an_order_half_of_the_time():
    n_items = 20_000
    n_same = sum(
        order_for("secret", reviewer_id=1, item_id=n, n_texts=2)
        == order_for("secret", reviewer_id=2, item_id=n, n_texts=2)
        for n in range(n_items)
    )

    assert abs(n_same / n_items - 0.5) < 4 * math.sqrt(0.25 / n_items)


def test_the_order_is_the_same_on_every_revisit():
    orders = {order_for("secret", reviewer_id=3, item_id=9, n_texts=2) for _ in range(50)}

    assert len(orders) == 1


def test_one_text_has_no_order():
    assert {order_for("secret", reviewer_id=1, item_id=n, n_texts=1) for n in range(50)} == {"single"}


# --- kinds --------------------------------------------------------------------------------------------------------


def test_a_run_keeps_its_tools_and_steps_with_their_arguments_whole():
    item = blind_item("trajectory", FULL_CONTEXT, ["Done."])

    assert item.tools == (
        Tool("find_order", "", ()),
        Tool("refund", "Pays back.", (Field(("n",), (), is_required=False, choices=(), note=""),)),
    )
    assert item.steps == (
        Step("Look first.", "find_order", '{"order": "A-1"}', '{"total": 20}', ""),
        Step("", "refund", "{broken", "No such order.", "error"),
    )
    assert item.end_state == '{"refunded": false}'


def test_a_step_of_an_odd_shape_keeps_its_place():
    item = blind_item("trajectory", {"steps": [{"tool": "a"}, 7, "words", {"status": CANARY}]}, [""])

    assert [(step.tool, step.reasoning, step.status) for step in item.steps] == [
        ("a", "", ""),
        ("", "", ""),
        ("", "words", ""),
        ("", "", ""),
    ]


def test_a_schema_is_shown_as_the_fields_it_asks_for():
    assert blind_item("extraction", FULL_CONTEXT, ["{}"]).fields == (
        Field(("lines",), ("array",), is_required=False, choices=(), note=""),
        Field(("lines", "[]", "n"), ("integer", "null"), is_required=False, choices=("1", "2"), note=""),
        Field(("order",), ("string",), is_required=True, choices=(), note="Its number"),
    )


def test_known_labels_keep_what_they_mean():
    assert blind_item("classification", FULL_CONTEXT, ["returns"]).labels == (
        Fact("returns", ""),
        Fact("delivery", "Where is it?"),
    )


def test_a_pair_shows_what_its_kind_shows_but_nothing_that_belongs_to_one_of_the_two():
    item = blind_item("pairwise", {**FULL_CONTEXT, "pair_of": "summary"}, ["a", "b"])

    shown = {name for name, part in item.parts().items() if part}
    assert shown == {
        *("kind", "texts", "pair_of", "question", "conversation", "passages", "policy", "reference"),
        *("source_text", "record"),
    }
    assert item.kind_of_texts == "summary"


def test_the_runs_of_a_pair_change_sides_with_their_outputs():
    item = blind_item("pairwise", {**FULL_CONTEXT, "pair_of": "trajectory"}, ["text of a", "text of b"])

    shown = item.in_order("ba")

    assert item.runs == (Run((Step("First", "", "", "", ""),), "a"), Run((Step("Second", "", "", "", ""),), ""))
    assert (shown.texts, shown.runs) == (("text of b", "text of a"), tuple(reversed(item.runs)))
    assert not item.steps


@pytest.mark.parametrize("runs", [[{}], [{}, {}, {}], "text", {"steps": []}])
def test_runs_that_are_not_two_are_not_shown_beside_the_wrong_output(runs):
    assert blind_item("pairwise", {"pair_of": "trajectory", "runs": runs}, ["a", "b"]).runs == ()


@pytest.mark.parametrize(("kind", "pair_of"), [("pairwise", CANARY), ("pairwise", "pairwise"), ("summary", "plan")])
def test_a_pair_of_what_nobody_knows_is_a_plain_pair(kind, pair_of):
    assert blind_item(kind, {"pair_of": pair_of}, ["a", "b"]).pair_of == ""


def test_a_schema_without_end_stops_no_queue():
    endless = {"properties": {f"field {number}": {"type": "string"} for number in range(1_000)}}
    deep = {"type": "string"}
    for _ in range(50):
        deep = {"properties": {"in": deep}}

    assert len(blind_item("extraction", {"schema": endless}, ["{}"]).fields) == 300
    assert len(blind_item("extraction", {"schema": deep}, ["{}"]).fields) == 8
