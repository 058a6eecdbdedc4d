"""Statements that are built once and from then on only given their values.

Django takes 0.3 to 2 ms to build a statement that the database answers in 0.03: on the reviewer's desk, which asks some
thirty for each press of a key, that was nine tenths of the work. What is here keeps Django's querysets as the place
where a statement is written, and runs what they were compiled to.
"""

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.sql import DeleteQuery, UpdateQuery

Row = TypeVar("Row", bound=Model)
COMPILING = threading.Lock()


class Given(Expression):
    """Stands in a queryset for a value that its statement is given each time it runs.

    `output_field` is for values that look different in a database than their type says: JSON.
    """

    def __init__(self, name: str, output_field: Field | None = None):
        super().__init__(output_field=output_field)
        self.name = name
        self.value_field = output_field

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def bound_to(self, value: Any, database: BaseDatabaseWrapper) -> Any:
        if self.value_field is not None:
            return self.value_field.get_db_prep_save(value, database)
        return value if type(value) in (int, str) else database.ops.adapt_unknown_value(value)


class Statement:
    """What one queryset was compiled to, for each kind of database that was asked so far."""

    def __init__(self, queryset: QuerySet):
        self.queryset = queryset
        self.compiled: dict[str, tuple[Any, str, tuple]] = {}

    def compiler(self, database: BaseDatabaseWrapper) -> Any:
        return self.queryset.query.get_compiler(connection=database)

    def shape_of(self, compiler: Any) -> Any:
        return None

    def run(self, given: dict[str, Any], database: BaseDatabaseWrapper, cursor: Any) -> Any:
        """Run it on this cursor; returns its shape. A value that is missing is a KeyError."""
        if database.vendor not in self.compiled:
            self.compile(database)
        shape, sql, parameters = self.compiled[database.vendor]
        cursor.execute(
            sql, [one.bound_to(given[one.name], database) if isinstance(one, Given) else one for one in parameters]
        )
        return shape

    def compile(self, database: BaseDatabaseWrapper) -> None:
        """By one thread at a time: Django counts a query's tables in the query itself while it compiles it, and of two
        threads that met in there after a start one remembered a statement that lacked a table."""
        with COMPILING:
            if database.vendor in self.compiled:
                return
            compiler = self.compiler(database)
            sql, parameters = with_constants(*compiler.as_sql(), database)
            self.compiled[database.vendor] = self.shape_of(compiler), sql, parameters


def with_constants(sql: str, parameters: Sequence[Any], database: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
    """The statement with its own words and numbers written into it, and the parameters that are left.

    SQLite plans a statement again whenever a value is bound that the condition of a partial index could be about, as
    every state is: finding the first slot in line took 95 µs where it takes 12.
    """
    quoted = database.SchemaEditorClass(database).quote_value
    places = tuple(quoted(one) if is_plain(one) else "%s" for one in parameters)
    return sql.replace("%%", "%%%%") % places, [one for one in parameters if not is_plain(one)]


def is_plain(parameter: Any) -> bool:
    """Whether it is always the same and may stand in a statement: a `%` there would be taken for a place."""
    return isinstance(parameter, str | int) and "%" not in str(parameter)


class Shape:
    """How a stretch of a row's columns becomes one model, and the stretches after it what that points to.

    As Django's own `ModelIterable` does it, without asking for signals, defaults and deferred fields: nothing here has
    any, and asking took a quarter of the time of reading.
    """

    def __init__(self, info: dict[str, Any], select: Sequence[Any]):
        self.model = info["model"]
        self.columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        self.names = [column.target.attname for column, _, _ in select[self.columns]]
        self.key = self.columns.start + self.names.index(self.model._meta.pk.attname)
        self.related = [
            (Shape(one, select), one["local_setter"], one["remote_setter"])
            for one in info.get("related_klass_infos", ())
        ]

    def row_from(self, values: list[Any]) -> Any:
        row = self.model.__new__(self.model)
        vars(row).update(zip(self.names, values[self.columns], strict=True))
        row._state = ModelState()
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
        for shape, set_on_row, set_on_other in self.related:
            other = None if values[shape.key] is None else shape.row_from(values)
            set_on_row(row, other)
            if other is not None:
                set_on_other(other, row)
        return row


class Prepared(Statement, Generic[Row]):
    """A queryset of rows with what it selects and annotates beside them; it must not prefetch or defer."""

    def shape_of(self, compiler: Any) -> Any:
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        in_turn = [(place, one, column) for place, (found, column) in converters.items() for one in found]
        return Shape(compiler.klass_info, compiler.select), in_turn, tuple(compiler.annotation_col_map.items())

    def all(self, **given: Any) -> list[Row]:
        database = this_thread()
        with planned_once(database) as cursor:
            shape, converters, annotations = self.run(given, database, cursor)
            rows = cursor.fetchall()
        found = []
        for row in rows:
            values = list(row)
            for place, convert, column in converters:
                if values[place] is not None:
                    values[place] = convert(values[place], column, database)
            read = shape.row_from(values)
            vars(read).update((name, values[place]) for name, place in annotations)
            found.append(read)
        return found

    def first(self, **given: Any) -> Row | None:
        """The first row of a queryset that is limited to one already."""
        return next(iter(self.all(**given)), None)

    def one(self, **given: Any) -> Row:
        """The only row; `DoesNotExist` where there is none, as with `queryset.get()`."""
        row = self.first(**given)
        if row is None:
            raise self.queryset.model.DoesNotExist(f"No {self.queryset.model.__name__} is {given}.")
        return row

    def lock(self, **given: Any) -> None:
        """Lock what is locked for update and ask nothing of it. SQLite lets one writer in at a time, who has begun with
        that: there is nothing to lock there."""
        if this_thread().features.has_select_for_update:
            self.one(**given)


class PreparedWrite(Statement):
    """Calling it returns how many rows it changed."""

    def __call__(self, **given: Any) -> int:
        database = this_thread()
        with planned_once(database) as cursor:
            self.run(given, database, cursor)
            return cursor.rowcount


class PreparedUpdate(PreparedWrite):
    """`queryset.update(…)`."""

    def __init__(self, queryset: QuerySet, **changes: Any):
        super().__init__(queryset)
        self.changes = changes

    def compiler(self, database: BaseDatabaseWrapper) -> Any:
        """As `QuerySet.update` makes it."""
        query = self.queryset.query.chain(UpdateQuery)
        query.add_update_values(self.changes)
        return query.get_compiler(connection=database)


class PreparedDelete(PreparedWrite):
    """`queryset.delete()` of rows that nothing points to."""

    def compiler(self, database: BaseDatabaseWrapper) -> Any:
        return self.queryset.query.chain(DeleteQuery).get_compiler(connection=database)


def insert(row: Row) -> Row:
    """Store one new row and give it its id: what `save(force_insert=True)` does, without signals."""
    database = this_thread()
    returning = f"{insertion_of(row)} RETURNING {database.ops.quote_name(row._meta.pk.column)}"
    with planned_once(database) as cursor:
        cursor.execute(returning, values_of(row, database))
        row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def insert_missing(row: Model) -> None:
    """Store a row under its own key, unless it is there already."""
    database = this_thread()
    with planned_once(database) as cursor:
        cursor.execute(f"{insertion_of(row)} ON CONFLICT DO NOTHING", values_of(row, database))


def insert_all(rows: Sequence[Model]) -> None:
    """Store new rows of one kind, whose ids nobody asks for."""
    if rows:
        database = this_thread()
        values = [value for row in rows for value in values_of(row, database)]
        with planned_once(database) as cursor:
            cursor.execute(insertion_of(rows[0], n_rows=len(rows)), values)


def values_of(row: Model, database: BaseDatabaseWrapper) -> list[Any]:
    fields = columns_of(type(row), has_key=row.pk is not None)
    return [field.get_db_prep_save(getattr(row, field.attname), database) for field in fields]


def insertion_of(row: Model, *, n_rows: int = 1) -> str:
    return insertion(type(row), has_key=row.pk is not None, n_rows=n_rows)


@cache
def columns_of(model: type[Model], *, has_key: bool) -> tuple[Any, ...]:
    return tuple(field for field in model._meta.local_concrete_fields if has_key or not field.primary_key)


@lru_cache(maxsize=256)
def insertion(model: type[Model], *, has_key: bool, n_rows: int) -> str:
    """The same words for every database that we know: all of them quote names alike."""
    fields, quoted = columns_of(model, has_key=has_key), this_thread().ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields)
    values = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * n_rows)
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES {values}"


def this_thread() -> BaseDatabaseWrapper:
    """This thread's connection itself; `django.db.connection` looks for it each time something is asked of it."""
    return connections[DEFAULT_DB_ALIAS]


# --- planned once -----------------------------------------------------------------------------------------------------

# Those of the desk, of ingest and of the clock are some hundred; each connection remembers as many.
MOST_PLANNED = 300
# Statements that do not come through here are never planned ahead.
NEVER = 1_000_000_000


def planned_once(database: BaseDatabaseWrapper) -> Any:
    """A cursor whose statements PostgreSQL plans once for each connection: planning took longer than answering, and the
    thirty of a press of a key half a core at fifty presses a second.

    Not where connections are not kept: behind a pooler that hands them around, what one planned another has not. Nor
    while statements are logged: Django has no words for one whose values went to the server by themselves.
    """
    is_kept = database.vendor == "postgresql" and database.settings_dict["CONN_MAX_AGE"]
    if not is_kept or database.queries_logged:
        return database.cursor()
    database.close_if_health_check_failed()
    database.ensure_connection()
    database.connection.prepared_max = MOST_PLANNED
    cursor = planning_cursor()(database.connection)
    cursor.database = database
    return database._prepare_cursor(cursor)


@cache
def planning_cursor() -> type:
    """Only who has PostgreSQL has its driver."""
    from django.db.backends.postgresql.base import ServerBindingCursor
    from psycopg.errors import FeatureNotSupported

    class PlanningCursor(ServerBindingCursor):
        """Plans ahead for its own statements alone: a connection that may plan counts all that it runs by their words,
        and of the others those hold what they store, a file of 30 MB among it."""

        def execute(self, query, params=None, **options):
            self.connection.prepare_threshold = NEVER
            try:
                return super().execute(query, params, **{**options, "prepare": True})
            except FeatureNotSupported:
                # A migration changed the type of what it selects. The connection is let go at the end of this request
                # or task; one that is in a transaction ends with it, and comes again.
                self.database.close_at = 0.0
                if self.database.in_atomic_block:
                    raise
            finally:
                self.connection.prepare_threshold = None
            return super().execute(query, params, **{**options, "prepare": False})

    return PlanningCursor
