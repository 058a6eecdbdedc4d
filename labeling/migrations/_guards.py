"""Building triggers for both databases. A guard is (name, when, table, what must not hold, message).

Where the databases differ in saying *differs from*, a condition writes {distinct}. A migration that remakes a guarded
table on SQLite drops its triggers with it and has to build them again; tests/test_guards.py notices.
"""

from collections.abc import Iterable, Iterator, Sequence

from django.db import migrations

Guard = tuple[str, str, str, str, str]


def never_changed(tables: Iterable[str]) -> list[Guard]:
    """The guards of append-only tables."""
    return [
        (f"{table}_is_never_{done}", f"BEFORE {verb}", table, "1 = 1", f"{table} rows are append-only")
        for table in tables
        for verb, done in (("UPDATE", "changed"), ("DELETE", "deleted"))
    ]


def guarding(guards: Sequence[Guard]) -> migrations.RunPython:
    """The operation that creates guards, and drops them on the way back."""

    def create(apps, schema_editor):
        build = {"sqlite": sqlite_guard, "postgresql": postgresql_guard}[schema_editor.connection.vendor]
        for guard in guards:
            for statement in build(*guard):
                schema_editor.execute(statement, params=None)

    def drop(apps, schema_editor):
        on_postgresql = schema_editor.connection.vendor == "postgresql"
        for name, _, table, _, _ in reversed(guards):
            if on_postgresql:
                schema_editor.execute(f"DROP TRIGGER {name} ON labeling_{table}")
                schema_editor.execute(f"DROP FUNCTION {name}()")
            else:
                schema_editor.execute(f"DROP TRIGGER {name}")

    return migrations.RunPython(create, drop)


def sqlite_guard(name: str, when: str, table: str, condition: str, message: str) -> Iterator[str]:
    condition = condition.format(distinct="IS NOT")
    yield (
        f"CREATE TRIGGER {name} {when} ON labeling_{table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def postgresql_guard(name: str, when: str, table: str, condition: str, message: str) -> Iterator[str]:
    condition = condition.format(distinct="IS DISTINCT FROM")
    row = "OLD" if when.endswith("DELETE") else "NEW"
    yield (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row}; END $guard$"
    )
    yield f"CREATE TRIGGER {name} {when} ON labeling_{table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def kept_while_remaking(guards: Sequence[Guard], *tables: str) -> tuple[migrations.RunPython, migrations.RunPython]:
    """Two operations to put before and after those that remake guarded tables on SQLite.

    The first takes away the guards of these tables and those that look into them, since no table is remade under a
    trigger that names it; the second builds them again. Backwards they change places.
    """
    fallen = [
        guard for guard in guards if guard[2] in tables or any(f"labeling_{table} " in guard[3] for table in tables)
    ]

    def take_away(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            for guard in fallen:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {guard[0]}", params=None)

    def build(apps, schema_editor):
        if schema_editor.connection.vendor == "sqlite":
            for guard in fallen:
                for statement in sqlite_guard(*guard):
                    schema_editor.execute(statement, params=None)

    return migrations.RunPython(take_away, build), migrations.RunPython(build, take_away)
