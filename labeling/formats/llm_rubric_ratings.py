"""LLM-Rubric's ratings: what people said of its dialogues on nine questions, a file for each half of the set.

Two formats, since two questions seem to have changed places between the files: read as one, they would be mixed.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from labeling.formats.fields import Object
from labeling.formats.lines import Format, Line, Source, require_folder
from labeling.formats.llm_rubric import SOURCE_SYSTEM, SYNTHETIC_RATINGS, read_columns

REAL_RATINGS = "real_human_ratings.tsv"
CRITERIA = ("Q0", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8")
COLUMNS = ("text_id", "annotator_id", *CRITERIA)
# Columns that once had an empty cell are written with a decimal: 3.0 is the answer 3.
ANSWER = re.compile(r"([0-9]+)(?:\.0+)?")
NOT_APPLICABLE = "0"

# The rounds in which a rater met a dialogue, the earliest first, by (dialogue, rater).
Rounds = dict[tuple[str, str], list[str]]


def read_real(source: Source, max_line_bytes: int) -> Iterator[Line]:
    path = require_folder(source, REAL) / REAL_RATINGS
    yield from read_ratings(path, COLUMNS, {}, max_line_bytes)


def read_synthetic(source: Source, max_line_bytes: int) -> Iterator[Line]:
    path = require_folder(source, SYNTHETIC) / SYNTHETIC_RATINGS
    columns = (*COLUMNS, "round")
    yield from read_ratings(path, columns, read_rounds(path, columns, max_line_bytes), max_line_bytes)


def read_rounds(path: Path, columns: tuple[str, ...], max_line_bytes: int) -> Rounds:
    """Read ahead, so that the earliest round is the first pass wherever it stands in the file."""
    rounds: Rounds = {}
    for row in read_columns(path, columns, max_line_bytes):
        if row.by_column is not None:
            met = rounds.setdefault((row.by_column["text_id"], row.by_column["annotator_id"]), [])
            if row.by_column["round"] not in met:
                met.append(row.by_column["round"])
    # By length first: round10 comes after round9.
    return {key: sorted(met, key=lambda name: (len(name), name)) for key, met in rounds.items()}


def read_ratings(path: Path, columns: tuple[str, ...], rounds: Rounds, max_line_bytes: int) -> Iterator[Line]:
    """Nine labels a row, each on the number of its line; an empty cell is a blank line, for nobody said anything."""
    for row in read_columns(path, columns, max_line_bytes):
        if row.by_column is None:
            yield Line(row.number, error=row.error)
            continue
        for criterion in CRITERIA:
            is_missing = not row.by_column[criterion].strip()
            yield Line(row.number, None if is_missing else build_vote(row.by_column, criterion, rounds))


def build_vote(cells: dict[str, str], criterion: str, rounds: Rounds) -> Object:
    """0 is not a low answer: it says that the question does not apply. What is no answer is left to be refused."""
    text_id, rater = cells["text_id"], cells["annotator_id"]
    written = ANSWER.fullmatch(cells[criterion].strip())
    value = written[1] if written else cells[criterion]
    said: Object = {"not_applicable": True} if value == NOT_APPLICABLE else {"value": value}
    met = rounds.get((text_id, rater), [])
    return {
        "external_id": text_id,
        "source_system": SOURCE_SYSTEM,
        "rater": rater,
        "criterion": criterion,
        **said,
        "pass": met.index(cells["round"]) + 1 if met else 1,
    }


REAL = Format("llm_rubric", "LLM-Rubric ratings of real dialogues (folder)", read_real, folder_files=(REAL_RATINGS,))
SYNTHETIC = Format(
    "llm_rubric_synthetic",
    "LLM-Rubric ratings of synthetic dialogues (folder)",
    read_synthetic,
    folder_files=(SYNTHETIC_RATINGS,),
)
