"""Extractions: what became of each field that a schema asks for, in the words of whoever has to judge it."""

import json

import pytest

from labeling.policy.extraction import LONGEST_TRIED, shown_fields, try_fields

INVOICE = shown_fields(
    {
        "required": ["number", "lines"],
        "properties": {
            "number": {"type": "string"},
            "paid": {"type": ["boolean", "null"]},
            "currency": {"enum": ["EUR", "USD"]},
            "lines": {
                "type": "array",
                "items": {"required": ["price"], "properties": {"price": {"type": "number"}, "n": {"type": "integer"}}},
            },
            "a.b": {"type": "string"},
        },
    }
)


def found(document):
    result = try_fields(json.dumps(document), INVOICE)
    return {one.field.name: one.words for one in result.fields}


def test_a_document_as_asked_for_has_nothing_wrong():
    document = {"number": "17", "paid": None, "currency": "EUR", "lines": [{"price": 1, "n": 2.0}], "a.b": "x"}

    result = try_fields(json.dumps(document), INVOICE)

    assert (result.n_wrong, result.complaint, result.unasked) == (0, "", ())
    assert {one.words for one in result.fields} == {"found"}
    assert {one.look for one in result.fields} == {"ok"}


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ({}, "number", "is missing"),
        ({}, "paid", "not there"),
        ({"number": 17}, "number", "is a number, not text"),
        ({"number": None}, "number", "is null, not text"),
        ({"paid": 1}, "paid", "is a number, not true or false or null"),
        ({"currency": "GBP"}, "currency", "is 'GBP', none of its values"),
        ({"lines": {}}, "lines", "is an object, not a list"),
        ({"lines": []}, "lines[].price", "not there"),
        ({"lines": [{"n": 1}]}, "lines[].price", "is missing"),
        ({"lines": [{"price": 1, "n": 1.5}]}, "lines[].n", "is a number, not a whole number"),
        ({"lines": [{"price": 1}, {}, 7]}, "lines[].price", "lines[1].price is missing"),
        (
            {"lines": [{"price": True}, {"price": "1"}]},
            "lines[].price",
            "lines[0].price is true or false, not a number",
        ),
    ],
)
def test_what_is_wrong_is_said_by_place(document, field, words):
    assert found(document)[field].startswith(words)


def test_many_wrong_places_are_counted():
    assert found({"lines": [{}] * 9})["lines[].price"].endswith("lines[4].price is missing and 4 more")


def test_keys_that_nobody_asked_for_are_named_once():
    document = {"number": "1", "iban": 1, "lines": [{"price": 1, "vat": 2}, {"price": 1, "vat": 3}]}

    assert try_fields(json.dumps(document), INVOICE).unasked == ("iban", "lines[].vat")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "This is not JSON: expecting value in line 1, column 1."),
        ("```json\n{}\n```", "This is not JSON"),
        ('{"a": 1,\n}', "in line 2, column 1"),
        ("[" * 100_000, "nests too deep"),
        (" " * (LONGEST_TRIED + 1), "Longer than 200,000 characters"),
    ],
)
def test_what_cannot_be_tried_says_why(text, words):
    result = try_fields(text, INVOICE)

    assert words in result.complaint
    assert result.fields == ()


def test_without_a_schema_only_the_json_is_tried():
    assert try_fields('{"a": 1}', ()).complaint == ""
    assert try_fields("{a: 1}", ()).complaint


@pytest.mark.parametrize("document", [[], "text", 7, None, [[{"number": 1}]]])
def test_a_document_of_another_shape_stops_nothing(document):
    assert len(found(document)) == len(INVOICE)


def test_a_number_too_large_to_count_with_is_a_whole_one():
    fields = shown_fields({"properties": {"n": {"type": "integer"}}})

    result = try_fields('{"n": 1%s}' % ("0" * 400), fields)

    assert [one.words for one in result.fields] == ["found"]


def test_of_very_many_entries_the_first_wrong_ones_are_named():
    fields = shown_fields({"items": {"required": ["a"], "properties": {"a": {"type": "string"}}}})

    (one,) = try_fields(json.dumps([{}] * 30), fields).fields

    assert one.words == f"{'; '.join(f'[{n}].a is missing' for n in range(5))} and 25 more"
