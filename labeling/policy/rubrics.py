"""What a rubric asks, as plain values, and what is missing or wrong in the answers somebody gives to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from labeling.policy.verdicts import NO_DETAILS, VerdictDetails

VERDICTS = ("approve", "revise", "reject", "escalate")
NEEDS_NOTE = ("revise", "reject", "escalate")
LONGEST_NOTE = 10_000
# An answer of *not applicable* where answers are plain values: in forms, in gold and when reviews are compared.
NOT_APPLICABLE = "n/a"
# Between a criterion's key, which cannot hold it, and the part of the output that an answer speaks of.
PART_MARK = "~"
# Where any of several may apply: what a box says that is ticked or left open, and that all were left open on purpose.
YES, NO, NONE_OF_THEM = "yes", "no", "none"
# The value of an answer in words, which are kept where reasons are: they are read, and never compared.
WORDS = "(words)"
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")


@dataclass(frozen=True, slots=True)
class Option:
    """One point of a scale: its stored value, what the button says, and its anchor text."""

    value: str
    label: str
    anchor: str = ""
    is_passing: bool = True


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be, ends included; it passes from `passing_from` on."""

    low: Decimal
    high: Decimal
    step: Decimal | None = None
    passing_from: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AskedWhen:
    """A question that is asked only where another one was answered with one of these values."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an output: its key, what it says, and the page's element that shows it, where there is one."""

    key: str
    words: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One criterion as a reviewer meets it. `parts` is what of an output it is asked of, empty for the whole.

    `part`, `group` and `when_any` are those of a question as an item asks it: see `policy/parts.py`. `group` is the
    key that the boxes of one question share, of which any may apply.
    """

    key: str
    question: str
    scale: str
    options: tuple[Option, ...]
    hint: str = ""
    is_required: bool = True
    allows_na: bool = False
    is_gating: bool = False
    rationale_on: tuple[str, ...] = ()
    weight: Decimal = Decimal(1)
    parts: str = ""
    bounds: Bounds | None = None
    asked_when: AskedWhen | None = None
    part: Part | None = None
    group: str = ""
    when_any: tuple[AskedWhen, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(option.value for option in self.options)

    @property
    def criterion(self) -> str:
        return criterion_and_part(self.key)[0]

    @property
    def part_of_output(self) -> str:
        """The key of the part that it is asked of; empty where that is the whole, of which a box is no part."""
        if not self.parts or self.part is None:
            return ""
        return self.part.key.partition(PART_MARK)[0]

    @property
    def option_of_box(self) -> str:
        """The value of the option that a box stands for; empty where the question is no box."""
        return self.key.removeprefix(f"{self.group}{PART_MARK}") if self.group else ""

    @property
    def is_compared(self) -> bool:
        """Whether two answers to it agree or differ. Words do neither."""
        return self.scale != "text"


def answer_key(criterion: str, part: str) -> str:
    """What an answer goes by where answers are keyed by one text."""
    return f"{criterion}{PART_MARK}{part}" if part else criterion


def criterion_and_part(key: str) -> tuple[str, str]:
    criterion, _, part = key.partition(PART_MARK)
    return criterion, part


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A submitted answer: an empty value with `is_not_applicable` is a statement, not a gap."""

    value: str
    is_not_applicable: bool = False
    rationale: str = ""


def given_answers(values: Mapping[str, str], *, rationale: str = "") -> dict[str, GivenAnswer]:
    """Plain values by criterion as submitted answers, all for the same reason."""
    return {
        key: GivenAnswer(
            "" if value == NOT_APPLICABLE else value, is_not_applicable=value == NOT_APPLICABLE, rationale=rationale
        )
        for key, value in values.items()
    }


def plain_values(answers: Mapping[str, GivenAnswer]) -> dict[str, str]:
    """Submitted answers as plain values, those that were given."""
    return {
        key: NOT_APPLICABLE if answer.is_not_applicable else answer.value
        for key, answer in answers.items()
        if answer.value or answer.is_not_applicable
    }


@dataclass(frozen=True, slots=True)
class Submission:
    answers: Mapping[str, GivenAnswer]
    verdict: str = ""
    note: str = ""
    details: VerdictDetails = NO_DETAILS

    @property
    def says_what_is_wrong(self) -> bool:
        """In a note, or by the text that should have been: beside a correction a note would only say *see above*."""
        return bool(self.note.strip() or self.details.correction)


def is_asked(question: Question, values: Mapping[str, str]) -> bool:
    """Whether a question's condition holds for these answers; one without a condition is always asked."""
    return question.asked_when is None or any(values.get(one.key) in one.values for one in question.when_any)


def complaints_about(submission: Submission, questions: Sequence[Question], *, asks_verdict: bool) -> dict[str, str]:
    """What is missing or wrong, by the question's key (or `verdict`, `note`): empty when it may be stored.

    `questions` are those that the item asks, and the submission is one that `policy/parts.py` completed. What is wrong
    with boxes of which any may apply is said once, under the key of their group.
    """
    known = {question.key for question in questions}
    complaints = {
        key: "This rubric has no such question; load the item again." for key in submission.answers if key not in known
    }
    values = {key: answer.value for key, answer in submission.answers.items()}
    for question in questions:
        complaint = complaint_about_answer(submission.answers.get(question.key), question)
        if complaint and is_asked(question, values):
            complaints.setdefault(question.group or question.key, complaint)
    if asks_verdict and submission.verdict not in VERDICTS:
        complaints["verdict"] = "Choose a verdict."
    if not asks_verdict and submission.verdict not in ("", "escalate"):
        complaints["verdict"] = "This rubric asks for no verdict."
    if asks_verdict and submission.verdict in NEEDS_NOTE and not submission.says_what_is_wrong:
        complaints["note"] = "Say in a sentence what is wrong."
    if len(submission.note) > LONGEST_NOTE:
        complaints["note"] = f"Keep the note under {LONGEST_NOTE:,} characters."
    return complaints


def complaint_about_answer(answer: GivenAnswer | None, question: Question) -> str:
    if answer is None or (not answer.value and not answer.is_not_applicable):
        return complaint_about_gap(question) if question.is_required else ""
    if answer.value and answer.is_not_applicable:
        return "Choose an answer or not applicable, not both."
    if len(answer.rationale) > LONGEST_NOTE:
        what = "answer" if question.scale == "text" else "reason"
        return f"Keep the {what} under {LONGEST_NOTE:,} characters."
    if answer.is_not_applicable:
        return "" if question.allows_na else "This question always applies."
    if question.scale == "text":
        return ""
    complaint = complaint_about_value(answer.value, question)
    if complaint:
        return complaint
    if answer.value in question.rationale_on and not answer.rationale.strip():
        return "Say why in a sentence."
    return ""


def complaint_about_gap(question: Question) -> str:
    return "Choose what applies, or none of these." if question.group else "Answer this question."


def complaint_about_value(value: str, question: Question) -> str:
    """What is wrong with a value that was given, on this scale."""
    if question.scale == "interval":
        return complaint_about_number(value, question.bounds)
    if value in question.values:
        return ""
    if question.group and value == NONE_OF_THEM:
        return "Choose what applies or none, not both."
    return f"{value!r} is not one of {', '.join(question.values)}."


def complaint_about_number(value: str, bounds: Bounds | None) -> str:
    number = read_number(value)
    if number is None:
        return f"{value[:40]!r} is not a number; write it in digits, with a point before decimals."
    if bounds is None:
        return ""
    if not bounds.low <= number <= bounds.high:
        return f"Give a number from {bounds.low} to {bounds.high}."
    if bounds.step and (number - bounds.low) % bounds.step:
        return f"Give a number in steps of {bounds.step} from {bounds.low}."
    return ""


def read_number(text: str) -> Decimal | None:
    """A number in plain digits, no longer than anybody means; else None."""
    return Decimal(text) if NUMBER.fullmatch(text) else None


def spelled_number(text: str) -> str:
    """The one spelling of a number, so that 3.80 and 3.8 are one answer; what is no number stays as it is."""
    number = read_number(text.strip())
    if number is None:
        return text.strip()
    spelled = f"{number:f}"
    spelled = spelled.rstrip("0").rstrip(".") if "." in spelled else spelled
    return "0" if spelled == "-0" else spelled


def failing_keys(values: Mapping[str, str], questions: Sequence[Question]) -> list[str]:
    """The gating questions whose value does not pass; one is enough to make an output bad, of whichever part."""
    return [question.key for question in questions if question.is_gating and is_failing(values, question)]


def is_failing(values: Mapping[str, str], question: Question) -> bool:
    value = values.get(question.key)
    if question.scale == "interval":
        number = read_number(value or "")
        passes_from = question.bounds.passing_from if question.bounds else None
        return number is not None and passes_from is not None and number < passes_from
    return any(option.value == value and not option.is_passing for option in question.options)
