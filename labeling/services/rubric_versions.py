"""The versions of a rubric: writing a draft, approving it, putting it to use, and who looks after the rubric."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from labeling.models import GuidelineGap, Rubric, RubricApproval, RubricVersion, User
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.rubric_files import fingerprint_of
from labeling.policy.rubric_rules import WrittenRubric, complaints_about_rubric, missing_for_use
from labeling.policy.rubrics import Question
from labeling.queries.rubric_versions import (
    changes_since,
    draft_of,
    may_be_changed,
    n_gold_lacking,
    open_gaps_of,
    possible_owners_of,
    version_before,
    written_rubric_of,
)
from labeling.services.earned import end_earned
from labeling.services.events import record_event
from labeling.services.rubrics import add_criteria, add_version


@transaction.atomic
def start_next_version(version: RubricVersion, *, author: User, now: datetime) -> RubricVersion:
    """A draft with this version's questions, under the next number.

    Locks the rubric. While it has a draft, that is what somebody is to go on with: the second of two is told so.
    """
    rubric = locked_rubric(version.rubric_id)
    draft = draft_of(rubric)
    if draft is not None:
        raise Conflict(f"Version {draft.number} is being written already; go on with it, or discard it first.")
    return add_draft(rubric, written_rubric_of(version), author=author, now=now)


@transaction.atomic
def write_version(rubric: Rubric, written: WrittenRubric, *, author: User, now: datetime) -> RubricVersion:
    """Make what was written, in a file say, the rubric's draft: a new one, or instead of what the draft said so far.

    Locks the rubric. Refused with the path of each field that cannot be so.
    """
    refuse_if_wrong(written)
    rubric = locked_rubric(rubric.pk)
    draft = draft_of(rubric)
    if draft is None:
        return add_draft(rubric, written, author=author, now=now)
    save_questions(draft, written, based_on=fingerprint_of(written_rubric_of(draft)), author=author, now=now)
    return draft


def add_draft(rubric: Rubric, written: WrittenRubric, *, author: User, now: datetime) -> RubricVersion:
    draft = add_version(rubric, written, author=author, now=now)
    record_event(
        "rubric.drafted", project=rubric.project, now=now, actor=author, version_id=draft.pk, number=draft.number
    )
    return draft


@transaction.atomic
def save_questions(
    version: RubricVersion, written: WrittenRubric, *, based_on: str, author: User, now: datetime
) -> bool:
    """Let a version ask something else; returns whether that changes anything. A changed one loses its approval.

    `based_on` is the fingerprint of what its writer started from: whoever saves second on the same start is refused and
    loses nothing on their page. Locks the version. Refused once something was queued against it or gold answers it.
    """
    refuse_if_wrong(written)
    locked = locked_version(version)
    if not may_be_changed(locked):
        raise Conflict("This version is asked already, so it stays as it is; write its next version.")
    before = written_rubric_of(locked)
    if fingerprint_of(before) != based_on:
        raise Conflict("Somebody else saved this version meanwhile. Load it anew and repeat your changes there.")
    if not locked.is_draft:
        refuse_if_incomplete(written)
    if asked_by(written) == asked_by(before):
        return False
    RubricVersion.objects.filter(pk=locked.pk).update(
        instructions=written.instructions, asks_verdict=written.asks_verdict
    )
    locked.criteria.all().delete()
    add_criteria(locked, written)
    n_approvals, _ = RubricApproval.objects.filter(version=locked).delete()
    record_event(
        "rubric.changed",
        project=locked.rubric.project,
        now=now,
        actor=author,
        version_id=locked.pk,
        lost_approval=bool(n_approvals),
    )
    return True


def asked_by(written: WrittenRubric) -> tuple[str, bool, tuple[Question, ...]]:
    """What a version asks, whatever its rubric is called."""
    return written.instructions, written.asks_verdict, written.questions


@transaction.atomic
def approve_version(version: RubricVersion, *, based_on: str, approver: User, now: datetime) -> None:
    """Note that somebody stands by a version as they read it.

    Locks the version; an approval is given once, and repeating it changes nothing. Refused where it was changed since
    it was read, or could not be put to use as it is.
    """
    locked = locked_version(version)
    written = written_rubric_of(locked)
    if fingerprint_of(written) != based_on:
        raise Conflict("It was changed since you read it. Read it again, and approve what it says now.")
    refuse_if_incomplete(written)
    _, is_new = RubricApproval.objects.get_or_create(
        version=locked, defaults={"approved_by": approver, "approved_at": now}
    )
    if is_new:
        record_event("rubric.approved", project=locked.rubric.project, now=now, actor=approver, version_id=locked.pk)


@transaction.atomic
def put_to_use(
    version: RubricVersion, *, reason: str, closes: Collection[int], actor: User, now: datetime
) -> RubricVersion:
    """Queue what comes in from now on against a draft; what is queued keeps its version. Closes the gaps named, and
    ends what was earned on the version before, unless nothing differs.

    Locks the rubric and the version; the second of two finds it in use. Refused without a reason or an approval.
    """
    locked_rubric(version.rubric_id)
    locked = locked_version(version)
    if not locked.is_draft:
        raise Conflict(f"Version {locked.number} is in use already.")
    if not reason.strip():
        raise Invalid({"reason": "Say why; whoever compares the versions later reads it."})
    if not RubricApproval.objects.filter(version=locked).exists():
        raise Conflict("Nobody has approved this draft as it stands; approve it first.")
    refuse_if_incomplete(written_rubric_of(locked))
    changes = changes_since(version_before(locked), locked)
    locked.in_use_from, locked.in_use_by, locked.reason = now, actor, reason.strip()
    locked.save(update_fields=["in_use_from", "in_use_by", "reason"])
    gap_ids = close_gaps_by(locked, closes, now=now)
    n_ended = end_earned(locked, actor=actor, now=now) if changes.n_changed else 0
    record_event(
        "rubric.put_to_use",
        project=locked.rubric.project,
        now=now,
        actor=actor,
        version_id=locked.pk,
        number=locked.number,
        reason=locked.reason,
        added=changes.keys("added"),
        removed=changes.keys("removed"),
        changed=changes.keys("changed"),
        n_gold_lacking=n_gold_lacking(locked),
        gap_ids=gap_ids,
        n_qualifications_ended=n_ended,
    )
    return locked


def close_gaps_by(version: RubricVersion, chosen: Collection[int], *, now: datetime) -> list[int]:
    gap_ids = list(open_gaps_of(version.rubric).filter(pk__in=chosen).values_list("pk", flat=True))
    GuidelineGap.objects.filter(pk__in=gap_ids).update(closed_at=now, closed_by_version=version)
    return gap_ids


@transaction.atomic
def discard_draft(version: RubricVersion, *, actor: User, now: datetime) -> None:
    """Throw a draft away, and its rubric with it where it never had another version. Locks the version."""
    locked = locked_version(version)
    if not locked.is_draft:
        raise Conflict("A version in use stays; its labels rest on it.")
    if locked.gaps.exists():
        raise Conflict("A guideline gap was noted on this draft; change the draft instead.")
    rubric = locked.rubric
    record_event(
        "rubric.discarded", project=rubric.project, now=now, actor=actor, version_id=locked.pk, number=locked.number
    )
    locked.delete()
    if not rubric.versions.exists():
        rubric.delete()


@transaction.atomic
def set_care(rubric: Rubric, *, owner: User | None, review_on: date | None, actor: User, now: datetime) -> bool:
    """Who answers for a rubric and when they look at it again; returns whether that is new.

    Locks the rubric; of two the later one stays. Safe to repeat.
    """
    if owner is not None and not possible_owners_of(rubric.project).filter(pk=owner.pk).exists():
        raise Invalid({"owner": "Choose an owner or admin of this project."})
    locked = locked_rubric(rubric.pk)
    if (locked.owner_id, locked.review_on) == (owner.pk if owner else None, review_on):
        return False
    Rubric.objects.filter(pk=locked.pk).update(owner=owner, review_on=review_on)
    record_event(
        "rubric.care_set",
        project=locked.project,
        now=now,
        actor=actor,
        rubric_id=locked.pk,
        owner_id=owner.pk if owner else None,
        review_on=review_on.isoformat() if review_on else "",
    )
    return True


def locked_rubric(rubric_id: int) -> Rubric:
    rubrics = Rubric.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    return rubrics.get(pk=rubric_id)


def locked_version(version: RubricVersion) -> RubricVersion:
    """The version as it is now. Gone, where somebody discarded it meanwhile."""
    versions = RubricVersion.objects.select_for_update(of=("self",), no_key=True).select_related("rubric__project")
    locked = versions.filter(pk=version.pk).first()
    if locked is None:
        raise Conflict("Somebody discarded this draft meanwhile.")
    return locked


def refuse_if_wrong(written: WrittenRubric) -> None:
    complaints = complaints_about_rubric(written)
    if complaints:
        raise Invalid(complaints)


def refuse_if_incomplete(written: WrittenRubric) -> None:
    missing = missing_for_use(written)
    if missing:
        raise Invalid(missing)
