"""What came with a review's verdict, and who may be asked to settle what was escalated."""

from labeling.models import Correction, Escalation, Failure, FinalLabel, Project, Review, User
from labeling.policy.verdicts import NO_DETAILS, PERSON, Finding, VerdictDetails
from labeling.queries.access import people_who_settle

FAILING = (Review.Verdict.REVISE, Review.Verdict.REJECT)


def details_of(review: Review) -> VerdictDetails:
    """The details as they were given. No query for an approval, which has none."""
    if review.verdict in FAILING:
        correction = Correction.objects.filter(review=review).first()
        failure = Failure.objects.filter(review=review).first()
        return VerdictDetails(correction.text if correction else "", finding_of(failure))
    if review.verdict == Review.Verdict.ESCALATE:
        escalation = Escalation.objects.filter(review=review).first()
        return VerdictDetails(escalated_to=addressed(escalation)) if escalation else NO_DETAILS
    return NO_DETAILS


def finding_of(failure: Failure | None) -> Finding:
    return Finding(failure.kind, failure.severity, failure.cause, failure.words) if failure else Finding()


def addressed(escalation: Escalation) -> str:
    return f"{PERSON}{escalation.person_id}" if escalation.person_id else escalation.role


def people_to_escalate_to(project: Project, *, asking: User) -> list[tuple[str, str]]:
    """Owners and admins by name, as choices: the same whatever item is asked about, or it would tell gold. No rater is
    named by it but one who may settle as well, and whoever asks is no help to themselves."""
    return [
        (f"{PERSON}{person.pk}", person.shown_name) for person in people_who_settle(project) if person.pk != asking.pk
    ]


def failure_told(labelled: Review | FinalLabel) -> dict[str, str | None] | None:
    """What failed, for machines; parts on which nobody agreed, or that nobody said, are null."""
    failure = getattr(labelled, "failure", None)
    if failure is None:
        return None
    parts = {"type": failure.kind, "severity": failure.severity, "cause": failure.cause, "words": failure.words}
    return {name: value or None for name, value in parts.items()}


def correction_told(labelled: Review | FinalLabel) -> str | None:
    correction = getattr(labelled, "correction", None)
    return correction.text if correction else None
