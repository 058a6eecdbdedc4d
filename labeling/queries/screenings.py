"""Training and screens: who may begin one, how far it is, and which has its last answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from labeling.models import (
    SCREEN_ROUND,
    TRAINING_ROUND,
    GoldCase,
    Queue,
    Rater,
    Review,
    RubricVersion,
    Screening,
    Slot,
)
from labeling.policy.assignment import Admission
from labeling.policy.qualifying import first_day_to_renew
from labeling.policy.standing import PAUSED
from labeling.queries.access import is_blind
from labeling.queries.duties import people_to_ask
from labeling.queries.planting import unmet_cases

UNFINISHED = (Slot.State.OPEN, Slot.State.LEASED)
OF_SCREENINGS = (TRAINING_ROUND, SCREEN_ROUND)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one screening is, in turns."""

    n_trained: int = 0
    n_training: int = 0
    n_screened: int = 0
    n_screen: int = 0

    @property
    def is_training(self) -> bool:
        return self.n_trained < self.n_training

    @property
    def is_through(self) -> bool:
        """Whether every turn is done, and only the result is waited for."""
        return not self.is_training and self.n_screened >= self.n_screen


# --- who may begin ------------------------------------------------------------------------------------------------


def open_screening(queue: Queue, reviewer: Rater) -> Screening | None:
    return Screening.objects.filter(queue=queue, reviewer=reviewer, ended_at__isnull=True).first()


def cases_in_use(version: RubricVersion, use: str) -> QuerySet[GoldCase]:
    return GoldCase.objects.filter(rubric_version=version, use=use, retired_at__isnull=True)


def refusal_to_begin(queue: Queue, reviewer: Rater, version: RubricVersion, *, admission: Admission) -> str:
    """Why somebody cannot begin a screening now; empty where they can."""
    if not queue.needs_qualification and admission.standing != PAUSED:
        return "This queue asks for no qualification: you may draw from it as it is."
    if not queue.is_open:
        return "This queue is closed for now, and so is its training."
    if not admission.may_qualify and admission.qualified_until is not None:
        first_day = first_day_to_renew(admission.qualified_until)
        return f"You are qualified. You can qualify again from {first_day:%-d %B %Y} on."
    if not is_blind(reviewer):
        return (
            "You have had a role here that shows where outputs come from, so a screen would not tell how you label "
            f"blind. {asking(queue)} can qualify you by their word."
        )
    n_training = unmet_cases(version, reviewer, use=GoldCase.Use.TRAINING).count()
    n_screen = unmet_cases(version, reviewer, use=GoldCase.Use.SCREEN).count()
    if n_training >= queue.n_training and n_screen >= queue.n_screen:
        return ""
    return (
        f"There are too few cases that you have not met: {n_training} of {queue.n_training} for training and "
        f"{n_screen} of {queue.n_screen} for the screen. {asking(queue)} can make more, or qualify you by their word."
    )


def asking(queue: Queue) -> str:
    return " or ".join(people_to_ask(queue.project))


# --- how far it is ------------------------------------------------------------------------------------------------


def progress_of(screenings: Iterable[Screening]) -> dict[int, Progress]:
    """How far each open screening is, by its id. Two queries, however many."""
    pk_of = {(one.queue_id, one.reviewer_id): one.pk for one in screenings}
    theirs = Slot.objects.filter(queue__in={queue for queue, _ in pk_of}, reserved_for__in={who for _, who in pk_of})
    unfinished = theirs.filter(entry__round__in=OF_SCREENINGS, state__in=UNFINISHED)
    left = by_round(unfinished, "queue", "reserved_for")
    done = by_round(turns_done(Screening.objects.filter(pk__in=list(pk_of.values()))), "entry__queue", "reviewer")
    return {pk: progress_from(done=done.get(key, {}), left=left.get(key, {})) for key, pk in pk_of.items()}


def by_round(turns: QuerySet[Slot] | QuerySet[Review], queue: str, reviewer: str) -> dict[tuple[int, int], dict]:
    """How many turns of each round, by queue and reviewer."""
    counted: dict[tuple[int, int], dict] = {}
    rows = turns.order_by().values_list(queue, reviewer, "entry__round").annotate(n=Count("id"))
    for queue_id, reviewer_id, round, n in rows:
        counted.setdefault((queue_id, reviewer_id), {})[round] = n
    return counted


def progress_from(*, done: Mapping[int, int], left: Mapping[int, int]) -> Progress:
    n_trained, n_screened = (done.get(round, 0) for round in OF_SCREENINGS)
    return Progress(
        n_trained=n_trained,
        n_training=n_trained + left.get(TRAINING_ROUND, 0),
        n_screened=n_screened,
        n_screen=n_screened + left.get(SCREEN_ROUND, 0),
    )


def is_screen_in(queue: Queue, reviewer: Rater) -> bool:
    """Whether all that somebody had to do is done, and only the result is waited for."""
    begun = open_screening(queue, reviewer)
    return begun is not None and not unfinished_turns(begun).exists()


def turns_done(screenings: QuerySet[Screening]) -> QuerySet[Review]:
    """The reviews that stand of these screenings. One person has one at a time, so theirs are those since it began."""
    theirs = screenings.filter(
        queue=OuterRef("entry__queue"), reviewer=OuterRef("reviewer"), began_at__lte=OuterRef("submitted_at")
    ).filter(Q(ended_at__isnull=True) | Q(ended_at__gte=OuterRef("submitted_at")))
    return Review.objects.filter(
        Exists(theirs), entry__round__in=OF_SCREENINGS, slot__isnull=False, withdrawal__isnull=True
    )


def unfinished_turns(screening: Screening) -> QuerySet[Slot]:
    """What of an open screening is still to be done."""
    return unfinished_of(screening.queue_id, screening.reviewer_id)


def unfinished_of(queue: int | OuterRef, reviewer: int | OuterRef) -> QuerySet[Slot]:
    return Slot.objects.filter(queue=queue, reserved_for=reviewer, entry__round__in=OF_SCREENINGS, state__in=UNFINISHED)


def screenings_to_end(*, now: datetime) -> list[int]:
    """The open screenings of which every turn is done and can no longer be taken back."""
    submitted = (
        Review.objects.filter(
            entry__queue=OuterRef("queue"),
            reviewer=OuterRef("reviewer"),
            entry__round=SCREEN_ROUND,
            submitted_at__gte=OuterRef("began_at"),
        )
        .order_by()
        .values("reviewer")
        .annotate(last=Max("submitted_at"))
        .values("last")
    )
    through = Screening.objects.filter(
        ~Exists(unfinished_of(OuterRef("queue"), OuterRef("reviewer"))), ended_at__isnull=True
    )
    rows = through.annotate(last=Subquery(submitted)).values_list("pk", "last", "queue__project__take_back_seconds")
    return [pk for pk, last, seconds in rows if last is None or last + timedelta(seconds=seconds) < now]
