"""Checks: each finds what it names, a crash goes to a person, and hostile text costs seconds at the very most."""

import time

import pytest

from labeling.policy.checks import Check, CheckedOutput, CheckOutcome, parse_check, run_checks
from labeling.policy.conditions import PolicyError
from tests.kinds import claimed_rag_row, classification_row, extraction_row, trajectory_row


def outcome_of(check, *texts, facts=None, source_names=()):
    (outcome,) = run_checks([check], CheckedOutput(texts, facts or {}, source_names))
    return outcome


@pytest.mark.parametrize("missing", [{}, {"order": None}, {"order": ""}, {"order": " "}, {"order": []}, {"order": {}}])
def test_a_required_field_must_be_there_and_say_something(missing):
    check = Check("has an order", "required_fields", "bounce", fields=("metadata.order",))

    outcome = outcome_of(check, "text", facts={"metadata": missing})

    assert outcome == CheckOutcome("has an order", "failed", "bounce", "missing: metadata.order")


@pytest.mark.parametrize("given", [0, False, "A-1", ["A-1"]])
def test_zero_and_false_are_answers(given):
    check = Check("has an order", "required_fields", "bounce", fields=("metadata.order",))

    assert outcome_of(check, "text", facts={"metadata": {"order": given}}).outcome == "passed"


def test_a_required_field_inside_a_text_is_missing():
    check = Check("has an amount", "required_fields", "bounce", fields=("action.amount",))

    assert outcome_of(check, "text", facts={"action": "refund 600"}).outcome == "failed"


@pytest.mark.parametrize("text", ["<SCRIPT>alert(1)", "all fine <script"])
def test_a_forbidden_string_is_found_in_any_case(text):
    check = Check("carries markup", "forbidden_strings", "review", strings=("<script", "onerror="))

    assert outcome_of(check, "fine", text).explanation == "contains: <script"


@pytest.mark.parametrize(
    ("text", "outcome"), [("1234", "failed"), ("12345", "passed"), ("123456", "passed"), ("1234567", "failed")]
)
def test_length_includes_both_ends(text, outcome):
    check = Check("fits", "length", "bounce", least=5, most=6)

    assert outcome_of(check, text).outcome == outcome


def test_length_does_not_count_blanks_around_the_text():
    check = Check("has a text", "length", "bounce", least=1)

    assert outcome_of(check, " \n\t ").outcome == "failed"


def test_every_text_of_a_pair_is_measured():
    check = Check("has a text", "length", "bounce", least=3)

    assert outcome_of(check, "long enough", "no").outcome == "failed"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("I am Aster-7, your assistant.", "failed"),
        ("i am ASTER-7", "failed"),
        ("aster-70 is another", "passed"),
        ("pilaster-7", "passed"),
        ("nothing of the kind", "passed"),
    ],
)
def test_an_output_that_names_its_source_is_found_as_a_word(text, outcome):
    check = Check("names its source", "names_its_source", "review")

    assert outcome_of(check, text, source_names=["aster-7"]).outcome == outcome


def test_the_explanation_does_not_repeat_the_hidden_source():
    check = Check("names its source", "names_its_source", "review")

    assert "aster" not in outcome_of(check, "aster-7 here", source_names=["aster-7"]).explanation


def test_a_source_name_too_short_to_be_told_from_a_word_is_not_looked_for():
    check = Check("names its source", "names_its_source", "review")

    assert outcome_of(check, "a model", source_names=["a", "mod"]).outcome == "passed"


@pytest.mark.parametrize("name", ["a.*+?[(x", "((((", "\\w{4}"])
def test_a_source_name_is_a_name_and_not_a_pattern(name):
    check = Check("names its source", "names_its_source", "review")

    assert outcome_of(check, "some ordinary words", source_names=[name]).outcome == "passed"


@pytest.mark.parametrize("on_failure", ["bounce", "review"])
def test_a_check_that_crashes_says_so_and_asks_for_a_person(on_failure):
    check = Check("unheard of", "unheard_of", on_failure)

    assert outcome_of(check, "text") == CheckOutcome("unheard of", "crashed", "review", "KeyError")


def test_a_crash_stops_no_other_check():
    crashes, works = Check("crashes", "unheard_of", "review"), Check("fits", "length", "review", most=1)

    outcomes = run_checks([crashes, works], CheckedOutput(["text"], {}, ()))

    assert [outcome.outcome for outcome in outcomes] == ["crashed", "failed"]


def test_an_explanation_fits_its_column():
    check = Check("many", "forbidden_strings", "review", strings=tuple(f"word{number}" for number in range(200)))

    assert len(outcome_of(check, " ".join(check.strings)).explanation) == 300


HOSTILE_TEXTS = {
    "200 kB of one letter": "a" * 200_000,
    "5 MB of one letter": "a" * 5_000_000,
    "5 MB of dashes": "-" * 5_000_000,
    "5 MB of near misses": "aster- " * 700_000,
    "5 MB of letters that grow when folded": "ß" * 2_500_000,
}


# The longest source name that can be sent has 120 characters. Two seconds on a quiet machine, ten on a busy one;
# anything that backtracks would need hours.
@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_text_costs_seconds_at_most(text):
    source_names = ["aaaa", "-" * 119 + "x", "aster-7", "a" * 119 + "b"]
    checks = [
        Check("names its source", "names_its_source", "review"),
        Check("markup", "forbidden_strings", "review", strings=tuple(f"a{n}" for n in range(50))),
        Check("fits", "length", "review", most=10),
    ]
    start = time.perf_counter()

    run_checks(checks, CheckedOutput([text], {}, source_names))

    assert time.perf_counter() - start < 10


LENGTH = {"name": "fits", "kind": "length", "on_failure": "bounce", "least": 1}


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (None, "checks[0]"),
        ({**LENGTH, "kind": "regex"}, "checks[0].kind"),
        ({**LENGTH, "kind": ["length"]}, "checks[0].kind"),
        ({**LENGTH, "leest": 1}, "checks[0].leest"),
        ({**LENGTH, "strings": ["a"]}, "checks[0].strings"),
        ({**LENGTH, "on_failure": "ship"}, "checks[0].on_failure"),
        ({**LENGTH, "on_failure": None}, "checks[0].on_failure"),
        ({**LENGTH, "name": ""}, "checks[0].name"),
        ({**LENGTH, "name": "  "}, "checks[0].name"),
        ({**LENGTH, "name": "n" * 61}, "checks[0].name"),
        ({**LENGTH, "least": -1}, "checks[0].least"),
        ({**LENGTH, "least": True}, "checks[0].least"),
        ({**LENGTH, "most": 1.5}, "checks[0].most"),
        ({**LENGTH, "least": 9, "most": 8}, "checks[0].most"),
        ({"name": "fits", "kind": "length", "on_failure": "bounce"}, "checks[0].least"),
        ({"name": "f", "kind": "required_fields", "on_failure": "bounce"}, "checks[0].fields"),
        ({"name": "f", "kind": "required_fields", "on_failure": "bounce", "fields": [1]}, "checks[0].fields"),
        ({"name": "f", "kind": "forbidden_strings", "on_failure": "bounce", "strings": []}, "checks[0].strings"),
        ({"name": "f", "kind": "forbidden_strings", "on_failure": "bounce", "strings": [""]}, "checks[0].strings"),
        ({"name": "f", "kind": "forbidden_strings", "on_failure": "bounce", "strings": "a"}, "checks[0].strings"),
    ],
)
def test_a_mistake_is_refused_with_its_place(raw, place):
    with pytest.raises(PolicyError) as refusal:
        parse_check(raw, "checks[0]")

    assert refusal.value.place == place


def test_a_check_is_read_as_it_is_written():
    assert parse_check({**LENGTH, "most": 9}, "checks[0]") == Check("fits", "length", "bounce", least=1, most=9)


# --- checks of a kind ---------------------------------------------------------------------------------------------


def outcome_of_row(kind, row):
    """What a check of this kind says of a row as producers send it."""
    texts = [row["output"]] if "output" in row else [one["text"] for one in row["outputs"]]
    facts = {"kind": row["kind"], "context": row["context"]}
    outcomes = run_checks([Check("check", kind, "review")], CheckedOutput(texts, facts, ("hidden-writer",)))
    return outcomes[0].outcome, outcomes[0].explanation


def test_a_citation_that_leads_nowhere_is_found():
    assert outcome_of_row("cites_passages", claimed_rag_row()) == ("failed", "cites no passage: [P7]")
    assert outcome_of_row("cites_passages", {**claimed_rag_row(), "output": "Two years [1], [sic]."}) == ("passed", "")
    assert outcome_of_row("cites_passages", {**claimed_rag_row(), "context": {}})[0] == "passed"


def test_an_extraction_is_held_against_its_schema():
    outcome, explanation = outcome_of_row("matches_schema", extraction_row())

    assert outcome == "failed"
    assert explanation == (
        "not as asked for: lines[].price (lines[1].price is missing); "
        "number (is a number, not text); total (is missing)"
    )
    right = '{"number": "17", "total": 12, "lines": []}'
    assert outcome_of_row("matches_schema", {**extraction_row(), "output": right}) == ("passed", "")
    assert outcome_of_row("matches_schema", {**extraction_row(), "output": "none"})[0] == "failed"


@pytest.mark.parametrize(("label", "outcome"), [("returns", "passed"), (" delivery\n", "passed"), ("other", "failed")])
def test_a_label_must_be_a_known_one(label, outcome):
    assert outcome_of_row("known_label", {**classification_row(), "output": label})[0] == outcome


def test_a_check_of_some_kinds_leaves_the_others_alone():
    check = Check("long", "length", "bounce", least=40, only=("chat_reply",))

    outcomes = {
        kind: run_checks([check], CheckedOutput(["short"], {"kind": kind}, ()))
        for kind in ("chat_reply", "classification")
    }

    assert [one.outcome for one in outcomes["chat_reply"]] == ["failed"]
    assert outcomes["classification"] == []


@pytest.mark.parametrize("part", ["reasoning", "arguments", "observation"])
def test_a_run_that_names_its_source_is_found_in_its_steps(part):
    row = trajectory_row()
    assert outcome_of_row("names_its_source", row)[0] == "passed"

    row["context"]["steps"][1][part] = "As Hidden-Writer I would say so."

    assert outcome_of_row("names_its_source", row) == ("failed", "the output names the model that wrote it")


def test_a_run_that_names_its_source_is_found_in_what_it_left_behind():
    row = trajectory_row()
    row["context"]["end_state"] = {"written_by": "Hidden-Writer"}

    assert outcome_of_row("names_its_source", row) == ("failed", "the output names the model that wrote it")
