"""Moving a whole installation from SQLite to PostgreSQL: all rows, compared one by one, or nothing."""

from collections.abc import Callable, Mapping, Sequence

from django.db import DataError, IntegrityError, connections, transaction

from labeling.policy.errors import Refused
from labeling.queries.moving import (
    FILLED_BY_MIGRATE,
    ComparedTable,
    Table,
    compare_table,
    highest_ids_given,
    migrations_in,
    migrations_of_this_release,
    names_of,
    pages_of,
    tables_in_order,
    tables_with_rows,
    values_that_cannot_move,
)

TARGET = "default"

Tell = Callable[[str], None]


class CannotMove(Refused):
    """Nothing was moved, and the message says what to do before the next try."""


def move_everything(source: str, *, tell: Tell) -> list[ComparedTable]:
    """Copy every row of the source into this installation's empty database, and compare all of them there.

    One transaction: what is not equal row by row is never committed, and a move that is killed leaves an empty target.
    Keeps everybody from writing into the target's tables until it ends, which is how it knows that they are empty.
    Refuses a target with rows, a source or target on other migrations, and values that PostgreSQL does not take.
    """
    refuse_other_migrations(source)
    tables = tables_in_order()
    try:
        with transaction.atomic(using=source), transaction.atomic(using=TARGET):
            # The source's own guards have passed every row, in the order in which they came; that order is not kept.
            set_guards(tables, "DISABLE")
            refuse_rows(TARGET)
            run("SET CONSTRAINTS ALL IMMEDIATE")  # deferred, what is still to be checked would pile up in memory
            for model in reversed(FILLED_BY_MIGRATE):
                run(f"DELETE FROM {quoted(model._meta.db_table)}")
            for table in tables:
                tell(f"copying {table.name}")
                copy_table(table, source)
            set_guards(tables, "ENABLE")
            go_on_counting(tables, highest_ids_given(source))
            compared = compare_everything(source, tell=tell)
    except DataError as error:
        raise CannotMove("\n".join(values_that_cannot_move(source)) or str(error).strip()) from error
    except IntegrityError as error:
        raise CannotMove(f"The source holds what its own rules forbid: {str(error).strip()}") from error
    run("ANALYZE")
    return compared


def compare_everything(source: str, *, tell: Tell) -> list[ComparedTable]:
    """Read every row of every table from both databases; changes nothing. Raises `Different` at the first one."""
    compared = []
    for table in tables_in_order():
        tell(f"comparing {table.name}")
        compared.append(compare_table(table, source, TARGET))
    return compared


def refuse_other_migrations(source: str) -> None:
    wanted = migrations_of_this_release()
    for name, database in (("source", source), ("target", TARGET)):
        found = migrations_in(database)
        if lacking := wanted - found:
            raise CannotMove(
                f"The {name} lacks {names_of(lacking)}; run this release's `manage.py migrate` with its DATABASE_URL."
            )
        if unknown := found - wanted:
            raise CannotMove(
                f"The {name} knows {names_of(unknown)}, which this release does not; move with a newer one."
            )


def refuse_rows(database: str) -> None:
    if filled := tables_with_rows(database):
        raise CannotMove(
            f"The target has rows in {', '.join(filled[:5])}. Name a new database and run `manage.py migrate`."
        )


def set_guards(tables: Sequence[Table], word: str) -> None:
    for table in tables:
        run(f"ALTER TABLE {quoted(table.name)} {word} TRIGGER USER")


def copy_table(table: Table, source: str) -> None:
    columns = ", ".join(map(quoted, table.columns))
    # The copying itself goes past Django, which would name an error by what it is.
    with connections[TARGET].cursor() as cursor, connections[TARGET].wrap_database_errors:
        for page in pages_of(table, source):
            with cursor.copy(f"COPY {quoted(table.name)} ({columns}) FROM STDIN") as copy:
                for row in page:
                    copy.write_row(row)


def go_on_counting(tables: Sequence[Table], highest: Mapping[str, int]) -> None:
    """Ids go on where the source stopped; one that a deleted row had is given to nobody else here either."""
    for table in tables:
        if table.name in highest:
            key = table.columns[table.key_at]
            run("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [quoted(table.name), key, highest[table.name]])


def run(statement: str, parameters: Sequence[object] | None = None) -> None:
    with connections[TARGET].cursor() as cursor:
        cursor.execute(statement, parameters)


def quoted(name: str) -> str:
    return connections[TARGET].ops.quote_name(name)
