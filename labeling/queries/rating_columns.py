"""The labels that count, read by the million: columns of small numbers instead of a row of objects for each."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from django.db.models import QuerySet

from labeling.models import Answer, Criterion, ImportedLabel, Item, RubricVersion
from labeling.queries.item_ranges import ALL_ITEMS, BlockDigests, ItemRange
from labeling.queries.ratings import (
    FIRST_PASS,
    VERDICT,
    RatingFilter,
    n_excluded_by_reason,
    named_imported,
    reviews_that_count,
)

AT_ONCE = 10_000


class Positions(dict[str, int]):
    """Names numbered in the order in which they are first met."""

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


@dataclass(slots=True)
class LabelColumns:
    """The labels on one question: three columns of one length, and what the numbers in two of them stand for.

    A million labels take 16 MB here; as tuples they would take 150. Where a question is asked of parts, `part_nos` has
    which part of its item each label speaks of; elsewhere it stays empty.
    """

    raters: Positions
    values: Positions = field(default_factory=Positions)
    item_ids: array = field(default_factory=lambda: array("q"))
    rater_nos: array = field(default_factory=lambda: array("i"))
    value_nos: array = field(default_factory=lambda: array("i"))
    parts: Positions = field(default_factory=Positions)
    part_nos: array = field(default_factory=lambda: array("i"))

    def __len__(self) -> int:
        return len(self.item_ids)

    def __iter__(self) -> Iterator[tuple[int, str, str]]:
        """(item id, rater name, value) of each label."""
        raters, values = list(self.raters), list(self.values)
        for item_id, rater_no, value_no in zip(self.item_ids, self.rater_nos, self.value_nos, strict=True):
            yield item_id, raters[rater_no], values[value_no]

    def with_parts(self) -> Iterator[tuple[int, str, str, str]]:
        """(item id, part, rater name, value) of each label; of the whole output the part is empty."""
        parts = list(self.parts)
        for number, (item_id, rater, value) in enumerate(self):
            yield item_id, parts[self.part_nos[number]] if parts else "", rater, value

    def add(self, item_id: int, rater_no: int, value: str) -> None:
        self.item_ids.append(item_id)
        self.rater_nos.append(rater_no)
        self.value_nos.append(self.values[value])

    def add_of_part(self, part: str, item_id: int, rater_no: int, value: str) -> None:
        self.part_nos.append(self.parts[part])
        self.add(item_id, rater_no, value)


NO_LABELS = LabelColumns(Positions())


@dataclass(frozen=True, slots=True)
class VersionRatings:
    """The labels of one rubric version by question.

    `rater_ids` knows the raters by their names. `weeks` has the Monday (UTC) of each item's first review or imported
    label that counts, on whatever question. `n_not_applicable` counts, by question, who said that it does not apply:
    missing to a coefficient, and shown beside it. `n_excluded` says how many answers were left out, by reason; of some
    items only it is empty, since it is asked of all of them at once.
    """

    labels: Mapping[str, LabelColumns]
    rater_ids: Mapping[str, int]
    weeks: Mapping[int, date]
    n_not_applicable: Counter[str]
    n_excluded: Mapping[str, int]

    def on(self, key: str) -> LabelColumns:
        """The labels on one question; none where it is not asked."""
        return self.labels.get(key, NO_LABELS)

    def add_to(self, digests: BlockDigests) -> None:
        """Every label that counts and the week of every item, to the digests of their blocks of items."""
        import numpy as np

        for key, labels in sorted(self.labels.items()):
            if not labels:
                continue
            # By name: numbers are dealt in the order in which rows happen to be read.
            named = [(sorted(names), names) for names in (labels.raters, labels.values, labels.parts)]
            numbers = (labels.rater_nos, labels.value_nos, labels.part_nos)
            columns = np.zeros((len(labels), 4), dtype=np.int64)
            columns[:, 0] = labels.item_ids
            for at, ((in_order, names), column) in enumerate(zip(named, numbers, strict=True), start=1):
                if names and len(column):
                    columns[:, at] = ranks_of(names, in_order)[column]
            columns = columns[np.lexsort(columns.T[::-1])]
            digests.add_columns(key, columns, [in_order for in_order, _ in named])
        for item_id in sorted(self.weeks):
            digests.add(item_id, f"{item_id} {self.weeks[item_id]}")


def ranks_of(names: Positions, in_order: Sequence[str]):
    """(n_names,) int64: where each name stands in order."""
    import numpy as np

    position = {name: number for number, name in enumerate(in_order)}
    return np.array([position[name] for name in names], dtype=np.int64)


@lru_cache(maxsize=10_000)
def week_of(day: date) -> date:
    """The Monday of an ISO week; one object for all who ask, since a million items share some hundred weeks."""
    return day - timedelta(days=day.weekday())


def ratings_of(version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS) -> VersionRatings:
    """The labels of a version that count at a moment. Seven queries, whatever their number, and two more where it asks
    of parts. Answers in words are not labels: they are never compared."""
    excluded = n_excluded_by_reason(version, until=until, chosen=chosen)
    return replace(ratings_within(ALL_ITEMS, version, until=until, chosen=chosen), n_excluded=excluded)


def ratings_within(
    items: ItemRange, version: RubricVersion, *, until: datetime, chosen: RatingFilter = FIRST_PASS
) -> VersionRatings:
    """The same of some items; what was excluded is not counted, since that is asked of all items at once."""
    reader = Reader(version, items=items, until=until, chosen=chosen)
    reader.read_reviews()
    reader.read_answers()
    reader.read_imported()
    return reader.finish()


def is_of_parts(criterion: Criterion) -> bool:
    """Whether its labels are about parts of an output, or about each of several options."""
    return bool(criterion.parts) or criterion.scale == Criterion.Scale.MULTI_LABEL


class Reader:
    """One reading of one version's labels on some items. Which reviews count is asked once, and not again for each
    answer."""

    def __init__(self, version: RubricVersion, *, items: ItemRange, until: datetime, chosen: RatingFilter):
        self.version, self.items, self.until, self.chosen = version, items, until, chosen
        criteria = list(version.criteria.exclude(scale=Criterion.Scale.TEXT))
        self.keys = {criterion.pk: criterion.key for criterion in criteria}
        self.of_parts = {criterion.pk for criterion in criteria if is_of_parts(criterion)}
        self.raters, self.rater_ids = Positions(), {}
        self.columns = {key: LabelColumns(self.raters) for key in (VERDICT, *self.keys.values())}
        self.places: dict[int, tuple[int, int]] = {}
        self.firsts: dict[int, datetime] = {}
        self.n_not_applicable: Counter[str] = Counter()

    def read_reviews(self) -> None:
        verdicts = self.columns[VERDICT]
        counted = reviews_that_count(self.version, until=self.until, chosen=self.chosen)
        found = counted.filter(self.items.where("entry__item_id")).values_list(
            *("id", "entry__item_id", "reviewer_id", "reviewer__name", "verdict", "submitted_at")
        )
        for review_id, item_id, rater_id, name, verdict, moment in found.iterator(AT_ONCE):
            self.places[review_id] = place = self.place_of(item_id, rater_id, name, moment)
            if verdict and verdict not in self.chosen.dropped_values:
                verdicts.add(*place, verdict)

    def read_answers(self) -> None:
        columns = {
            criterion_id: self.columns[key]
            for criterion_id, key in self.keys.items()
            if criterion_id not in self.of_parts
        }
        answers = Answer.objects.filter(self.items.where("review__entry__item_id"), criterion__in=columns)
        fields = ("review_id", "criterion_id", "value")
        for review_id, criterion_id, value in answers.values_list(*fields).iterator(AT_ONCE):
            place = self.places.get(review_id)
            # The database says so: without a value it does not apply.
            if place and not value:
                self.n_not_applicable[self.keys[criterion_id]] += 1
            elif place and value not in self.chosen.dropped_values:
                columns[criterion_id].add(*place, value)
        if self.of_parts:
            self.read_answers_of_parts()

    def read_answers_of_parts(self) -> None:
        answers = Answer.objects.filter(self.items.where("review__entry__item_id"), criterion__in=self.of_parts)
        fields = ("review_id", "criterion_id", "part", "value")
        for review_id, criterion_id, part, value in answers.values_list(*fields).iterator(AT_ONCE):
            place, key = self.places.get(review_id), self.keys[criterion_id]
            if place and not value:
                self.n_not_applicable[key] += 1
            elif place and value not in self.chosen.dropped_values:
                self.columns[key].add_of_part(part, *place, value)

    def read_imported(self) -> None:
        found = named_imported(self.version, until=self.until, chosen=self.chosen)
        found = found.filter(self.items.where("item_id"))
        if self.of_parts:
            self.read_imported_of_parts(found.filter(criterion__in=self.of_parts))
            found = found.exclude(criterion__in=self.of_parts)
        fields = ("criterion_id", "item_id", "rater_id", "shown_rater", "value", "imported_at")
        for criterion_id, item_id, rater_id, name, value, moment in found.values_list(*fields).iterator(AT_ONCE):
            if not value:
                self.n_not_applicable[self.keys[criterion_id]] += 1
            else:
                place = self.place_of(item_id, rater_id, name, moment)
                self.columns[self.keys[criterion_id]].add(*place, value)

    def read_imported_of_parts(self, found: QuerySet[ImportedLabel]) -> None:
        fields = ("criterion_id", "part", "item_id", "rater_id", "shown_rater", "value", "imported_at")
        for criterion_id, part, item_id, rater_id, name, value, moment in found.values_list(*fields).iterator(AT_ONCE):
            if not value:
                self.n_not_applicable[self.keys[criterion_id]] += 1
            else:
                place = self.place_of(item_id, rater_id, name, moment)
                self.columns[self.keys[criterion_id]].add_of_part(part, *place, value)

    def place_of(self, item_id: int, rater_id: int, name: str, moment: datetime) -> tuple[int, int]:
        """The item and the rater's number; the item's first moment is noted on the way."""
        first = self.firsts.get(item_id)
        if first is None or moment < first:
            self.firsts[item_id] = moment
        self.rater_ids[name] = rater_id
        return item_id, self.raters[name]

    def finish(self) -> VersionRatings:
        asked = {key: labels for key, labels in self.columns.items() if key != VERDICT or self.version.asks_verdict}
        return VersionRatings(
            asked,
            self.rater_ids,
            weeks={item_id: week_of(first.astimezone(UTC).date()) for item_id, first in self.firsts.items()},
            n_not_applicable=self.n_not_applicable,
            n_excluded={},
        )


# --- what the items are ---------------------------------------------------------------------------------------------


def traits_of_items(version: RubricVersion, items: ItemRange = ALL_ITEMS) -> dict[int, tuple[str, str, str]]:
    """(intent, stakes, cluster key) of the items that were queued or labelled against a version. Two queries."""
    ways = ("entries__rubric_version", "imported_labels__criterion__version")
    fields = ("id", "intent", "stakes", "cluster_key")
    return {
        item_id: tuple(traits)
        for way in ways
        for item_id, *traits in Item.objects.filter(items.where("id"), **{way: version})
        .values_list(*fields)
        .iterator(AT_ONCE)
    }
