"""Training and screens: who may begin one, how far it is, and what came of it; to reviewers in aggregate only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from labeling.models import (
    SCREEN_ROUND,
    TRAINING_ROUND,
    EntryPurpose,
    GoldCase,
    Queue,
    Rater,
    Review,
    RubricVersion,
    Screening,
    Slot,
)
from labeling.policy.assignment import Admission
from labeling.policy.qualifying import fewest_right, first_day_to_renew
from labeling.policy.rubrics import criterion_and_part
from labeling.policy.standing import PAUSED
from labeling.queries.access import is_blind
from labeling.queries.duties import people_to_ask
from labeling.queries.known_answers import KnownAnswer, Reference, compared_keys, known_answers, references_of
from labeling.queries.planting import bad_cases_among, unmet_cases
from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate

UNFINISHED = (Slot.State.OPEN, Slot.State.LEASED)
OF_SCREENINGS = (TRAINING_ROUND, SCREEN_ROUND)
# Below so many cases, a question's share would say of which item it speaks.
FEWEST_TO_SPLIT = 5
MOST_TRIES = 20
MOST_LISTED = 50


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


@dataclass(frozen=True, slots=True)
class QuestionShare:
    """How one question went in a screen: right on how many of the cases that have a known answer to it."""

    question: str
    share: Estimate


@dataclass(frozen=True, slots=True)
class Try:
    """One screening that has ended. Without a result it was broken off; `questions` only where there are enough."""

    screening: Screening
    share: Estimate | None
    questions: Sequence[QuestionShare] = field(default=())

    @property
    def state(self) -> str:
        if self.share is None:
            return "broken_off"
        return "passed" if self.screening.has_passed else "failed"


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
    asked = {(one.queue_id, one.reviewer_id): one.pk for one in screenings}
    counts = {pk: dict.fromkeys(("trained", "training", "screened", "screen"), 0) for pk in asked.values()}
    unfinished = Slot.objects.filter(entry__round__in=OF_SCREENINGS, state__in=UNFINISHED)
    left = (
        unfinished.filter(queue__in={queue for queue, _ in asked}, reserved_for__in={who for _, who in asked})
        .order_by()
        .values_list("queue", "reserved_for", "entry__round")
        .annotate(n=Count("id"))
    )
    done = (
        turns_done(Screening.objects.filter(pk__in=list(asked.values())))
        .order_by()
        .values_list("entry__queue", "reviewer", "entry__round")
        .annotate(n=Count("id"))
    )
    for rows, names in (
        (left, ((), ("training", "screen"))),
        (done, (("trained", "screened"), ("training", "screen"))),
    ):
        for queue_id, reviewer_id, round, n in rows:
            if (queue_id, reviewer_id) in asked:
                for pair in filter(None, names):
                    counts[asked[queue_id, reviewer_id]][pair[round == SCREEN_ROUND]] += n
    return {pk: Progress(*found.values()) for pk, found in counts.items()}


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


def unfinished_turns(screening: Screening | OuterRef) -> QuerySet[Slot]:
    """What of an open screening is still to be done."""
    if isinstance(screening, Screening):
        of_screening = {"queue": screening.queue_id, "reserved_for": screening.reviewer_id}
    else:
        of_screening = {"queue": OuterRef("queue"), "reserved_for": OuterRef("reviewer")}
    return Slot.objects.filter(entry__round__in=OF_SCREENINGS, state__in=UNFINISHED, **of_screening)


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
    through = Screening.objects.filter(~Exists(unfinished_turns(OuterRef("pk"))), ended_at__isnull=True)
    rows = through.annotate(last=Subquery(submitted)).values_list("pk", "last", "queue__project__take_back_seconds")
    return [pk for pk, last, seconds in rows if last is None or last + timedelta(seconds=seconds) < now]


# --- what came of it ----------------------------------------------------------------------------------------------


def screen_answers(screenings: QuerySet[Screening], *, now: datetime) -> list[KnownAnswer]:
    """What was answered in the screens of these screenings, right or wrong. Five queries."""
    return known_answers(turns_done(screenings), until=now, purposes=[EntryPurpose.Purpose.SCREEN])


def tries_of(queue: Queue, reviewer: Rater, *, now: datetime) -> list[Try]:
    """The screenings of one person that have ended, the newest first. Nine queries, however many."""
    ended = Screening.objects.filter(queue=queue, reviewer=reviewer, ended_at__isnull=False)
    rows = list(ended.order_by("-began_at")[:MOST_TRIES])
    answers = screen_answers(ended, now=now) if rows else []
    references = references_of({one.case_id for one in answers})
    return [
        Try(one, share_of(one), shares_by_question([a for a in answers if is_of(a, one)], references)) for one in rows
    ]


def share_of(screening: Screening) -> Estimate | None:
    """The result as it was written when the screen ended; None where it was broken off."""
    if screening.n_cases is None:
        return None
    return wilson_share(screening.n_right or 0, screening.n_cases)


def is_of(answer: KnownAnswer, screening: Screening) -> bool:
    return screening.began_at <= answer.submitted_at <= screening.ended_at


def shares_by_question(
    answers: Sequence[KnownAnswer], references: Mapping[int, Reference]
) -> tuple[QuestionShare, ...]:
    """Each question in the rubric's order with its share of cases right; of one asked of parts, right on all of them.

    Nothing where the cases are so few that it would tell of which item it speaks.
    """
    if len(answers) < FEWEST_TO_SPLIT:
        return ()
    right: dict[str, list[bool]] = {}
    words = {"verdict": "Verdict"}
    for answer in answers:
        reference = references[answer.case_id]
        words |= {criterion_and_part(one.key)[0]: one.question for one in reference.questions}
        wrong = {criterion_and_part(key)[0] for key in answer.wrong_on}
        for key in dict.fromkeys(criterion_and_part(key)[0] for key in compared_keys(reference)):
            right.setdefault(key, []).append(key not in wrong)
    return tuple(
        QuestionShare(words[key], wilson_share(sum(right[key]), len(right[key]))) for key in words if key in right
    )


# --- for those who run the queue ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedScreening:
    """One screening as its queue's page lists it."""

    screening: Screening
    name: str
    progress: Progress | None
    share: Estimate | None

    @property
    def state(self) -> str:
        if self.progress is not None:
            return "open"
        return Try(self.screening, self.share).state


@dataclass(frozen=True, slots=True)
class ScreeningStock:
    """What there is to qualify by in a queue: cases of the version in use, and what somebody new needs of them.

    `n_bad` are the screen's cases whose output is known to be bad: on the others approving is right.
    """

    n_training: int
    n_screen: int
    n_bad: int
    needs_training: int
    needs_screen: int
    fewest_right: int

    @property
    def n_good(self) -> int:
        return self.n_screen - self.n_bad

    @property
    def lacks_training(self) -> int:
        return max(0, self.needs_training - self.n_training)

    @property
    def lacks_screen(self) -> int:
        return max(0, self.needs_screen - self.n_screen)


def stock_of(queue: Queue, version: RubricVersion) -> ScreeningStock:
    """Three or four queries."""
    of_screen = dict(cases_in_use(version, GoldCase.Use.SCREEN).values_list("pk", "verdict"))
    return ScreeningStock(
        n_training=cases_in_use(version, GoldCase.Use.TRAINING).count(),
        n_screen=len(of_screen),
        n_bad=len(bad_cases_among(version, of_screen)),
        needs_training=queue.n_training,
        needs_screen=queue.n_screen,
        fewest_right=fewest_right(queue.n_screen, passing_share=queue.screen_passing_share),
    )


def screenings_of(queue: Queue) -> list[ListedScreening]:
    """Who is in a screening, and the newest results. Three queries, however many."""
    rows = queue.screenings.select_related("reviewer__user").order_by("ended_at", "-began_at")
    listed = [
        *rows.filter(ended_at__isnull=True),
        *rows.filter(ended_at__isnull=False).order_by("-ended_at")[:MOST_LISTED],
    ]
    progress = progress_of(one for one in listed if one.ended_at is None)
    return [ListedScreening(one, one.reviewer.user.shown_name, progress.get(one.pk), share_of(one)) for one in listed]
