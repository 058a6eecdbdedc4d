"""The desk's form: reading what was posted, and laying it beside the rubric's questions with its complaints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labeling.forms.desk_rows import ANSWER, RATIONALE, Row, Section, field_key, sections_of
from labeling.forms.verdicts import (
    DETAIL_NAMES,
    DETAILS_OF_VERDICT,
    Choices,
    DetailFields,
    detail_fields_from,
    details_from,
)
from labeling.policy.rubrics import LONGEST_NOTE, NOT_APPLICABLE, PART_MARK, GivenAnswer, Question, Submission

LONGEST_ACTIVE_MS = 24 * 60 * 60 * 1000
LARGEST_REVISION = 1000
LONGEST_PAGE_NAME, LARGEST_CHANGE = 40, 1_000_000
VERDICT_CHOICES = (
    ("approve", "Approve", "choice--ok"),
    ("revise", "Revise", ""),
    ("reject", "Reject", "choice--danger"),
    ("escalate", "Escalate", ""),
)


class Complaints(dict[str, str]):
    """By field; of a field without one, nothing. A template that asks a plain dictionary of six fields in vain takes as
    long as one that draws a page's bar, for the errors raised and caught."""

    def __missing__(self, name: str) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class ReviewForm:
    sections: tuple[Section, ...]
    asks_verdict: bool
    verdict: str
    note: str
    complaints: Mapping[str, str] = field(compare=False)
    details: DetailFields = field(default_factory=DetailFields)

    verdict_choices = VERDICT_CHOICES

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    @property
    def is_plain(self) -> bool:
        """Whether choosing points is all that it asks; anything else has styles of its own."""
        return not any(section.is_of_parts for section in self.sections) and all(
            row.is_one_of_points and not row.condition for row in self.rows
        )

    @property
    def is_same_for_all(self) -> bool:
        """Whether it looks the same for every item and to everybody."""
        return self.is_untouched and not any(section.is_of_parts for section in self.sections)

    @property
    def is_untouched(self) -> bool:
        is_given = any(row.given or row.rationale for row in self.rows) or self.verdict or self.note
        is_given = is_given or self.details.is_given
        return not is_given and not self.complaints

    @property
    def verdict_number(self) -> int:
        return len(self.sections) + 1

    @property
    def other_complaints(self) -> list[str]:
        """Complaints that belong to no field on the page, such as an answer to a question it does not have."""
        known = {row.key for row in self.rows} | {"verdict", "note", *DETAIL_NAMES}
        return [f"{name}: {text}" for name, text in self.complaints.items() if name not in known]

    @property
    def n_left(self) -> int:
        is_open = (row.question.is_required and not row.given and not row.condition for row in self.rows)
        n_open = sum(is_open)
        return n_open + (1 if self.asks_verdict and not self.verdict else 0)


def review_form(
    questions: Sequence[Question],
    content: Mapping[str, Any],
    *,
    asks_verdict: bool,
    complaints: Mapping[str, str] | None = None,
    people: Choices = (),
) -> ReviewForm:
    """The questions an item asks with a draft's or a refused submission's content; the first complaint takes the
    focus."""
    complaints = Complaints(complaints or {})
    first_wrong = next((key for key in map(field_key, questions) if key in complaints), "")
    return ReviewForm(
        sections=sections_of(questions, content, complaints, first_wrong=first_wrong),
        asks_verdict=asks_verdict,
        verdict=str(content.get("verdict", "")),
        note=str(content.get("note", "")),
        complaints=complaints,
        details=detail_fields_from(content, people),
    )


def submission_from(posted: Mapping[str, str]) -> Submission:
    """Everything that claims to be an answer, known question or not: what does not belong is refused by name."""
    answers = {}
    for name in posted:
        if name.startswith(ANSWER):
            key, value = name.removeprefix(ANSWER), cleaned(posted[name])
            is_not_applicable = value == NOT_APPLICABLE
            # The boxes of one question share one reason.
            reason = posted.get(f"{RATIONALE}{key}") or posted.get(f"{RATIONALE}{key.rpartition(PART_MARK)[0]}", "")
            answers[key] = GivenAnswer(
                value="" if is_not_applicable else value,
                is_not_applicable=is_not_applicable,
                rationale=cleaned(reason),
            )
    return Submission(
        answers,
        verdict=cleaned(posted.get("verdict", "")),
        note=cleaned(posted.get("note", "")),
        details=details_from(posted),
    )


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
    names += DETAILS_OF_VERDICT.get(posted.get("verdict", ""), ())
    for key in {key: None for question in questions for key in (question.key, field_key(question))}:
        names += [f"{ANSWER}{key}", f"{RATIONALE}{key}"]
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
