"""Files of labels made elsewhere: what a label needs, long tables of them, and every way in which one can be broken."""

import io
from pathlib import Path

import pytest

from labeling.formats import VOTE_FORMATS, BadFile, detect_format, read_rows
from labeling.formats.fields import RowError
from labeling.formats.votes import VoteRow, parse_vote

VOTE = {"external_id": "r-1", "rater": "kim", "criterion": "tone", "value": "4"}


def read(content, format_name="csv"):
    return list(read_rows(io.BytesIO(content.encode()), format_name, among=VOTE_FORMATS))


def refusal_of(raw):
    with pytest.raises(RowError) as refused:
        parse_vote(raw)
    return refused.value.field, refused.value.message


def test_label_has_an_item_a_rater_a_criterion_and_a_value():
    assert parse_vote({**VOTE, "source_system": "crm"}) == VoteRow("r-1", "crm", "kim", "tone", "4", False)


def test_label_may_say_that_the_criterion_does_not_apply():
    row = parse_vote({**VOTE, "value": None, "not_applicable": True})

    assert (row.value, row.is_not_applicable) == ("", True)


@pytest.mark.parametrize(("value", "spelled"), [(4, "4"), (4.0, "4"), (4.5, "4.5"), (" 4 ", "4"), (True, "true")])
def test_number_is_spelled_as_a_table_would(value, spelled):
    assert parse_vote({**VOTE, "value": value}).value == spelled


def test_numbers_name_items_and_raters_too():
    row = parse_vote({**VOTE, "external_id": 17, "rater": 3})

    assert (row.external_id, row.rater) == ("17", "3")


def test_spaces_around_an_id_belong_to_it():
    assert parse_vote({**VOTE, "external_id": " r-1"}).external_id == " r-1"


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"external_id": ""}, "external_id", "is required"),
        ({"external_id": "  "}, "external_id", "is required"),
        ({"external_id": "x" * 201}, "external_id", "the limit is 200"),
        ({"rater": None}, "rater", "is required"),
        ({"rater": "x" * 151}, "rater", "the limit is 150"),
        ({"criterion": " "}, "criterion", "is required"),
        ({"value": ""}, "value", "is required; give the label, or say that the criterion is not_applicable"),
        ({"value": None}, "value", "is required"),
        ({"value": ["4"]}, "value", "is a list"),
        ({"value": "x" * 81}, "value", "the limit is 80"),
        ({"value": float("nan")}, "value", "is not a finite number"),
        ({"value": "a\0"}, "value", "NUL"),
        ({"not_applicable": True}, "value", "is given, and not_applicable too"),
        ({"not_applicable": "yes"}, "not_applicable", "must be true or false"),
        ({"source_system": 3}, "source_system", "must be text"),
        ({"pass": 0}, "pass", "must be a whole number from 1"),
        ({"pass": 1001}, "pass", "must be from 1 to 1,000"),
        ({"raters": "kim"}, "raters", "did you mean 'rater'?"),
    ],
)
def test_label_that_is_none_is_refused_by_field(change, field, message):
    found_field, found_message = refusal_of({**VOTE, **change})

    assert found_field == field
    assert message in found_message


@pytest.mark.parametrize("raw", [None, [], "r-1"])
def test_label_is_an_object(raw):
    assert "must be a JSON object" in refusal_of(raw)[1]


# --- long tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format_name", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_table_has_a_label_a_row(format_name, delimiter):
    columns = ["rater", "external_id", "criterion", "value", "not_applicable"]
    rows = [
        columns,
        ["kim", "r-1", "tone", "4", ""],
        ["lee", "r-1", "tone", "", "Yes"],
        ["ann", "r-1", "tone", "1", "no"],
    ]

    lines = read("".join(f"{delimiter.join(row)}\n" for row in rows), format_name)

    assert [line.number for line in lines] == [2, 3, 4]
    assert [parse_vote(line.raw).is_not_applicable for line in lines] == [False, True, False]
    assert parse_vote(lines[0].raw) == VoteRow("r-1", "", "kim", "tone", "4", False)


def test_table_may_say_which_pass_of_the_rater_it_was():
    lines = read("external_id,rater,criterion,value,pass\nr-1,kim,tone,4,\nr-1,kim,tone,3,2\nr-1,kim,tone,3,two\n")

    assert [parse_vote(line.raw).pass_number for line in lines[:2]] == [1, 2]
    assert refusal_of(lines[2].raw)[0] == "pass"


def test_blank_lines_are_passed_over():
    assert [line.number for line in read("external_id,rater,criterion,value\n\nr-1,kim,tone,4\n")] == [3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty"),
        ("external_id,rater,value\n", "The column 'criterion' is missing"),
        ("external_id,rater,criterion,value,valu\n", "Unknown column 'valu'; did you mean 'value'?"),
        ("external_id,rater,rater,criterion,value\n", "The column 'rater' is in the header twice"),
    ],
)
def test_table_without_its_columns_is_refused(content, message):
    with pytest.raises(BadFile, match=message.replace("?", r"\?")):
        read(content)


def test_broken_row_is_named_and_reading_goes_on():
    header = "external_id,rater,criterion,value,not_applicable\n"

    lines = read(f"{header}r-1,kim\nr-1,kim,tone,4,perhaps\nr-1,kim,tone,4,\n")

    assert [line.error.field if line.error else None for line in lines] == ["", "not_applicable", None]
    assert "'perhaps' is not clear; write true or false" in lines[1].error.message


def test_json_lines_have_a_label_a_line():
    first, second = read(
        '{"external_id": "r-1", "rater": "kim", "criterion": "tone", "value": 4}\n{"value": NaN}\n', "jsonl"
    )

    assert parse_vote(first.raw).value == "4"
    assert "NaN is not a JSON number" in second.error.message


# --- the registry -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "format_name"), [("a.csv", "csv"), ("a.TAB", "tsv"), ("a.ndjson", "jsonl")])
def test_file_is_known_by_its_suffix(name, format_name):
    assert detect_format(Path(name), among=VOTE_FORMATS) == format_name


@pytest.mark.parametrize(
    ("file_name", "format_name"),
    [
        ("human_votes.jsonl", "mtbench"),
        ("ratings.tsv", "recipe_ratings"),
        ("real_human_ratings.tsv", "llm_rubric"),
        ("synthetic_human_ratings.tsv", "llm_rubric_synthetic"),
    ],
)
def test_folder_is_known_by_its_file(tmp_path, file_name, format_name):
    (tmp_path / file_name).touch()

    assert detect_format(tmp_path, among=VOTE_FORMATS) == format_name


@pytest.mark.parametrize("format_name", ["mtbench", "recipe_ratings"])
def test_folder_without_the_file_of_labels_is_refused(tmp_path, format_name):
    with pytest.raises(BadFile, match="is missing in the folder"):
        list(read_rows(tmp_path, format_name, among=VOTE_FORMATS))


def test_unknown_format_is_refused():
    with pytest.raises(BadFile, match="Unknown format 'llm_rubrik'; did you mean 'llm_rubric'"):
        read_rows(Path("a"), "llm_rubrik", among=VOTE_FORMATS)


def test_every_format_is_registered_under_its_own_name():
    assert all(name == one.name for name, one in VOTE_FORMATS.items())
