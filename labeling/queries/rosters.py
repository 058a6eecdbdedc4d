"""Duties, qualifications and absences as their pages show them, for owners and admins and for the person themself."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from labeling.models import Absence, Duty, Project, Qualification, Queue, Rater, User
from labeling.policy.assignment import DutyHolder, next_day_on_duty, on_duty
from labeling.queries.days import day_of
from labeling.queries.duties import lower_cap, reviewers_of, rotation_of


@dataclass(frozen=True, slots=True)
class OnRoster:
    """One person's duty as its queue's page shows it."""

    duty: Duty
    name: str
    backs_up: str
    is_here: bool
    away_until: date | None
    is_on_duty: bool
    next_turn: date | None
    daily_cap: int


@dataclass(frozen=True, slots=True)
class ShownQualification:
    """One qualification with what has become of it: standing, expired or withdrawn."""

    qualification: Qualification
    state: str


@dataclass(frozen=True, slots=True)
class ShownAbsence:
    """One absence: planned, away (now), over or cancelled."""

    absence: Absence
    state: str

    @property
    def may_be_cancelled(self) -> bool:
        return self.state in ("planned", "away")


def roster_of(queue: Queue, *, now: datetime) -> list[OnRoster]:
    """The duties of a queue in order, with who is on duty today. Three queries, however many."""
    today, rotation = day_of(now), rotation_of(queue)
    duties = list(queue.duties.select_related("reviewer__user", "stands_in_for__user"))
    here = set(reviewers_of(queue.project_id).values_list("user", flat=True))
    active = [DutyHolder(one.reviewer_id, one.stands_in_for_id) for one in duties if one.reviewer.user_id in here]
    planned = Absence.objects.filter(
        reviewer__in=[one.reviewer_id for one in duties], last_day__gte=today, cancelled_at__isnull=True
    )
    absences = list(planned.values_list("reviewer_id", "first_day", "last_day"))
    away = {who: last_day for who, first_day, last_day in absences if first_day <= today}
    drawing = on_duty(active, rotation, today, away=away.keys())
    return [
        OnRoster(
            duty=one,
            name=one.reviewer.user.shown_name,
            backs_up=one.stands_in_for.user.shown_name if one.stands_in_for else "",
            is_here=one.reviewer.user_id in here,
            away_until=away.get(one.reviewer_id),
            is_on_duty=one.reviewer_id in drawing,
            next_turn=None
            if one.reviewer_id in drawing
            else next_day_on_duty(one.reviewer_id, active, rotation, absences=absences, after=today),
            daily_cap=lower_cap(queue, one.daily_cap),
        )
        for one in duties
    ]


def reviewers_in(project: Project) -> list[Rater]:
    """Everybody who reviews in a project now, by name."""
    raters = project.raters.filter(user__in=reviewers_of(project).values("user")).select_related("user")
    return sorted(raters, key=lambda rater: (rater.user.shown_name.casefold(), rater.pk))


def qualifications_of(queue: Queue, *, now: datetime) -> list[ShownQualification]:
    """Everything granted for a queue, the newest first."""
    rows = queue.qualifications.select_related("reviewer__user", "granted_by", "withdrawn_by").order_by("-id")[:200]
    return [ShownQualification(row, state_of_qualification(row, today=day_of(now))) for row in rows]


def state_of_qualification(qualification: Qualification, *, today: date) -> str:
    if qualification.withdrawn_at is not None:
        return "withdrawn"
    return "expired" if qualification.last_day < today else "standing"


def absences_of(project: Project) -> QuerySet[Absence]:
    """Who is, was or will be away, the latest first."""
    return (
        Absence.objects.filter(reviewer__project=project)
        .select_related("reviewer__user", "entered_by")
        .order_by("-last_day", "-id")
    )


def own_absences_of(user: User) -> QuerySet[Absence]:
    rows = Absence.objects.filter(reviewer__user=user).select_related("reviewer__project", "entered_by")
    return rows.order_by("-last_day", "-id")


def shown_absence(absence: Absence, *, now: datetime) -> ShownAbsence:
    today = day_of(now)
    if absence.cancelled_at is not None:
        return ShownAbsence(absence, "cancelled")
    if absence.last_day < today:
        return ShownAbsence(absence, "over")
    return ShownAbsence(absence, "away" if absence.first_day <= today else "planned")
