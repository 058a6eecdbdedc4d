"""The questions of an item as rows of the desk: how each is answered, what was given, and when it is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from labeling.forms.asked_when import condition_in_code, condition_in_words
from labeling.policy.parts import MOST_PARTS
from labeling.policy.rubrics import NO, NONE_OF_THEM, NOT_APPLICABLE, YES, Question

ANSWER, RATIONALE = "answer-", "rationale-"
# What fits into a segment without wrapping; more words than that get a line each.
LONGEST_SEGMENT_LABEL = 12
MOST_SEGMENTS = 7
LONGEST_END = 48


@dataclass(frozen=True, slots=True)
class Box:
    """One of several options of which any may apply: the field it is sent in, and whether it is ticked."""

    key: str
    value: str
    label: str
    anchor: str
    is_ticked: bool
    wants_reason: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was given for it and what is wrong with that. `key` is the one of its fields.

    `number` is empty where it asks of one part among others, which `Section` counts. `boxes` are those of a question of
    which any option may apply. `condition` says when it is asked, in words, and `asked_when` for the script.
    """

    number: int
    key: str
    question: Question
    given: str = ""
    rationale: str = ""
    complaint: str = ""
    takes_focus: bool = False
    boxes: tuple[Box, ...] = ()
    condition: str = ""
    asked_when: str = ""

    @property
    def look(self) -> str:
        """How it is answered: by boxes, a number, words, or one point among others."""
        known = {"interval": "number", "text": "words", "multi_label": "boxes"}
        return known.get(self.question.scale, "list" if self.is_list else "points")

    @property
    def is_one_of_points(self) -> bool:
        return self.look in ("list", "points")

    @property
    def part_words(self) -> str:
        """What the part says that it asks of."""
        if not self.question.parts or self.question.part is None:
            return ""
        return self.question.part.words

    @property
    def low_words(self) -> str:
        """The lower end of a number, with what it stands for where the rubric says so."""
        return self.end_words(self.question.bounds.low if self.question.bounds else None)

    @property
    def high_words(self) -> str:
        return self.end_words(self.question.bounds.high if self.question.bounds else None)

    def end_words(self, end: Decimal | None) -> str:
        anchors = {option.value: option.anchor or option.label for option in self.question.options}
        words = anchors.get(str(end), "")
        return f"{end} ({words})" if words else str(end)

    @property
    def step(self) -> str:
        bounds = self.question.bounds
        return str(bounds.step) if bounds and bounds.step else "any"

    @property
    def is_list(self) -> bool:
        """Whether the points stand one to a line, their anchors always in sight."""
        options = self.question.options
        return (
            self.question.scale == "nominal"
            or len(options) > MOST_SEGMENTS
            or any(len(option.label) > LONGEST_SEGMENT_LABEL for option in options)
        )

    @property
    def ends(self) -> tuple[str, str] | None:
        """The anchors of both ends of an ordered scale, to be read before a point is chosen."""
        if self.question.scale != "ordinal" or not self.question.options:
            return None
        anchors = (self.question.options[0].anchor, self.question.options[-1].anchor)
        if not all(anchors) or max(map(len, anchors)) > LONGEST_END:
            return None
        return anchors

    @property
    def rationale_on(self) -> str:
        return " ".join(self.question.rationale_on)

    @property
    def short_name(self) -> str:
        name = self.question.criterion.replace("-", " ").replace("_", " ")
        part = self.question.part_of_output.replace("-", " ")
        return f"{name} {part}" if part else name


@dataclass(frozen=True, slots=True)
class Section:
    """One criterion as it stands on the page: its rows, one for each part where it asks of parts."""

    number: int
    rows: tuple[Row, ...]

    @property
    def question(self) -> Question:
        return self.rows[0].question

    @property
    def is_of_parts(self) -> bool:
        return bool(self.question.parts)

    @property
    def is_cut_short(self) -> bool:
        """Whether as many parts are asked as can be, so that there may be more."""
        return len(self.rows) == MOST_PARTS


def field_key(question: Question) -> str:
    return question.group or question.key


def sections_of(
    questions: Sequence[Question], content: Mapping[str, Any], complaints: Mapping[str, str], *, first_wrong: str
) -> tuple[Section, ...]:
    """The questions that an item asks as they stand on its page, each with what was given and what is wrong."""
    sections = []
    for number, (_, asked) in enumerate(groupby(questions, key=lambda question: question.criterion), start=1):
        rows = []
        for key, of_row in groupby(asked, key=field_key):
            row = row_of(number, list(of_row), content, questions)
            rows.append(replace(row, complaint=complaints.get(key, ""), takes_focus=key == first_wrong))
        sections.append(Section(number, tuple(rows)))
    return tuple(sections)


def row_of(number: int, asked: Sequence[Question], content: Mapping[str, Any], questions: Sequence[Question]) -> Row:
    """One row: one question, or the boxes of one."""
    question = asked[0]
    key = field_key(question)
    boxes = boxes_of(asked, content) if question.group else ()
    return Row(
        number=number,
        key=key,
        question=question,
        given=given_of_boxes(asked, content) if boxes else given_in(content, key),
        rationale=rationale_of(asked, content),
        boxes=boxes,
        condition=condition_in_words(question, questions),
        asked_when=condition_in_code(question),
    )


def given_in(content: Mapping[str, Any], key: str) -> str:
    return str(content.get(f"{ANSWER}{key}", ""))


def boxes_of(asked: Sequence[Question], content: Mapping[str, Any]) -> tuple[Box, ...]:
    return tuple(
        Box(
            key=one.key,
            value=one.option_of_box,
            label=one.part.words if one.part else "",
            anchor=one.options[0].anchor,
            is_ticked=given_in(content, one.key) == YES,
            wants_reason=bool(one.rationale_on),
        )
        for one in asked
    )


def given_of_boxes(asked: Sequence[Question], content: Mapping[str, Any]) -> str:
    """What the boxes say together: some of them, none, not applicable, or nothing yet."""
    about_all = given_in(content, asked[0].group)
    given = {given_in(content, one.key) for one in asked}
    if YES in given:
        return YES
    if about_all:
        return about_all
    return {NO: NONE_OF_THEM, NOT_APPLICABLE: NOT_APPLICABLE}.get(next(iter(given - {""}), ""), "")


def rationale_of(asked: Sequence[Question], content: Mapping[str, Any]) -> str:
    keys = (field_key(asked[0]), *(one.key for one in asked))
    return next((str(content[f"{RATIONALE}{key}"]) for key in keys if content.get(f"{RATIONALE}{key}")), "")
