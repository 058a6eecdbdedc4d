"""What came of screens, in aggregate and never by item; and what a queue has to screen by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from labeling.models import EntryPurpose, GoldCase, Qualification, Queue, Rater, Rubric, RubricVersion, Screening
from labeling.policy.qualifying import fewest_right, is_passed
from labeling.policy.rubrics import criterion_and_part
from labeling.queries.days import day_of
from labeling.queries.known_answers import KnownAnswer, KnownCase, compared_keys, known_answers, known_cases_of
from labeling.queries.planting import bad_cases_among
from labeling.queries.screenings import Progress, cases_in_use, progress_of, turns_done
from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate

# Below so many cases, a question's share would say of which item it speaks.
FEWEST_TO_SPLIT = 5
MOST_TRIES = 20
MOST_LISTED = 50


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


def screen_answers(screenings: QuerySet[Screening], *, now: datetime) -> list[KnownAnswer]:
    """What was answered in the screens of these screenings, right or wrong. Five queries."""
    return known_answers(turns_done(screenings), until=now, purposes=[EntryPurpose.Purpose.SCREEN])


def tries_of(queue: Queue, reviewer: Rater, *, now: datetime) -> list[Try]:
    """The screenings of one person that have ended, the newest first. Nine queries, however many."""
    ended = Screening.objects.filter(queue=queue, reviewer=reviewer, ended_at__isnull=False)
    rows = list(ended.order_by("-began_at")[:MOST_TRIES])
    answers = screen_answers(ended, now=now) if rows else []
    known_cases = known_cases_of({one.case_id for one in answers})
    return [
        Try(one, share_of(one), shares_by_question([a for a in answers if is_of(a, one)], known_cases)) for one in rows
    ]


def share_of(screening: Screening) -> Estimate | None:
    """The result as it was written when the screen ended; None where it was broken off."""
    if screening.n_cases is None:
        return None
    return wilson_share(screening.n_right or 0, screening.n_cases)


def is_of(answer: KnownAnswer, screening: Screening) -> bool:
    return screening.began_at <= answer.submitted_at <= screening.ended_at


def shares_by_question(
    answers: Sequence[KnownAnswer], known_cases: Mapping[int, KnownCase]
) -> tuple[QuestionShare, ...]:
    """Each question in the rubric's order with its share of cases right; of one asked of parts, right on all of them.

    Nothing where the cases are so few that it would tell of which item it speaks.
    """
    if len(answers) < FEWEST_TO_SPLIT:
        return ()
    right: dict[str, list[bool]] = {}
    words = {"verdict": "Verdict"}
    for answer in answers:
        known_case = known_cases[answer.case_id]
        words |= {criterion_and_part(one.key)[0]: one.question for one in known_case.questions}
        wrong = {criterion_and_part(key)[0] for key in answer.wrong_on}
        for key in dict.fromkeys(criterion_and_part(key)[0] for key in compared_keys(known_case)):
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

    `n_bad` are the screen's cases whose output is known to be bad: on the others approving is right, and where they are
    most of all, `approving_passes`.
    """

    n_training: int
    n_screen: int
    n_bad: int
    needs_training: int
    needs_screen: int
    fewest_right: int
    approving_passes: bool

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
    n_bad = len(bad_cases_among(version, of_screen))
    return ScreeningStock(
        n_training=cases_in_use(version, GoldCase.Use.TRAINING).count(),
        n_screen=len(of_screen),
        n_bad=n_bad,
        approving_passes=is_passed(len(of_screen) - n_bad, len(of_screen), passing_share=queue.screen_passing_share),
        needs_training=queue.n_training,
        needs_screen=queue.n_screen,
        fewest_right=fewest_right(queue.n_screen, passing_share=queue.screen_passing_share),
    )


def n_earned_on(rubric: Rubric, *, now: datetime) -> int:
    """How many qualifications for the queues of a rubric stand that were earned."""
    earned = Qualification.objects.filter(queue__rubric=rubric, screening__isnull=False, withdrawn_at__isnull=True)
    return earned.filter(last_day__gte=day_of(now)).count()


def screenings_of(queue: Queue) -> list[ListedScreening]:
    """Who is in a screening, and the newest results. Three queries, however many."""
    rows = queue.screenings.select_related("reviewer__user").order_by("ended_at", "-began_at")
    listed = [
        *rows.filter(ended_at__isnull=True),
        *rows.filter(ended_at__isnull=False).order_by("-ended_at")[:MOST_LISTED],
    ]
    progress = progress_of(one for one in listed if one.ended_at is None)
    return [ListedScreening(one, one.reviewer.user.shown_name, progress.get(one.pk), share_of(one)) for one in listed]
