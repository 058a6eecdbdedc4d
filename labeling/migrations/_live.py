"""Operations that change a large table while people work. tests/test_migrations.py says which ones it wants.

On PostgreSQL each takes its locks for moments only, which needs `atomic = False` on the migration; SQLite, where nobody
else writes meanwhile, does it at once. A migration that was broken off can be run again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import DatabaseError, NotSupportedError, migrations, transaction
from django.db.models import Max, Min

ROWS_AT_ONCE = 5_000


def on_postgresql(schema_editor: Any) -> bool:
    if schema_editor.connection.vendor != "postgresql":
        return False
    if schema_editor.connection.in_atomic_block:
        raise NotSupportedError(
            "Write `atomic = False` into this migration; inside a transaction its locks would stay."
        )
    return True


@contextmanager
def waiting_at_most(connection: Any, longest: str) -> Iterator[None]:
    """How long a statement of PostgreSQL waits for a lock, such as `10s`; 0 is for ever. Nothing elsewhere."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, false)", [longest])
        before = cursor.fetchone()[0]
    try:
        yield
    finally:
        # A connection that broke, or whose transaction did, takes no more statements and keeps nothing either.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])


class AddIndexLive(migrations.AddIndex):
    """An index that PostgreSQL builds beside those who write."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if not on_postgresql(schema_editor):
            schema_editor.add_index(model, self.index)
            return
        # It waits for every older transaction to end, which must not break it off half way. What an earlier try left
        # behind is no index, and only in the way.
        with waiting_at_most(schema_editor.connection, "0"):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
            schema_editor.execute(self.index.create_sql(model, schema_editor, concurrently=True), params=None)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = from_state.apps.get_model(app_label, self.model_name)
        if on_postgresql(schema_editor):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        else:
            schema_editor.remove_index(model, self.index)


class AddCheckLive(migrations.AddConstraint):
    """A check that holds for new rows at once, and is then tried on those that are there without keeping anybody out."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if not on_postgresql(schema_editor):
            schema_editor.add_constraint(model, self.constraint)
            return
        table, name = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.constraint.name)
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class FillInBatches(migrations.RunPython):
    """Change rows a batch of primary keys at a time, each batch in a transaction of its own.

    `fill(rows)` is given a queryset of the model and changes what still needs it: it is run again after a break.
    """

    def __init__(self, model_name: str, fill: Callable[[Any], None], reverse: Callable[[Any], None]):
        self.model_name, self.fill, self.reverse = model_name, fill, reverse
        super().__init__(self.in_batches(fill), self.in_batches(reverse))

    def deconstruct(self):
        return self.__class__.__qualname__, [self.model_name, self.fill, self.reverse], {}

    def in_batches(self, change: Callable[[Any], None]) -> Callable[[Any, Any], None]:
        def run(apps, schema_editor):
            on_postgresql(schema_editor)
            rows = apps.get_model("labeling", self.model_name)._base_manager.using(schema_editor.connection.alias)
            ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
            if ends["first"] is None:
                return
            for first in range(ends["first"], ends["last"] + 1, ROWS_AT_ONCE):
                with transaction.atomic(using=schema_editor.connection.alias):
                    change(rows.filter(pk__gte=first, pk__lt=first + ROWS_AT_ONCE))

        return run
