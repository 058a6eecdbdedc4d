"""Recipe ratings: texts are items, ratings six labels a line, and both speak of the same items."""

import json

import pytest

from labeling.formats import FORMATS, VOTE_FORMATS, BadFile, RowError, read_rows
from labeling.formats.rows import parse_row
from labeling.formats.votes import parse_vote

TEXT = {"recipeid": "ziti_5", "condition": "no_context", "dish": "Ziti", "text": "Boil.\nEat."}
HEADER = "filename\tparticipant\tgrammar\tfluency\tverbosity\tstructure\tsuccess\toverall\trecipeid\tcondition\n"
RATING = "list_1.csv\tparticipant_0\t3\t2\t5\t5\t4\t1\tziti_5\tno_context\n"


@pytest.fixture
def read(tmp_path):
    def read(content, among):
        name = "texts.jsonl" if among is FORMATS else "ratings.tsv"
        (tmp_path / name).write_text(content, encoding="utf-8")
        return list(read_rows(tmp_path, "recipe_ratings", among=among))

    return read


def test_a_text_is_an_item_whose_condition_is_its_hidden_source(read):
    (line,) = read(json.dumps(TEXT), FORMATS)

    row = parse_row(line.raw, default_source_system="file")

    assert (row.external_id, row.source_system, row.kind) == ("ziti_5-no_context", "recipe_ratings", "other")
    assert (row.context, row.cluster_key) == ({"prompt": "Recipe: Ziti"}, "recipe-ziti_5")
    assert [(output.text, output.model) for output in row.outputs] == [("Boil.\nEat.", "no_context")]


@pytest.mark.parametrize("missing", ["recipeid", "condition", "dish"])
def test_a_text_without_its_parts_is_named_and_reading_goes_on(read, missing):
    broken = json.dumps({key: value for key, value in TEXT.items() if key != missing})

    first, second = read(f"{broken}\n{json.dumps(TEXT)}\n", FORMATS)

    assert first.error.field == missing
    assert second.raw["output"] == "Boil.\nEat."


def test_a_text_without_words_is_refused_when_it_is_parsed(read):
    (line,) = read(json.dumps({**TEXT, "text": ""}), FORMATS)

    with pytest.raises(RowError, match="output: is required"):
        parse_row(line.raw, default_source_system="file")


def test_a_line_of_ratings_is_six_labels_of_one_rater_on_one_item(read):
    lines = read(HEADER + RATING, VOTE_FORMATS)
    votes = [parse_vote(line.raw) for line in lines]

    assert {line.number for line in lines} == {2}
    assert {vote.external_id for vote in votes} == {"ziti_5-no_context"}
    assert {vote.rater for vote in votes} == {"participant_0"}
    assert {vote.criterion: vote.value for vote in votes} == {
        "grammar": "3",
        "fluency": "2",
        "verbosity": "5",
        "structure": "5",
        "success": "4",
        "overall": "1",
    }


def test_a_broken_line_of_ratings_is_named_and_reading_goes_on(read):
    lines = read(f"{HEADER}too\tfew\n{RATING}", VOTE_FORMATS)

    assert "has 2 cells and the header 10" in lines[0].error.message
    assert len(lines) == 7


def test_ratings_without_a_column_are_refused(read):
    with pytest.raises(BadFile, match=r"ratings.tsv has no column 'success'; it needs one"):
        read(HEADER.replace("success", "sucess"), VOTE_FORMATS)
