"""All reviewers of one queue as instruments: every number about each, their standing, and who needs a look first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from labeling.models import EntryPurpose, Queue, Rater, Review, StandingPeriod
from labeling.policy.instruments import N_WEEKS, ORDER, Standing, standing_now
from labeling.queries.days import day_of
from labeling.queries.known_answers import KnownAnswer, known_answers
from labeling.queries.reviewer_numbers import (
    Drift,
    KnownNumbers,
    Sameness,
    Times,
    drift_of,
    independent_labels,
    known_numbers,
    times_of,
    with_peers,
    with_themself,
)
from labeling.queries.reviewer_reviews import GivenReview, by_reviewer, given_reviews
from labeling.queries.reviewer_roster import (
    Load,
    ends_of_pauses,
    loads_of,
    open_periods,
    panel_members,
    qualified_for,
)
from labeling.queries.reviewer_signs import Sign, corrected, signs_of
from labeling.stats.multiplicity import benjamini_hochberg

# Enough for sixty people's newest thirty, and what a page can read in half a second.
MOST_KNOWN = 2_000


@dataclass(frozen=True, slots=True)
class Instrument:
    """One reviewer of one queue with every number about them, and the rows that they rest on."""

    reviewer: Rater
    name: str
    standing: Standing
    period: StandingPeriod | None
    known: KnownNumbers
    drift: Drift | None
    peers: Sameness
    retest: Sameness
    times: Times
    signs: Sequence[Sign]
    load: Load
    p_adjusted: float | None
    answers: Sequence[KnownAnswer]
    reviews: Sequence[GivenReview]

    @property
    def signs_shown(self) -> list[Sign]:
        return [one for one in self.signs if one.is_sign]

    @property
    def accuracy_look(self) -> str:
        return "warn" if self.known.is_below else self.standing.look

    @property
    def is_faster(self) -> bool:
        return any(one.text.key == "faster" for one in self.signs_shown)


@dataclass(frozen=True, slots=True)
class Panel:
    """The reviewers of one queue, measured since a day up to a moment."""

    queue: Queue
    since: date
    until: datetime
    instruments: Sequence[Instrument]

    @property
    def n_reviews(self) -> int:
        return sum(len(one.reviews) for one in self.instruments)

    def of(self, reviewer_id: int) -> Instrument | None:
        return next((one for one in self.instruments if one.reviewer.pk == reviewer_id), None)


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows about one reviewer and what is worked out of them before anybody is compared."""

    reviewer: Rater
    reviews: Sequence[GivenReview]
    answers: Sequence[KnownAnswer]
    known: KnownNumbers
    times: Times


def panel_of(queue: Queue, *, now: datetime) -> Panel:
    """Every reviewer of a queue, measured over the last thirteen weeks. Twelve queries, however many people."""
    since = now - timedelta(weeks=N_WEEKS)
    reviews = given_reviews(queue, since=since, until=now)
    members = panel_members(queue)
    measured = measure(queue, members, by_reviewer(reviews), since=since, now=now)
    labels = independent_labels(reviews)
    required = queue.required_accuracy
    signs = corrected(
        {one.reviewer.pk: signs_of(one.reviews, one.times.seconds, one.answers, required) for one in measured}
    )
    adjusted = adjusted_shortfalls(measured)
    periods, qualified, loads = open_periods(queue), qualified_for(queue, now=now), loads_of(queue, members, now=now)
    instruments = []
    for one in measured:
        key, period = one.reviewer.pk, periods.get(one.reviewer.pk)
        instruments.append(
            Instrument(
                reviewer=one.reviewer,
                name=one.reviewer.user.shown_name,
                standing=standing_now(
                    period=period.state if period else "",
                    is_qualified=not queue.needs_qualification or key in qualified,
                    required=required,
                    n_known=one.known.n_recent,
                    p_adjusted=adjusted.get(key),
                    is_below=one.known.is_below,
                ),
                period=period,
                known=one.known,
                drift=drift_of(one.answers, required),
                peers=with_peers(key, labels),
                retest=with_themself(one.reviews),
                times=one.times,
                signs=signs[key],
                load=loads[key],
                p_adjusted=adjusted.get(key),
                answers=one.answers,
                reviews=one.reviews,
            )
        )
    return Panel(queue, day_of(since), now, sorted(instruments, key=need_of_a_look))


def need_of_a_look(one: Instrument) -> tuple:
    """Who needs a look first: by standing, then by how many signs, then whoever is least often right."""
    accuracy = one.known.accuracy.value
    return (
        ORDER.index(one.standing.state),
        -len(one.signs_shown),
        1.0 if accuracy is None else accuracy,
        one.name.casefold(),
        one.reviewer.pk,
    )


def measure(
    queue: Queue,
    members: Sequence[Rater],
    reviews: Mapping[int, Sequence[GivenReview]],
    *,
    since: datetime,
    now: datetime,
) -> list[Measured]:
    answers: dict[int, list[KnownAnswer]] = {}
    for answer in known_answers(newest_known(queue, since=since), until=now):
        answers.setdefault(answer.reviewer_id, []).append(answer)
    came_back = ends_of_pauses(queue)
    found = []
    for reviewer in members:
        own, theirs = reviews.get(reviewer.pk, []), answers.get(reviewer.pk, [])
        back_at = came_back.get(reviewer.pk)
        recent = [one for one in theirs if back_at is None or one.submitted_at > back_at]
        known = known_numbers(theirs, recent, queue.required_accuracy)
        found.append(Measured(reviewer, own, theirs, known, times_of(own)))
    return found


def newest_known(queue: Queue, *, since: datetime) -> QuerySet[Review]:
    """Reviews of gold cases, the newest 2,000 of a queue: each is read with all its answers."""
    of_gold = Review.objects.filter(
        entry__queue=queue, entry__purpose__purpose=EntryPurpose.Purpose.GOLD, submitted_at__gt=since
    )
    return Review.objects.filter(pk__in=of_gold.order_by("-submitted_at", "-id").values("pk")[:MOST_KNOWN])


def adjusted_shortfalls(measured: Sequence[Measured]) -> dict[int, float]:
    """How probable so few right answers are, for each that was asked, corrected over the panel."""
    asked = [(one.reviewer.pk, p) for one in measured if (p := one.known.p_of_so_few) is not None]
    return dict(zip([key for key, _ in asked], benjamini_hochberg([p for _, p in asked]), strict=True))
