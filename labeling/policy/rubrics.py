"""What a rubric asks, as plain values, and what is missing or wrong in the answers somebody gives to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

VERDICTS = ("approve", "revise", "reject", "escalate")
NEEDS_NOTE = ("revise", "reject", "escalate")
LONGEST_NOTE = 10_000
# An answer of *not applicable* where answers are plain values: in forms, in gold and when reviews are compared.
NOT_APPLICABLE = "n/a"


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
class Question:
    """One criterion as a reviewer meets it. `parts` is what of an output it is asked of, empty for the whole."""

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

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(option.value for option in self.options)


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


@dataclass(frozen=True, slots=True)
class Submission:
    answers: Mapping[str, GivenAnswer]
    verdict: str = ""
    note: str = ""


def complaints_about(submission: Submission, questions: Sequence[Question], *, asks_verdict: bool) -> dict[str, str]:
    """What is missing or wrong, by criterion key (or `verdict`, `note`): empty when it may be stored."""
    known = {question.key for question in questions}
    complaints = {
        key: "This rubric has no such question; load the item again." for key in submission.answers if key not in known
    }
    for question in questions:
        complaint = complaint_about_answer(submission.answers.get(question.key), question)
        if complaint:
            complaints[question.key] = complaint
    if asks_verdict and submission.verdict not in VERDICTS:
        complaints["verdict"] = "Choose a verdict."
    if not asks_verdict and submission.verdict not in ("", "escalate"):
        complaints["verdict"] = "This rubric asks for no verdict."
    if asks_verdict and submission.verdict in NEEDS_NOTE and not submission.note.strip():
        complaints["note"] = "Say in a sentence what is wrong."
    if len(submission.note) > LONGEST_NOTE:
        complaints["note"] = f"Keep the note under {LONGEST_NOTE:,} characters."
    return complaints


def complaint_about_answer(answer: GivenAnswer | None, question: Question) -> str:
    if answer is None or (not answer.value and not answer.is_not_applicable):
        return "Answer this question." if question.is_required else ""
    if answer.value and answer.is_not_applicable:
        return "Choose an answer or not applicable, not both."
    if len(answer.rationale) > LONGEST_NOTE:
        return f"Keep the reason under {LONGEST_NOTE:,} characters."
    if answer.is_not_applicable:
        return "" if question.allows_na else "This question always applies."
    if answer.value not in question.values:
        return f"{answer.value!r} is not one of {', '.join(question.values)}."
    if answer.value in question.rationale_on and not answer.rationale.strip():
        return "Say why in a sentence."
    return ""


def failing_keys(values: Mapping[str, str], questions: Sequence[Question]) -> list[str]:
    """The gating criteria whose value does not pass; one is enough to make an output bad."""
    return [
        question.key
        for question in questions
        if question.is_gating
        and any(option.value == values.get(question.key) and not option.is_passing for option in question.options)
    ]
