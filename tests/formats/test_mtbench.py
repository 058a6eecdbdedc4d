"""MT-Bench pairs: canonical order, both turns in one text, no model's name where a reviewer may see it."""

import json
import re

import pytest

from labeling.formats import VOTE_FORMATS, BadFile, read_rows
from labeling.formats.rows import parse_row

QUESTION = {"question_id": 81, "category": "writing", "turns": ["First?", "Second?"], "reference": ["R1", "R2"]}
VERDICT = {"judge": "gpt4_pair", "question_id": 81, "turn": 1, "model_a": "zeta-7b", "model_b": "alpha-1"}
ANSWERS = [
    {"question_id": 81, "model": "zeta-7b", "turn_1": "z one", "turn_2": "z two"},
    {"question_id": 81, "model": "alpha-1", "turn_1": "a one\n```\ncode", "turn_2": "a two"},
]


@pytest.fixture
def read_folder(tmp_path):
    def read(*verdicts, questions=(QUESTION,), answers=ANSWERS):
        named = {"judge_gpt4_pair": verdicts, "questions": questions, "answers": answers}
        for name, records in named.items():
            text = "".join(f"{json.dumps(record)}\n" for record in records)
            (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
        return list(read_rows(tmp_path, "mtbench"))

    return read


def test_a_pair_is_put_in_alphabetical_order_and_its_label_with_it(read_folder):
    (line,) = read_folder({**VERDICT, "winner": "model_a"})

    assert line.raw["external_id"] == "81-1-alpha-1-zeta-7b"
    assert [output["text"] for output in line.raw["outputs"]] == ["a one\n```\ncode", "z one"]
    assert line.raw["outputs"][0]["source"] == {"model": "alpha-1", "family": "alpha"}
    assert line.raw["judge_verdicts"][0]["label"] == "b"


def test_the_same_pair_the_other_way_round_is_the_same_item(read_folder):
    turned = {**VERDICT, "model_a": "alpha-1", "model_b": "zeta-7b", "winner": "model_b"}

    first, second = read_folder({**VERDICT, "winner": "model_a"}, turned)

    assert first.raw == second.raw


def test_a_first_turn_shows_one_question_and_one_answer(read_folder):
    (line,) = read_folder({**VERDICT, "winner": "tie"})

    assert line.raw["context"] == {"conversation": [{"role": "user", "text": "First?"}], "reference": "R1"}
    assert (line.raw["intent"], line.raw["stakes"], line.raw["cluster"]) == ("writing", "medium", "question-81")


def test_a_second_turn_holds_the_whole_conversation_of_each_model(read_folder):
    (line,) = read_folder({**VERDICT, "turn": 2, "winner": "tie"})

    assert [turn["text"] for turn in line.raw["context"]["conversation"]] == ["First?", "Second?"]
    assert line.raw["outputs"][1]["text"] == (
        "**First answer**\n\nz one\n\n**Second question**\n\nSecond?\n\n**Second answer**\n\nz two"
    )
    assert line.raw["context"]["reference"] == "**First answer**\n\nR1\n\n**Second answer**\n\nR2"


def test_a_code_block_left_open_does_not_swallow_the_next_heading(read_folder):
    (line,) = read_folder({**VERDICT, "turn": 2, "winner": "tie"})

    assert "a one\n```\ncode\n```\n\n**Second question**" in line.raw["outputs"][0]["text"]


@pytest.mark.parametrize(("winner", "value"), [("model_b", 1.0), ("tie", 1.0), ("tie (inconsistent)", 0.0)])
def test_a_judge_that_contradicts_itself_gives_a_tie_and_a_doubt(read_folder, winner, value):
    (line,) = read_folder({**VERDICT, "winner": winner})

    row = parse_row(line.raw, default_source_system="file")

    assert row.judge_verdicts[0].label == ("a" if winner == "model_b" else "tie")
    assert (row.signals[0].kind, row.signals[0].value, row.signals[0].n_votes) == ("both_orders", value, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question_id": 99}, "question_id: question 99 is not in questions.jsonl; add it"),
        ({"model_a": "new"}, "answers: new has no answer of two turns to question 81 in answers.jsonl; add it"),
        ({"model_a": "alpha-1"}, "model_b: is the same as model_a"),
        ({"model_a": None}, "model_a: is required"),
        ({"turn": 3}, "turn: is a number but must be 1 or 2"),
        ({"winner": "both"}, "winner: is 'both'; write model_a, model_b, tie or tie (inconsistent)"),
    ],
)
def test_a_verdict_without_its_texts_is_refused_and_the_next_is_read(read_folder, change, message):
    good = {**VERDICT, "winner": "tie"}

    broken, fine = read_folder({**good, **change}, good)

    assert str(broken.error).startswith(message)
    assert fine.error is None


def test_a_question_without_two_turns_is_refused_by_the_rows_that_need_it(read_folder):
    (line,) = read_folder({**VERDICT, "winner": "tie"}, questions=[{"question_id": 81, "turns": ["First?"]}])

    assert str(line.error) == "question_id: question 81 in questions.jsonl needs two turns of text"


def test_a_broken_record_in_a_joined_file_stops_the_reading(read_folder):
    with pytest.raises(BadFile, match=r"answers.jsonl line 1: must be a JSON object"):
        read_folder(VERDICT, answers=[[1]])

    with pytest.raises(BadFile, match=r"questions.jsonl has a record without question_id"):
        read_folder(VERDICT, questions=[{}])


@pytest.fixture
def real_rows(public_data):
    lines = list(read_rows(public_data("mtbench_pairwise"), "mtbench"))
    assert [line for line in lines if line.error] == []
    return [parse_row(line.raw, default_source_system="file") for line in lines]


def test_the_real_set_gives_2400_pairs_of_which_380_contradict(real_rows):
    assert len({row.external_id for row in real_rows}) == 2400
    assert sum(row.signals[0].value == 0 for row in real_rows) == 380


def test_every_real_pair_is_in_alphabetical_order(real_rows):
    assert all(row.outputs[0].model < row.outputs[1].model for row in real_rows)


def test_gpt_4_prefers_the_models_it_preferred_in_the_file(real_rows, public_data):
    path = public_data("mtbench_pairwise") / "judge_gpt4_pair.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    for row, record in zip(real_rows, records, strict=True):
        label = row.judge_verdicts[0].label
        preferred = None if label == "tie" else row.outputs[label == "b"].model
        assert preferred == record.get(record["winner"])


def test_no_models_name_is_in_what_a_reviewer_sees_of_the_real_set(real_rows):
    models = {output.model for row in real_rows for output in row.outputs}
    names = re.compile("|".join(map(re.escape, sorted(models))))
    # Question 98 itself asks what its reader thinks of GPT-4; the question's own words stay.
    own_words = "What do you think about GPT-4 as a replacement of your JAVIS?"

    for row in real_rows:
        shown = json.dumps([row.context, row.intent], ensure_ascii=False).replace(own_words, "")
        assert not names.search(shown.lower())


# --- votes of people ----------------------------------------------------------------------------------------------

VOTE = {"judge": "expert_3", "question_id": 81, "turn": 2, "model_a": "zeta-7b", "model_b": "alpha-1"}


@pytest.fixture
def read_votes(tmp_path):
    def read(*votes):
        text = "".join(f"{json.dumps(vote)}\n" for vote in votes)
        (tmp_path / "human_votes.jsonl").write_text(text, encoding="utf-8")
        return list(read_rows(tmp_path, "mtbench", among=VOTE_FORMATS))

    return read


@pytest.mark.parametrize(("winner", "value"), [("model_a", "b"), ("model_b", "a"), ("tie", "tie")])
def test_a_vote_is_put_in_the_order_of_its_pair(read_votes, winner, value):
    (line,) = read_votes({**VOTE, "winner": winner})

    assert line.raw == {
        "external_id": "81-2-alpha-1-zeta-7b",
        "source_system": "mtbench",
        "rater": "expert_3",
        "criterion": "preference",
        "value": value,
    }


def test_a_vote_names_the_item_that_its_pair_became(read_folder, read_votes):
    pair, *_ = read_folder({**VERDICT, "turn": 2, "winner": "tie"})
    vote, turned = read_votes(
        {**VOTE, "winner": "model_b"}, {**VOTE, "model_a": "alpha-1", "model_b": "zeta-7b", "winner": "model_a"}
    )

    assert vote.raw == turned.raw
    assert (vote.raw["external_id"], vote.raw["source_system"]) == (pair.raw["external_id"], pair.raw["source_system"])


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"winner": "tie (inconsistent)"}, "winner", "write model_a, model_b or tie"),
        ({"winner": None}, "winner", "write model_a, model_b or tie"),
        ({"turn": 3}, "turn", "must be 1 or 2"),
        ({"judge": None}, "judge", "is required"),
        ({"model_b": "zeta-7b"}, "model_b", "is the same as model_a"),
    ],
)
def test_a_vote_that_is_none_is_named_and_reading_goes_on(read_votes, change, field, message):
    broken, good = read_votes({**VOTE, "winner": "tie", **change}, {**VOTE, "winner": "tie"})

    assert (broken.error.field, broken.number) == (field, 1)
    assert message in broken.error.message
    assert good.raw["value"] == "tie"
