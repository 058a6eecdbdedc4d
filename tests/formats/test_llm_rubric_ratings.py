"""LLM-Rubric ratings: nine labels a row, 0 does not apply, an empty cell says nothing, and rounds are passes."""

import pytest

from labeling.formats import VOTE_FORMATS, BadFile, read_rows
from labeling.formats.votes import parse_vote

COLUMNS = ["round", "text_id", "DQQ0", *(f"Q{number}" for number in range(1, 9)), "Q0", "annotator_id"]
HEADER = "\t".join(COLUMNS)


def rating(round_name="round1", text_id="V1_10", rater="21", **answers):
    cells = {"round": round_name, "text_id": text_id, "DQQ0": "2", "annotator_id": rater}
    return "\t".join(answers.get(name, cells.get(name, "3")) for name in COLUMNS)


@pytest.fixture
def read(tmp_path):
    def read(*rows, header=HEADER, file_name="synthetic_human_ratings.tsv", format_name="llm_rubric_synthetic"):
        (tmp_path / file_name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return read_rows(tmp_path, format_name, among=VOTE_FORMATS)

    return read


def test_a_row_is_nine_labels_of_one_rater_on_one_dialogue(read):
    lines = list(read(rating(Q3="1")))
    votes = [parse_vote(line.raw) for line in lines]

    assert {line.number for line in lines} == {2}
    assert {(vote.external_id, vote.source_system, vote.rater) for vote in votes} == {("V1_10", "llm_rubric", "21")}
    assert {vote.criterion: vote.value for vote in votes} == {f"Q{number}": "3" for number in range(9)} | {"Q3": "1"}


@pytest.mark.parametrize("zero", ["0", "0.0"])
def test_zero_says_that_the_question_does_not_apply(read, zero):
    found = {line.raw["criterion"]: parse_vote(line.raw) for line in read(rating(Q2=zero))}

    assert (found["Q2"].value, found["Q2"].is_not_applicable) == ("", True)
    assert (found["Q1"].value, found["Q1"].is_not_applicable) == ("3", False)


def test_an_empty_cell_is_no_label_and_is_counted(read):
    rows = read(rating(Q4="", Q7=" "))

    assert {line.raw["criterion"] for line in rows}.isdisjoint({"Q4", "Q7"})
    assert rows.n_blank == 2


@pytest.mark.parametrize(("cell", "value"), [("4.0", "4"), ("3.5", "3.5"), ("nan", "nan"), ("-1", "-1"), ("7", "7")])
def test_a_decimal_is_its_answer_and_what_is_no_answer_is_left_to_be_refused(read, cell, value):
    (found,) = [line.raw["value"] for line in read(rating(Q7=cell)) if line.raw["criterion"] == "Q7"]

    assert found == value


def test_a_later_round_of_the_same_rater_is_a_later_pass_wherever_it_stands(read):
    lines = list(read(rating("round10"), rating("round2"), rating("round3", rater="22"), rating("round2")))

    assert {line.number: line.raw["pass"] for line in lines} == {2: 2, 3: 1, 4: 1, 5: 1}


def test_ratings_of_real_dialogues_have_one_round(read):
    header = HEADER.removeprefix("round\t")
    row = rating().removeprefix("round1\t")

    lines = list(read(row, header=header, file_name="real_human_ratings.tsv", format_name="llm_rubric"))

    assert {line.raw["pass"] for line in lines} == {1}


def test_a_broken_row_is_named_and_reading_goes_on(read):
    lines = list(read("too\tfew", rating()))

    assert "has 2 cells and the header 13" in lines[0].error.message
    assert len(lines) == 10


@pytest.mark.parametrize("name", ["text_id", "annotator_id", "Q8", "round"])
def test_a_missing_column_is_named(read, name):
    with pytest.raises(BadFile, match=f"synthetic_human_ratings.tsv has no column '{name}'; it needs one"):
        list(read(rating(), header=HEADER.replace(name, "other")))
