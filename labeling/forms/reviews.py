"""The desk's form: reading what was posted, and laying it beside the rubric's questions with its complaints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labeling.policy.rubrics import LONGEST_NOTE, NOT_APPLICABLE, GivenAnswer, Question, Submission

ANSWER, RATIONALE = "answer-", "rationale-"
LONGEST_ACTIVE_MS = 24 * 60 * 60 * 1000
LARGEST_REVISION = 1000
LONGEST_PAGE_NAME, LARGEST_CHANGE = 40, 1_000_000
# What fits into a segment without wrapping; more words than that get a line each.
LONGEST_SEGMENT_LABEL = 12
MOST_SEGMENTS = 7
LONGEST_END = 48
VERDICT_CHOICES = (
    ("approve", "Approve", "choice--ok"),
    ("revise", "Revise", ""),
    ("reject", "Reject", "choice--danger"),
    ("escalate", "Escalate", ""),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was given for it and what is wrong with that."""

    number: int
    question: Question
    given: str = ""
    rationale: str = ""
    complaint: str = ""
    takes_focus: bool = False

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
        anchors = (self.question.options[0].anchor, self.question.options[-1].anchor)
        if self.question.scale != "ordinal" or not all(anchors) or max(map(len, anchors)) > LONGEST_END:
            return None
        return anchors

    @property
    def rationale_on(self) -> str:
        return " ".join(self.question.rationale_on)

    @property
    def short_name(self) -> str:
        return self.question.key.replace("-", " ").replace("_", " ")


@dataclass(frozen=True, slots=True)
class ReviewForm:
    rows: tuple[Row, ...]
    asks_verdict: bool
    verdict: str
    note: str
    complaints: Mapping[str, str] = field(compare=False)

    verdict_choices = VERDICT_CHOICES

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was given yet: then it looks the same for every item and to everybody."""
        is_given = any(row.given or row.rationale for row in self.rows) or self.verdict or self.note
        return not is_given and not self.complaints

    @property
    def verdict_number(self) -> int:
        return len(self.rows) + 1

    @property
    def other_complaints(self) -> list[str]:
        """Complaints that belong to no field on the page, such as an answer to a question it does not have."""
        known = {row.question.key for row in self.rows} | {"verdict", "note"}
        return [f"{name}: {text}" for name, text in self.complaints.items() if name not in known]

    @property
    def n_left(self) -> int:
        n_open = sum(1 for row in self.rows if row.question.is_required and not row.given)
        return n_open + (1 if self.asks_verdict and not self.verdict else 0)


def review_form(
    questions: Sequence[Question],
    content: Mapping[str, Any],
    *,
    asks_verdict: bool,
    complaints: Mapping[str, str] | None = None,
) -> ReviewForm:
    """The questions with a draft's or a refused submission's content; the first complaint takes the focus."""
    complaints = complaints or {}
    first_wrong = next((question.key for question in questions if question.key in complaints), "")
    rows = tuple(
        Row(
            number=number,
            question=question,
            given=str(content.get(f"{ANSWER}{question.key}", "")),
            rationale=str(content.get(f"{RATIONALE}{question.key}", "")),
            complaint=complaints.get(question.key, ""),
            takes_focus=question.key == first_wrong,
        )
        for number, question in enumerate(questions, start=1)
    )
    return ReviewForm(
        rows=rows,
        asks_verdict=asks_verdict,
        verdict=str(content.get("verdict", "")),
        note=str(content.get("note", "")),
        complaints=complaints,
    )


def submission_from(posted: Mapping[str, str]) -> Submission:
    """Everything that claims to be an answer, known question or not: what does not belong is refused by name."""
    answers = {}
    for name in posted:
        if name.startswith(ANSWER):
            key, value = name.removeprefix(ANSWER), cleaned(posted[name])
            is_not_applicable = value == NOT_APPLICABLE
            answers[key] = GivenAnswer(
                value="" if is_not_applicable else value,
                is_not_applicable=is_not_applicable,
                rationale=cleaned(posted.get(f"{RATIONALE}{key}", "")),
            )
    return Submission(answers, verdict=cleaned(posted.get("verdict", "")), note=cleaned(posted.get("note", "")))


def complaints_about_length(submission: Submission) -> dict[str, str]:
    return {
        key: f"Keep the reason under {LONGEST_NOTE:,} characters."
        for key, answer in submission.answers.items()
        if len(answer.rationale) > LONGEST_NOTE
    }


def draft_content_from(posted: Mapping[str, str], questions: Sequence[Question]) -> dict[str, Any]:
    """The fields of the form that the rubric knows, as they are; a draft may be as unfinished as it likes.

    Where the script says so, also which page wrote it and after how many changes.
    """
    names = ["verdict", "note", "active_ms"]
    for question in questions:
        names += [f"{ANSWER}{question.key}", f"{RATIONALE}{question.key}"]
    content: dict[str, Any] = {name: cleaned(posted[name]) for name in names if posted.get(name)}
    if posted.get("page"):
        content["page"] = cleaned(posted["page"])[:LONGEST_PAGE_NAME]
        content["change"] = whole_number(posted.get("change", ""), most=LARGEST_CHANGE, otherwise=0)
    return content


def active_ms_from(posted: Mapping[str, str]) -> int:
    return whole_number(posted.get("active_ms", ""), most=LONGEST_ACTIVE_MS, otherwise=0)


def revision_from(posted: Mapping[str, str]) -> int:
    return whole_number(posted.get("revision", ""), most=LARGEST_REVISION, otherwise=1)


def whole_number(text: str, *, most: int, otherwise: int) -> int:
    """A script wrote it, but anybody can post anything: what is no number in range becomes `otherwise`."""
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return otherwise
    return min(int(text), most)


def cleaned(text: str) -> str:
    """PostgreSQL stores no NUL, and a pasted one is never meant."""
    return text.replace("\x00", "").replace("\r\n", "\n")
