"""What an SQLite database is made of, and whether that is what this application's migrations make."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from labeling.queries.moving import migrations_in

MOST_NAMED = 5

Made = tuple[str, str, tuple[str, ...]]


@contextmanager
def as_database(alias: str, name: str, **options: object) -> Iterator[str]:
    """A second SQLite database, a file or `:memory:`, that models and migrations find under the alias."""
    wanted = {"ENGINE": "reviewapp.sqlite", "NAME": name, "OPTIONS": {"transaction_mode": "DEFERRED", **options}}
    connections.databases[alias] = connections.configure_settings({"default": {}, alias: wanted})[alias]
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias], connections.databases[alias]


def refuse_another_schema(database: str, *, called: object) -> None:
    """Refuse a database whose tables, indexes or triggers are not those that its own migrations make, by name.

    They are made anew in memory, which takes some seconds. A guard that somebody took away let rows be changed that
    never change, and one that somebody added may change them later.
    """
    found = schema_of(database)
    with as_database("new", ":memory:") as new:
        migrate_as_far(new, migrations_in(database))
        wanted = schema_of(new)
    if found == wanted:
        return
    names_found, names_wanted = ({made[:2] for made in one} for one in (found, wanted))
    told = [f"{kind} {name} is missing" for kind, name in sorted(names_wanted - names_found)]
    told += [f"{kind} {name} is none of this application" for kind, name in sorted(names_found - names_wanted)]
    others = {made[:2] for made in found ^ wanted} & names_found & names_wanted
    told += [f"{kind} {name} was made otherwise" for kind, name in sorted(others)]
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    raise CommandError(f"{called} is not as it was made: {'; '.join(told[:MOST_NAMED])}{more}.", returncode=1)


def migrate_as_far(database: str, applied: set[tuple[str, str]]) -> None:
    """Bring an empty database to where another one is, by the migration that stands for many where it has all those."""
    executor = MigrationExecutor(connections[database])
    loader = executor.loader
    if not all(applied.issuperset(one.replaces) for one in loader.replacements.values()):
        loader.replace_migrations = False
        loader.build_graph()
    done = {
        key for key, one in loader.graph.nodes.items() if applied.issuperset(one.replaces if one.replaces else [key])
    }
    nodes = loader.graph.node_map
    executor.migrate([key for key in done if not any(child.key in done for child in nodes[key].children)])


def schema_of(database: str) -> set[Made]:
    with connections[database].cursor() as cursor:
        return parts_made(cursor)


def parts_made(cursor: Any) -> set[Made]:
    """Everything that was made: its kind, its name, and the parts that it was made of."""
    rows = cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE substr(name, 1, 7) <> 'sqlite_'").fetchall()
    return {(kind, without_digest(name), parts_of(kind, sql)) for kind, name, sql in rows}


def without_digest(text: str) -> str:
    """Django ends the names of some indexes with a digest of how they came to be, and SQLite quotes what it renames."""
    return re.sub(r"_[0-9a-f]{8}(?=\b|_)", "_#", text).replace('"', "")


def parts_of(kind: str, sql: str) -> tuple[str, ...]:
    """The statement that made it, of a table its columns and constraints in no order: they may have come one by one."""
    sql = without_digest(sql)
    if kind != "table":
        return (sql,)
    depth, parts = 0, [""]
    for char in sql[sql.index("(") + 1 : sql.rindex(")")]:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return tuple(sorted(part.strip() for part in parts))
