"""Presets: each can be answered, settled and told apart."""

import json

import pytest

from labeling.policy.blinding import SHOWN_KINDS
from labeling.policy.finality import FirstPass, settle
from labeling.policy.presets import PRESETS
from labeling.policy.rubric_files import Reading, document_of, read_json
from labeling.policy.rubric_rules import WrittenRubric, complaints_about_rubric, missing_for_use
from labeling.policy.rubrics import NOT_APPLICABLE, GivenAnswer, Submission, complaints_about

# Kinds by the names that producers send; a preset may be there before its kind has a view of its own.
NAMED_KINDS = {
    *("trajectory", "summary", "marketing_copy", "plan", "code_diff", "extraction", "classification"),
}
EVERY_PRESET = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)


@EVERY_PRESET
def test_its_keys_and_values_are_unique_and_none_is_taken_by_the_form(preset):
    keys = [question.key for question in preset.questions]

    assert len(set(keys)) == len(keys)
    # The form and the settlement use these names for parts of their own.
    assert not {"verdict", "note"} & set(keys)
    for question in preset.questions:
        assert len(set(question.values)) == len(question.values) >= 2
        assert NOT_APPLICABLE not in question.values


@EVERY_PRESET
def test_each_point_of_a_scale_has_an_anchor(preset):
    assert all(option.anchor and option.label for question in preset.questions for option in question.options)


@EVERY_PRESET
def test_a_rationale_is_only_asked_for_answers_there_are(preset):
    assert all(set(question.rationale_on) <= set(question.values) for question in preset.questions)


@EVERY_PRESET
def test_a_gating_question_can_be_passed_and_failed(preset):
    gates = [question for question in preset.questions if question.is_gating]

    assert all({option.is_passing for option in gate.options} == {True, False} for gate in gates)


@EVERY_PRESET
def test_it_is_for_kinds_that_can_be_shown(preset):
    assert preset.kinds
    assert set(preset.kinds) <= SHOWN_KINDS | NAMED_KINDS


@EVERY_PRESET
def test_its_pairs_are_judged_by_side(preset):
    pairwise = [question for question in preset.questions if question.scale == "pairwise"]

    assert bool(pairwise) is ("pairwise" in preset.kinds)
    assert all(set(question.values) == {"a", "tie", "b"} for question in pairwise)


@EVERY_PRESET
def test_a_full_set_of_answers_is_accepted_and_settles(preset):
    values = {question.key: question.values[-1] for question in preset.questions}
    verdict = "approve" if preset.asks_verdict else ""

    complaints = complaints_about(
        Submission({key: GivenAnswer(value, rationale="because") for key, value in values.items()}, verdict),
        preset.questions,
        asks_verdict=preset.asks_verdict,
    )
    settlement = settle(
        [FirstPass(verdict, values)] * 2,
        preset.questions,
        asks_verdict=preset.asks_verdict,
        overlap=2,
        breaks_ties=True,
    )

    assert complaints == {}
    assert (settlement.source, settlement.answers) == ("unanimous", values)


def test_every_kind_that_can_be_shown_has_a_preset():
    assert {kind for preset in PRESETS.values() for kind in preset.kinds} >= SHOWN_KINDS | NAMED_KINDS


@EVERY_PRESET
def test_it_could_be_stored_and_put_to_use_as_it_is(preset):
    rubric = WrittenRubric(preset.instructions, preset.asks_verdict, preset.questions)

    assert complaints_about_rubric(rubric) == {}
    assert missing_for_use(rubric) == {}


@EVERY_PRESET
def test_it_survives_a_file(preset):
    rubric = WrittenRubric(preset.instructions, preset.asks_verdict, preset.questions, name=preset.name, key=preset.key)

    reading = read_json(json.dumps(document_of(rubric)).encode())

    assert reading == Reading(rubric, {})


def test_content_quality_weighs_as_it_says():
    weights = {question.key: question.weight for question in PRESETS["content-quality"].questions}

    assert list(weights) == [
        *("accuracy", "readability", "originality", "seo", "brand-voice", "engagement", "structure"),
    ]
    assert list(weights.values()) == [25, 15, 15, 15, 15, 10, 5]


@pytest.mark.parametrize(
    ("preset", "keys"),
    [
        (
            "rag-panel",
            {
                "chunk-relevant": ("binary", "chunk"),
                "claim-supported": ("nominal", "claim"),
                "citation-supports": ("binary", "citation"),
                "asserted": ("binary", ""),
                "hedged": ("binary", ""),
                "abstained": ("binary", ""),
                "answerable": ("binary", ""),
            },
        ),
        (
            "agent-trajectory",
            {
                "tool-choice": ("binary", "step"),
                "arguments": ("binary", "step"),
                "step-needed": ("binary", "step"),
                "repeats": ("binary", "step"),
                "recovered": ("binary", ""),
                "outcome": ("binary", ""),
                "process": ("ordinal", ""),
            },
        ),
    ],
)
def test_the_questions_that_measures_are_derived_from_keep_their_keys(preset, keys):
    questions = {one.key: (one.scale, one.parts) for one in PRESETS[preset].questions}

    assert {key: questions.get(key) for key in keys} == keys
