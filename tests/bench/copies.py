"""Many rows from a few: copies that the database makes of rows that went through the services.

A million rows of seven tables come in a minute or two; storing them one delivery at a time is measured elsewhere.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Max, Model


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Copies:
    """As many copies of each row, numbered `k` from 1. Expressions are SQL of the database in use."""

    n_copies: int

    @property
    def numbers(self) -> str:
        """A table `n` with one column `k`."""
        if connection.vendor == "postgresql":
            return f"WITH n(k) AS (SELECT generate_series(1, {self.n_copies}))"
        return f"WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {self.n_copies})"

    @property
    def draw(self) -> str:
        """A random number in [0, 1) of the database's own."""
        return "random()" if connection.vendor == "postgresql" else "(abs(random()) / 9223372036854775808.0)"

    def days_ago(self, days: str) -> str:
        """A moment; `days` is an expression that may use `k`."""
        if connection.vendor == "postgresql":
            return f"now() - ({days}) * interval '1 day'"
        return f"strftime('%Y-%m-%d %H:%M:%f', julianday('now') - ({days})) || '000'"

    def words(self, n_words: str) -> str:
        """A JSON list of one text of so many words."""
        if connection.vendor == "postgresql":
            return f"jsonb_build_array(repeat('word ', {n_words}))"
        return f"json_array(replace(hex(zeroblob({n_words})), '00', 'word '))"

    def make(self, row: Model, *, source: str = "n", to_id: bool = True, where: str = "1 = 1", **changes: str) -> int:
        """Copy one row for each number; `changes` are SQL by column. The id after which the copies begin."""
        table, key = row._meta.db_table, row._meta.pk.column
        first = type(row)._default_manager.aggregate(last=Max("pk"))["last"]
        if to_id:
            changes = {key: f"{first} + k", **changes}
        columns = [
            field.column for field in row._meta.concrete_fields if field.column in changes or field.column != "id"
        ]
        chosen = ", ".join(changes.get(column, f'one."{column}"') for column in columns)
        written = ", ".join(f'"{column}"' for column in columns)
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Foreign keys are sound by construction; looking each of them up would take most of the time.
                cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(
                f"{self.numbers} INSERT INTO {table} ({written}) SELECT {chosen} "
                f"FROM {source}, {table} AS one WHERE one.{key} = {row.pk!r} AND {where}"
            )
            if connection.vendor == "postgresql" and key == "id":
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        return first
