"""LLM-Rubric's dialogues: a folder of two halves, each with a judge's probabilities for nine rubric questions.

The real half has its texts. Of the synthetic half only what was said of it is part of the set, so its items say that
their text is missing; whoever wants these names their format. The people's ratings are in `llm_rubric_ratings.py`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from labeling.formats.cells import Cells, read_cells
from labeling.formats.fields import Object, RowError, as_object, read_list, read_name, read_text
from labeling.formats.jsonl import read_jsonl
from labeling.formats.lines import BadFile, Format, Line, Source, open_source, rebuild_lines, require_folder

DIALOGUES, PROBABILITIES = "real_dialogues.jsonl", "real_judge_probabilities.tsv"
SYNTHETIC_RATINGS, SYNTHETIC_PROBABILITIES = "synthetic_human_ratings.tsv", "synthetic_judge_probabilities.tsv"
SOURCE_SYSTEM = "llm_rubric"
NO_TEXT = "The text of this dialogue is not part of the data set; only ratings of it are."
JUDGE: Object = {"name": "llm-rubric-judge", "model": "gpt-3.5-turbo-16k", "family": "gpt"}
ANSWER_COLUMNS = tuple(f"answer{answer}_prob" for answer in (1, 2, 3, 4))
OVERALL = "Q0"

# By dialogue: (criterion, probabilities of the answers 1 to 4), in the file's order.
Judged = dict[str, list[tuple[str, tuple[float, ...]]]]


def read_llm_rubric(source: Source, max_line_bytes: int) -> Iterator[Line]:
    folder = require_folder(source, FORMAT)
    judged = read_probabilities(folder / PROBABILITIES, max_line_bytes)
    dialogues = read_jsonl(folder / DIALOGUES, max_line_bytes)
    yield from rebuild_lines(dialogues, lambda dialogue: build_row(dialogue, judged))


def read_probabilities(path: Path, max_line_bytes: int) -> Judged:
    judged: Judged = {}
    for row in read_columns(path, ("text_id", "criterion", *ANSWER_COLUMNS), max_line_bytes):
        if row.error is not None:
            raise BadFile(f"{path.name} line {row.number}: {row.error}.")
        if row.by_column is not None:
            probabilities = tuple(read_probability(row.by_column[name]) for name in ANSWER_COLUMNS)
            if None in probabilities:
                raise BadFile(f"{path.name} line {row.number}: a probability is missing or not from 0 to 1.")
            known = tuple(value for value in probabilities if value is not None)
            judged.setdefault(row.by_column["text_id"], []).append((row.by_column["criterion"], known))
    return judged


def read_columns(path: Path, names: Sequence[str], max_line_bytes: int) -> Iterator[Cells]:
    """The rows of a table of the set, without its header, which has these columns and may have others."""
    with open_source(path) as stream:
        rows = read_cells(stream, delimiter="\t", max_line_bytes=max_line_bytes)
        header = next(rows).by_column or {}
        for name in names:
            if name not in header:
                raise BadFile(f"{path.name} has no column {name!r}; it needs one.")
        yield from rows


def read_probability(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def build_row(dialogue: Object, judged: Judged) -> Object:
    text_id = read_name(dialogue, "text_id", "", limit=200)
    conversation, output = split_dialogue(dialogue)
    judgements = judged.get(text_id, [])
    return {
        "external_id": text_id,
        "source_system": SOURCE_SYSTEM,
        "kind": "chat_reply",
        "context": {"conversation": conversation},
        "output": output,
        "source": {
            "model": dialogue.get("model"),
            "version": read_version(dialogue),
            "family": "gpt" if read_text(dialogue, "model", "").startswith("gpt") else "",
        },
        "stakes": "medium",
        "metadata": {
            "topic": read_text(dialogue, "topic", "")[:80],
            "cited_urls": dialogue.get("cited_urls"),
        },
        "judge_verdicts": build_verdicts(judgements),
        "signals": build_signals(judgements),
    }


def read_version(dialogue: Object) -> str:
    number = dialogue.get("dialogue_system")
    return "" if number is None else str(number)


def split_dialogue(dialogue: Object) -> tuple[list[Object], str]:
    """What came before the assistant's last message, and that message: the output.

    Every dialogue of the set ends with the assistant. In one that did not, what follows its last message is
    left out: the reply is judged by what it answered, not by what was asked after it.
    """
    messages = [as_object(value, f"messages[{at}]") for at, value in enumerate(read_list(dialogue, "messages", ""))]
    replies = [at for at, message in enumerate(messages) if message.get("role") == "assistant"]
    if not replies:
        raise RowError("messages", "hold no message of the assistant; there is nothing to judge")
    turns = [
        {"role": read_name(message, "role", f"messages[{at}]", limit=80), "text": read_content(message, at)}
        for at, message in enumerate(messages[: replies[-1]])
    ]
    return [dict(turn) for turn in turns], read_content(messages[replies[-1]], replies[-1])


def read_content(message: Object, at: int) -> str:
    if message.get("content") is None:
        raise RowError(f"messages[{at}].content", "is required; write the words of the message")
    return read_text(message, "content", f"messages[{at}]")


def build_verdicts(judgements: list[tuple[str, tuple[float, ...]]]) -> list[Object]:
    """One verdict a question: the most probable answer, the lower when two are level; score = expected value.

    The set has one row for each text and question. Several would be repeats, numbered as they stand.
    """
    n_runs: dict[str, int] = {}
    verdicts: list[Object] = []
    for criterion, probabilities in judgements:
        n_runs[criterion] = n_runs.get(criterion, 0) + 1
        confidence = max(probabilities)
        verdicts.append(
            {
                "judge": JUDGE,
                "criterion": criterion,
                "label": str(probabilities.index(confidence) + 1),
                "score": sum(answer * share for answer, share in enumerate(probabilities, start=1)),
                "confidence": confidence,
                "run": n_runs[criterion],
                "order": "single",
            }
        )
    return verdicts


def build_signals(judgements: list[tuple[str, tuple[float, ...]]]) -> list[Object]:
    """How sure the judge was overall, by its own probability: kept as the weak kind of evidence it is."""
    overall = [max(probabilities) for criterion, probabilities in judgements if criterion == OVERALL]
    if not overall:
        return []
    return [{"name": "judge_probability", "kind": "probability", "value": overall[0]}]


# --- the half without texts ---------------------------------------------------------------------------------------


def read_synthetic(source: Source, max_line_bytes: int) -> Iterator[Line]:
    """One item for each dialogue that somebody rated, on the line of its first rating."""
    folder = require_folder(source, SYNTHETIC)
    judged = read_probabilities(folder / SYNTHETIC_PROBABILITIES, max_line_bytes)
    met: set[str] = set()
    for row in read_columns(folder / SYNTHETIC_RATINGS, ("text_id",), max_line_bytes):
        if row.by_column is None:
            yield Line(row.number, error=row.error)
        elif (text_id := row.by_column["text_id"]) not in met:
            met.add(text_id)
            yield Line(row.number, build_textless_row(text_id, judged))


def build_textless_row(text_id: str, judged: Judged) -> Object:
    """An item that says that its text is missing. Its id begins with the version of the system that wrote it."""
    judgements = judged.get(text_id, [])
    return {
        "external_id": text_id,
        "source_system": SOURCE_SYSTEM,
        "kind": "chat_reply",
        "output": NO_TEXT,
        "source": {"version": text_id.partition("_")[0]},
        "stakes": "medium",
        "judge_verdicts": build_verdicts(judgements),
        "signals": build_signals(judgements),
    }


FORMAT = Format(
    "llm_rubric",
    "LLM-Rubric real dialogues (folder)",
    read_llm_rubric,
    folder_files=(DIALOGUES, PROBABILITIES),
)
SYNTHETIC = Format(
    "llm_rubric_synthetic",
    "LLM-Rubric synthetic dialogues, without their texts (folder)",
    read_synthetic,
    folder_files=(SYNTHETIC_RATINGS, SYNTHETIC_PROBABILITIES),
)
