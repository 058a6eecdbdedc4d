"""Whose duty a queue is, and who is qualified for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from labeling.models import Duty, Qualification, Queue, Rater, User
from labeling.policy.assignment import Rotation
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.days import day_of
from labeling.services.earned import break_off
from labeling.services.events import record_event


@dataclass(frozen=True, slots=True)
class NewDuty:
    """One person's duty as it shall be; in the order of a list of them, regulars take turns."""

    reviewer: Rater
    stands_in_for: Rater | None = None
    daily_cap: int | None = None


@transaction.atomic
def set_duties(
    queue: Queue, duties: Sequence[NewDuty], *, rotation: Rotation, reason: str, actor: User, now: datetime
) -> None:
    """Say whose duty a queue is, all at once; an empty list opens it to every reviewer of the project.

    Locks the queue's row, so that two admins take turns: the later list stands whole, and both are in the audit trail.
    Turns that are held stay with their holders. Safe to repeat.
    """
    complaints = complaints_about_duties(queue, duties, rotation=rotation, reason=reason)
    if complaints:
        raise Invalid(complaints)
    locked = write_duties(queue, duties, rotation=rotation)
    record_event(
        "queue.duties_set",
        project=locked.project,
        now=now,
        actor=actor,
        queue_id=queue.pk,
        duties=[words_for(one) for one in duties],
        on_duty=rotation.n_on_duty,
        rotation_days=rotation.days,
        rotation_starts_on=rotation.starts_on.isoformat() if rotation.starts_on else "",
        reason=reason.strip(),
    )


def write_duties(queue: Queue, duties: Sequence[NewDuty], *, rotation: Rotation) -> Queue:
    """The duties of a queue in place of those it had, the queue's row locked. Inside the caller's transaction, who says
    in an event what it was for."""
    locked = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    Duty.objects.filter(queue=locked).delete()
    Duty.objects.bulk_create(
        Duty(
            queue=locked,
            reviewer=one.reviewer,
            stands_in_for=one.stands_in_for,
            position=position,
            daily_cap=one.daily_cap,
        )
        for position, one in enumerate(duties, start=1)
    )
    Queue.objects.filter(pk=queue.pk).update(
        on_duty=rotation.n_on_duty, rotation_days=rotation.days, rotation_starts_on=rotation.starts_on
    )
    return locked


def words_for(duty: NewDuty) -> str:
    """One duty for the audit trail, by the ids of raters."""
    role = f"backup of {duty.stands_in_for.pk}" if duty.stands_in_for else "regular"
    return f"{duty.reviewer.pk} {role}" + (f", at most {duty.daily_cap} a day" if duty.daily_cap else "")


def complaints_about_duties(
    queue: Queue, duties: Sequence[NewDuty], *, rotation: Rotation, reason: str
) -> dict[str, str]:
    regulars = {one.reviewer.pk for one in duties if one.stands_in_for is None}
    complaints = {}
    if queue.is_reserved:
        complaints["duties"] = "This queue is reserved: its people stand in the never-delegate register."
    if not reason.strip():
        complaints["reason"] = "Say why; the audit trail keeps it."
    if any(one.reviewer.project_id != queue.project_id for one in duties):
        complaints["duties"] = "Only reviewers of this project can have a duty here."
    if len({one.reviewer.pk for one in duties}) < len(duties):
        complaints["duties"] = "One person has one duty in a queue."
    if any(one.stands_in_for is not None and one.stands_in_for.pk not in regulars for one in duties):
        complaints["duties"] = "A backup stands in for a regular of this queue."
    if rotation.n_on_duty > len(regulars):
        complaints["on_duty"] = f"There are {len(regulars)} regulars; no more can be on duty at once."
    if rotation.n_on_duty and rotation.starts_on is None:
        complaints["rotation_starts_on"] = "Say from which day turns are counted."
    if rotation.n_on_duty and rotation.days < 1:
        complaints["rotation_days"] = "A turn lasts a day or more."
    return complaints


@transaction.atomic
def grant_qualification(
    queue: Queue, reviewer: Rater, *, reason: str, last_day: date, actor: User, now: datetime
) -> Qualification:
    """Let one person draw from a queue that asks for a qualification. A longer one may stand beside a shorter one.

    A screening that they are in is broken off: what it was to show is vouched for. Refused without a reason, for a day
    that is over, and for oneself: nobody judges their own fitness.
    """
    complaints = {}
    if not reason.strip():
        complaints["reason"] = "Say on what grounds; whoever asks later reads it."
    if last_day < day_of(now):
        complaints["last_day"] = "This day is over."
    if reviewer.project_id != queue.project_id:
        complaints["reviewer"] = "This person does not review in this project."
    if reviewer.user_id == actor.pk:
        complaints["reviewer"] = "Somebody else has to qualify you."
    if complaints:
        raise Invalid(complaints)
    qualification = Qualification.objects.create(
        queue=queue, reviewer=reviewer, granted_by=actor, granted_at=now, reason=reason.strip(), last_day=last_day
    )
    record_event(
        "qualification.granted",
        project=queue.project,
        now=now,
        actor=actor,
        queue_id=queue.pk,
        rater_id=reviewer.pk,
        qualification_id=qualification.pk,
        last_day=last_day.isoformat(),
    )
    begun = queue.screenings.filter(reviewer=reviewer)
    break_off(begun, because="Qualified by somebody's word.", actor=actor, now=now)
    return qualification


@transaction.atomic
def withdraw_qualification(qualification: Qualification, *, reason: str, actor: User, now: datetime) -> None:
    """End every qualification that the same person still has for the same queue. Turns that are held stay.

    All of them, since a shorter one beside it would quietly go on. Compare-and-set; whoever comes second is told.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; whoever asks later reads it."})
    standing = Qualification.objects.filter(
        queue=qualification.queue_id, reviewer=qualification.reviewer_id, withdrawn_at__isnull=True
    )
    n_withdrawn = standing.update(withdrawn_at=now, withdrawn_by=actor, withdrawal_reason=reason.strip())
    if not n_withdrawn:
        raise Conflict("Somebody withdrew this qualification while you were reading; nothing was changed.")
    record_event(
        "qualification.withdrawn",
        project=qualification.queue.project,
        now=now,
        actor=actor,
        queue_id=qualification.queue_id,
        rater_id=qualification.reviewer_id,
        n_withdrawn=n_withdrawn,
    )
