"""Pauses and appeals as those who read them see them: the reviewer it is about, and whoever decides."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from labeling.models import Appeal, GoldCase, Project, QuestionedReview, Review, StandingPeriod
from labeling.policy.standing import LOOKS
from labeling.queries.known_answers import KnownAnswer
from labeling.queries.standing import answers_between
from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate


@dataclass(frozen=True, slots=True)
class ShownStanding:
    """A pause or probation in the figures its page tells: nothing of it says which items were known."""

    period: StandingPeriod
    accuracy: Estimate | None
    n_questioned: int
    n_in_question: int
    appeals: Sequence[Appeal]
    looks: Sequence[int] = LOOKS

    @property
    def ends_by_itself(self) -> bool:
        """Whether known answers can end a probation: the queue has some, and says what they have to show."""
        return self.period.queue.required_accuracy is not None and self.period.queue.gold_share > 0

    @property
    def step(self) -> int:
        return self.looks[1] - self.looks[0]

    @property
    def open_appeal(self) -> Appeal | None:
        return next((one for one in self.appeals if one.decided_at is None), None)


def shown_standing(period: StandingPeriod) -> ShownStanding:
    questioned = QuestionedReview.objects.filter(period=period)
    return ShownStanding(
        period=period,
        accuracy=None if period.n_known is None else wilson_share(period.n_right, period.n_known),
        n_questioned=questioned.count(),
        n_in_question=questioned.filter(settled_at__isnull=True).count(),
        appeals=list(period.appeals.select_related("decided_by").order_by("-made_at", "-id")),
    )


@dataclass(frozen=True, slots=True)
class AnswerBehind:
    """One known answer behind a pause: the case, what is known of it, and what the reviewer said."""

    answer: KnownAnswer
    case: GoldCase
    review: Review


def answers_behind(period: StandingPeriod) -> list[AnswerBehind]:
    """The known answers that the rule looked at when it began a pause, as far as they count now, the wrong ones first.

    A case whose answer was found wrong since is left out, so that whoever decides sees the score without it.
    """
    found = answers_between(period.queue, period.reviewer, since=period.counted_from, now=period.began_at)
    cases = GoldCase.objects.select_related("item").in_bulk([one.case_id for one in found])
    given = Review.objects.in_bulk([one.review_id for one in found])
    rows = [AnswerBehind(one, cases[one.case_id], given[one.review_id]) for one in found]
    return sorted(rows, key=lambda row: (row.answer.is_right, row.answer.submitted_at))


def accuracy_behind(rows: Sequence[AnswerBehind]) -> Estimate:
    return wilson_share(sum(row.answer.is_right for row in rows), len(rows))


def periods_of(project: Project) -> QuerySet[StandingPeriod]:
    """Every pause and probation of a project, those that stand first, with how many labels each put in question."""
    in_question = Q(questioned__settled_at__isnull=True, questioned__isnull=False)
    return (
        StandingPeriod.objects.filter(queue__project=project)
        .select_related("queue", "reviewer__user", "began_by", "ended_by")
        .annotate(n_questioned=Count("questioned"), n_in_question=Count("questioned", filter=in_question))
        .order_by(F("ended_at").desc(nulls_first=True), "-began_at", "-id")
    )


def appeals_of(project: Project) -> QuerySet[Appeal]:
    """The appeals of a project, open ones first, then the newest."""
    return (
        Appeal.objects.filter(reviewer__project=project)
        .select_related("reviewer__user", "period__queue", "review__entry__queue", "review__entry__item", "decided_by")
        .order_by(F("decided_at").asc(nulls_first=True), "-made_at", "-id")
    )


def n_open_appeals(projects: Sequence[Project]) -> dict[int, int]:
    """By project, for the home of those who decide."""
    rows = Appeal.objects.filter(reviewer__project__in=projects, decided_at__isnull=True).order_by()
    return dict(rows.values_list("reviewer__project_id").annotate(n=Count("id")))
