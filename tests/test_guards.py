"""The triggers behind the guarantees are there: SQLite drops a table's triggers whenever a migration remakes it."""

import importlib

from django.db import connection

GUARDS = importlib.import_module("labeling.migrations.0001_squashed_0030_the_tables").GUARDS


def test_every_guard_stands_after_all_migrations(db):
    table = "sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        table = "(SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal) AS guards"

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM {table}")
        standing = {name for (name,) in cursor.fetchall()}

    assert {guard[0] for guard in GUARDS} - standing == set()
