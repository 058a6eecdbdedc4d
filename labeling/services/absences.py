"""Being away: nothing is handed to whoever is, what they hold goes back, and backups step in."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from labeling.models import Absence, Rater, Seat, Slot, User
from labeling.policy.errors import Invalid
from labeling.queries.days import day_of
from labeling.services.events import record_event
from labeling.services.queues import give_back

LONGEST_DAYS = 366


@transaction.atomic
def enter_absence(
    reviewers: Sequence[Rater], *, first_day: date, last_day: date, reason: str = "", actor: User, now: datetime
) -> list[Absence]:
    """Note the days on which a person is away, once in each project where they review. Begins at once if it is time.

    Locks the person's account, so that the same form sent twice is refused the second time as overlapping; not their
    rows as raters, which a submission writes to while it holds the slot that is given back here. The reason is theirs:
    no event tells it.
    """
    complaints = complaints_about_days(first_day, last_day, today=day_of(now))
    if complaints:
        raise Invalid(complaints)
    accounts = User.objects.filter(pk__in=[one.user_id for one in reviewers])
    list(accounts.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    overlapping = Absence.objects.filter(
        reviewer__in=reviewers, first_day__lte=last_day, last_day__gte=first_day, cancelled_at__isnull=True
    )
    if overlapping.exists():
        raise Invalid({"first_day": "Some of these days are entered already; cancel the other absence first."})
    absences = []
    for reviewer in reviewers:
        absence = Absence.objects.create(
            reviewer=reviewer,
            first_day=first_day,
            last_day=last_day,
            reason=reason.strip(),
            entered_by=actor,
            entered_at=now,
        )
        record_event(
            "absence.entered",
            project=reviewer.project,
            now=now,
            actor=actor,
            absence_id=absence.pk,
            rater_id=reviewer.pk,
            first_day=first_day.isoformat(),
            last_day=last_day.isoformat(),
        )
        if first_day <= day_of(now):
            begin(absence, now=now)
        absences.append(absence)
    return absences


def complaints_about_days(first_day: date, last_day: date, *, today: date) -> dict[str, str]:
    if last_day < first_day:
        return {"last_day": "The last day comes before the first."}
    if last_day < today:
        return {"last_day": "These days are over."}
    if (last_day - first_day).days >= LONGEST_DAYS:
        return {"last_day": f"An absence is at most {LONGEST_DAYS} days long; take the role away instead."}
    return {}


@transaction.atomic
def begin_absence(absence_id: int, *, now: datetime) -> int:
    """Give back what somebody holds whose absence has come; how many turns. Safe to repeat: it begins once."""
    return begin(Absence.objects.select_related("reviewer__project").get(pk=absence_id), now=now)


def begin(absence: Absence, *, now: datetime) -> int:
    """Inside the caller's transaction.

    Locks the person's seats: a claim of theirs that is under way is over before their turns are given back, and one
    that comes later finds them away.
    """
    seats = Seat.objects.select_for_update(no_key=True).filter(reviewer=absence.reviewer_id).order_by("pk")
    list(seats.values_list("pk", flat=True))
    due = Absence.objects.filter(pk=absence.pk, begun_at__isnull=True, cancelled_at__isnull=True)
    if not due.update(begun_at=now):
        return 0
    n_released = give_back(Slot.objects.filter(reviewer=absence.reviewer_id))
    record_event(
        "absence.begun",
        project=absence.reviewer.project,
        now=now,
        absence_id=absence.pk,
        rater_id=absence.reviewer_id,
        n_released=n_released,
    )
    return n_released


@transaction.atomic
def cancel_absence(absence: Absence, *, actor: User, now: datetime) -> bool:
    """They do not go, or are back early: from now on they are handed items again. Compare-and-set, safe to repeat."""
    n_cancelled = Absence.objects.filter(pk=absence.pk, cancelled_at__isnull=True).update(cancelled_at=now)
    if n_cancelled:
        record_event(
            "absence.cancelled",
            project=absence.reviewer.project,
            now=now,
            actor=actor,
            absence_id=absence.pk,
            rater_id=absence.reviewer_id,
        )
    return n_cancelled == 1
