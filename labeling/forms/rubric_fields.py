"""The builder's form as the page lays it out: every field with its name, what it holds and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.forms.rubric_builder import BOUNDS, OPTION_TEXTS, QUESTION_TEXTS, with_keys
from labeling.policy.rubric_files import Document
from labeling.policy.rubric_rules import PARTS, SCALES, WITH_OPTIONS

SCALE_CHOICES = tuple(SCALES.items())
PART_CHOICES = tuple(PARTS.items())
BOUND_LABELS = {"low": "Smallest", "high": "Largest", "step": "Step", "passing_from": "Passes from"}
# What has no text field of its own and can be complained about all the same.
MARKED = ("options", "gating", "allows_na", "rationale_on")


@dataclass(frozen=True, slots=True)
class BuiltField:
    """One field of the form; a complaint stops the saving, a warning does not."""

    name: str
    value: Any = ""
    complaint: str = ""
    warning: str = ""
    takes_focus: bool = False


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One answer of a question. `place` is how a button names it, such as `2.0`."""

    number: int
    place: str
    fields: Mapping[str, BuiltField]
    is_passing: bool
    asks_reason: bool
    is_first: bool
    is_last: bool

    @property
    def number_text(self) -> str:
        return str(self.number)


@dataclass(frozen=True, slots=True)
class Condition:
    """The earlier questions that this one may depend on, and the answers of the one it does."""

    key: BuiltField
    values: BuiltField
    keys: Sequence[str]
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question: `number` is the one people read, from 1, `index` its place in the document and its buttons.

    The two are texts as well, because a template's `add` joins nothing else to words.
    """

    number: int
    index: int
    prefix: str
    fields: Mapping[str, BuiltField]
    options: Sequence[OptionRow]
    bounds: Sequence[tuple[str, BuiltField]]
    condition: Condition
    flags: Mapping[str, bool]
    is_first: bool
    is_last: bool

    @property
    def key(self) -> str:
        return self.fields["key"].value

    @property
    def number_text(self) -> str:
        return str(self.number)

    @property
    def index_text(self) -> str:
        return str(self.index)

    @property
    def rules_in_words(self) -> str:
        words = [
            "" if self.flags["required"] else "optional",
            "not applicable allowed" if self.flags["allows_na"] else "",
            "gating" if self.flags["gating"] else "",
            "" if self.fields["weight"].value in ("1", 1, "") else f"weight {self.fields['weight'].value}",
            f"after {self.condition.key.value}" if self.condition.key.value else "",
        ]
        return ", ".join(filter(None, words))

    @property
    def needs_look_at_rules(self) -> bool:
        """Whether something within the folded rules takes the focus or is wrong."""
        within = [*(self.fields[name] for name in ("key", "weight", "gating", "allows_na"))]
        within += [self.condition.key, self.condition.values]
        return any(field.complaint or field.warning or field.takes_focus for field in within)

    @property
    def has_options(self) -> bool:
        return self.fields["scale"].value in WITH_OPTIONS

    @property
    def is_number(self) -> bool:
        return self.fields["scale"].value == "interval"


@dataclass(frozen=True, slots=True)
class Builder:
    """The whole form; warnings as (where in words, field to go to, text)."""

    instructions: BuiltField
    asks_verdict: BuiltField
    rows: Sequence[QuestionRow]
    warnings: Sequence[tuple[str, str, str]]

    scales = SCALE_CHOICES
    parts = PART_CHOICES


def builder_of(
    document: Document,
    *,
    complaints: Mapping[str, str] | None = None,
    warnings: Mapping[str, str] | None = None,
    focus: str = "",
) -> Builder:
    complaints, warnings = complaints or {}, warnings or {}
    maker = FieldMaker(complaints, warnings, focus or first_field_in(complaints))
    questions = document["criteria"]
    # A key that is still to be made can be depended on already.
    keyed = with_keys(document)["criteria"]
    return Builder(
        instructions=maker.field("instructions", document["instructions"]),
        asks_verdict=maker.field("asks_verdict", document["asks_verdict"]),
        rows=[maker.row(index, question, keyed) for index, question in enumerate(questions)],
        warnings=complaints_in_words(warnings, questions),
    )


def name_of_path(path: str) -> str:
    """The field that holds what stands at a path."""
    return re.sub(r"[\[\].]+", "-", path).strip("-")


def first_field_in(complaints: Mapping[str, str]) -> str:
    return name_of_path(next(iter(complaints), ""))


def complaints_in_words(found: Mapping[str, str], questions: Sequence[Document]) -> list[tuple[str, str, str]]:
    """(where in words, field to go to, text) of each."""
    return [(place_in_words(path, questions), name_of_path(path), text) for path, text in found.items()]


def place_in_words(path: str, questions: Sequence[Document]) -> str:
    match = re.match(r"criteria\[(\d+)\](?:\.options\[(\d+)\])?", path)
    if match is None:
        return {"asks_verdict": "Verdict", "criteria": "Questions"}.get(path, path.capitalize())
    words = f"Question {int(match[1]) + 1}"
    return f"{words}, answer {int(match[2]) + 1}" if match[2] else words


class FieldMaker:
    """Makes the fields of one form, each with what was found at its path and whether it takes the focus."""

    def __init__(self, complaints: Mapping[str, str], warnings: Mapping[str, str], focus: str) -> None:
        self.complaints = {name_of_path(path): text for path, text in complaints.items()}
        self.warnings = {name_of_path(path): text for path, text in warnings.items()}
        self.focus = focus

    def field(self, name: str, value: Any) -> BuiltField:
        is_focus = bool(self.focus) and name == self.focus
        return BuiltField(name, value, self.complaints.get(name, ""), self.warnings.get(name, ""), is_focus)

    def row(self, index: int, question: Document, questions: Sequence[Document]) -> QuestionRow:
        prefix, options = f"criteria-{index}", question["options"]
        fields = {name: self.field(f"{prefix}-{name}", question[name]) for name in QUESTION_TEXTS}
        fields |= {name: self.field(f"{prefix}-{name}", "") for name in MARKED}
        bounds = question["bounds"] or {}
        return QuestionRow(
            number=index + 1,
            index=index,
            prefix=prefix,
            fields=fields,
            options=[self.option(f"{prefix}-options", number, question) for number in range(len(options))],
            bounds=[
                (BOUND_LABELS[name], self.field(f"{prefix}-bounds-{name}", shown_number(bounds.get(name))))
                for name in BOUNDS
            ],
            condition=self.condition(prefix, question, questions[:index]),
            flags={name: question[name] for name in ("required", "allows_na", "gating")},
            is_first=index == 0,
            is_last=index == len(questions) - 1,
        )

    def option(self, prefix: str, number: int, question: Document) -> OptionRow:
        option, index = question["options"][number], prefix.split("-")[1]
        return OptionRow(
            number=number + 1,
            place=f"{index}.{number}",
            fields={name: self.field(f"{prefix}-{number}-{name}", option[name]) for name in OPTION_TEXTS},
            is_passing=option["passing"],
            asks_reason=bool(option["value"]) and option["value"].strip() in question["rationale_on"],
            is_first=number == 0,
            is_last=number == len(question["options"]) - 1,
        )

    def condition(self, prefix: str, question: Document, earlier: Sequence[Document]) -> Condition:
        asked_when = question["asked_when"] or {"key": "", "values": []}
        asked = next((one for one in earlier if one["key"] == asked_when["key"]), None)
        keys = [one["key"] for one in earlier if one["key"] and one["scale"] in WITH_OPTIONS]
        if asked_when["key"] and asked_when["key"] not in keys:
            keys.append(asked_when["key"])
        return Condition(
            key=self.field(f"{prefix}-asked_when-key", asked_when["key"]),
            values=self.field(f"{prefix}-asked_when-values", asked_when["values"]),
            keys=keys,
            choices=[(one["value"], one["label"] or one["value"]) for one in asked["options"]] if asked else [],
        )


def shown_number(value: Any) -> str:
    return "" if value is None else str(value)
