"""What a reviewer is told of how their own labels compare: in aggregate, with intervals, up to last midnight.

Never item by item for live known answers. A figure that moved with each submission would tell which item had one, so
figures stand still for the day, begin at twenty and move in steps of ten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from labeling.models import Queue, Rater, Review, User
from labeling.policy.instruments import N_WEEKS, first_told, whole_steps
from labeling.queries.access import is_blind, reviewing_queues_for
from labeling.queries.days import last_midnight
from labeling.queries.known_answers import known_answers
from labeling.queries.reviewer_numbers import (
    Sameness,
    ShownMinutes,
    ShownShare,
    independent_labels,
    shown_share,
    times_of,
    with_peers,
    with_themself,
)
from labeling.queries.reviewer_pages import OnQuestion, by_question
from labeling.queries.reviewer_reviews import REPEAT, GivenReview, given_reviews
from labeling.stats.detection import estimate_detection
from labeling.stats.intervals import wilson_share
from labeling.stats.results import undefined_because

NOT_YET = "not enough yet"
# The questions on which somebody differs most are named, so many of them.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class OwnCalibration:
    """One queue as its reviewer sees themself in it; `why_empty` where there is nothing to see."""

    queue: Queue
    why_empty: str = ""
    accuracy: ShownShare | None = None
    caught: ShownShare | None = None
    passed: ShownShare | None = None
    questions: Sequence[OnQuestion] = ()
    peers: Sameness | None = None
    retest: Sameness | None = None
    minutes: ShownMinutes | None = None

    @property
    def differs_most(self) -> list[OnQuestion]:
        """The questions with a known answer given otherwise, the most often first."""
        return [one for one in self.questions if one.right.value is not None and one.right.value < 1][:MOST_NAMED]


def own_calibrations(user: User, *, now: datetime) -> list[OwnCalibration]:
    """Every queue this person reviews in, as of last midnight. Some fifteen queries a queue."""
    raters = {one.project_id: one for one in Rater.objects.filter(user=user)}
    return [
        own_calibration(queue, raters[queue.project_id], until=last_midnight(now))
        for queue in reviewing_queues_for(user)
    ]


def own_calibration(queue: Queue, reviewer: Rater, *, until: datetime) -> OwnCalibration:
    if not is_blind(reviewer):
        return OwnCalibration(queue, why_empty="not_blind")
    since = until - timedelta(weeks=N_WEEKS)
    reviews = given_reviews(queue, since=since, until=until)
    own = [one for one in reviews if one.reviewer_id == reviewer.pk]
    if not own:
        return OwnCalibration(queue, why_empty="nothing_yet")
    mine = Review.objects.filter(entry__queue=queue, reviewer=reviewer, submitted_at__gt=since)
    answers = known_answers(mine, until=until)
    answers = answers[first_told(answers)]
    found = estimate_detection([one.is_bad for one in answers], [one.was_called_bad for one in answers])
    right = wilson_share(sum(one.is_right for one in answers), len(answers))
    return OwnCalibration(
        queue,
        accuracy=shown_share(right if answers else undefined_because(NOT_YET, n=0)),
        caught=shown_share(found.caught),
        passed=shown_share(found.passed),
        questions=by_question(answers),
        peers=told_of_peers(reviewer, reviews),
        retest=told_of_repeats(own),
        minutes=times_of(own).median,
    )


def told_of_peers(reviewer: Rater, reviews: Sequence[GivenReview]) -> Sameness:
    """With others on the first items of both, in whole steps."""
    labels = independent_labels(reviews)
    doubled = [item for item, given in labels.items() if reviewer.pk in given and len(given) > 1]
    return with_peers(reviewer.pk, {item: labels[item] for item in doubled[first_told(doubled)]})


def told_of_repeats(own: Sequence[GivenReview]) -> Sameness:
    """With themself, in whole steps of the items that came back."""
    repeats = [one for one in own if one.purpose == REPEAT]
    told = {one.review_id for one in repeats[: whole_steps(len(repeats))]}
    return with_themself([one for one in own if one.purpose != REPEAT or one.review_id in told])
