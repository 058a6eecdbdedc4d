"""What the reviewers of one queue submitted in a span of time, as plain rows: every number about them is made of these.

For owners and admins, who may know what is a known answer, a repeat or a round.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F
from django.utils import timezone

from labeling.models import Answer, EntryPurpose, Queue, Rater, Review, RubricVersion
from labeling.policy.finality import decisive_keys
from labeling.policy.rubrics import NOT_APPLICABLE
from labeling.queries.rating_columns import week_of
from labeling.queries.ratings import questionings_at, stands_at
from labeling.queries.rubrics import questions_of

LIVE, REPEAT = EntryPurpose.Purpose.LIVE, EntryPurpose.Purpose.REPEAT
# Work like any other to whoever does it; training and screens are declared and take another time.
UNDECLARED = (LIVE, EntryPurpose.Purpose.GOLD, REPEAT, EntryPurpose.Purpose.ROUND)
# The newest are enough to measure anybody, and bound what a page costs.
MOST_REVIEWS = 20_000


@dataclass(frozen=True, slots=True)
class GivenReview:
    """One review in its turn, not taken back.

    `label` is what decides: the verdict or, where the rubric asks for none, the deciding answers; empty where there is
    none. `is_independent`: one of the first labels of its item, not asked for because two others differed, that counts.
    """

    review_id: int
    reviewer_id: int
    item_id: int
    version_id: int
    purpose: str
    verdict: str
    label: str
    active_ms: int
    submitted_at: datetime
    day: date
    is_independent: bool

    @property
    def week(self) -> date:
        return week_of(self.day)


def given_reviews(queue: Queue, *, since: datetime, until: datetime) -> list[GivenReview]:
    """The reviews of a queue, the newest 20,000 of the span, in the order of time. One query, three where the rubric
    asks for no verdict."""
    reviews = Review.objects.filter(
        stands_at(until),
        entry__queue=queue,
        submitted_at__gt=since,
        slot__isnull=False,
        reviewer__kind=Rater.Kind.USER,
        entry__purpose__purpose__in=UNDECLARED,
    ).annotate(in_question=Exists(questionings_at(until=until)), n_beyond=F("slot__slot_no") - F("entry__overlap"))
    rows = reviews.order_by("-submitted_at", "-id").values_list(
        "id",
        "reviewer_id",
        "entry__item_id",
        "entry__rubric_version_id",
        "entry__purpose__purpose",
        "verdict",
        "active_ms",
        "submitted_at",
        "blind_state",
        "is_first_pass",
        "in_question",
        "n_beyond",
    )
    newest = list(rows[:MOST_REVIEWS])
    labels = labels_without_verdict(queue, since=since, until=until, version_ids={row[3] for row in newest})
    return [given_review(row, labels) for row in reversed(newest)]


def given_review(row: tuple, labels: Mapping[int, str]) -> GivenReview:
    *told, blind_state, is_first_pass, in_question, n_beyond = row
    review_id, reviewer_id, item_id, version_id, purpose, verdict, active_ms, submitted_at = told
    counts = blind_state == Review.BlindState.BLIND and is_first_pass and not in_question
    return GivenReview(
        review_id,
        reviewer_id,
        item_id,
        version_id,
        purpose,
        verdict,
        verdict or labels.get(review_id, ""),
        active_ms,
        submitted_at,
        timezone.localdate(submitted_at),
        is_independent=purpose == LIVE and counts and n_beyond <= 0,
    )


def labels_without_verdict(
    queue: Queue, *, since: datetime, until: datetime, version_ids: Iterable[int]
) -> dict[int, str]:
    """The deciding answers of reviews on rubric versions that ask for no verdict, as one text a review."""
    versions = list(RubricVersion.objects.filter(pk__in=version_ids, asks_verdict=False))
    keys = {key for one in versions for key in decisive_keys(questions_of(one), asks_verdict=False)}
    if not keys:
        return {}
    answers = Answer.objects.filter(
        stands_at(until, through="review__"),
        review__entry__queue=queue,
        review__entry__rubric_version__in=versions,
        review__submitted_at__gt=since,
        criterion__key__in=keys,
    ).order_by("criterion__position", "part", "id")
    told: dict[int, list[str]] = defaultdict(list)
    for review_id, value in answers.values_list("review_id", "value"):
        told[review_id].append(value or NOT_APPLICABLE)
    return {review_id: " · ".join(values) for review_id, values in told.items()}


def by_reviewer(reviews: Iterable[GivenReview]) -> dict[int, list[GivenReview]]:
    """The reviews of each, in the order given; nobody's are an empty list."""
    found: dict[int, list[GivenReview]] = defaultdict(list)
    for review in reviews:
        found[review.reviewer_id].append(review)
    return found
