"""The labels that statistics may rest on, and how many others there are and why they do not count.

Agreement speaks of first-pass, blind, independent human labels. Pages, commands and exports all come through here.
What counts, counts at a moment: a run of that moment and the pages about it, opened later, see the same labels.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from labeling.models import Answer, EntryPurpose, ImportedLabel, Rater, Review, RubricVersion

VERDICT = "verdict"
# Up to this moment is up to now, whatever the clock says.
END = datetime(9999, 12, 31, tzinfo=UTC)
Rows = list[tuple[int, str, str]]


class Given(NamedTuple):
    """One label as it was given: by whom, of which item, and when."""

    item_id: int
    rater_id: int
    rater: str
    value: str
    moment: datetime


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

    def keeps(self, given: Given) -> bool:
        return given.rater.startswith(self.rater_prefix) and given.value not in self.dropped_values


FIRST_PASS = RatingFilter()


@dataclass(frozen=True, slots=True)
class VersionRatings:
    """The labels of one rubric version by question: rows of (item id, rater name, value).

    `rater_ids` knows the raters by these names. `weeks` has the Monday of each item's first label that counts, on
    whatever question. `n_not_applicable` counts, by question, who said that it does not apply: missing to a
    coefficient, and shown beside it. `n_excluded` says how many answers were left out, by reason.
    """

    rows: dict[str, Rows] = field(default_factory=dict)
    rater_ids: dict[str, int] = field(default_factory=dict)
    weeks: dict[int, date] = field(default_factory=dict)
    n_not_applicable: Counter[str] = field(default_factory=Counter)
    n_excluded: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, given: Given) -> None:
        self.rows.setdefault(key, []).append((given.item_id, given.rater, given.value))
        self.rater_ids[given.rater] = given.rater_id
        week = week_of(given.moment.astimezone(UTC).date())
        if week < self.weeks.get(given.item_id, date.max):
            self.weeks[given.item_id] = week

    @property
    def input_hash(self) -> str:
        """A hash of every label that counts and of the counts beside them: the same, however read, are one input.

        Without the counts, the labels left when a new one was taken back would be those of the run before it, and
        the newest run would stay the one that rests on what was taken back.
        """
        digest = hashlib.sha256(repr((sorted(self.n_excluded.items()), sorted(self.n_not_applicable.items()))).encode())
        for key in sorted(self.rows):
            digest.update(f"\x1e{key}".encode())
            for row in sorted(self.rows[key]):
                digest.update("\x1f".join(map(str, row)).encode() + b"\x1d")
        for item_id in sorted(self.weeks):
            digest.update(f"\x1e{item_id}\x1f{self.weeks[item_id]}".encode())
        return digest.hexdigest()


@lru_cache(maxsize=10_000)
def week_of(day: date) -> date:
    """The Monday of an ISO week; one object for all who ask, since a million items share some hundred weeks."""
    return day - timedelta(days=day.weekday())


# --- what counts at a moment ----------------------------------------------------------------------------------------


def stands_at(moment: datetime, *, through: str = "") -> Q:
    """Submitted by then and not taken back by then. `through` leads from what is filtered to its review."""
    is_submitted = Q((f"{through}submitted_at__lte", moment))
    was_kept = Q((f"{through}withdrawal__isnull", True)) | Q((f"{through}withdrawal__withdrawn_at__gt", moment))
    return is_submitted & was_kept


def counts_at(moment: datetime, *, through: str = "") -> Q:
    """The rule for reviews, all of it: a person's first pass on a live item, blind, in its turn, standing then."""
    rule = {
        "entry__purpose__purpose": EntryPurpose.Purpose.LIVE,
        "slot__isnull": False,
        "is_first_pass": True,
        "blind_state": Review.BlindState.BLIND,
        "reviewer__kind": Rater.Kind.USER,
    }
    return Q(*((f"{through}{name}", wanted) for name, wanted in rule.items())) & stands_at(moment, through=through)


def answers_that_count(version: RubricVersion, *, until: datetime) -> QuerySet[Answer]:
    return Answer.objects.filter(counts_at(until, through="review__"), criterion__version=version)


def verdicts_that_count(version: RubricVersion, *, until: datetime) -> QuerySet[Review]:
    return Review.objects.filter(counts_at(until), entry__rubric_version=version).exclude(verdict="")


def imported_that_count(version: RubricVersion, *, until: datetime) -> QuerySet[ImportedLabel]:
    return ImportedLabel.objects.filter(
        criterion__version=version,
        blind_state=ImportedLabel.BlindState.BLIND,
        rater__kind=Rater.Kind.IMPORTED,
        imported_at__lte=until,
    )


def named_imported(version: RubricVersion, *, until: datetime) -> QuerySet[ImportedLabel]:
    """With `shown_rater`: a name in a file that a reviewer has here too is told apart, or one person would seem to
    have labelled an item twice."""
    reviewers = Rater.objects.filter(
        project=OuterRef("rater__project"), kind=Rater.Kind.USER, name=OuterRef("rater__name")
    )
    shown = Case(When(Exists(reviewers), then=Concat("rater__name", Value(" (imported)"))), default="rater__name")
    return imported_that_count(version, until=until).annotate(shown_rater=shown)


# --- the labels themselves ------------------------------------------------------------------------------------------


def ratings_of(version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS) -> VersionRatings:
    """The labels of a version that count at a moment. Six queries, whatever their number."""
    ratings = VersionRatings(n_excluded=n_excluded_by_reason(version, until=until))
    keys = dict(version.criteria.values_list("id", "key"))
    for criterion_id, is_not_applicable, given in answers_given(version, until=until):
        if is_not_applicable:
            ratings.n_not_applicable[keys[criterion_id]] += 1
        elif chosen.keeps(given):
            ratings.add(keys[criterion_id], given)
    if version.asks_verdict:
        ratings.rows[VERDICT] = []
        for given in verdicts_given(version, until=until):
            if chosen.keeps(given):
                ratings.add(VERDICT, given)
    return ratings


def answers_given(version: RubricVersion, *, until: datetime) -> Iterator[tuple[int, bool, Given]]:
    """(criterion id, whether it does not apply, what was given) of each answer that counts, here or imported."""
    here = answers_that_count(version, until=until).values_list(
        *("criterion_id", "is_not_applicable", "review__entry__item_id", "review__reviewer_id"),
        *("review__reviewer__name", "value", "review__submitted_at"),
    )
    elsewhere = named_imported(version, until=until).values_list(
        *("criterion_id", "is_not_applicable", "item_id", "rater_id", "shown_rater", "value", "imported_at")
    )
    for found in (here, elsewhere):
        for criterion_id, is_not_applicable, *given in found.iterator(chunk_size=10_000):
            yield criterion_id, is_not_applicable, Given(*given)


def verdicts_given(version: RubricVersion, *, until: datetime) -> Iterator[Given]:
    found = verdicts_that_count(version, until=until).values_list(
        *("entry__item_id", "reviewer_id", "reviewer__name", "verdict", "submitted_at")
    )
    return (Given(*row) for row in found.iterator(chunk_size=10_000))


def rows_behind(version: RubricVersion, key: str, *, moment: datetime) -> Rows:
    """The labels on one question that a run of that moment rests on: what was taken back since counted then."""
    if key == VERDICT:
        given = verdicts_that_count(version, until=moment)
        return list(given.values_list("entry__item_id", "reviewer__name", "verdict"))
    asked = {"criterion__key": key, "is_not_applicable": False}
    here = answers_that_count(version, until=moment).filter(**asked)
    elsewhere = named_imported(version, until=moment).filter(**asked)
    return [
        *here.values_list("review__entry__item_id", "review__reviewer__name", "value"),
        *elsewhere.values_list("item_id", "shown_rater", "value"),
    ]


def n_labels_since(version: RubricVersion, moment: datetime, *, at_most: int) -> int:
    """How many labels came after that moment, counted no further than `at_most`. Three queries."""
    newer = (
        answers_that_count(version, until=END).filter(review__submitted_at__gt=moment),
        imported_that_count(version, until=END).filter(imported_at__gt=moment),
        verdicts_that_count(version, until=END).filter(submitted_at__gt=moment),
    )
    return min(at_most, sum(labels.order_by()[:at_most].count() for labels in newer))


def n_excluded_by_reason(version: RubricVersion, *, until: datetime) -> dict[str, int]:
    """How many reviews and imported labels do not count at a moment, each under the first reason that holds."""
    is_gold = Q(entry__purpose__purpose=EntryPurpose.Purpose.GOLD)
    stands, is_extra = ~is_gold & stands_at(until), Q(slot__isnull=True)
    is_unblind = Q(blind_state=Review.BlindState.NOT_BLIND)
    counts = Review.objects.filter(entry__rubric_version=version, submitted_at__lte=until).aggregate(
        gold=Count("id", filter=is_gold),
        withdrawn=Count("id", filter=~is_gold & Q(withdrawal__withdrawn_at__lte=until)),
        extra=Count("id", filter=stands & is_extra),
        not_blind=Count("id", filter=stands & ~is_extra & is_unblind),
        later_pass=Count("id", filter=stands & ~is_extra & ~is_unblind & Q(is_first_pass=False)),
    )
    imported = ImportedLabel.objects.filter(criterion__version=version, imported_at__lte=until)
    n_undeclared = imported.exclude(blind_state=ImportedLabel.BlindState.BLIND).count()
    return {**counts, "imported_not_blind": n_undeclared}
