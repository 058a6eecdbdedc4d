"""Who is paused or on probation, on what evidence, and whose known answers the pause rule has to look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q

from labeling.models import EntryPurpose, HandOut, Queue, Rater, Review, Seat, StandingPeriod
from labeling.policy.standing import LOOKS, PANEL_ERROR, Finding, what_answers_say
from labeling.queries.duties import seated_reviewers_of
from labeling.queries.known_answers import KnownAnswer, known_answers
from labeling.stats.sequential import PausePlan, error_of_each, plan_pauses

PAUSED = StandingPeriod.State.PAUSED
MOST_AT_ONCE = 100


def standing_of(queue: Queue | int, reviewer: Rater | int) -> StandingPeriod | None:
    """The period somebody is in: paused or on probation; None where nothing is said against them."""
    return (
        StandingPeriod.objects.filter(queue=queue, reviewer=reviewer, ended_at__isnull=True)
        .select_related("queue__project", "reviewer__user", "began_by")
        .first()
    )


def is_paused(hand_out: HandOut) -> bool:
    period = StandingPeriod.objects.filter(reviewer=hand_out.reviewer_id, queue__slots=hand_out.slot_id)
    return period.filter(state=PAUSED, ended_at__isnull=True).exists()


def counted_from(queue: Queue, reviewer: Rater) -> datetime | None:
    """Since when known answers count: the end of the newest pause. What led to it is not held against them twice."""
    ended = StandingPeriod.objects.filter(queue=queue, reviewer=reviewer, state=PAUSED, ended_at__isnull=False)
    return ended.order_by("-ended_at").values_list("ended_at", flat=True).first()


def answers_that_count(queue: Queue, reviewer: Rater, *, now: datetime) -> list[KnownAnswer]:
    """The known answers that the pause rule looks at: those that can no longer be taken back, in their order."""
    return answers_between(queue, reviewer, since=counted_from(queue, reviewer), now=now)


def answers_between(queue: Queue, reviewer: Rater, *, since: datetime | None, now: datetime) -> list[KnownAnswer]:
    """The known answers that the rule looks at at a moment, of those given since another, or ever."""
    reviews = Review.objects.filter(entry__queue=queue, reviewer=reviewer)
    if since is not None:
        reviews = reviews.filter(submitted_at__gt=since)
    return known_answers(reviews, until=now - timedelta(seconds=queue.project.take_back_seconds))


def finding_on(queue: Queue, answers: Sequence[KnownAnswer]) -> Finding:
    """What the rule says of them; nothing where the queue requires no accuracy."""
    if queue.required_accuracy is None:
        return Finding(None, None)
    plan = pause_plan(queue.required_accuracy, n_panel(queue))
    return what_answers_say([one.is_right for one in answers], plan)


@lru_cache(maxsize=256)
def pause_plan(required: float, n_reviewers: int) -> PausePlan:
    """The plan for each of a panel, so that the error is the panel's."""
    error = error_of_each(PANEL_ERROR, max(1, n_reviewers))
    return plan_pauses(required=required, error=error, looks=LOOKS)


def n_panel(queue: Queue) -> int:
    return seated_reviewers_of(queue).count()


def seats_to_look_at() -> list[int]:
    """The seats with known answers that came since the rule last looked, or so late that they could still be taken back
    then."""
    # That it names a case says nothing new; by it the few entries of gold are found, not all that somebody reviewed.
    of_seat = Review.objects.filter(
        reviewer=OuterRef("reviewer"),
        entry__queue=OuterRef("queue"),
        entry__purpose__purpose=EntryPurpose.Purpose.GOLD,
        entry__purpose__gold_case__isnull=False,
    )
    newer = of_seat.filter(submitted_at__gt=OuterRef("known_until"))
    unseen = Q(known_until__isnull=True) & Exists(of_seat) | Q(Exists(newer))
    seats = Seat.objects.filter(unseen, queue__required_accuracy__isnull=False)
    return list(seats.order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
