"""The questions that one item asks: a rubric's, each asked once for every part of the output that it is asked of.

A question of parts becomes one question a part; one of which any option may apply becomes a yes or no an option, so
that whoever left a box open said *no*. Their keys are `<criterion>~<part>`. All that is asked, compared, settled and
counted speaks of these questions; a rubric that has neither is its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from labeling.policy.blinding import BlindItem
from labeling.policy.citations import MARKER, citation_ranks, is_broken_citation
from labeling.policy.rubrics import (
    NO,
    NONE_OF_THEM,
    PART_MARK,
    WORDS,
    YES,
    AskedWhen,
    GivenAnswer,
    Option,
    Part,
    Question,
    Submission,
    is_asked,
    spelled_number,
)

# More rows than anybody labels at one sitting; what is left out is counted beside them.
MOST_PARTS = 100
LONGEST_WORDS = 400
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]”’]*\s+(?=[\"'(\[“‘]?[A-Z0-9])")
# Where a full stop ends no sentence.
ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|no|approx|dr|mr|mrs|ms|st|fig)|\b[A-Za-z])\.$", re.IGNORECASE)
# With room for what stands before it.
LONGEST_ABBREVIATION = 12
LIST_MARK = re.compile(r"^\s*(?:[-*+•>]+|\d{1,3}[.)])\s+")
FENCE = re.compile(r"^\s*(?:```|~~~)")
# As citations are written: [P1], not a link's [words](address).
CITATION = re.compile(rf"{MARKER.pattern}(?!\()")

Parts = Mapping[str, tuple[Part, ...]]
# What a preview without an item shows.
EXAMPLE_PARTS: Parts = {
    kind: tuple(Part(f"{kind}-{number}", words.format(number)) for number in (1, 2))
    for kind, words in (
        ("claim", "Claim {} of the output"),
        ("chunk", "Passage {}"),
        ("citation", "Citation {}"),
        ("step", "Step {}"),
    )
}


def parts_of(item: BlindItem) -> Parts:
    """The parts of an item by their kind, in the order shown. A pair has no claims and citations: of which output?"""
    texts = () if item.is_pair else item.texts
    ranks = citation_ranks([passage.label for passage in item.passages])
    claims = [(claim, f"part-claim-{number}") for number, claim in enumerate(item.claims, start=1)]
    return {
        "claim": numbered("claim", claims or [(one, "") for text in texts for one in sentences_of(text)]),
        "chunk": numbered(
            "chunk",
            [
                (f"{one.label} {one.title}".strip(), f"part-chunk-{rank}")
                for rank, one in enumerate(item.passages, start=1)
            ],
        ),
        "citation": numbered(
            "citation",
            [
                (f"[{one}]", f"part-chunk-{ranks[one]}" if one in ranks else "")
                for one in citations_in(texts)
                if one in ranks or is_broken_citation(one, ranks)
            ],
        ),
        "step": numbered(
            "step",
            [
                (f"Step {number}, {one.tool}" if one.tool else f"Step {number}", f"part-step-{number}")
                for number, one in enumerate(item.steps, start=1)
            ],
        ),
    }


def numbered(kind: str, found: Sequence[tuple[str, str]]) -> tuple[Part, ...]:
    return tuple(
        Part(f"{kind}-{number}", shortened(words), anchor)
        for number, (words, anchor) in enumerate(found[:MOST_PARTS], start=1)
    )


def shortened(words: str) -> str:
    return words if len(words) <= LONGEST_WORDS else f"{words[: LONGEST_WORDS - 1]}…"


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, the same on every replay. Headings and blocks of code claim nothing."""
    sentences: list[str] = []
    is_code = False
    for line in text.splitlines():
        if FENCE.match(line):
            is_code = not is_code
        elif not is_code and line.strip() and not line.lstrip().startswith("#"):
            sentences += sentences_in_line(LIST_MARK.sub("", line).strip())
    return sentences


def sentences_in_line(line: str) -> list[str]:
    """Cut where a sentence ends; a piece that ended in an abbreviation goes on."""
    sentences: list[list[str]] = []
    for piece in filter(None, map(str.strip, SENTENCE_END.split(line))):
        # The end alone is looked at, or a text of nothing but initials would be read again for each of them.
        if sentences and ABBREVIATION.search(sentences[-1][-1][-LONGEST_ABBREVIATION:]):
            sentences[-1].append(piece)
        else:
            sentences.append([piece])
    return [" ".join(pieces) for pieces in sentences]


def citations_in(texts: Sequence[str]) -> list[str]:
    """Each marker once, in the order in which they appear. Not every one is a citation: [sic] belongs to the text."""
    return list(dict.fromkeys(marker for text in texts for marker in CITATION.findall(text)))


# --- what is asked ----------------------------------------------------------------------------------------------------


def asks_of_parts(questions: Sequence[Question]) -> bool:
    """Whether which questions there are depends on the item."""
    return any(question.parts for question in questions)


def questions_asked(questions: tuple[Question, ...], item: BlindItem | None) -> tuple[Question, ...]:
    """The questions that an item asks, in the rubric's order; without an item, those of a preview."""
    if not any(question.parts or question.asked_when or question.scale == "multi_label" for question in questions):
        return questions
    if item is None or not asks_of_parts(questions):
        return asked_of_example(questions)
    return asked_of(questions, parts_of(item))


@lru_cache(maxsize=256)
def asked_of_example(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    return asked_of(questions, EXAMPLE_PARTS)


def asked_of(questions: tuple[Question, ...], parts: Parts) -> tuple[Question, ...]:
    asked = tuple(one for question in questions for one in split_into_parts(question, parts))
    if not any(question.asked_when for question in questions):
        return asked
    return tuple(replace(one, when_any=conditions_of(one, asked)) if one.asked_when else one for one in asked)


def split_into_parts(question: Question, parts: Parts) -> Iterator[Question]:
    """One question a part, and of each as many as there are boxes to tick."""
    if not question.parts:
        yield from split_into_boxes(question)
        return
    for part in parts.get(question.parts, ()):
        yield from split_into_boxes(replace(question, key=f"{question.key}{PART_MARK}{part.key}", part=part))


def split_into_boxes(question: Question) -> Iterator[Question]:
    """A yes or no an option where any may apply; any other question as it is."""
    if question.scale != "multi_label":
        yield question
        return
    prefix = f"{question.part.key}{PART_MARK}" if question.part else ""
    for option in question.options:
        yield replace(
            question,
            key=f"{question.key}{PART_MARK}{option.value}",
            part=Part(f"{prefix}{option.value}", option.label, question.part.anchor if question.part else ""),
            options=(
                Option(YES, "Yes", option.anchor, option.is_passing),
                Option(NO, "No"),
            ),
            rationale_on=(YES,) if option.value in question.rationale_on else (),
            group=question.key,
        )


def conditions_of(question: Question, asked: Sequence[Question]) -> tuple[AskedWhen, ...]:
    """Any of these makes the question be asked: about the same part where both are asked of that kind, else of any."""
    wanted = question.asked_when
    assert wanted is not None
    leading = [one for one in asked if one.criterion == wanted.key]
    if question.part and any(one.parts == question.parts for one in leading):
        leading = [one for one in leading if one.part_of_output == question.part_of_output]
    found = []
    for one in leading:
        if not one.group:
            found.append(AskedWhen(one.key, wanted.values))
        elif one.option_of_box in wanted.values:
            found.append(AskedWhen(one.key, (YES,)))
    return tuple(found)


# --- what was answered ------------------------------------------------------------------------------------------------


def completed(submission: Submission, asked: Sequence[Question]) -> Submission:
    """The submission as it is judged and stored: a box left open is a *no*, numbers are spelled one way, and an answer
    to a question that its other answers do not ask is left out.

    Left out and not refused: without scripts every question stands on the page, and somebody who changed their mind
    about the first should not have to find and empty the second.
    """
    answers = dict(submission.answers)
    for group, boxes in boxes_by_group(asked).items():
        complete_group(answers, group, boxes)
    for question in asked:
        if question.key in answers and question.scale in ("interval", "text"):
            answers[question.key] = spelled_answer(answers[question.key], question.scale)
    values = {key: answer.value for key, answer in answers.items()}
    kept = keys_asked(asked, values)
    known = {question.key for question in asked}
    answers = {key: answer for key, answer in answers.items() if key in kept or key not in known}
    return replace(submission, answers=answers)


def keys_asked(asked: Sequence[Question], values: Mapping[str, str]) -> set[str]:
    """The questions that these answers ask. One that is not asked has no answer, and so asks nothing itself."""
    left = dict(values)
    kept = {question.key: question for question in asked}
    while unasked := [key for key, question in kept.items() if not is_asked(question, left)]:
        for key in unasked:
            del kept[key]
            left.pop(key, None)
    return set(kept)


def boxes_by_group(asked: Sequence[Question]) -> dict[str, list[Question]]:
    groups: dict[str, list[Question]] = {}
    for question in asked:
        if question.group:
            groups.setdefault(question.group, []).append(question)
    return groups


def complete_group(answers: dict[str, GivenAnswer], group: str, boxes: Sequence[Question]) -> None:
    """What was said of the whole group is said of each of its boxes, and with one ticked the others say *no*."""
    about_all = answers.pop(group, GivenAnswer(""))
    given = [answers[box.key] for box in boxes if box.key in answers]
    reason = next((one.rationale for one in (about_all, *given) if one.rationale.strip()), "")
    is_ticked = any(one.value == YES for one in given)
    is_none = about_all.value == NONE_OF_THEM
    for number, box in enumerate(boxes):
        one = answers.get(box.key, GivenAnswer(""))
        value = one.value
        if is_ticked and is_none:
            value = NONE_OF_THEM  # no value of a box: what contradicts itself is kept, to be complained about
        elif (is_ticked or is_none) and not value:
            value = NO
        # The reason stands with what it is a reason for.
        carries = value == YES if is_ticked else number == 0
        is_na = about_all.is_not_applicable or one.is_not_applicable
        if value or is_na:
            answers[box.key] = GivenAnswer(value, is_na, reason if carries else "")


def spelled_answer(answer: GivenAnswer, scale: str) -> GivenAnswer:
    if scale == "interval":
        return replace(answer, value=spelled_number(answer.value))
    words = answer.rationale if answer.value == WORDS and answer.rationale else answer.value
    return GivenAnswer(WORDS if words.strip() else "", answer.is_not_applicable, words.strip())
