"""What comes with a verdict: the corrected text of a *revise*, the failure behind a failing one, and to whom an
*escalate* goes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FAILING_VERDICTS = ("revise", "reject")
# A text longer than this is not edited in a browser; its note says what to change.
LONGEST_CORRECTION = 40_000
LONGEST_WORDS = 200
FAILURE_KINDS = (
    ("factual_error", "Factual error"),
    ("unsupported_claim", "Unsupported claim"),
    ("missing_information", "Missing information"),
    ("wrong_tone", "Wrong tone"),
    ("policy_breach", "Policy breach"),
    ("unsafe", "Unsafe"),
    ("format", "Wrong format"),
    ("wrong_action", "Wrong action"),
    ("tool_misuse", "Tool misuse"),
    ("other", "Other, in words"),
)
SEVERITIES = (
    ("critical", "Critical: harm or loss"),
    ("major", "Major: must not go out"),
    ("minor", "Minor: a small change"),
)
ROOT_CAUSES = (
    ("model", "The model"),
    ("tool", "A tool"),
    ("prompt", "The prompt"),
    ("memory", "Its memory"),
    ("rubric", "The rubric"),
)
# Roles that an escalation may go to; each is held by people who may see sources, and none of them is a rater's name.
ANYBODY = "adjudicator"
ESCALATION_ROLES = ((ANYBODY, "Anybody who settles disputes"), ("owner", "An eval owner"), ("admin", "An admin"))
# Asks for the list of people; an answer that leaves it at that is refused.
BY_NAME = "person"
PERSON = "person-"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was wrong with an output, how bad it was, and what it came from. Empty parts were not said."""

    kind: str = ""
    severity: str = ""
    cause: str = ""
    words: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind or self.severity or self.cause or self.words)


NO_FINDING = Finding()


@dataclass(frozen=True, slots=True)
class VerdictDetails:
    """What was given beside a verdict. An empty correction is none; `escalated_to` is a role or `person-<id>`."""

    correction: str = ""
    finding: Finding = NO_FINDING
    escalated_to: str = ""


NO_DETAILS = VerdictDetails()


def details_that_belong(details: VerdictDetails, verdict: str) -> VerdictDetails:
    """The details that this verdict has: whoever thinks again and approves leaves no failure behind."""
    return VerdictDetails(
        correction=details.correction if verdict == "revise" else "",
        finding=details.finding if verdict in FAILING_VERDICTS else Finding(),
        escalated_to=(details.escalated_to or ANYBODY) if verdict == "escalate" else "",
    )


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same to a reader: browsers send line ends in their own way."""
    return plain_lines(one).strip() == plain_lines(other).strip()


def plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def complaints_about_details(details: VerdictDetails, *, verdict: str, note: str) -> dict[str, str]:
    """What is missing or wrong beside a verdict, by field. A reject says what failed and how badly, for that is what
    its failures are counted by; a revise may say so."""
    complaints = complaints_about_finding(details.finding, is_required=verdict == "reject")
    if len(details.correction) > LONGEST_CORRECTION:
        complaints["correction"] = f"Keep the corrected text under {LONGEST_CORRECTION:,} characters."
    if details.escalated_to == BY_NAME:
        complaints["escalated_to"] = "Choose the person, or one of the roles."
    if verdict == "escalate" and not note.strip():
        complaints["note"] = "Say why somebody else should look at it."
    return complaints


def complaints_about_finding(finding: Finding, *, is_required: bool) -> dict[str, str]:
    complaints = {}
    if finding.kind not in dict(FAILURE_KINDS) and (finding or is_required):
        complaints["failure_kind"] = "Choose what failed."
    if finding.severity not in dict(SEVERITIES) and (finding or is_required):
        complaints["failure_severity"] = "Choose how bad it is."
    if finding.cause and finding.cause not in dict(ROOT_CAUSES):
        complaints["failure_cause"] = "Choose one of the causes, or none."
    if finding.kind == "other" and not finding.words.strip():
        complaints["failure_words"] = "Say in a few words what failed."
    if len(finding.words) > LONGEST_WORDS:
        complaints["failure_words"] = f"Keep it under {LONGEST_WORDS} characters."
    return complaints


# --- what a final label takes over from its reviews -------------------------------------------------------------------


def agreed_finding(findings: Sequence[Finding]) -> Finding:
    """What more than half of the reviews with the final verdict said, part by part; none where they name no one kind.

    `findings` holds one a review, empty for those that said none.
    """
    kind = said_by_most([one.kind for one in findings])
    if not kind:
        return Finding()
    return Finding(
        kind=kind,
        severity=said_by_most([one.severity for one in findings]),
        cause=said_by_most([one.cause for one in findings]),
        words=said_by_most([one.words for one in findings]),
    )


def said_by_most(values: Sequence[str]) -> str:
    if not values:
        return ""
    value, n_times = Counter(values).most_common(1)[0]
    return value if n_times * 2 > len(values) else ""


def agreed_correction(corrections: Mapping[int, str]) -> tuple[int, str] | None:
    """The one text that was proposed, with the first review that proposed it; None where none was, or two differ.

    A text is not voted on: two different ones are for a person to choose from.
    """
    if not corrections:
        return None
    (first, text), *others = corrections.items()
    return (first, text) if all(same_text(text, other) for _, other in others) else None
