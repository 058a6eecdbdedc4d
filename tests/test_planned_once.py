"""On PostgreSQL the desk's statements are planned once a connection, and not behind a pooler."""

import pytest
from django.db import (
    IntegrityError,
    NotSupportedError,
    close_old_connections,
    connection,
    connections,
    transaction,
)
from django.test.utils import CaptureQueriesContext

from labeling.models import RubricVersion
from labeling.queries.prepared import Given, Prepared, insert, planned_once

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans nothing ahead"),
]
VERSION = Prepared(RubricVersion.objects.filter(pk=Given("version_id")))


def n_planned():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%labeling_rubricversion%"]
        )
        return cursor.fetchone()[0]


def test_a_statement_is_planned_once_however_often_it_runs(world):
    planned = []
    for _ in range(3):
        assert VERSION.one(version_id=world.rubric.pk) == world.rubric
        planned.append(n_planned())

    assert planned == [planned[0]] * 3
    assert planned[0] > 0


def test_nothing_is_planned_ahead_where_connections_are_not_kept(world, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    before = n_planned()

    Prepared(RubricVersion.objects.filter(pk=Given("version_id"), number__gt=-1)).one(version_id=world.rubric.pk)

    assert n_planned() == before


def test_a_statement_that_is_logged_is_told_with_its_values(world):
    with CaptureQueriesContext(connection) as captured:
        VERSION.one(version_id=world.rubric.pk)

    assert captured[0]["sql"].count(str(world.rubric.pk))


def test_a_constraint_that_a_planned_statement_breaks_is_told_as_ever(world):
    twin = type(world.queue)(
        **{field.attname: getattr(world.queue, field.attname) for field in world.queue._meta.fields}
    )
    twin.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(twin)


def test_the_words_of_other_statements_are_not_kept_with_what_they_store(world):
    VERSION.one(version_id=world.rubric.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["zqcanary" * 10])

    kept = [query for query, _ in connection.connection._prepared._counts]
    assert connection.connection.prepare_threshold is None
    assert not [query for query in kept if b"zqcanary" in query]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_in_transaction", [False, True])
def test_a_migration_of_what_is_planned_costs_one_transaction_at_most(is_in_transaction):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE short (text varchar(5))")
    read_planned()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE short ALTER text TYPE varchar(10)")

    if is_in_transaction:
        with pytest.raises(NotSupportedError), transaction.atomic():
            read_planned()
    else:
        assert read_planned() == []
    is_let_go = connection.close_at
    close_old_connections()

    assert is_let_go == 0
    assert connection.connection is None


def read_planned():
    with planned_once(connections["default"]) as cursor:
        cursor.execute("SELECT text FROM short WHERE text > %s", [""])
        return cursor.fetchall()
