"""Pausing a reviewer, letting them back on probation, and ending it: by the rule or by an owner's decision."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import Queue, Rater, Seat, Slot, StandingPeriod, User
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.policy.standing import Evidence, questioned_since
from labeling.queries.known_answers import KnownAnswer
from labeling.queries.standing import answers_that_count, counted_from, finding_on, standing_of
from labeling.services.events import record_event
from labeling.services.questioning import question_labels
from labeling.services.queues import give_back

State = StandingPeriod.State
BY_RULE = "Too many known answers were missed."
PASSED = "The known answers since are as they should be."


@transaction.atomic
def look_at_answers(seat_id: int, *, now: datetime) -> StandingPeriod | None:
    """Let the pause rule look at one person's known answers in one queue; the period it began, if any.

    Locks the seat, so that claims, two workers and an owner's decision take turns. Found again from the tables until
    it has looked; safe to repeat: a look that was passed is passed, and nobody is paused twice.
    """
    seat = locked_seats(Seat.objects.filter(pk=seat_id))[0]
    queue, reviewer = seat.queue, seat.reviewer
    grace = timedelta(seconds=queue.project.take_back_seconds)
    Seat.objects.filter(pk=seat.pk).update(known_until=now - grace)
    period = standing_of(queue, reviewer)
    if period is not None and period.state == State.PAUSED:
        return None
    answers = answers_that_count(queue, reviewer, now=now)
    finding = finding_on(queue, answers)
    if finding.pauses is not None:
        return begin_pause(queue, reviewer, evidence=finding.pauses, answers=answers, reason=BY_RULE, now=now)
    if period is not None and finding.passes is not None:
        end_period(period, because=PASSED, now=now)
    return None


@transaction.atomic
def pause(queue: Queue, reviewer: Rater, *, reason: str, actor: User, now: datetime) -> StandingPeriod:
    """Pause somebody by an owner's decision; what they labelled lately goes into question, as at a pause by the rule.

    Locks the seat; the second of two is told. Refused without a reason and for oneself.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; the reviewer reads it."})
    if reviewer.user_id == actor.pk:
        raise NotAllowed("Somebody else has to decide about you.")
    seats = locked_seats(Seat.objects.filter(queue=queue, reviewer=reviewer))
    if not seats:
        raise Conflict("This person never sat down at this queue; there is nothing to pause.")
    period = standing_of(queue, reviewer)
    if period is not None and period.state == State.PAUSED:
        raise Conflict("This person is paused already; nothing was changed.")
    answers = answers_that_count(seats[0].queue, reviewer, now=now)
    return begin_pause(seats[0].queue, reviewer, answers=answers, reason=reason.strip(), actor=actor, now=now)


@transaction.atomic
def let_back(period: StandingPeriod, *, reason: str, actor: User | None, now: datetime) -> StandingPeriod:
    """End a pause with a probation: they are handed items again, with more known answers among them.

    Locks the seat; refused where the pause is over already, without a reason, and for oneself.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; the reviewer reads it."})
    period = open_period(period, State.PAUSED, actor=actor)
    end_period(period, because=reason.strip(), actor=actor, now=now)
    return begin_probation(period, now=now)


@transaction.atomic
def clear_standing(period: StandingPeriod, *, reason: str, actor: User, now: datetime) -> None:
    """End a pause or a probation with nothing in its place. Locks the seat; refused as `let_back` is."""
    if not reason.strip():
        raise Invalid({"reason": "Say why; the reviewer reads it."})
    end_period(open_period(period, actor=actor), because=reason.strip(), actor=actor, now=now)


def open_period(period: StandingPeriod, state: str = "", *, actor: User | None) -> StandingPeriod:
    """The period as it is now, its seat locked; in the caller's transaction."""
    if actor is not None and period.reviewer.user_id == actor.pk:
        raise NotAllowed("Somebody else has to decide about you.")
    locked_seats(Seat.objects.filter(queue=period.queue_id, reviewer=period.reviewer_id))
    current = standing_of(period.queue_id, period.reviewer_id)
    if current is None or current.pk != period.pk or (state and current.state != state):
        raise Conflict("This was decided while you were reading; nothing was changed.")
    return current


def locked_seats(seats) -> list[Seat]:
    locked = seats.select_for_update(no_key=True, of=("self",))
    return list(locked.select_related("queue__project", "reviewer__user").order_by("pk"))


def begin_pause(
    queue: Queue,
    reviewer: Rater,
    *,
    answers: Sequence[KnownAnswer],
    reason: str,
    evidence: Evidence | None = None,
    actor: User | None = None,
    now: datetime,
) -> StandingPeriod:
    """Inside the caller's transaction, the seat locked: a probation ends with it, what they hold goes back, and what
    they labelled lately goes into question."""
    before = standing_of(queue, reviewer)
    if before is not None:
        end_period(before, because="Paused again.", actor=actor, now=now)
    period = StandingPeriod.objects.create(
        queue=queue,
        reviewer=reviewer,
        state=State.PAUSED,
        reason=reason,
        began_at=now,
        began_by=actor,
        counted_from=counted_from(queue, reviewer),
        n_right=evidence.n_right if evidence else None,
        n_known=evidence.n_known if evidence else None,
        required=queue.required_accuracy if evidence else None,
    )
    n_released = give_back(Slot.objects.filter(queue=queue, reviewer=reviewer))
    known_at = [one.submitted_at for one in answers]
    since = questioned_since(known_at, counted_from=period.counted_from, now=now)
    n_questioned = question_labels(period, since=since, now=now)
    record_event(
        "standing.paused",
        project=queue.project,
        now=now,
        actor=actor,
        queue_id=queue.pk,
        rater_id=reviewer.pk,
        period_id=period.pk,
        n_right=period.n_right,
        n_known=period.n_known,
        n_released=n_released,
        n_questioned=n_questioned,
    )
    return period


def begin_probation(after: StandingPeriod, *, now: datetime) -> StandingPeriod:
    period = StandingPeriod.objects.create(
        queue=after.queue,
        reviewer=after.reviewer,
        state=State.PROBATION,
        reason="Back after a pause: more known answers than usual come among the items for a while.",
        began_at=now,
        counted_from=now,
    )
    record_event(
        "standing.probation_began",
        project=after.queue.project,
        now=now,
        queue_id=after.queue_id,
        rater_id=after.reviewer_id,
        period_id=period.pk,
    )
    return period


def end_period(period: StandingPeriod, *, because: str, actor: User | None = None, now: datetime) -> None:
    """Compare-and-set; whoever comes second changes nothing and is told."""
    is_mine = StandingPeriod.objects.filter(pk=period.pk, ended_at__isnull=True).update(
        ended_at=now, ended_by=actor, ended_because=because
    )
    if not is_mine:
        raise Conflict("This was decided while you were reading; nothing was changed.")
    record_event(
        f"standing.{period.state}_ended",
        project=period.queue.project,
        now=now,
        actor=actor,
        queue_id=period.queue_id,
        rater_id=period.reviewer_id,
        period_id=period.pk,
    )
