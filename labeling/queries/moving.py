"""Reading whole tables of one database or another, a page of rows at a time: what a move copies and compares."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BinaryField, CharField, DateTimeField, Field, IntegerField, JSONField, Model, TextField
from django.db.models.functions import Cast

from labeling.policy.errors import Refused
from labeling.policy.moving import WRITERS, Writer, complaint_about, line_of

ROWS_AT_ONCE = 2_000
MOST_COMPLAINTS = 20
# `migrate` fills these by itself, in an order of its own.
FILLED_BY_MIGRATE = (ContentType, Permission)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """One table with its columns as they are read: JSON as the text that is stored."""

    model: type[Model]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def fields(self) -> Sequence[Field]:
        return self.model._meta.concrete_fields

    @cached_property
    def columns(self) -> list[str]:
        return [field.column for field in self.fields]

    @cached_property
    def key_at(self) -> int:
        """Where in a row its primary key stands."""
        return self.fields.index(self.model._meta.pk)

    @cached_property
    def writers(self) -> list[Writer | None]:
        return [WRITERS.get(kind_of(field)) for field in self.fields]

    def rows(self, database: str):
        shown = [Cast(one.name, TextField()) if kind_of(one) == "json" else one.attname for one in self.fields]
        return self.model._base_manager.using(database).order_by("pk").values_list(*shown)


def kind_of(field: Field) -> str:
    """What a column holds, where that is written otherwise in another database."""
    kinds = ((JSONField, "json"), (DateTimeField, "time"), (BinaryField, "bytes"))
    return next((kind for one, kind in kinds if isinstance(field, one)), "")


def tables_in_order() -> list[Table]:
    """Every table, each after those that its rows point at."""
    waiting = {model: pointed_at(model) for model in apps.get_models(include_auto_created=True)}
    ordered: list[type[Model]] = []
    while waiting:
        ready = [model for model, others in waiting.items() if others <= set(ordered)]
        if not ready:
            raise RuntimeError(f"These tables point at each other: {', '.join(m.__name__ for m in waiting)}.")
        ordered += ready
        for model in ready:
            del waiting[model]
    return [Table(model) for model in ordered]


def pointed_at(model: type[Model]) -> set[type[Model]]:
    others = {field.remote_field.model for field in model._meta.concrete_fields if field.remote_field}
    return others - {model}


def pages_of(table: Table, database: str) -> Iterator[list[Row]]:
    """All rows by primary key, so many at once: memory does not grow with the table."""
    rows, last = table.rows(database), None
    while page := list((rows if last is None else rows.filter(pk__gt=last))[:ROWS_AT_ONCE]):
        yield page
        last = page[-1][table.key_at]


def rows_with_keys(table: Table, database: str, keys: Sequence[Any]) -> dict[Any, Row]:
    return {row[table.key_at]: row for row in table.rows(database).filter(pk__in=keys)}


def n_rows_of(table: Table, database: str) -> int:
    return table.model._base_manager.using(database).count()


# --- whether two databases say the same -------------------------------------------------------------------------------


class Different(Refused):
    """A row that is not the same in both databases; the message names table, key and column."""


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """One table whose rows were all read from both databases and are equal; the digest is over every value."""

    name: str
    n_rows: int
    digest: str


def compare_table(table: Table, source: str, target: str) -> ComparedTable:
    """Read every row of the source, and by its key that of the target. Raises `Different` at the first difference."""
    digest, n_rows = hashlib.sha256(), 0
    for page in pages_of(table, source):
        others = rows_with_keys(table, target, [row[table.key_at] for row in page])
        for row in page:
            key = row[table.key_at]
            if key not in others:
                raise Different(f"{table.name} {key!r} is missing in the target.")
            line = line_of(row, table.writers)
            if line != line_of(others[key], table.writers):
                raise Different(f"{table.name} {key!r} differs in {differing_columns(table, row, others[key])}.")
            digest.update(line.encode() + b"\n")
        n_rows += len(page)
    n_there = n_rows_of(table, target)
    if n_there != n_rows:
        raise Different(f"{table.name} has {n_there:,} rows in the target, and {n_rows:,} in the source.")
    return ComparedTable(table.name, n_rows, digest.hexdigest())


def differing_columns(table: Table, row: Row, other: Row) -> str:
    columns = zip(table.columns, row, other, table.writers, strict=True)
    return ", ".join(name for name, one, two, write in columns if line_of([one], [write]) != line_of([two], [write]))


# --- whether a move can begin -----------------------------------------------------------------------------------------


def migrations_in(database: str) -> set[tuple[str, str]]:
    return set(MigrationRecorder(connections[database]).applied_migrations())


def migrations_of_this_release() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).disk_migrations)


def names_of(migrations: set[tuple[str, str]]) -> str:
    listed = sorted(f"{app}.{name}" for app, name in migrations)
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    return ", ".join(listed[:3]) + more


def tables_with_rows(database: str) -> list[str]:
    tables = [one for one in tables_in_order() if one.model not in FILLED_BY_MIGRATE]
    return [one.name for one in tables if one.rows(database).exists()]


def highest_ids_given(database: str) -> dict[str, int]:
    """The highest number that SQLite ever gave a row of each table, those of rows that are gone included."""
    with connections[database].cursor() as cursor:
        cursor.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
        return dict(cursor.fetchall())


def values_that_cannot_move(database: str) -> list[str]:
    """What the source holds and PostgreSQL takes in no column of this kind: table, key, column and why."""
    found: list[str] = []
    for table in tables_in_order():
        limits = [limits_of(field) for field in table.fields]
        for page in pages_of(table, database):
            for row in page:
                for field, value, (longest, bounds) in zip(table.fields, row, limits, strict=True):
                    why = complaint_about(value, kind=kind_of(field), longest=longest, bounds=bounds)
                    if why:
                        found.append(f"{table.name} {row[table.key_at]}, {field.column}: {why}")
                        if len(found) == MOST_COMPLAINTS:
                            return found
    return found


def limits_of(field: Field) -> tuple[int | None, tuple[int | None, int | None]]:
    """The longest text and the least and greatest number that the column takes."""
    longest = field.max_length if isinstance(field, CharField) else None
    is_number = isinstance(field, IntegerField)
    operations = connections["default"].ops
    return longest, operations.integer_field_range(field.get_internal_type()) if is_number else (None, None)
