"""The same world for every test: built through services by the first one of a process, its rows repeated ever after.

Building it takes sixty statements and took a quarter of the suite's time. PostgreSQL, whose sequences would not know of
repeated ids, builds it each time.
"""

import pickle
from dataclasses import dataclass

from django.apps import apps
from django.db import connection

from tests.world import World


@dataclass(frozen=True)
class Kept:
    """The first world: itself, and the rows it left behind as (statement, rows of values)."""

    pickled: bytes
    rows: list[tuple[str, list[tuple]]]


kept: list[Kept] = []


def world_again() -> World:
    if connection.vendor != "sqlite":
        return World()
    if not kept:
        world = World()
        kept.append(Kept(pickle.dumps(world), rows_of_all_tables()))
        return world
    with connection.cursor() as cursor:
        for statement, rows in kept[0].rows:
            cursor.executemany(statement, rows)
    return pickle.loads(kept[0].pickled)


def rows_of_all_tables() -> list[tuple[str, list[tuple]]]:
    """Foreign keys are checked at the end of a transaction, so the order of tables is free."""
    found = []
    with connection.cursor() as cursor:
        for table in [model._meta.db_table for model in apps.get_app_config("labeling").get_models(True)]:
            cursor.execute(f"SELECT * FROM {table}")
            rows = cursor.fetchall()
            if rows:
                places = ", ".join(["%s"] * len(cursor.description))
                found.append((f"INSERT INTO {table} VALUES ({places})", rows))
    return found
