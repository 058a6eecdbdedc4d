"""The labels behind one question of an agreement run as a table that `manage.py agreement` reads: items by raters."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.formats.writing import FORMULA_STARTS, Column
from labeling.models import AgreementRun, Item
from labeling.policy.sampling import uniform_draw
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


@dataclass(frozen=True, slots=True)
class Matrix:
    """`rows` are read once, from the database. `raters_are_numbered`: rater_1 … stand in place of the names."""

    columns: Sequence[Column]
    rows: Iterator[dict[str, Any]]
    raters_are_numbered: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Labels on the question from one table: where each has its item's id, its rater's name and its value."""

    labels: QuerySet[Any]
    item: str
    rater: str
    value: str

    def by_item(self) -> Iterator[tuple[Any, ...]]:
        """(item id, external id, source system, rater, value), by item."""
        item = self.item.removesuffix("_id")
        fields = (self.item, f"{item}__external_id", f"{item}__source_system", self.rater, self.value)
        return self.labels.order_by(self.item).values_list(*fields).iterator(AT_ONCE)

    @property
    def raters(self) -> set[str]:
        return set(self.labels.order_by().values_list(self.rater, flat=True).distinct())

    @property
    def source_systems(self) -> set[str]:
        path = f"{self.item.removesuffix('_id')}__source_system"
        return set(self.labels.order_by().values_list(path, flat=True).distinct())

    @property
    def has_unsettled(self) -> bool:
        """Whether an item of them waits for a label or a ruling, under whatever rubric."""
        entries = unsettled_entries().filter(item=OuterRef(self.item))
        return self.labels.order_by().filter(Exists(entries)).exists()


def matrix_of(run: AgreementRun, key: str) -> Matrix:
    """A row an item and a column a rater of one question, as they counted when the run was made. Constant queries.

    Every item that counts is in it, or its numbers would not be the run's: also those in dispute. Where there is one,
    raters go by numbers, dealt anew for each run. With conversations of several items a column *cluster* says which
    are drawn together, numbered in the order in which the run draws them, so that even intervals are the same.
    """
    sources = sources_of(run, key)
    raters = sorted(set().union(*(source.raters for source in sources)))
    is_numbered = any(map(is_no_column, raters)) or any(source.has_unsettled for source in sources)
    column_of = numbered(run, raters) if is_numbered else {name: name for name in raters}
    clusters = clusters_of(run)
    names = (UNIT, CLUSTER) if clusters else (UNIT,)
    columns = [Column(name) for name in (*names, *sorted(column_of.values(), key=by_number))]
    is_one_system = len(set().union(*(source.source_systems for source in sources))) < 2
    return Matrix(columns, rows_of(sources, columns, column_of, clusters, is_one_system=is_one_system), is_numbered)


def sources_of(run: AgreementRun, key: str) -> list[Source]:
    version, counted = run.rubric_version, {"until": run.made_at, "chosen": filter_named(run.filter_name)}
    if key == VERDICT:
        return [Source(verdicts_that_count(version, **counted), "entry__item_id", "reviewer__name", "verdict")]
    asked = {"criterion__key": key, "is_not_applicable": False}
    here, elsewhere = (found(version, **counted).filter(**asked) for found in (answers_that_count, named_imported))
    return [
        Source(here, "review__entry__item_id", "review__reviewer__name", "value"),
        Source(elsewhere, "item_id", "shown_rater", "value"),
    ]


def is_no_column(name: str) -> bool:
    """Whether a table, or whoever opens it, would take this name of a rater for something else."""
    return name in NO_RATER or name != name.strip() or name.startswith(FORMULA_STARTS)


def numbered(run: AgreementRun, raters: Iterable[str]) -> dict[str, str]:
    """rater_1 … by name, in an order that only the project's secret tells; the same in every file of a run."""
    known = {*run.numbers["rater_ids"], *raters}
    salt = run.rubric_version.rubric.project.sampling_salt
    shuffled = sorted(known, key=lambda name: (uniform_draw(salt, "matrix", run.pk, name), name))
    number_of = {name: number for number, name in enumerate(shuffled, start=1)}
    return {name: f"rater_{number_of[name]}" for name in raters}


def by_number(column: str) -> tuple[int, str]:
    return len(column) if column.startswith("rater_") else 0, column


def clusters_of(run: AgreementRun) -> Mapping[int, str]:
    """By item its conversation, in names that sort as the run deals its numbers; empty where no two share one."""
    version, counted = run.rubric_version, {"until": run.made_at, "chosen": filter_named(run.filter_name)}
    reviews = reviews_that_count(version, **counted).filter(entry__item=OuterRef("pk"))
    imported = imported_that_count(version, **counted).filter(item=OuterRef("pk"), is_not_applicable=False)
    items = Item.objects.filter(Q(Exists(reviews)) | Q(Exists(imported)), project=version.rubric.project_id)
    keys = dict(items.order_by("id").values_list("id", "cluster_key").iterator(AT_ONCE))
    if all(n == 1 for n in Counter(key for key in keys.values() if key).values()):
        return {}
    number_of: dict[str | int, int] = {}
    return {item_id: f"c{number_of.setdefault(key or item_id, len(number_of)):09}" for item_id, key in keys.items()}


def rows_of(
    sources: Sequence[Source],
    columns: Sequence[Column],
    column_of: Mapping[str, str],
    clusters: Mapping[int, str],
    *,
    is_one_system: bool,
) -> Iterator[dict[str, Any]]:
    empty = dict.fromkeys((column.name for column in columns), None)
    labels = merge(*(source.by_item() for source in sources), key=itemgetter(0))
    for item_id, of_item in groupby(labels, key=itemgetter(0)):
        row: dict[str, Any] = dict(empty)
        for _, external_id, system, rater, value in of_item:
            # Two systems may use one id. Only the first slash is ours.
            row[UNIT] = external_id if is_one_system else f"{system.replace('/', '%2F')}/{external_id}"
            row[column_of[rater]] = value
        if clusters:
            row[CLUSTER] = clusters[item_id]
        yield row
