"""The builder's form: a rubric's document in numbered fields, and what its buttons do to it.

A field is called by the path of what it holds, `criteria-2-options-0-value` for `criteria[2].options[0].value`; so what
is wrong with a document is shown at its field, wherever the document came from.
"""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.http import QueryDict
from django.utils.text import slugify

from labeling.policy.rubric_files import FORMAT, Document
from labeling.policy.rubric_rules import LONGEST_KEY, SIDES, TAKEN_KEYS, WITH_OPTIONS

QUESTION_FIELD = re.compile(r"criteria-(\d{1,3})-([a-z_]+)(?:-(\d{1,3})-([a-z]+))?")
QUESTION_TEXTS = ("key", "question", "hint", "scale", "parts", "weight")
QUESTION_FLAGS = ("required", "allows_na", "gating")
OPTION_TEXTS = ("value", "label", "anchor")
BOUNDS = ("low", "high", "step", "passing_from")
WORDS_IN_KEY = 4
STARTING_OPTIONS = {
    "binary": (("yes", "Yes", True), ("no", "No", False)),
    "pairwise": (("a", "A", True), ("tie", "Tie", True), ("b", "B", True)),
    "ordinal": (("1", "", False), ("2", "", False), ("3", "", True), ("4", "", True)),
    "nominal": (("", "", True), ("", "", True)),
    "multi_label": (("", "", True), ("", "", True)),
}


# --- from what was posted -------------------------------------------------------------------------------------------


def document_from(posted: QueryDict) -> Document:
    """What the fields say, as a document; rows of answers without a word in them are left out."""
    numbers: dict[int, set[int]] = {}
    for name in posted:
        if match := QUESTION_FIELD.fullmatch(name):
            options = numbers.setdefault(int(match[1]), set())
            if match[2] == "options" and match[3]:
                options.add(int(match[3]))
    return {
        "format": FORMAT,
        "instructions": posted.get("instructions", ""),
        "asks_verdict": "asks_verdict" in posted,
        "criteria": [question_from(posted, f"criteria-{number}", numbers[number]) for number in sorted(numbers)],
    }


def question_from(posted: QueryDict, prefix: str, options: set[int]) -> Document:
    question: Document = {name: posted.get(f"{prefix}-{name}", "") for name in QUESTION_TEXTS}
    question |= {name: f"{prefix}-{name}" in posted for name in QUESTION_FLAGS}
    rows = [option_from(posted, f"{prefix}-options-{number}") for number in sorted(options)]
    rows = [row for row in rows if any(row[name].strip() for name in OPTION_TEXTS)]
    question["rationale_on"] = [row["value"].strip() for row in rows if row.pop("reason")]
    # What the scale has no use for was meant for another scale; its fields are no longer on the page.
    question["options"] = rows if question["scale"] in WITH_OPTIONS else []
    if not question["options"]:
        question["rationale_on"] = []
    bounds = {name: posted.get(f"{prefix}-bounds-{name}", "") for name in BOUNDS}
    question["bounds"] = bounds if question["scale"] == "interval" else None
    key = posted.get(f"{prefix}-asked_when-key", "")
    question["asked_when"] = {"key": key, "values": posted.getlist(f"{prefix}-asked_when-values")} if key else None
    return question


def option_from(posted: QueryDict, prefix: str) -> Document:
    texts = {name: posted.get(f"{prefix}-{name}", "") for name in OPTION_TEXTS}
    return {**texts, "passing": f"{prefix}-passing" in posted, "reason": f"{prefix}-reason" in posted}


def with_keys(document: Document) -> Document:
    """The same with a key made of the question wherever none was given; one that is there stays, since reports follow a
    question through the versions by its key."""
    taken = {*TAKEN_KEYS, *(question["key"].strip() for question in document["criteria"])}
    questions = []
    for question in document["criteria"]:
        key = question["key"].strip()
        if not key and question["question"].strip():
            key = free_key(question["question"], taken)
            taken.add(key)
        questions.append({**question, "key": key})
    return {**document, "criteria": questions}


def free_key(question: str, taken: set[str]) -> str:
    words = slugify(question).split("-")[:WORDS_IN_KEY]
    key = "-".join(words)[: LONGEST_KEY - 3].strip("-_") or "question"
    return next(one for one in (f"{key}-{n}" if n > 1 else key for n in count(1)) if one not in taken)


# --- what the buttons do --------------------------------------------------------------------------------------------


def pressed(document: Document, action: str) -> tuple[Document, str]:
    """The document after a button like `down:2` or `remove-option:2.0`, and the field that takes the focus.

    A button that means nothing here changes nothing: the page it was on may be old.
    """
    name, _, place = action.partition(":")
    if name == "add":
        questions = document["criteria"]
        return {**document, "criteria": [*questions, new_question()]}, f"criteria-{len(questions)}-question"
    numbers = [int(number) for number in place.split(".") if number.isascii() and number.isdigit() and len(number) < 4]
    if not numbers or numbers[0] >= len(document["criteria"]):
        return document, ""
    if name in ("up", "down", "remove"):
        questions, index = moved(document["criteria"], numbers[0], name)
        return {**document, "criteria": questions}, f"criteria-{index}-question" if questions else ""
    questions = list(document["criteria"])
    questions[numbers[0]], focus = pressed_within(questions[numbers[0]], name, numbers[1] if len(numbers) > 1 else 0)
    return {**document, "criteria": questions}, f"criteria-{numbers[0]}-{focus}"


def pressed_within(question: Document, name: str, number: int) -> tuple[Document, str]:
    options = question["options"]
    if name == "add-option":
        return {**question, "options": [*options, new_option()]}, f"options-{len(options)}-value"
    if name == "scale":
        return {**question, "options": options_for_scale(question)}, "scale"
    if name in ("up-option", "down-option", "remove-option") and number < len(options):
        left, index = moved(options, number, name.removesuffix("-option"))
        return {**question, "options": left}, f"options-{index}-value" if left else "scale"
    return question, "asked_when-key" if name == "condition" else "question"


def moved(rows: list[Any], index: int, way: str) -> tuple[list[Any], int]:
    """The rows with one of them moved or removed, and where the eye should go then."""
    rows = list(rows)
    row = rows.pop(index)
    if way == "remove":
        return rows, min(index, len(rows) - 1)
    target = max(0, index - 1) if way == "up" else min(len(rows), index + 1)
    rows.insert(target, row)
    return rows, target


def new_question() -> Document:
    question = dict.fromkeys(QUESTION_TEXTS, "") | {"required": True, "allows_na": False, "gating": False}
    question |= {"scale": "binary", "weight": "1", "rationale_on": [], "bounds": None, "asked_when": None}
    return {**question, "options": list(starting_options("binary"))}


def new_option() -> Document:
    return {"value": "", "label": "", "anchor": "", "passing": True}


def starting_options(scale: str) -> Iterator[Document]:
    for value, label, is_passing in STARTING_OPTIONS.get(scale, ()):
        yield {"value": value, "label": label, "anchor": "", "passing": is_passing}


def options_for_scale(question: Document) -> list[Document]:
    """The answers there are where they fit the scale that was chosen, else those to start from."""
    scale, options = question["scale"], question["options"]
    values = {option["value"] for option in options}
    fits = {"pairwise": values == set(SIDES), "binary": len(options) == 2}.get(scale, bool(options))
    is_begun = not any(options == list(starting_options(other)) for other in STARTING_OPTIONS)
    return options if fits and is_begun and scale in WITH_OPTIONS else list(starting_options(scale))
