"""The labels behind one question of an agreement run as a table that `manage.py agreement` reads: items by raters."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value

from labeling.formats.writing import FORMULA_STARTS, Column
from labeling.models import AgreementRun, Item
from labeling.policy.sampling import uniform_draw
from labeling.queries.rating_columns import is_of_parts
from labeling.queries.ratings import (
    VERDICT,
    answers_that_count,
    filter_named,
    imported_that_count,
    named_imported,
    reviews_that_count,
    unsettled_entries,
    verdicts_that_count,
)

AT_ONCE = 10_000
UNIT, CLUSTER = "unit", "cluster"
# What a reader of the file would take for a column of another kind.
NO_RATER = {UNIT, CLUSTER, "rater", "value"}
NOT_SETTLED = "not_settled_"


@dataclass(frozen=True, slots=True)
class Matrix:
    """`rows` are read once, from the database. `raters_are_numbered`: rater_1 … stand in place of the names.
    `hides_raters`: some items are not settled, and whose their labels are is not told."""

    columns: Sequence[Column]
    rows: Iterator[dict[str, Any]]
    raters_are_numbered: bool
    hides_raters: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Labels on the question from one table: where each has its item's id, its rater's name and its value, and the
    part of the item that it speaks of, where the question is asked of parts."""

    labels: QuerySet[Any]
    item: str
    rater: str
    value: str
    part: str = ""

    def by_item(self) -> Iterator[tuple[Any, ...]]:
        """(item id, part, external id, source system, rater, value), by item and part."""
        item = self.item.removesuffix("_id")
        fields = (f"{item}__external_id", f"{item}__source_system", self.rater, self.value)
        ordered = self.labels.order_by(self.item, *((self.part,) if self.part else ()))
        part = self.part or Value("")
        return ordered.values_list(self.item, part, *fields).iterator(AT_ONCE)

    @property
    def is_unsettled(self) -> Exists:
        """Whether the item of a label waits for a label or a ruling, under whatever rubric."""
        return Exists(unsettled_entries().filter(item=OuterRef(self.item)))

    @property
    def raters(self) -> set[str]:
        settled = self.labels.order_by().filter(~self.is_unsettled)
        return set(settled.values_list(self.rater, flat=True).distinct())

    @property
    def unsettled(self) -> Counter[tuple[int, str]]:
        """How many labels each item has that is not settled, of parts each part."""
        found = (
            self.labels.order_by().filter(self.is_unsettled).annotate(of_part=F(self.part) if self.part else Value(""))
        )
        counted = found.values_list(self.item, "of_part").annotate(n=Count("pk"))
        return Counter({(item_id, part): n for item_id, part, n in counted})

    @property
    def source_systems(self) -> set[str]:
        path = f"{self.item.removesuffix('_id')}__source_system"
        return set(self.labels.order_by().values_list(path, flat=True).distinct())


def matrix_of(run: AgreementRun, key: str) -> Matrix:
    """A row an item and a column a rater of one question, as they counted when the run was made. Constant queries.
    Of a question that is asked of parts a row is a part, *unit* is `external_id#part`, and *cluster* tells its item.

    Every item that counts is in it, or its numbers would not be the run's. The labels of one that is not settled stand
    in columns of their own, by value and not by rater: what only counts labels is the same, and pairs of raters rest on
    settled items. Where the run's filter chooses raters, such items are left out: a label of theirs would be known.
    With conversations of several items a column *cluster* says which are drawn together, numbered in the order in which
    the run draws them.
    """
    sources, chosen = sources_of(run, key), filter_named(run.filter_name)
    unsettled = sum((source.unsettled for source in sources), Counter())
    raters = sorted(set().union(*(source.raters for source in sources)))
    is_numbered = any(map(is_no_column, raters))
    column_of = numbered(run, raters) if is_numbered else {name: name for name in raters}
    n_hidden = 0 if chosen.chooses_raters else max(unsettled.values(), default=0)
    hidden = [f"{NOT_SETTLED}{number}" for number in range(1, n_hidden + 1)]
    clusters = clusters_of(run, of_parts=bool(sources[0].part))
    names = (UNIT, CLUSTER) if clusters else (UNIT,)
    columns = [Column(name) for name in (*names, *sorted(column_of.values(), key=by_number), *hidden)]
    is_one_system = len(set().union(*(source.source_systems for source in sources))) < 2
    layout = Layout(columns, column_of, hidden, clusters, {item_id for item_id, _ in unsettled}, is_one_system)
    return Matrix(columns, rows_of(sources, layout), is_numbered, hides_raters=bool(unsettled))


def sources_of(run: AgreementRun, key: str) -> list[Source]:
    version, counted = run.rubric_version, {"until": run.made_at, "chosen": filter_named(run.filter_name)}
    if key == VERDICT:
        return [Source(verdicts_that_count(version, **counted), "entry__item_id", "reviewer__name", "verdict")]
    criterion = version.criteria.get(key=key)
    part = "part" if is_of_parts(criterion) else ""
    asked = {"criterion": criterion, "is_not_applicable": False}
    here, elsewhere = (found(version, **counted).filter(**asked) for found in (answers_that_count, named_imported))
    return [
        Source(here, "review__entry__item_id", "review__reviewer__name", "value", part),
        Source(elsewhere, "item_id", "shown_rater", "value", part),
    ]


def is_no_column(name: str) -> bool:
    """Whether a table, or whoever opens it, would take this name of a rater for something else."""
    return name in NO_RATER or name != name.strip() or name.startswith((*FORMULA_STARTS, NOT_SETTLED))


def numbered(run: AgreementRun, raters: Iterable[str]) -> dict[str, str]:
    """rater_1 … by name, in an order that only the project's secret tells; the same in every file of a run."""
    known = {*run.numbers.get("rater_ids", ()), *raters}
    salt = run.rubric_version.rubric.project.sampling_salt
    shuffled = sorted(known, key=lambda name: (uniform_draw(salt, "matrix", run.pk, name), name))
    number_of = {name: number for number, name in enumerate(shuffled, start=1)}
    return {name: f"rater_{number_of[name]}" for name in raters}


def by_number(column: str) -> tuple[int, str]:
    return len(column) if column.startswith("rater_") else 0, column


def clusters_of(run: AgreementRun, *, of_parts: bool) -> Mapping[int, str]:
    """By item its conversation, in names that sort as the run deals its numbers; empty where no two share one. Parts
    are drawn with their item, or with its conversation."""
    version, counted = run.rubric_version, {"until": run.made_at, "chosen": filter_named(run.filter_name)}
    reviews = reviews_that_count(version, **counted).filter(entry__item=OuterRef("pk"))
    imported = imported_that_count(version, **counted).filter(item=OuterRef("pk"), is_not_applicable=False)
    items = Item.objects.filter(Q(Exists(reviews)) | Q(Exists(imported)), project=version.rubric.project_id)
    keys = dict(items.order_by("id").values_list("id", "cluster_key").iterator(AT_ONCE))
    if all(n == 1 for n in Counter(key for key in keys.values() if key).values()):
        return {item_id: f"c{item_id:09}" for item_id in keys} if of_parts else {}
    number_of: dict[str | int, int] = {}
    return {item_id: f"c{number_of.setdefault(key or item_id, len(number_of)):09}" for item_id, key in keys.items()}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a label goes: to its rater's column, or to a `hidden` one where its item is not settled."""

    columns: Sequence[Column]
    column_of: Mapping[str, str]
    hidden: Sequence[str]
    clusters: Mapping[int, str]
    unsettled: Collection[int]
    is_one_system: bool


def rows_of(sources: Sequence[Source], layout: Layout) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys((column.name for column in layout.columns), None)
    labels = merge(*(source.by_item() for source in sources), key=itemgetter(0, 1))
    for (item_id, part), of_item in groupby(labels, key=itemgetter(0, 1)):
        found = list(of_item)
        if item_id not in layout.unsettled:
            cells = {layout.column_of[rater]: value for *_, rater, value in found}
        elif layout.hidden:
            cells = dict(zip(layout.hidden, sorted(value for *_, value in found), strict=False))
        else:
            continue
        _, _, external_id, system, *_ = found[0]
        # Two systems may use one id. Only the first slash is ours.
        unit = external_id if layout.is_one_system else f"{system.replace('/', '%2F')}/{external_id}"
        yield {
            **empty,
            UNIT: f"{unit}#{part}" if part else unit,
            **({CLUSTER: layout.clusters[item_id]} if layout.clusters else {}),
            **cells,
        }
