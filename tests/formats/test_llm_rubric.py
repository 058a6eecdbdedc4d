"""LLM-Rubric dialogues: the last reply is the output, and nine judge verdicts come with their probabilities."""

import csv
import json
import math

import pytest

from labeling.formats import BadFile, detect_format, read_rows
from labeling.formats.rows import parse_row

COLUMNS = "text_id\tcriterion\tsample_llm\tanswer1_prob\tanswer2_prob\tanswer3_prob\tanswer4_prob\n"
DIALOGUE = {
    "text_id": "t1",
    "topic": "x" * 100,
    "dialogue_system": 2,
    "model": "gpt-35",
    "messages": [
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because."},
    ],
    "cited_urls": None,
}


@pytest.fixture
def read_folder(tmp_path):
    def read(*dialogues, table=COLUMNS + "t1\tQ0\t4\t0.1\t0.2\t0.3\t0.4\n"):
        text = "".join(f"{json.dumps(dialogue)}\n" for dialogue in dialogues)
        (tmp_path / "real_dialogues.jsonl").write_text(text, encoding="utf-8")
        (tmp_path / "real_judge_probabilities.tsv").write_text(table, encoding="utf-8")
        return list(read_rows(tmp_path, "llm_rubric"))

    return read


def test_the_last_reply_is_the_output_and_what_came_before_is_the_conversation(read_folder):
    (line,) = read_folder(DIALOGUE)

    row = parse_row(line.raw, default_source_system="file")

    assert row.outputs[0].text == "Because."
    assert row.context == {"conversation": [{"role": "assistant", "text": "Hello!"}, {"role": "user", "text": "Why?"}]}
    assert (row.outputs[0].model, row.outputs[0].version, row.outputs[0].family) == ("gpt-35", "2", "gpt")
    assert (row.external_id, row.source_system, row.kind) == ("t1", "llm_rubric", "chat_reply")
    assert row.metadata == {"topic": "x" * 80, "cited_urls": None}


def test_a_dialogue_that_ends_with_a_question_is_judged_by_its_last_reply(read_folder):
    messages = [*DIALOGUE["messages"], {"role": "user", "content": "And then?"}]

    (line,) = read_folder({**DIALOGUE, "messages": messages})

    assert line.raw["output"] == "Because."
    assert len(line.raw["context"]["conversation"]) == 2


def test_a_verdict_is_the_most_probable_answer_with_its_expected_value(read_folder):
    (line,) = read_folder(DIALOGUE)

    verdict = parse_row(line.raw, default_source_system="file").judge_verdicts[0]

    assert (verdict.criterion, verdict.label, verdict.confidence) == ("Q0", "4", 0.4)
    # 1 × 0.1 + 2 × 0.2 + 3 × 0.3 + 4 × 0.4
    assert verdict.score_raw == pytest.approx(3.0)


def test_the_lower_answer_stands_when_two_are_level(read_folder):
    (line,) = read_folder(DIALOGUE, table=COLUMNS + "t1\tQ0\t4\t0.1\t0.4\t0.1\t0.4\n")

    assert line.raw["judge_verdicts"][0]["label"] == "2"


def test_several_rows_for_one_question_are_repeats_of_the_judge(read_folder):
    table = COLUMNS + "t1\tQ0\t4\t0.1\t0.2\t0.3\t0.4\n" + "t1\tQ0\t1\t0.7\t0.1\t0.1\t0.1\n"

    (line,) = read_folder(DIALOGUE, table=table)

    row = parse_row(line.raw, default_source_system="file")
    assert [(verdict.run, verdict.label) for verdict in row.judge_verdicts] == [(1, "4"), (2, "1")]
    assert [(signal.name, signal.value) for signal in row.signals] == [("judge_probability", 0.4)]


def test_a_dialogue_the_judge_did_not_see_has_no_verdicts_and_no_signals(read_folder):
    (line,) = read_folder(DIALOGUE, table=COLUMNS)

    assert (line.raw["judge_verdicts"], line.raw["signals"]) == ([], [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"messages": [{"role": "user", "content": "Why?"}]}, "messages: hold no message of the assistant"),
        ({"messages": [{"role": "assistant"}]}, "messages[0].content: is required"),
        ({"messages": ["Hi"]}, "messages[0]: must be a JSON object"),
        ({"text_id": None}, "text_id: is required"),
        ({"topic": 5}, "topic: must be text"),
    ],
)
def test_a_broken_dialogue_is_refused_by_name(read_folder, change, message):
    (line,) = read_folder({**DIALOGUE, **change})

    assert str(line.error).startswith(message)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("text_id\tcriterion\n", "has no column 'answer1_prob'"),
        (COLUMNS + "t1\tQ0\t4\t\t0.2\t0.3\t0.4\n", "line 2: a probability is missing or not from 0 to 1"),
        (COLUMNS + "t1\tQ0\n", "line 2: the row on line 2 has 2 cells"),
        ("", "The file is empty"),
    ],
)
def test_broken_probabilities_stop_the_reading(read_folder, table, message):
    with pytest.raises(BadFile, match=message):
        read_folder(DIALOGUE, table=table)


@pytest.fixture
def real_rows(public_data):
    lines = list(read_rows(public_data("llm_rubric"), "llm_rubric"))
    assert [line for line in lines if line.error] == []
    return [parse_row(line.raw, default_source_system="file") for line in lines]


def test_the_real_set_gives_223_dialogues_with_nine_verdicts_each(real_rows):
    assert len({row.external_id for row in real_rows}) == 223
    assert {len(row.judge_verdicts) for row in real_rows} == {9}


def test_the_real_conversations_name_no_model(real_rows):
    assert all("gpt-" not in json.dumps(row.context).lower() for row in real_rows)


def test_the_published_errors_of_the_judge_are_reproduced(real_rows, public_data):
    # Microsoft LLM-Rubric README, real set, Q0: RMSE 1.201643 (most probable answer), 0.918676 (expected value).
    path = public_data("llm_rubric") / "real_human_ratings.tsv"
    with path.open(encoding="utf-8", newline="") as stream:
        human = {row["text_id"]: float(row["Q0"]) for row in csv.DictReader(stream, delimiter="\t")}
    overall = {
        row.external_id: verdict for row in real_rows for verdict in row.judge_verdicts if verdict.criterion == "Q0"
    }

    def error(read):
        return math.sqrt(sum((read(overall[text]) - rating) ** 2 for text, rating in human.items()) / len(human))

    assert error(lambda verdict: int(verdict.label)) == pytest.approx(1.201643, abs=1e-6)
    assert error(lambda verdict: verdict.score_raw) == pytest.approx(0.918676, abs=1e-6)


# --- the half without texts -----------------------------------------------------------------------------------------


@pytest.fixture
def read_synthetic(tmp_path):
    def read(*text_ids, table=COLUMNS + "V1_10\tQ0\t4\t0.1\t0.2\t0.3\t0.4\n"):
        rows = "".join(f"round1\t{text_id}\n" for text_id in text_ids)
        (tmp_path / "synthetic_human_ratings.tsv").write_text(f"round\ttext_id\n{rows}", encoding="utf-8")
        (tmp_path / "synthetic_judge_probabilities.tsv").write_text(table, encoding="utf-8")
        return list(read_rows(tmp_path, "llm_rubric_synthetic"))

    return read


def test_a_dialogue_without_text_is_one_item_that_says_so(read_synthetic):
    first, second = read_synthetic("V1_10", "V2_10", "V1_10")

    row = parse_row(first.raw, default_source_system="file")

    assert (first.number, second.number) == (2, 3)
    assert (row.external_id, row.source_system, row.kind) == ("V1_10", "llm_rubric", "chat_reply")
    assert row.outputs[0].text == "The text of this dialogue is not part of the data set; only ratings of it are."
    assert row.context == {}


def test_the_system_that_wrote_it_is_its_hidden_source(read_synthetic):
    (line,) = read_synthetic("V1_10")

    assert parse_row(line.raw, default_source_system="file").outputs[0].version == "V1"


def test_the_judge_spoke_of_some_of_them(read_synthetic):
    first, second = read_synthetic("V1_10", "V2_10")

    assert [verdict["label"] for verdict in first.raw["judge_verdicts"]] == ["4"]
    assert (second.raw["judge_verdicts"], second.raw["signals"]) == ([], [])


def test_a_folder_of_both_halves_is_read_as_the_one_with_texts(tmp_path):
    for half in ("real_dialogues.jsonl", "real_judge_probabilities.tsv"):
        (tmp_path / half).touch()
    for half in ("synthetic_human_ratings.tsv", "synthetic_judge_probabilities.tsv"):
        (tmp_path / half).touch()

    assert detect_format(tmp_path) == "llm_rubric"


def test_a_folder_of_the_synthetic_half_is_known_too(tmp_path):
    (tmp_path / "synthetic_human_ratings.tsv").touch()

    assert detect_format(tmp_path) == "llm_rubric_synthetic"
