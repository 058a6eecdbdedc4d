"""What one item asks: a question a part, a box an option, and only what its own answers ask."""

from dataclasses import replace
from decimal import Decimal

import pytest

from labeling.policy.blind_parts import Passage
from labeling.policy.blind_runs import Step
from labeling.policy.blinding import BlindItem
from labeling.policy.parts import MOST_PARTS, completed, parts_of, questions_asked, sentences_of
from labeling.policy.rubrics import (
    AskedWhen,
    Bounds,
    GivenAnswer,
    Option,
    Question,
    Submission,
    complaints_about,
    failing_keys,
    given_answers,
    plain_values,
)
from tests.world_scales import FAULTS, HEDGED, SCORE, STORY, SUPPORTED

STEP = Step(reasoning="", tool="search", arguments="", observation="", status="ok")
ITEM = BlindItem(
    kind="rag_answer",
    texts=("It is two years [P1], e.g. for kettles. See [P9] and [P1] [sic]!",),
    passages=(Passage("P1", "Warranty", "Two years."), Passage("P7", "", "Lids.")),
    steps=(STEP, replace(STEP, tool="")),
)


def words_of(kind, item=ITEM):
    return [part.words for part in parts_of(item)[kind]]


def values_after(answers, *questions, item=ITEM):
    asked = questions_asked(questions, item)
    return plain_values(completed(Submission(given_answers(answers)), asked).answers)


def complaints(answers, *questions, item=ITEM, rationale=""):
    asked = questions_asked(questions, item)
    submission = completed(Submission(given_answers(answers, rationale=rationale)), asked)
    return complaints_about(submission, asked, asks_verdict=False)


# --- parts ------------------------------------------------------------------------------------------------------------


def test_claims_that_were_sent_are_the_parts():
    item = BlindItem("rag_answer", ("One. Two.",), claims=("It lasts.", "It holds."))

    assert [(part.key, part.words, part.anchor) for part in parts_of(item)["claim"]] == [
        ("claim-1", "It lasts.", "part-claim-1"),
        ("claim-2", "It holds.", "part-claim-2"),
    ]


def test_without_claims_the_sentences_of_the_output_stand_in():
    assert words_of("claim") == ["It is two years [P1], e.g. for kettles.", "See [P9] and [P1] [sic]!"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One thing. Another thing.", ["One thing.", "Another thing."]),
        ("It is 3.5 l. Dr. Ash said so.", ["It is 3.5 l. Dr. Ash said so."]),
        ("# Title\n\n- First point\n- Second point.\n", ["First point", "Second point."]),
        ("Run it:\n```\nx = 1. Y = 2.\n```\nDone.", ["Run it:", "Done."]),
        ("What? “Yes.” Then no!", ["What?", "“Yes.", "Then no!"]),
        ("", []),
    ],
)
def test_sentences_are_cut_the_same_way_every_time(text, sentences):
    assert sentences_of(text) == sentences


def test_passages_are_parts_in_the_order_shown():
    assert words_of("chunk") == ["P1 Warranty", "P7"]


def test_each_citation_is_a_part_once_and_leads_to_its_passage_where_there_is_one():
    found = [(part.key, part.words, part.anchor) for part in parts_of(ITEM)["citation"]]

    assert found == [("citation-1", "[P1]", "part-chunk-1"), ("citation-2", "[P9]", "")]


def test_a_link_is_no_citation():
    assert parts_of(BlindItem("other", ("See [here](https://example.org).",)))["citation"] == ()


def test_steps_are_parts():
    assert words_of("step") == ["Step 1, search", "Step 2"]


def test_a_pair_has_no_claims_or_citations():
    pair = BlindItem("pairwise", ("One [P1].", "Two."))

    assert (words_of("claim", pair), words_of("citation", pair)) == ([], [])


def test_a_flood_of_sentences_does_not_flood_the_desk():
    assert len(words_of("claim", BlindItem("other", ("Word. " * 5_000,)))) == MOST_PARTS


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_a_question_of_parts_is_asked_once_for_each():
    asked = questions_asked((SCORE, SUPPORTED), ITEM)

    assert [question.key for question in asked] == ["score", "supported~claim-1", "supported~claim-2"]


def test_a_question_of_many_labels_is_a_yes_or_no_for_each():
    asked = questions_asked((FAULTS,), None)

    assert [(one.key, one.values) for one in asked] == [
        ("faults~cold", ("yes", "no")),
        ("faults~long", ("yes", "no")),
        ("faults~invented", ("yes", "no")),
    ]


def test_a_rubric_without_parts_is_asked_as_it_is():
    questions = (SCORE,)

    assert questions_asked(questions, ITEM) is questions


def test_many_labels_of_each_part_have_both_in_their_key():
    question = Question("slips", "?", "multi_label", (Option("late", "Late"),), parts="step")

    assert [one.key for one in questions_asked((question,), ITEM)] == ["slips~step-1~late", "slips~step-2~late"]


# --- boxes ------------------------------------------------------------------------------------------------------------


def test_a_box_left_open_beside_a_ticked_one_says_no():
    assert values_after({"faults~long": "yes"}, FAULTS) == {
        "faults~cold": "no",
        "faults~long": "yes",
        "faults~invented": "no",
    }


def test_none_of_these_says_no_to_each():
    assert set(values_after({"faults": "none"}, FAULTS).values()) == {"no"}


def test_not_applicable_is_said_of_each():
    assert set(values_after({"faults": "n/a"}, FAULTS).values()) == {"n/a"}


def test_all_boxes_open_is_no_answer():
    assert complaints({}, FAULTS) == {"faults": "Choose what applies, or none of these."}


def test_none_of_these_beside_a_ticked_box_is_refused():
    assert complaints({"faults": "none", "faults~cold": "yes"}, FAULTS) == {
        "faults": "Choose what applies or none, not both."
    }


def test_a_ticked_box_may_want_a_reason():
    assert complaints({"faults~invented": "yes"}, FAULTS) == {"faults": "Say why in a sentence."}
    assert complaints({"faults~invented": "yes"}, FAULTS, rationale="The lid.") == {}


def test_a_ticked_box_that_does_not_pass_fails():
    asked = questions_asked((FAULTS,), None)

    assert failing_keys({"faults~cold": "yes", "faults~invented": "no"}, asked) == []
    assert failing_keys({"faults~cold": "no", "faults~invented": "yes"}, asked) == ["faults~invented"]


# --- numbers and words ------------------------------------------------------------------------------------------------


def test_a_number_has_one_spelling():
    assert values_after({"score": "3.80"}, SCORE) == {"score": "3.8"}


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("3.8", ""),
        ("5", ""),
        ("0.9", "Give a number from 1 to 5."),
        ("3.85", "Give a number in steps of 0.1 from 1."),
        ("3,8", "'3,8' is not a number; write it in digits, with a point before decimals."),
        ("NaN", "'NaN' is not a number; write it in digits, with a point before decimals."),
        ("1e0", "'1e0' is not a number; write it in digits, with a point before decimals."),
    ],
)
def test_a_number_keeps_to_its_bounds_and_steps(value, complaint):
    assert complaints({"score": value}, SCORE) == ({"score": complaint} if complaint else {})


def test_a_number_passes_from_its_threshold_on():
    gate = Question(
        "score", "?", "interval", (), is_gating=True, bounds=Bounds(Decimal(1), Decimal(5), None, Decimal(3))
    )

    assert failing_keys({"score": "2.9"}, [gate]) == ["score"]
    assert failing_keys({"score": "3"}, [gate]) == []


def test_words_are_kept_where_reasons_are():
    asked = questions_asked((Question("story", "?", "text", ()),), None)

    answer = completed(Submission({"story": GivenAnswer("  The lid.  ")}), asked).answers["story"]

    assert (answer.value, answer.rationale) == ("(words)", "The lid.")


def test_words_that_are_required_are_missed():
    assert complaints({"story": "  "}, Question("story", "?", "text", ())) == {"story": "Answer this question."}


# --- conditions -------------------------------------------------------------------------------------------------------


def test_a_question_whose_condition_does_not_hold_is_not_missed():
    assert complaints({"faults": "none"}, FAULTS, STORY) == {}


def test_a_question_whose_condition_holds_is_missed():
    assert complaints({"faults~invented": "yes"}, FAULTS, STORY, rationale="The lid.") == {
        "story": "Answer this question."
    }


def test_an_answer_that_is_not_asked_any_more_is_left_out():
    assert "story" not in values_after({"faults": "none", "story": "The lid."}, FAULTS, STORY)


def test_a_condition_on_a_part_speaks_of_the_same_part():
    given = {"supported~claim-1": "no", "supported~claim-2": "yes", "hedged~claim-1": "yes", "hedged~claim-2": "yes"}

    assert "hedged~claim-2" not in values_after(given, SUPPORTED, HEDGED)
    assert values_after(given, SUPPORTED, HEDGED)["hedged~claim-1"] == "yes"


def test_a_whole_question_that_depends_on_parts_is_asked_when_any_part_says_so():
    whole = Question("worst", "?", "text", (), asked_when=AskedWhen("supported", ("no",)))
    right = {"supported~claim-1": "yes", "supported~claim-2": "yes"}

    assert complaints({**right, "supported~claim-2": "no"}, SUPPORTED, whole) == {"worst": "Answer this question."}
    assert complaints(right, SUPPORTED, whole) == {}


def test_what_is_not_asked_asks_nothing_itself():
    yes_no = (Option("yes", "Yes"), Option("no", "No"))
    first = Question("first", "?", "binary", yes_no)
    second = Question("second", "?", "binary", yes_no, asked_when=AskedWhen("first", ("yes",)))
    third = Question("third", "?", "binary", yes_no, asked_when=AskedWhen("second", ("yes",)))

    assert values_after({"first": "no", "second": "yes", "third": "yes"}, first, second, third) == {"first": "no"}


def test_a_text_of_nothing_but_initials_is_one_sentence_and_soon_read():
    assert sentences_of("A. " * 20_000) == [("A. " * 20_000).strip()]
