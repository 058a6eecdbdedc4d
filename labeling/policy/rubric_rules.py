"""What a rubric may say: complaints by the path of the field, what is still missing, and what to think about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from labeling.policy.rubrics import NOT_APPLICABLE, Question

MOST_QUESTIONS = 40
MOST_OPTIONS = 15
LONGEST_KEY, LONGEST_QUESTION, LONGEST_VALUE, LONGEST_LABEL, LONGEST_ANCHOR = 40, 300, 40, 80, 300
LONGEST_INSTRUCTIONS, LONGEST_NAME = 5_000, 120
LARGEST_WEIGHT = Decimal("9999.99")
# What the form, the settlement and the exports keep under these names is no question.
TAKEN_KEYS = {"verdict": "the verdict", "note": "the note"}
WITH_OPTIONS = ("binary", "nominal", "ordinal", "pairwise", "multi_label")
SIDES = ("a", "tie", "b")
DIGIT_KEYS = 9
MANY_QUESTIONS = 10
KEY = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9_]*")
VALUE = re.compile(r"[^\W_][\w.+-]*")
SCALES = {
    "binary": "yes or no",
    "nominal": "categories",
    "ordinal": "ordered points",
    "interval": "a number",
    "pairwise": "A, B or tie",
    "multi_label": "any that apply",
    "text": "words",
}
PARTS = {
    "": "the whole output",
    "claim": "each claim",
    "chunk": "each passage",
    "citation": "each citation",
    "step": "each step",
}

Complaint = tuple[str, str]


@dataclass(frozen=True, slots=True)
class WrittenRubric:
    """A rubric version as somebody wrote it. `name` and `key` are those of the rubric, empty where it has its own."""

    instructions: str = ""
    asks_verdict: bool = True
    questions: tuple[Question, ...] = field(default=())
    name: str = ""
    key: str = ""


def complaints_about_rubric(rubric: WrittenRubric) -> dict[str, str]:
    """What may not be stored as it is, by path (`criteria[2].options[0].value`): the first complaint on each."""
    complaints: dict[str, str] = {}
    for path, text in all_complaints(rubric):
        complaints.setdefault(path, text)
    return complaints


def missing_for_use(rubric: WrittenRubric) -> dict[str, str]:
    """What a draft may lack and a version in use may not."""
    if not rubric.questions:
        return {"criteria": "Ask at least one question."}
    if not rubric.asks_verdict and not any(question.is_required for question in rubric.questions):
        return {"asks_verdict": "Ask for a verdict or require an answer; otherwise nothing decides about an item."}
    return {}


def all_complaints(rubric: WrittenRubric) -> Iterator[Complaint]:
    if len(rubric.instructions) > LONGEST_INSTRUCTIONS:
        yield "instructions", f"Keep the instructions under {LONGEST_INSTRUCTIONS:,} characters."
    if len(rubric.name) > LONGEST_NAME:
        yield "name", f"Keep the name under {LONGEST_NAME} characters."
    if len(rubric.questions) > MOST_QUESTIONS:
        yield "criteria", f"A rubric asks at most {MOST_QUESTIONS} questions."
    seen: dict[str, int] = {}
    for index, question in enumerate(rubric.questions):
        path = f"criteria[{index}]"
        if question.key in seen:
            yield f"{path}.key", f"Question {seen[question.key] + 1} has this key; every question needs its own."
        seen.setdefault(question.key, index)
        for name, text in complaints_about_question(question):
            yield f"{path}.{name}", text
        for name, text in complaints_about_condition(question, rubric.questions[:index]):
            yield f"{path}.{name}", text
    if rubric.questions and all(question.weight == 0 for question in rubric.questions):
        yield "criteria[0].weight", "Every weight is 0, so no score can be made; give at least one question a weight."


def complaints_about_question(question: Question) -> Iterator[Complaint]:
    yield from complaints_about_words(question)
    if question.scale in WITH_OPTIONS:
        yield from complaints_about_options(question)
    elif question.options:
        yield "options", f"On the scale {SCALES[question.scale]} there is nothing to choose; take the options away."
    yield from complaints_about_bounds(question)
    if question.parts and question.scale == "pairwise":
        yield "parts", f"{SCALES[question.scale].capitalize()} can only be asked of the whole output."
    yield from complaints_about_gate(question)
    unknown = [value for value in question.rationale_on if value not in question.values]
    if unknown:
        yield "rationale_on", f"There is no answer {unknown[0]!r} to ask a reason for."
    if not 0 <= question.weight <= LARGEST_WEIGHT:
        yield "weight", f"A weight is from 0 to {LARGEST_WEIGHT}."
    elif question.weight != round(question.weight, 2):
        yield "weight", "Give a weight with at most two decimals."


def complaints_about_words(question: Question) -> Iterator[Complaint]:
    if not question.key:
        yield "key", "Give the question a key; exports and reports call it by that."
    elif question.key in TAKEN_KEYS:
        yield "key", f"This key belongs to {TAKEN_KEYS[question.key]}; choose another."
    elif not KEY.fullmatch(question.key):
        yield "key", "A key is made of letters a to z, digits, hyphens and underscores."
    elif len(question.key) > LONGEST_KEY:
        yield "key", f"Keep the key under {LONGEST_KEY} characters."
    if not question.question.strip():
        yield "question", "Write the question."
    elif len(question.question) > LONGEST_QUESTION:
        yield "question", f"Keep the question under {LONGEST_QUESTION} characters; the hint takes more."
    if len(question.hint) > LONGEST_QUESTION:
        yield "hint", f"Keep the hint under {LONGEST_QUESTION} characters."


def complaints_about_options(question: Question) -> Iterator[Complaint]:
    values = question.values
    least = 1 if question.scale == "multi_label" else 2
    if question.scale == "pairwise" and (len(values) != len(SIDES) or set(values) != set(SIDES)):
        yield "options", "The answers to a comparison have the values a, tie and b, each once."
    elif question.scale == "binary" and len(values) != 2:
        yield "options", "Yes or no has exactly two answers."
    elif len(values) < least:
        yield "options", f"Give at least {'one answer' if least == 1 else 'two answers'} to choose from."
    if len(values) > MOST_OPTIONS:
        yield "options", f"A question has at most {MOST_OPTIONS} answers."
    for index, option in enumerate(question.options):
        path = f"options[{index}]"
        if not option.value:
            yield f"{path}.value", "Give the answer a value; it is what is stored."
        elif option.value == NOT_APPLICABLE or not VALUE.fullmatch(option.value):
            yield f"{path}.value", "A value is made of letters, digits and . _ + -, without spaces."
        elif len(option.value) > LONGEST_VALUE:
            yield f"{path}.value", f"Keep the value under {LONGEST_VALUE} characters."
        elif option.value in values[:index]:
            yield f"{path}.value", "Another answer of this question has the same value."
        if not option.label.strip():
            yield f"{path}.label", "Say what the button says."
        elif len(option.label) > LONGEST_LABEL:
            yield f"{path}.label", f"Keep the label under {LONGEST_LABEL} characters; the anchor takes more."
        if len(option.anchor) > LONGEST_ANCHOR:
            yield f"{path}.anchor", f"Keep the anchor under {LONGEST_ANCHOR} characters."


def complaints_about_bounds(question: Question) -> Iterator[Complaint]:
    bounds = question.bounds
    if question.scale != "interval":
        if bounds is not None:
            yield "bounds", "Only a number has bounds; take them away."
        return
    if bounds is None:
        yield "bounds.low", "Say what the smallest and the largest number are."
        return
    if bounds.low >= bounds.high:
        yield "bounds.high", "The largest number must lie above the smallest."
        return
    if bounds.step is not None and not 0 < bounds.step <= bounds.high - bounds.low:
        yield "bounds.step", "A step is above 0 and fits between the bounds."
    if bounds.passing_from is not None and not bounds.low <= bounds.passing_from <= bounds.high:
        yield "bounds.passing_from", "What passes begins within the bounds."


def complaints_about_gate(question: Question) -> Iterator[Complaint]:
    if not question.is_gating:
        return
    if question.scale == "text":
        yield "gating", "Words pass or fail nothing; a gating question needs answers to choose from."
    elif question.scale == "pairwise":
        yield "gating", "A comparison says which is better and not whether either is good, so it cannot gate."
    elif question.scale == "interval":
        if question.bounds is not None and question.bounds.passing_from is None:
            yield "bounds.passing_from", "Say from which number on it passes; a gating question decides by that."
    elif all(option.is_passing for option in question.options):
        yield "gating", "Mark the answers that do not pass; a gating question decides by them."
    elif not any(option.is_passing for option in question.options):
        yield "gating", "At least one answer must pass, or every output is bad."


def complaints_about_condition(question: Question, earlier: Sequence[Question]) -> Iterator[Complaint]:
    condition = question.asked_when
    if condition is None:
        return
    asked = next((one for one in earlier if one.key == condition.key), None)
    if asked is None:
        yield "asked_when.key", f"No question before this one has the key {condition.key!r}."
    elif asked.scale not in WITH_OPTIONS:
        yield "asked_when.key", f"{condition.key!r} has no answers to choose from, so nothing can depend on it."
    elif asked.parts and asked.parts != question.parts:
        yield "asked_when.key", f"{condition.key!r} is asked of {PARTS[asked.parts]} and this one is not."
    elif not condition.values:
        yield "asked_when.values", f"Choose the answers to {condition.key!r} at which this is asked."
    else:
        unknown = [value for value in condition.values if value not in asked.values]
        if unknown:
            yield "asked_when.values", f"{condition.key!r} has no answer {unknown[0]!r}."


# --- nothing is wrong with these, and yet ---------------------------------------------------------------------------


def warnings_about(rubric: WrittenRubric) -> dict[str, str]:
    """What makes a rubric hard to agree on, by path. It stops nobody."""
    warnings = {
        f"criteria[{index}].{name}": text
        for index, question in enumerate(rubric.questions)
        for name, text in warnings_about_question(question).items()
    }
    if len(rubric.questions) > MANY_QUESTIONS:
        warnings["criteria"] = (
            f"{len(rubric.questions)} questions an item: the more there are, the less thought each one gets."
        )
    return warnings


def warnings_about_question(question: Question) -> Mapping[str, str]:
    warnings = {}
    named = [(option.label or option.value, option.anchor) for option in question.options]
    bare = [f"“{name}”" for name, anchor in named if name and not anchor.strip()]
    if question.scale == "ordinal" and bare:
        warnings["options"] = f"Without an anchor people differ on what is meant by {', '.join(bare)}."
    if len(question.options) > DIGIT_KEYS:
        warnings["options"] = f"The digits of the keyboard reach the first {DIGIT_KEYS} answers only."
    if question.scale == "ordinal" and not passes_from_some_point_on(question):
        warnings["gating"] = "The points that pass do not lie together at one end."
    if question.is_gating and question.allows_na:
        warnings["allows_na"] = "Not applicable passes the gate."
    return warnings


def passes_from_some_point_on(question: Question) -> bool:
    passing = [option.is_passing for option in question.options]
    return passing in (sorted(passing), sorted(passing, reverse=True))
