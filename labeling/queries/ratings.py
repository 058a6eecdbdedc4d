"""The labels that statistics may rest on, and how many others there are and why they do not count.

Agreement speaks of first-pass, blind, independent human labels. Pages, commands and exports all come through here.
"""

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from labeling.models import Answer, EntryPurpose, ImportedLabel, Rater, Review, RubricVersion

VERDICT = "verdict"
IS_COUNTED = Q(review__slot__isnull=False, review__withdrawal__isnull=True)
IS_LIVE = Q(review__entry__purpose__purpose=EntryPurpose.Purpose.LIVE)
IS_BLIND = Q(review__blind_state=Review.BlindState.BLIND)
IS_FIRST_PASS = Q(review__is_first_pass=True)


@dataclass(frozen=True, slots=True)
class RatingFilter:
    """Which of the labels count beyond the rule: part of every number, so it has a name and says itself in words."""

    name: str = "first_pass"
    rater_prefix: str = ""
    dropped_values: Collection[str] = ()

    @property
    def in_words(self) -> str:
        parts = ["first-pass, blind, independent human labels; gold, withdrawn, extra and adjudicated ones left out"]
        if self.rater_prefix:
            parts.append(f"only raters named {self.rater_prefix}…")
        if self.dropped_values:
            parts.append(f"labels {', '.join(sorted(self.dropped_values))} left out")
        return "; ".join(parts)


FIRST_PASS = RatingFilter()


@dataclass(frozen=True, slots=True)
class VersionRatings:
    """The labels of one rubric version by question: rows of (item id, rater name, value).

    `n_not_applicable` counts, by question, who said that it does not apply: missing to a coefficient, and shown
    beside it. `n_excluded` says how many answers were left out, by reason.
    """

    rows: dict[str, list[tuple[int, str, str]]]
    n_not_applicable: Counter[str] = field(default_factory=Counter)
    n_excluded: dict[str, int] = field(default_factory=dict)

    @property
    def input_hash(self) -> str:
        """A hash of every label that counts: the same labels, however they were read, are the same input."""
        digest = hashlib.sha256()
        for key in sorted(self.rows):
            digest.update(f"\x1e{key}\x1e{self.n_not_applicable[key]}".encode())
            for row in sorted(self.rows[key]):
                digest.update("\x1f".join(map(str, row)).encode())
        return digest.hexdigest()


def ratings_of(version: RubricVersion, *, chosen: RatingFilter = FIRST_PASS) -> VersionRatings:
    """The labels of a version that count. Four queries, whatever their number."""
    rows: dict[str, list[tuple[int, str, str]]] = {}
    n_not_applicable: Counter[str] = Counter()
    keys = dict(version.criteria.values_list("id", "key"))
    answers = answers_that_count(version).values_list(
        "criterion_id", "review__entry__item_id", "review__reviewer__name", "value", "is_not_applicable"
    )
    imported = named_imported(version).values_list(
        "criterion_id", "item_id", "shown_rater", "value", "is_not_applicable"
    )
    for found in (answers, imported):
        for criterion_id, item_id, rater, value, is_not_applicable in found.iterator(chunk_size=10_000):
            if is_not_applicable:
                n_not_applicable[keys[criterion_id]] += 1
            elif rater.startswith(chosen.rater_prefix) and value not in chosen.dropped_values:
                rows.setdefault(keys[criterion_id], []).append((item_id, rater, value))
    if version.asks_verdict:
        rows[VERDICT] = verdict_rows(version, chosen)
    return VersionRatings(rows, n_not_applicable, n_excluded_by_reason(version))


def answers_that_count(version: RubricVersion) -> QuerySet[Answer]:
    return Answer.objects.filter(
        IS_COUNTED,
        IS_LIVE,
        IS_BLIND,
        IS_FIRST_PASS,
        criterion__version=version,
        review__reviewer__kind=Rater.Kind.USER,
    )


def imported_that_count(version: RubricVersion) -> QuerySet[ImportedLabel]:
    return ImportedLabel.objects.filter(
        criterion__version=version, blind_state=ImportedLabel.BlindState.BLIND, rater__kind=Rater.Kind.IMPORTED
    )


def named_imported(version: RubricVersion) -> QuerySet[ImportedLabel]:
    """With `shown_rater`: a name in a file that a reviewer has here too is told apart, or one person would seem to
    have labelled an item twice."""
    reviewers = Rater.objects.filter(
        project=OuterRef("rater__project"), kind=Rater.Kind.USER, name=OuterRef("rater__name")
    )
    shown = Case(When(Exists(reviewers), then=Concat("rater__name", Value(" (imported)"))), default="rater__name")
    return imported_that_count(version).annotate(shown_rater=shown)


def verdicts_that_count(version: RubricVersion) -> QuerySet[Review]:
    return Review.objects.filter(
        entry__rubric_version=version,
        entry__purpose__purpose=EntryPurpose.Purpose.LIVE,
        slot__isnull=False,
        withdrawal__isnull=True,
        is_first_pass=True,
        blind_state=Review.BlindState.BLIND,
    ).exclude(verdict="")


def verdict_rows(version: RubricVersion, chosen: RatingFilter) -> list[tuple[int, str, str]]:
    found = verdicts_that_count(version).values_list("entry__item_id", "reviewer__name", "verdict")
    return [
        (item_id, rater, verdict)
        for item_id, rater, verdict in found.iterator(chunk_size=10_000)
        if rater.startswith(chosen.rater_prefix) and verdict not in chosen.dropped_values
    ]


def rows_behind(version: RubricVersion, key: str, *, moment: datetime) -> list[tuple[int, str, str]]:
    """The labels on one question that a run of that moment rests on: what was taken back since counted then."""
    reviews = Review.objects.filter(
        Q(withdrawal__isnull=True) | Q(withdrawal__withdrawn_at__gt=moment),
        entry__rubric_version=version,
        entry__purpose__purpose=EntryPurpose.Purpose.LIVE,
        slot__isnull=False,
        is_first_pass=True,
        blind_state=Review.BlindState.BLIND,
        submitted_at__lte=moment,
    )
    if key == VERDICT:
        given = reviews.exclude(verdict="")
        return list(given.values_list("entry__item_id", "reviewer__name", "verdict"))
    answers = Answer.objects.filter(
        review__in=reviews,
        review__reviewer__kind=Rater.Kind.USER,
        criterion__version=version,
        criterion__key=key,
        is_not_applicable=False,
    )
    imported = named_imported(version).filter(criterion__key=key, is_not_applicable=False, imported_at__lte=moment)
    return [
        *answers.values_list("review__entry__item_id", "review__reviewer__name", "value"),
        *imported.values_list("item_id", "shown_rater", "value"),
    ]


def n_labels_since(version: RubricVersion, moment: datetime, *, at_most: int) -> int:
    """How many labels came after that moment, counted no further than `at_most`. Three queries."""
    newer = (
        answers_that_count(version).filter(review__submitted_at__gt=moment),
        imported_that_count(version).filter(imported_at__gt=moment),
        verdicts_that_count(version).filter(submitted_at__gt=moment),
    )
    return min(at_most, sum(labels.order_by()[:at_most].count() for labels in newer))


def n_excluded_by_reason(version: RubricVersion) -> dict[str, int]:
    """How many reviews and imported labels do not count, each under the first reason that holds."""
    gold = Q(entry__purpose__purpose=EntryPurpose.Purpose.GOLD)
    withdrawn, extra = Q(withdrawal__isnull=False), Q(slot__isnull=True)
    not_blind = Q(blind_state=Review.BlindState.NOT_BLIND)
    counts = Review.objects.filter(entry__rubric_version=version).aggregate(
        gold=Count("id", filter=gold),
        withdrawn=Count("id", filter=~gold & withdrawn),
        extra=Count("id", filter=~gold & ~withdrawn & extra),
        not_blind=Count("id", filter=~gold & ~withdrawn & ~extra & not_blind),
        later_pass=Count("id", filter=~gold & ~withdrawn & ~extra & ~not_blind & Q(is_first_pass=False)),
    )
    imported = ImportedLabel.objects.filter(criterion__version=version)
    n_undeclared = imported.exclude(blind_state=ImportedLabel.BlindState.BLIND).count()
    return {**counts, "imported_not_blind": n_undeclared}
