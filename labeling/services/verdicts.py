"""Storing what comes with a verdict, and what of it a final label takes over. All inside the caller's transaction."""

from dataclasses import replace

from labeling.models import (
    Correction,
    Escalation,
    Failure,
    FinalCorrection,
    FinalFailure,
    FinalLabel,
    HandOut,
    ItemPayload,
    Membership,
    Project,
    Review,
    User,
)
from labeling.policy.errors import Invalid
from labeling.policy.rubrics import Submission
from labeling.policy.verdicts import (
    FAILING_VERDICTS,
    PERSON,
    Finding,
    VerdictDetails,
    agreed_correction,
    agreed_finding,
    details_that_belong,
    plain_lines,
    same_text,
)
from labeling.queries.access import people_who_settle, roles_of
from labeling.queries.adjudication import counted_reviews
from labeling.queries.prepared import insert
from labeling.queries.verdicts import finding_of


def with_checked_details(submission: Submission, hand_out: HandOut) -> Submission:
    """The submission with the details that its verdict has. A text that was opened and left as it is corrects
    nothing; one for a pair would not say which. No query for an approval."""
    details = details_that_belong(submission.details, submission.verdict)
    if details.correction:
        texts = ItemPayload.objects.values_list("texts", flat=True).get(item=hand_out.entry.item_id)
        details = replace(details, correction=real_correction(details.correction, texts))
    return replace(submission, details=details)


def real_correction(text: str, texts: list[str]) -> str:
    if len(texts) != 1 or same_text(text, texts[0]):
        return ""
    return plain_lines(text).strip()


def save_details(review: Review, details: VerdictDetails, *, project: Project) -> None:
    """One row each for what was given. Whoever is named must be able to settle; else nothing is stored."""
    if details.correction:
        insert(Correction(review=review, text=details.correction))
    if details.finding:
        finding = details.finding
        insert(
            Failure(
                review=review,
                kind=finding.kind,
                severity=finding.severity,
                cause=finding.cause,
                words=finding.words.strip() if finding.kind == "other" else "",
            )
        )
    if details.escalated_to:
        role, person = addressee(details.escalated_to, project, field="escalated_to")
        insert(Escalation(review=review, role=role, person=person))


def addressee(chosen: str, project: Project, *, field: str) -> tuple[str, User | None]:
    """The role and the person, if one was named, of a choice: a role, or `person-<id>` of an owner or admin."""
    if chosen in Escalation.Role.values:
        return chosen, None
    number = chosen.removeprefix(PERSON)
    if chosen.startswith(PERSON) and number.isascii() and number.isdigit() and len(number) < 15:
        person = people_who_settle(project).filter(pk=int(number)).first()
        if person is not None:
            is_owner = Membership.Role.OWNER in roles_of(person, project)
            return (Escalation.Role.OWNER if is_owner else Escalation.Role.ADMIN), person
    raise Invalid({field: "Choose somebody of the list; who is not in it cannot settle this."})


# --- what a final label takes over ------------------------------------------------------------------------------------


def take_over_details(final_label: FinalLabel) -> None:
    """The correction and the failure that the reviews on the final side agree on. Two queries, none for an approval."""
    if final_label.verdict not in FAILING_VERDICTS:
        return
    reviews = counted_reviews(final_label.entry).filter(verdict=final_label.verdict)
    given = list(reviews.select_related("correction", "failure"))
    finding = agreed_finding([finding_of(getattr(review, "failure", None)) for review in given])
    corrections = {review.pk: review.correction.text for review in given if hasattr(review, "correction")}
    agreed = agreed_correction(corrections) if final_label.verdict == Review.Verdict.REVISE else None
    save_final_details(final_label, finding=finding, text=agreed[1] if agreed else "", proposed_in=agreed and agreed[0])


def save_final_details(
    final_label: FinalLabel, *, finding: Finding, text: str = "", proposed_in: int | None = None
) -> None:
    if finding.kind:
        FinalFailure.objects.create(
            final_label=final_label,
            kind=finding.kind,
            severity=finding.severity,
            cause=finding.cause,
            words=finding.words,
        )
    if text:
        FinalCorrection.objects.create(final_label=final_label, proposed_in_id=proposed_in, text=text)
