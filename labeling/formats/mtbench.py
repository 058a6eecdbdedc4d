"""MT-Bench pairwise: a folder of questions, answers of six models, and what GPT-4 and people said of pairs of them.

The pairs with GPT-4's verdicts are items, the people's votes labels; each is read by a format of its own, under the
same name. A pair comes as (A, B) here and as (B, A) there; in one order, the same comparison is the same item.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labeling.formats.fields import Object, RowError, show
from labeling.formats.jsonl import read_jsonl
from labeling.formats.lines import BadFile, Format, Line, Source, rebuild_lines, require_folder

VERDICTS, QUESTIONS, ANSWERS = "judge_gpt4_pair.jsonl", "questions.jsonl", "answers.jsonl"
HUMAN_VOTES = "human_votes.jsonl"
SOURCE_SYSTEM = "mtbench"
PREFERENCE = "preference"
# GPT-4 was asked in both orders; what the file keeps is the one verdict made of the two.
JUDGE: Object = {"name": "gpt4_pair", "model": "gpt-4", "family": "gpt"}
CONTRADICTION = "tie (inconsistent)"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models' answers to one question, up to one turn; `model_a` is the first by the alphabet."""

    question_id: str | int
    turn: int
    model_a: str | int
    model_b: str | int

    @property
    def external_id(self) -> str:
        return f"{self.question_id}-{self.turn}-{self.model_a}-{self.model_b}"


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
    verdicts = read_jsonl(folder / VERDICTS, max_line_bytes)
    yield from rebuild_lines(verdicts, lambda verdict: build_row(verdict, questions, answers))


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
    pair = read_comparison(verdict)
    question_id, turn = pair.question_id, pair.turn
    question = questions.get(question_id)
    if question is None:
        raise RowError("question_id", f"question {question_id} is not in {QUESTIONS}; add it")
    asked = read_turn_texts(question, question_id)
    n_turns = 1 if turn == 1 else 2
    return {
        "external_id": pair.external_id,
        "source_system": SOURCE_SYSTEM,
        "kind": "pairwise",
        "context": build_context(question, asked, n_turns),
        "outputs": [
            build_output(model, question_id, asked, n_turns, answers) for model in (pair.model_a, pair.model_b)
        ],
        "stakes": "medium",
        "intent": question.get("category"),
        "cluster": f"question-{question_id}",
        **read_verdict(verdict, pair),
    }


def read_comparison(record: Object) -> Comparison:
    question_id, turn = require(record, "question_id"), require(record, "turn")
    model_a, model_b = sorted((require(record, "model_a"), require(record, "model_b")), key=str)
    if turn not in (1, 2):
        raise RowError("turn", f"is {show(turn)} but must be 1 or 2")
    if model_a == model_b:
        raise RowError("model_b", "is the same as model_a; a pair needs two models")
    return Comparison(question_id, int(turn), model_a, model_b)


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


def read_verdict(verdict: Object, pair: Comparison) -> Object:
    """GPT-4's label in the canonical order of the pair, and whether both orders led it to the same one."""
    has_contradicted_itself = verdict.get("winner") == CONTRADICTION
    label = "tie" if has_contradicted_itself else read_winner(verdict, pair, known=f", tie or {CONTRADICTION}")
    consistency = 0.0 if has_contradicted_itself else 1.0
    return {
        "judge_verdicts": [{"judge": JUDGE, "criterion": PREFERENCE, "label": label, "order": "single"}],
        "signals": [
            {"name": "order_consistency", "kind": "both_orders", "value": consistency, "n_votes": 2},
        ],
    }


def read_winner(record: Object, pair: Comparison, *, known: str) -> str:
    """The label in the canonical order of the pair, whichever way round the record has it."""
    winner = record.get("winner")
    if winner in ("model_a", "model_b"):
        return "a" if record[str(winner)] == pair.model_a else "b"
    if winner == "tie":
        return "tie"
    raise RowError("winner", f"is {show(winner)}; write model_a, model_b{known}")


def read_votes(source: Source, max_line_bytes: int) -> Iterator[Line]:
    folder = require_folder(source, VOTES)
    yield from rebuild_lines(read_jsonl(folder / HUMAN_VOTES, max_line_bytes), build_vote)


def build_vote(vote: Object) -> Object:
    pair = read_comparison(vote)
    return {
        "external_id": pair.external_id,
        "source_system": SOURCE_SYSTEM,
        "rater": require(vote, "judge"),
        "criterion": PREFERENCE,
        "value": read_winner(vote, pair, known=" or tie"),
    }


FORMAT = Format(
    "mtbench",
    "MT-Bench pairwise judgements (folder)",
    read_mtbench,
    folder_files=(VERDICTS, QUESTIONS, ANSWERS),
)
VOTES = Format("mtbench", "MT-Bench votes of people (folder)", read_votes, folder_files=(HUMAN_VOTES,))
