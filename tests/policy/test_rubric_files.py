"""A rubric's JSON: out and in again it is the same, and whatever is wrong is named by its path."""

import json
from decimal import Decimal

import pytest

from labeling.policy.rubric_files import FORMAT, Reading, document_of, fingerprint_of, read_document, read_json
from labeling.policy.rubric_rules import WrittenRubric
from labeling.policy.rubrics import AskedWhen, Bounds, Option, Question

EVERY_FIELD = WrittenRubric(
    name="Every field",
    key="every-field",
    instructions="Read it.\nThen judge.",
    asks_verdict=False,
    questions=(
        Question(
            key="right",
            question="Is it right?",
            scale="binary",
            options=(Option("yes", "Ja"), Option("no", "Nein", "Falsch.", is_passing=False)),
            hint="Look twice.",
            is_required=False,
            allows_na=True,
            is_gating=True,
            rationale_on=("no",),
            weight=Decimal("2.25"),
            parts="claim",
        ),
        Question(
            key="share",
            question="Which share?",
            scale="interval",
            options=(),
            bounds=Bounds(Decimal("0.1"), Decimal("99.9"), step=Decimal("0.1"), passing_from=Decimal(50)),
        ),
        Question("tone", "Tone?", "nominal", (Option("good", "Good"), Option("bad", "Bad")), weight=Decimal(25)),
        Question("why", "Why?", "text", (), asked_when=AskedWhen("tone", ("bad",))),
    ),
)


def as_file(rubric=EVERY_FIELD, **changes):
    return json.dumps({**document_of(rubric), **changes}).encode()


def test_out_and_in_again_it_is_the_same():
    assert read_json(as_file()) == Reading(EVERY_FIELD, {})


def test_a_file_written_by_hand_may_leave_out_what_is_usual():
    criterion = {"key": "ok", "question": "Is it?", "scale": "binary"}
    options = [{"value": "yes", "label": "Yes"}, {"value": "no", "label": "No", "passing": False}]

    reading = read_json(json.dumps({"format": FORMAT, "criteria": [{**criterion, "options": options}]}).encode())

    assert reading.complaints == {}
    assert reading.rubric.asks_verdict
    assert reading.rubric.questions[0] == Question(
        "ok", "Is it?", "binary", (Option("yes", "Yes"), Option("no", "No", is_passing=False))
    )


def test_a_byte_order_mark_does_no_harm():
    assert read_json(b"\xef\xbb\xbf" + as_file()).complaints == {}


@pytest.mark.parametrize(
    ("content", "path", "said"),
    [
        (b"", "file", "line 1"),
        (b"{", "file", "no JSON"),
        (b"\xff", "file", "UTF-8"),
        (b"[]", "file", "one JSON object"),
        (b"[" * 100_000, "file", "deeper"),
        (b'{"format": ' + b"9" * 5_000 + b"}", "file", "longer"),
        (b"{}", "format", "reviewapp-rubric-1"),
        (as_file(colour="red"), "colour", "no such field"),
        (as_file(name=1), "name", "a text"),
        (as_file(asks_verdict="yes"), "asks_verdict", "true or false"),
        (as_file(criteria={}), "criteria", "a list"),
        (as_file(criteria="x"), "criteria", "a list"),
        (as_file(criteria=["x"]), "criteria[0]", "an object"),
    ],
)
def test_a_file_that_is_none_says_where(content, path, said):
    complaints = read_json(content).complaints

    assert said in complaints[path]


@pytest.mark.parametrize(
    ("change", "path", "said"),
    [
        ({"scale": "colour"}, "scale", "Choose one of binary"),
        ({"scale": None}, "scale", "Choose one of binary"),
        ({"parts": "page"}, "parts", "claim"),
        ({"required": "yes"}, "required", "true or false"),
        ({"weight": "heavy"}, "weight", "a number"),
        ({"weight": True}, "weight", "a number"),
        ({"weight": "NaN"}, "weight", "a number"),
        ({"weight": 10**9}, "weight", "a number"),
        ({"rationale_on": "no"}, "rationale_on", "a list of texts"),
        ({"options": [1]}, "options[0]", "an object"),
        ({"options": [{"value": 1}]}, "options[0].value", "a text"),
        ({"options": [{"value": "a", "labell": "A"}]}, "options[0].labell", "no such field"),
        ({"bounds": 5}, "bounds", "an object"),
        ({"scale": "interval", "options": [], "bounds": {"high": 5}}, "bounds.low", "smallest"),
        ({"asked_when": {"key": "x", "value": []}}, "asked_when.value", "no such field"),
    ],
)
def test_what_is_wrong_with_a_question_is_named_by_its_path(change, path, said):
    document = document_of(EVERY_FIELD)
    document["criteria"][2].update(change)

    complaints = read_document(document).complaints

    assert said in complaints[f"criteria[2].{path}"]


def test_the_rest_of_a_document_is_read_for_the_preview():
    document = document_of(EVERY_FIELD)
    document["criteria"][0]["weight"] = "heavy"

    assert [question.key for question in read_document(document).rubric.questions] == ["right", "share", "tone", "why"]


def test_the_fingerprint_follows_what_is_asked():
    other = WrittenRubric(instructions="Otherwise.", questions=EVERY_FIELD.questions)

    assert fingerprint_of(EVERY_FIELD) == fingerprint_of(read_json(as_file()).rubric)
    assert fingerprint_of(EVERY_FIELD) != fingerprint_of(other)


@pytest.mark.parametrize("changes", [{"instructions": "half \ud800"}, {"\udfff": 1}])
def test_half_a_character_is_refused_and_not_tried_to_be_kept(changes):
    assert list(read_json(as_file(**changes)).complaints) == ["file"]
