"""Who may draw from a queue today, and when their next turn on duty is. Nothing here knows one item from another."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Absence, Duty, Membership, Project, Queue, Rater, Seat, User
from labeling.policy.assignment import Admission, DutyHolder, Rotation, next_day_on_duty, on_duty
from labeling.policy.qualifying import may_qualify
from labeling.policy.standing import PAUSED
from labeling.queries.access import UNBLINDED_ROLES
from labeling.queries.days import day_of, last_midnight
from labeling.queries.prepared import planned_once, this_thread

# The queue joined with its duties: a row for each of them, or one where there are none. Written out, because every
# claim asks it: building it from querysets took longer than running it.
ADMISSION = """
SELECT
    duty.reviewer_id, duty.stands_in_for_id, duty.daily_cap,
    EXISTS (SELECT 1 FROM labeling_membership member WHERE member.project_id = queue.project_id
        AND member.user_id = holder.user_id AND member.role = 'reviewer'),
    EXISTS (SELECT 1 FROM labeling_absence absence WHERE absence.reviewer_id = duty.reviewer_id
        AND absence.first_day <= %(today)s AND absence.last_day >= %(today)s AND absence.cancelled_at IS NULL),
    (SELECT MAX(absence.last_day) FROM labeling_absence absence WHERE absence.reviewer_id = %(reviewer)s
        AND absence.first_day <= %(today)s AND absence.last_day >= %(today)s AND absence.cancelled_at IS NULL),
    (SELECT MAX(leave.last_day) FROM labeling_qualification leave WHERE leave.queue_id = %(queue)s
        AND leave.reviewer_id = %(reviewer)s AND leave.last_day >= %(today)s AND leave.withdrawn_at IS NULL),
    (SELECT COUNT(*) FROM labeling_review review JOIN labeling_queueentry entry ON entry.id = review.entry_id
        WHERE review.reviewer_id = %(reviewer)s AND review.submitted_at >= %(midnight)s
        AND entry.queue_id = %(queue)s
        AND NOT EXISTS (SELECT 1 FROM labeling_withdrawal withdrawal WHERE withdrawal.review_id = review.id)),
    (SELECT period.state FROM labeling_standingperiod period WHERE period.queue_id = %(queue)s
        AND period.reviewer_id = %(reviewer)s AND period.ended_at IS NULL),
    (SELECT COUNT(*) FROM labeling_slot held WHERE held.reviewer_id = %(reviewer)s AND held.state = 'leased')
FROM labeling_queue queue
LEFT JOIN labeling_duty duty ON duty.queue_id = queue.id
LEFT JOIN labeling_rater holder ON holder.id = duty.reviewer_id
WHERE queue.id = %(queue)s
ORDER BY duty.position, duty.id
"""


def admission_to(queue: Queue, reviewer: Rater, *, now: datetime) -> Admission:
    """Whether a reviewer may draw today, and how much of their day is used up. One statement, whatever the rules are.

    What they submitted is counted with the gold among it, or the count would tell.
    """
    today = day_of(now)
    database = this_thread()
    with planned_once(database) as cursor:
        cursor.execute(
            ADMISSION,
            {
                "queue": queue.pk,
                "reviewer": reviewer.pk,
                "today": database.ops.adapt_datefield_value(today),
                "midnight": database.ops.adapt_datetimefield_value(last_midnight(now)),
            },
        )
        rows = cursor.fetchall()
    duties = [DutyHolder(row[0], row[1]) for row in rows if row[0] is not None and row[3]]
    away = {row[0] for row in rows if row[4]}
    *_, away_until, qualified_until, n_today, standing, n_open = rows[0]
    last_day = day_from(qualified_until) if queue.needs_qualification else None
    # Once a queue has duties, only they count: it must not open to everybody because its people left.
    has_duties = rows[0][0] is not None
    return Admission(
        n_today=n_today,
        daily_cap=lower_cap(queue, next((row[2] for row in rows if row[0] == reviewer.pk), None)),
        is_open=queue.is_open,
        away_until=day_from(away_until),
        is_qualified=last_day is not None or not queue.needs_qualification,
        standing=standing or "",
        n_open=n_open,
        most_open=queue.most_open,
        is_on_duty=not has_duties or reviewer.pk in on_duty(duties, rotation_of(queue), today, away=away),
        qualified_until=last_day,
        # Whoever is paused finds back by the same way.
        may_qualify=standing == PAUSED or (queue.needs_qualification and may_qualify(last_day, today=today)),
    )


def day_from(stored: date | str | None) -> date | None:
    """SQLite keeps days as text."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def lower_cap(queue: Queue, own_cap: int | None) -> int:
    return queue.daily_cap if own_cap is None else min(queue.daily_cap, own_cap)


def rotation_of(queue: Queue) -> Rotation:
    return Rotation(queue.on_duty, queue.rotation_days, queue.rotation_starts_on)


def reviewers_of(project: Project | int) -> QuerySet[Membership]:
    return Membership.objects.filter(project=project, role=Membership.Role.REVIEWER)


def seated_reviewers_of(queue: Queue) -> QuerySet[Rater]:
    """Who ever sat down at a queue and still reviews in the project."""
    seats = Seat.objects.filter(queue=queue, reviewer=OuterRef("pk"))
    return Rater.objects.filter(Exists(seats), user__in=reviewers_of(queue.project_id).values("user"))


def next_turn_of(queue: Queue, reviewer: Rater, *, now: datetime) -> date | None:
    """The next day on which a reviewer is on duty, as far as absences are known. Two statements."""
    today = day_of(now)
    duties = active_duties(queue)
    planned = Absence.objects.filter(
        reviewer__in=[one.reviewer_id for one in duties], last_day__gt=today, cancelled_at__isnull=True
    )
    return next_day_on_duty(
        reviewer.pk,
        duties,
        rotation_of(queue),
        absences=list(planned.values_list("reviewer_id", "first_day", "last_day")),
        after=today,
    )


def active_duties(queue: Queue) -> list[DutyHolder]:
    """The duties of those who are still reviewers, in order."""
    rows = Duty.objects.filter(queue=queue, reviewer__user__in=reviewers_of(queue.project_id).values("user"))
    return [DutyHolder(*row) for row in rows.values_list("reviewer_id", "stands_in_for_id")]


def people_to_ask(project: Project) -> list[str]:
    """The names of those who may grant a qualification, for whoever lacks it."""
    members = User.objects.filter(memberships__project=project, memberships__role__in=UNBLINDED_ROLES)
    return sorted({user.shown_name for user in members})
