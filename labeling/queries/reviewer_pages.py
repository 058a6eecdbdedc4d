"""The pages about reviewers: the overview in the order asked for, its numbers to take along, and one person in full."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from labeling.models import Appeal, QuestionedReview, Queue, Rater, StandingPeriod
from labeling.policy.rubrics import Question, criterion_and_part
from labeling.queries.agreement import ShownEstimate, as_text
from labeling.queries.appeals import appeals_of, periods_of
from labeling.queries.charts import Chart
from labeling.queries.days import day_of
from labeling.queries.known_answers import KnownAnswer, compared_keys, known_cases_of
from labeling.queries.ratings import unsettled_items_in
from labeling.queries.reviewer_charts import accuracy_chart, approvals_chart, load_by_day, time_chart
from labeling.queries.reviewer_numbers import ShownPoints, ShownShare, shown_points, shown_share
from labeling.queries.reviewer_panel import Instrument, Panel, need_of_a_look
from labeling.queries.reviewer_reviews import LIVE, GivenReview
from labeling.queries.reviewer_signs import is_approval
from labeling.stats.differences import difference_of_shares
from labeling.stats.intervals import wilson_share

LAST = (1, 0.0)


def value_or_last(one: ShownEstimate) -> tuple[int, float]:
    """What has no value comes last, whichever way one sorts: it says nothing."""
    return LAST if one.value is None else (0, one.value)


ORDERS: dict[str, Callable[[Instrument], Any]] = {
    "look": need_of_a_look,
    "name": lambda one: one.name.casefold(),
    "accuracy": lambda one: value_or_last(one.known.accuracy),
    "caught": lambda one: value_or_last(one.known.caught),
    "passed": lambda one: value_or_last(one.known.passed),
    "peers": lambda one: value_or_last(one.peers.share),
    "retest": lambda one: value_or_last(one.retest.share),
    "minutes": lambda one: value_or_last(one.times.median),
    "today": lambda one: one.load.n_today,
    "signs": lambda one: len(one.signs_shown),
}


def in_order(instruments: Sequence[Instrument], sort: str) -> list[Instrument]:
    """The reviewers by a column, `-` for the largest first; an order that there is not is the usual one."""
    name = sort.removeprefix("-")
    if name not in ORDERS or name == "look":
        return sorted(instruments, key=need_of_a_look)
    key = ORDERS[name]
    if not sort.startswith("-"):
        return sorted(instruments, key=key)
    known = [one for one in instruments if key(one) != LAST]
    return sorted(known, key=key, reverse=True) + [one for one in instruments if key(one) == LAST]


# --- to take along ----------------------------------------------------------------------------------------------------

COLUMNS = ("reviewer", "standing", "number", "value", "low", "high", "n", "undefined", "p", "p_adjusted", "is_sign")


def number_rows(panel: Panel) -> Iterator[tuple[Any, ...]]:
    """A row a number, and one a sign, of every reviewer; probabilities of signs are corrected over the panel."""
    for one in panel.instruments:
        who = (as_text(one.name), one.standing.state)
        for name, number in numbers_of(one):
            p = (one.known.p_of_so_few, one.p_adjusted) if name == "accuracy" else (None, None)
            yield (*who, name, number.value, number.low, number.high, number.n, number.undefined or "", *p, "")
        for count, n in (("today", one.load.n_today), ("this_week", one.load.n_this_week), ("cap", one.load.daily_cap)):
            yield (*who, f"n_{count}", n, None, None, n, "", None, None, "")
        for sign in one.signs:
            told = f"{sign.value} ({sign.interval})" if sign.value else ""
            yield (
                *who,
                f"sign_{sign.text.key}",
                as_text(told),
                None,
                None,
                sign.n,
                sign.why_not,
                sign.probability,
                sign.adjusted,
                "yes" if sign.is_sign else "no",
            )


def numbers_of(one: Instrument) -> list[tuple[str, ShownEstimate]]:
    return [
        ("accuracy", one.known.accuracy),
        ("caught", one.known.caught),
        ("passed", one.known.passed),
        ("agreement_with_peers", one.peers.share),
        ("kappa_with_peers", one.peers.kappa),
        ("agreement_with_own_repeats", one.retest.share),
        ("kappa_with_own_repeats", one.retest.kappa),
        ("median_active_minutes", one.times.median),
    ]


# --- one person -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnQuestion:
    """How often known answers on one question of the rubric were given; the verdict is a question without a text."""

    key: str
    question: Question | None
    right: ShownShare

    @property
    def words(self) -> str:
        return self.question.question if self.question else "The verdict"


@dataclass(frozen=True, slots=True)
class Person:
    """One reviewer in full."""

    instrument: Instrument
    by_question: Sequence[OnQuestion]
    approvals: ShownPoints
    charts: Sequence[Chart]
    days: Sequence[tuple[date, int]]

    @property
    def most_in_a_day(self) -> int:
        return max((n for _, n in self.days), default=1)


def person_of(panel: Panel, instrument: Instrument) -> Person:
    everybody = [review for one in panel.instruments for review in one.reviews]
    reviewer_id = instrument.reviewer.pk
    charts = (
        accuracy_chart(instrument.answers, panel.queue.required_accuracy),
        time_chart(instrument.reviews),
        approvals_chart(instrument.reviews, everybody, reviewer_id),
    )
    return Person(
        instrument=instrument,
        by_question=by_question(instrument.answers),
        approvals=approvals_beside_others(everybody, reviewer_id),
        charts=[one for one in charts if one],
        days=load_by_day(instrument.reviews, until=day_of(panel.until)),
    )


def by_question(answers: Sequence[KnownAnswer]) -> list[OnQuestion]:
    """How often the known answer was given on each question, the least often first. Five queries."""
    known_cases = known_cases_of({one.case_id for one in answers})
    asked: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    texts: dict[str, Question] = {}
    for one in answers:
        known_case = known_cases[one.case_id]
        texts |= {criterion_and_part(question.key)[0]: question for question in known_case.questions}
        asked.update(criterion_and_part(key)[0] for key in compared_keys(known_case))
        wrong.update(criterion_and_part(key)[0] for key in one.wrong_on)
    found = [OnQuestion(key, texts.get(key), shown_share(wilson_share(n - wrong[key], n))) for key, n in asked.items()]
    return sorted(found, key=lambda one: (one.right.value, one.key))


def approvals_beside_others(everybody: Sequence[GivenReview], reviewer_id: int) -> ShownPoints:
    """The share of live verdicts that approve, minus that of everybody else in the queue."""
    verdicts = [one for one in everybody if one.purpose == LIVE and one.verdict]
    mine = [is_approval(one) for one in verdicts if one.reviewer_id == reviewer_id]
    others = [is_approval(one) for one in verdicts if one.reviewer_id != reviewer_id]
    return shown_points(difference_of_shares(sum(mine), len(mine), sum(others), len(others)))


# --- what became of it ------------------------------------------------------------------------------------------------


def periods_of_person(queue: Queue, reviewer: Rater) -> QuerySet[StandingPeriod]:
    return periods_of(queue.project).filter(queue=queue, reviewer=reviewer)


def questioned_of(queue: Queue, reviewer: Rater) -> tuple[int, list[QuestionedReview]]:
    """How many of their labels in question are on items that are not settled, and the newest of the others.

    Nobody is named beside an item before it is settled, so of those only the number is told. Two queries.
    """
    rows = QuestionedReview.objects.filter(period__queue=queue, review__reviewer=reviewer)
    unsettled = unsettled_items_in(queue.project_id)
    found = rows.select_related("review__entry__item").order_by("-questioned_at", "-id")
    listed = [one for one in found if one.review.entry.item_id not in unsettled]
    return len(found) - len(listed), listed[:100]


def appeals_of_person(reviewer: Rater) -> QuerySet[Appeal]:
    return appeals_of(reviewer.project).filter(reviewer=reviewer)
