"""A rubric as a JSON document and back. Whatever is wrong with a document is named by the path of its field."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labeling.policy.rubric_reader import BOUNDS_FIELDS, Reader
from labeling.policy.rubric_rules import WrittenRubric, complaints_about_rubric
from labeling.policy.rubrics import Question

FORMAT = "reviewapp-rubric-1"
RUBRIC_FIELDS = ("format", "name", "key", "instructions", "asks_verdict", "criteria")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says, as far as it can be understood, and by path what cannot be or may not be so."""

    rubric: WrittenRubric
    complaints: Mapping[str, str]


# --- out --------------------------------------------------------------------------------------------------------


def document_of(rubric: WrittenRubric) -> Document:
    """Every field, defaults too: whoever writes one by hand copies a download and sees what there is."""
    return {
        "format": FORMAT,
        "name": rubric.name,
        "key": rubric.key,
        "instructions": rubric.instructions,
        "asks_verdict": rubric.asks_verdict,
        "criteria": [document_of_question(question) for question in rubric.questions],
    }


def document_of_question(question: Question) -> Document:
    bounds, condition = question.bounds, question.asked_when
    return {
        "key": question.key,
        "question": question.question,
        "hint": question.hint,
        "scale": question.scale,
        "parts": question.parts,
        "options": [
            {"value": option.value, "label": option.label, "anchor": option.anchor, "passing": option.is_passing}
            for option in question.options
        ],
        "bounds": {name: plain_number(getattr(bounds, name)) for name in BOUNDS_FIELDS} if bounds else None,
        "asked_when": {"key": condition.key, "values": list(condition.values)} if condition else None,
        "required": question.is_required,
        "allows_na": question.allows_na,
        "gating": question.is_gating,
        "rationale_on": list(question.rationale_on),
        "weight": plain_number(question.weight),
    }


def plain_number(value: Decimal | None) -> int | float | None:
    """A number as JSON has it. Within the digits that are read, a float is written as it came."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def fingerprint_of(rubric: WrittenRubric) -> str:
    """The same for the same questions: by it a form knows whether somebody else changed them meanwhile."""
    canonical = json.dumps(document_of(rubric), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- in ---------------------------------------------------------------------------------------------------------


def read_json(content: bytes) -> Reading:
    """A file as somebody uploads it."""
    try:
        document = json.loads(content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=str)
    except UnicodeDecodeError:
        return refused("This is no text in UTF-8.")
    except json.JSONDecodeError as error:
        return refused(f"This is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.")
    except (ValueError, RecursionError):
        return refused("This holds a number longer, or is nested deeper, than any rubric.")
    if not is_writable(document):
        return refused("This holds half of a character, written as \\ud800 or the like, which no database keeps.")
    if not isinstance(document, dict):
        return refused("A rubric is one JSON object, as a download has it.")
    if document.get("format") != FORMAT:
        return Reading(WrittenRubric(), {"format": f"Say {FORMAT!r}, as a download has it."})
    return read_document(document)


def is_writable(document: Any) -> bool:
    try:
        json.dumps(document, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def refused(why: str) -> Reading:
    return Reading(WrittenRubric(), {"file": why})


def read_document(document: Mapping[str, Any]) -> Reading:
    """The rubric of a document. What cannot be understood is taken for nothing, so that the rest can be shown."""
    reader = Reader()
    reader.note_unknown(document, "", RUBRIC_FIELDS)
    rubric = WrittenRubric(
        name=reader.text(document, "", "name"),
        key=reader.text(document, "", "key"),
        instructions=reader.text(document, "", "instructions"),
        asks_verdict=reader.flag(document, "", "asks_verdict", otherwise=True),
        questions=tuple(
            reader.question(one, f"criteria[{index}]")
            for index, one in enumerate(reader.objects(document, "", "criteria"))
        ),
    )
    return Reading(rubric, {**complaints_about_rubric(rubric), **reader.complaints})
