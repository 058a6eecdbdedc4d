"""The operations for large tables do on both databases what they say, and again after a break."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, NotSupportedError, connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader

from labeling.migrations import _live
from labeling.migrations._live import AddCheckLive, AddIndexLive, FillInBatches, waiting_at_most
from labeling.models import Event, User

INDEX = models.Index(fields=["last_name"], name="users_by_last_name")
CHECK = models.CheckConstraint(condition=~models.Q(last_name="Nobody"), name="nobody_is_no_name")

# A test is a transaction otherwise, in which PostgreSQL builds no index beside others.
pytestmark = pytest.mark.django_db(transaction=True)


def apply(operation, *, backwards=False, atomic=False):
    before = MigrationLoader(None).project_state()
    after = before.clone()
    operation.state_forwards("labeling", after)
    with connection.schema_editor(atomic=atomic) as editor:
        if backwards:
            operation.database_backwards("labeling", editor, after, before)
        else:
            operation.database_forwards("labeling", editor, before, after)


def constraints_of(model):
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, model._meta.db_table))


def test_an_index_is_built_and_taken_back():
    operation = AddIndexLive("user", INDEX)

    apply(operation)
    built = INDEX.name in constraints_of(User)
    apply(operation, backwards=True)

    assert built
    assert INDEX.name not in constraints_of(User)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite builds it in one step")
def test_what_a_broken_off_try_left_behind_is_built_anew():
    apply(AddIndexLive("user", INDEX))

    apply(AddIndexLive("user", INDEX))

    assert INDEX.name in constraints_of(User)
    apply(AddIndexLive("user", INDEX), backwards=True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite remakes its table in one transaction")
@pytest.mark.parametrize("operation", [AddIndexLive("user", INDEX), AddCheckLive("user", CHECK)])
def test_inside_a_transaction_they_refuse_and_say_what_to_write(operation):
    with pytest.raises(NotSupportedError, match="atomic = False"):
        apply(operation, atomic=True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="remaking a table takes its guards along on SQLite")
def test_a_check_holds_for_new_rows_and_is_tried_on_old_ones():
    User.objects.create(username="old", last_name="Nobody")

    with pytest.raises(IntegrityError):
        apply(AddCheckLive("user", CHECK))
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="new", last_name="Nobody")
    User.objects.filter(username="old").update(last_name="Somebody")
    apply(AddCheckLive("user", CHECK))

    assert CHECK.name in constraints_of(User)
    apply(AddCheckLive("user", CHECK), backwards=True)


def test_rows_are_filled_in_batches_of_their_own_and_back(monkeypatch):
    monkeypatch.setattr(_live, "ROWS_AT_ONCE", 2)
    User.objects.bulk_create(User(username=f"user-{number}") for number in range(5))
    sizes = []

    def fill(rows):
        sizes.append(rows.update(last_name="filled"))

    operation = FillInBatches("User", fill, lambda rows: rows.update(last_name=""))
    apply(operation)
    filled = set(User.objects.values_list("last_name", flat=True))
    apply(operation, backwards=True)

    assert (sum(sizes), max(sizes)) == (5, 2)
    assert filled == {"filled"}
    assert set(User.objects.values_list("last_name", flat=True)) == {""}


def test_an_empty_table_is_filled_at_once():
    apply(FillInBatches("Event", lambda rows: pytest.fail("there is nothing to fill"), migrations.RunPython.noop))

    assert not Event.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no lock on a table")
def test_a_wait_for_a_lock_ends_and_the_setting_is_what_it_was():
    def longest():
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            return cursor.fetchone()[0]

    before = longest()

    with waiting_at_most(connection, "7s"):
        inside = longest()

    assert (inside, longest()) == ("7s", before)


def test_how_long_locks_are_waited_for_is_as_before_after_an_error():
    def lock_timeout():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            return cursor.fetchone()[0]

    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such setting")
    before = lock_timeout()

    with pytest.raises(IntegrityError), waiting_at_most(connection, "7s"):
        raise IntegrityError

    assert lock_timeout() == before != "7s"


def test_less_than_no_time_to_wait_is_refused_in_one_line():
    with pytest.raises(CommandError, match="--lock-seconds is 0 or more, not -1") as refused:
        call_command("migrate", "--lock-seconds", "-1")

    assert refused.value.returncode == 2
