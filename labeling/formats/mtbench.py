"""MT-Bench pairwise: a folder of questions, answers of six models and GPT-4's verdict on every pair of them.

The people's votes in the same folder are labels, not items; they are not read here.
"""

from collections.abc import Iterator
from pathlib import Path

from labeling.formats.fields import Object, RowError, show
from labeling.formats.jsonl import read_jsonl
from labeling.formats.lines import BadFile, Format, Line, Source, require_folder

VERDICTS, QUESTIONS, ANSWERS = "judge_gpt4_pair.jsonl", "questions.jsonl", "answers.jsonl"
# GPT-4 was asked in both orders; what the file keeps is the one verdict made of the two.
JUDGE: Object = {"name": "gpt4_pair", "model": "gpt-4", "family": "gpt"}
CONTRADICTION = "tie (inconsistent)"

Questions = dict[object, Object]
Answers = dict[tuple[object, object], tuple[str, str]]


def read_mtbench(source: Source, max_line_bytes: int) -> Iterator[Line]:
    folder = require_folder(source, FORMAT)
    questions: Questions = {
        require_key(record, "question_id", QUESTIONS): record
        for record in read_records(folder / QUESTIONS, max_line_bytes)
    }
    answers: Answers = {}
    for record in read_records(folder / ANSWERS, max_line_bytes):
        key = (require_key(record, "question_id", ANSWERS), require_key(record, "model", ANSWERS))
        texts = record.get("turn_1"), record.get("turn_2")
        if isinstance(texts[0], str) and isinstance(texts[1], str):
            answers[key] = (texts[0], texts[1])
    for line in read_jsonl(folder / VERDICTS, max_line_bytes):
        if line.raw is None:
            yield line
            continue
        try:
            yield Line(line.number, build_row(line.raw, questions, answers))
        except RowError as error:
            yield Line(line.number, error=error)


def read_records(path: Path, max_line_bytes: int) -> Iterator[Object]:
    """A file that others are joined to; a broken line would be missed only later, so it stops the reading."""
    for line in read_jsonl(path, max_line_bytes):
        if line.error is not None:
            raise BadFile(f"{path.name} line {line.number}: {line.error}.")
        if line.raw is not None:
            yield line.raw


def require_key(record: Object, key: str, file_name: str) -> str | int:
    value = record.get(key)
    if not isinstance(value, str | int):
        raise BadFile(f"{file_name} has a record without {key}; every record needs one.")
    return value


def build_row(verdict: Object, questions: Questions, answers: Answers) -> Object:
    question_id, turn = require(verdict, "question_id"), require(verdict, "turn")
    # One pair comes as (A, B) here and as (B, A) there; in one order, the same comparison is the same item.
    model_a, model_b = sorted((require(verdict, "model_a"), require(verdict, "model_b")), key=str)
    if turn not in (1, 2):
        raise RowError("turn", f"is {show(turn)} but must be 1 or 2")
    if model_a == model_b:
        raise RowError("model_b", "is the same as model_a; a pair needs two models")
    question = questions.get(question_id)
    if question is None:
        raise RowError("question_id", f"question {question_id} is not in {QUESTIONS}; add it")
    asked = read_turn_texts(question, question_id)
    n_turns = 1 if turn == 1 else 2
    return {
        "external_id": f"{question_id}-{turn}-{model_a}-{model_b}",
        "source_system": "mtbench",
        "kind": "pairwise",
        "context": build_context(question, asked, n_turns),
        "outputs": [build_output(model, question_id, asked, n_turns, answers) for model in (model_a, model_b)],
        "stakes": "medium",
        "intent": question.get("category"),
        "cluster": f"question-{question_id}",
        **read_winner(verdict, model_a),
    }


def require(verdict: Object, key: str) -> str | int:
    value = verdict.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError(key, "is required as text or a whole number")
    return value


def read_turn_texts(question: Object, question_id: object) -> tuple[str, str]:
    turns = question.get("turns")
    if isinstance(turns, list) and len(turns) == 2 and all(isinstance(turn, str) for turn in turns):
        return (turns[0], turns[1])
    raise RowError("question_id", f"question {question_id} in {QUESTIONS} needs two turns of text")


def build_context(question: Object, asked: tuple[str, str], n_turns: int) -> Object:
    context: Object = {"conversation": [{"role": "user", "text": text} for text in asked[:n_turns]]}
    references = question.get("reference")
    if isinstance(references, list):
        # Some questions have a reference for one turn only, and an empty text for the other.
        titled = zip(("First answer", "Second answer"), references[:n_turns], strict=False)
        parts = [f"**{title}**\n\n{text}" for title, text in titled if isinstance(text, str) and text.strip()]
        if parts:
            context["reference"] = references[0] if n_turns == 1 else "\n\n".join(parts)
    return context


def build_output(
    model: str | int, question_id: object, asked: tuple[str, str], n_turns: int, answers: Answers
) -> Object:
    texts = answers.get((question_id, model))
    if texts is None:
        raise RowError("answers", f"{model} has no answer of two turns to question {question_id} in {ANSWERS}; add it")
    text = texts[0] if n_turns == 1 else join_turns(texts, asked[1])
    return {"text": text, "source": {"model": str(model), "family": str(model).split("-")[0]}}


def join_turns(answers: tuple[str, str], second_question: str) -> str:
    """Both turns of one model, as the study's raters saw them: its second answer rests on its own first."""
    return (
        f"**First answer**\n\n{close_fence(answers[0]) or '*(empty)*'}\n\n"
        f"**Second question**\n\n{second_question}\n\n"
        f"**Second answer**\n\n{answers[1] or '*(empty)*'}"
    )


def close_fence(text: str) -> str:
    """Two answers to question 139 leave a code block open, which would swallow the headings after it."""
    n_fences = sum(line.lstrip().startswith("```") for line in text.splitlines())
    return f"{text}\n```" if n_fences % 2 else text


def read_winner(verdict: Object, model_a: str | int) -> Object:
    """GPT-4's label in the canonical order of the pair, and whether both orders led it to the same one."""
    winner = verdict.get("winner")
    if winner in ("model_a", "model_b"):
        label = "a" if verdict[str(winner)] == model_a else "b"
    elif winner in ("tie", CONTRADICTION):
        label = "tie"
    else:
        raise RowError("winner", f"is {show(winner)}; write model_a, model_b, tie or {CONTRADICTION}")
    consistency = 0.0 if winner == CONTRADICTION else 1.0
    return {
        "judge_verdicts": [{"judge": JUDGE, "criterion": "preference", "label": label, "order": "single"}],
        "signals": [
            {"name": "order_consistency", "kind": "both_orders", "value": consistency, "n_votes": 2},
        ],
    }


FORMAT = Format(
    "mtbench",
    "MT-Bench pairwise judgements (folder)",
    read_mtbench,
    folder_files=(VERDICTS, QUESTIONS, ANSWERS),
)
