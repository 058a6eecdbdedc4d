"""What was earned by a screen: granting it, and ending it and the screenings under way when they are overtaken."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from labeling.models import GoldCase, Qualification, Queue, RubricVersion, Screening, Slot, User
from labeling.policy.qualifying import RENEWAL_DAYS
from labeling.queries.days import day_of
from labeling.queries.screenings import cases_in_use, unfinished_turns
from labeling.services.events import record_event


def grant_earned(screening: Screening, *, now: datetime) -> Qualification:
    """Nobody's word but the screen's. Inside the caller's transaction."""
    reason = f"Earned: {screening.n_right} of {screening.n_cases} right in the screen on {screening.rubric_version}."
    return save_earned(
        screening,
        reason=reason,
        n_days=screening.queue.qualification_days,
        now=now,
    )


def save_earned(screening: Screening, *, reason: str, n_days: int, now: datetime) -> Qualification:
    qualification = Qualification.objects.create(
        queue=screening.queue,
        reviewer=screening.reviewer,
        granted_at=now,
        screening=screening,
        reason=reason[:200],
        last_day=day_of(now) + timedelta(days=n_days),
    )
    record_event(
        "qualification.earned",
        project=screening.queue.project,
        now=now,
        queue_id=screening.queue_id,
        rater_id=screening.reviewer_id,
        qualification_id=qualification.pk,
        screening_id=screening.pk,
        last_day=qualification.last_day.isoformat(),
    )
    return qualification


# --- when it is overtaken -----------------------------------------------------------------------------------------


def break_off(screenings: QuerySet[Screening], *, because: str, actor: User | None, now: datetime) -> int:
    """End open screenings without a result, with the turns that are not done; how many there were.

    Inside the caller's transaction. Locks them one after the other, so that none of them ends by itself meanwhile. A
    turn that somebody holds ends with it: what they send afterwards is kept as *extra*.
    """
    locked = screenings.filter(ended_at__isnull=True).select_for_update(no_key=True, of=("self",)).order_by("pk")
    begun = list(locked.select_related("queue__project"))
    for screening in begun:
        unfinished_turns(screening).update(state=Slot.State.CLOSED, reviewer=None, lease_until=None)
        Screening.objects.filter(pk=screening.pk).update(ended_at=now, has_passed=False)
        record_event(
            "screening.broken_off",
            project=screening.queue.project,
            now=now,
            actor=actor,
            screening_id=screening.pk,
            queue_id=screening.queue_id,
            rater_id=screening.reviewer_id,
            reason=because,
        )
    return len(begun)


def end_earned(version: RubricVersion, *, actor: User, now: datetime) -> int:
    """What a version that asks something else does to what was earned on the one before; how many qualifications end.

    Inside the transaction that puts it to use. Screenings are broken off. An earned qualification ends; where a queue
    lacks the cases on which to earn one anew it goes on for fourteen days more, or the queue would stand still until
    somebody has written them. What was granted by hand is a person's word about a person, and stays.
    """
    because = f"Version {version.number} of the rubric was put to use."
    n_ended = 0
    for queue in version.rubric.queues.select_related("project"):
        break_off(queue.screenings.all(), because=because, actor=actor, now=now)
        earned = queue.qualifications.filter(
            screening__isnull=False, withdrawn_at__isnull=True, last_day__gte=day_of(now)
        )
        standing = list(earned.select_related("screening__queue__project", "screening__reviewer"))
        n_ended += earned.update(withdrawn_at=now, withdrawal_reason=because)
        goes_on = not has_cases_to_qualify(queue, version)
        for one in standing:
            end_one(one, because=because, goes_on=goes_on, actor=actor, now=now)
    return n_ended


def end_one(qualification: Qualification, *, because: str, goes_on: bool, actor: User, now: datetime) -> None:
    record_event(
        "qualification.ended",
        project=qualification.screening.queue.project,
        now=now,
        actor=actor,
        queue_id=qualification.queue_id,
        rater_id=qualification.reviewer_id,
        qualification_id=qualification.pk,
        reason=because,
    )
    n_days_left = (qualification.last_day - day_of(now)).days
    if goes_on:
        save_earned(
            qualification.screening,
            reason=f"{because} There is too little yet to qualify on again, so it goes on for a while.",
            n_days=min(n_days_left, RENEWAL_DAYS - 1),
            now=now,
        )


def has_cases_to_qualify(queue: Queue, version: RubricVersion) -> bool:
    wanted = ((GoldCase.Use.TRAINING, queue.n_training), (GoldCase.Use.SCREEN, queue.n_screen))
    return all(cases_in_use(version, use).count() >= n for use, n in wanted)
