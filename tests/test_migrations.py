"""Migrations of an installation that people work on: none locks a large table for long, none loses what is there.

What this refuses is refused for PostgreSQL, where whoever waits for a lock makes everybody wait behind them. On SQLite
the application is stopped meanwhile. Each message says what to write instead.
"""

from collections.abc import Iterator

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

from labeling.migrations import _guards
from labeling.migrations._live import AddCheckLive, AddIndexLive, FillInBatches

# These came before the rule, and are applied wherever there is much to lock.
FIRST_JUDGED = "0031"
# What an admin or owner makes by hand, or a worker ends: never so many rows that a lock could last.
SMALL = frozenset(
    [
        *("user", "project", "membership", "apitoken", "rubric", "rubricversion"),
        *("rubricapproval", "criterion", "guidelinegap", "queue", "seat", "duty"),
        *("absence", "qualification", "routingpolicy", "policychange", "policyapproval", "fallbackpolicy"),
        *("guardrail", "contraction", "nameddecision", "judgeversion", "judgecriterion", "ensemblemember"),
        *("judgeendpoint", "judgeprompt", "judgebatch", "sealedopening", "validation", "clearance"),
        *("suspension", "driftlook", "versioncomparison", "chosenmap", "thresholdsearch", "thresholdcertificate"),
        *("trafficfit", "calibrationround", "screening", "standingperiod", "appeal", "incident"),
        *("agreementrun", "calibrationrun", "webhook", "alert", "job", "heartbeat"),
        "opaquesystem",
    ]
)
# Removals by name, each with the release that stopped using what is removed.
REMOVED_LATER: dict[str, str] = {}

REBUILDING = (
    migrations.RenameModel,
    migrations.AlterModelTable,
    migrations.AlterUniqueTogether,
    migrations.AlterIndexTogether,
    migrations.AlterOrderWithRespectTo,
)
REMOVING = (migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RemoveConstraint)


def complaints_about(migration: migrations.Migration, state: ProjectState) -> list[str]:
    """What of a migration would stop people or lose something, and what to do instead. Changes the state on its way."""
    made_here: set[str] = set()
    found: list[str] = []
    for operation in migration.operations:
        before = state.clone()
        operation.state_forwards("labeling", state)
        if isinstance(operation, migrations.CreateModel):
            made_here.add(operation.name_lower)
        elif is_said_anew(operation, migration):
            continue
        elif not is_of_a_small_table(operation, made_here):
            found += complaints_about_operation(operation, before=before, after=state, migration=migration)
    return [f"{migration.name}: {complaint}" for complaint in found]


def is_said_anew(operation, migration: migrations.Migration) -> bool:
    """A constraint of a small table that the same migration makes again under its name, with another condition."""
    if not isinstance(operation, migrations.RemoveConstraint) or operation.model_name_lower not in SMALL:
        return False
    made = [one for one in migration.operations if isinstance(one, migrations.AddConstraint)]
    return any(
        (one.model_name_lower, one.constraint.name) == (operation.model_name_lower, operation.name) for one in made
    )


def is_of_a_small_table(operation, made_here: set[str]) -> bool:
    name = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", "")
    if isinstance(operation, REMOVING):
        return name in made_here
    return not isinstance(operation, migrations.RunPython) and (name in made_here or name in SMALL)


def complaints_about_operation(operation, *, before, after, migration) -> Iterator[str]:
    told = operation.describe()
    if isinstance(operation, AddIndexLive | AddCheckLive | FillInBatches):
        if migration.atomic:
            yield f"{told}: write `atomic = False` into the migration, or its locks stay until its end"
    elif isinstance(operation, migrations.AddIndex):
        yield f"{told}: nobody can write while it is built; use AddIndexLive of labeling/migrations/_live.py"
    elif isinstance(operation, migrations.AddConstraint):
        yield (
            f"{told}: all rows are tried under a lock; use AddCheckLive of labeling/migrations/_live.py for a check,"
            " and for uniqueness a new table or a unique index built by hand before"
        )
    elif isinstance(operation, migrations.AddField):
        yield from complaints_about_new_field(operation, told)
    elif isinstance(operation, migrations.AlterField):
        if is_another_column(operation, before, after):
            yield (
                f"{told}: all rows are read or written under a lock; add a column, fill it with FillInBatches,"
                " remove the old one later"
            )
    elif isinstance(operation, REMOVING):
        if migration.name not in REMOVED_LATER:
            yield f"{told}: stop using it in one release, remove it in the next and name the migration in REMOVED_LATER"
    elif isinstance(operation, REBUILDING):
        yield f"{told}: what runs still uses the old name; make a new one beside it"
    elif isinstance(operation, migrations.RunPython):
        yield from complaints_about_code(operation, told)
    elif isinstance(operation, migrations.RunSQL):
        yield f"{told}: nobody can tell what it locks; write an operation in labeling/migrations/_live.py"
    elif isinstance(operation, migrations.SeparateDatabaseAndState):
        for inner in operation.database_operations:
            yield from complaints_about_operation(inner, before=before, after=after, migration=migration)


def complaints_about_new_field(operation: migrations.AddField, told: str) -> Iterator[str]:
    field = operation.field
    if field.many_to_many:
        return
    if not field.null and field.db_default is NOT_PROVIDED:
        yield f"{told}: what still runs writes rows without it; give it `db_default`, or allow null"
    if field.remote_field and field.db_constraint:
        yield f"{told}: both tables are locked while it is tried; use a new table, or `db_constraint=False`"
    if field.unique or field.db_index:
        yield f"{told}: its index is built under a lock; write `db_index=False` and add an index with AddIndexLive"


def is_another_column(operation: migrations.AlterField, before: ProjectState, after: ProjectState) -> bool:
    """Whether the database has anything to do; other choices or another help text is nothing to it."""
    fields = [
        state.apps.get_model("labeling", operation.model_name)._meta.get_field(operation.name)
        for state in (before, after)
    ]
    old, new = ((one.db_parameters(connection), one.null, one.unique, one.db_index) for one in fields)
    only_allows_null = new[1] and not old[1] and old[0] == new[0] and old[2:] == new[2:]
    return old != new and not only_allows_null


def complaints_about_code(operation: migrations.RunPython, told: str) -> Iterator[str]:
    if operation.reverse_code is None:
        yield f"{told}: it cannot be taken back; name what undoes it, or RunPython.noop"
    if operation.code.__module__ != _guards.__name__:
        yield f"{told}: all rows at once, in one transaction; use FillInBatches of labeling/migrations/_live.py"


def judged(name: str, *operations, atomic: bool = True) -> list[str]:
    """The complaints about a migration of these operations, on top of all there are."""
    migration = migrations.Migration(name, "labeling")
    migration.operations, migration.atomic = list(operations), atomic
    return complaints_about(migration, MigrationLoader(None).project_state())


def test_no_migration_stops_people_or_loses_what_is_there():
    loader = MigrationLoader(None)
    state, found = ProjectState(real_apps={"auth", "contenttypes"}), []
    for key in loader.graph.forwards_plan(loader.graph.leaf_nodes("labeling")[0]):
        migration = loader.disk_migrations[key]
        if key[0] == "labeling" and migration.name[:4] >= FIRST_JUDGED:
            found += complaints_about(migration, state)
        else:
            migration.mutate_state(state, preserve=False)

    assert found == [], "\n".join(found)


def test_the_small_tables_are_tables():
    from django.apps import apps

    assert SMALL - {model._meta.model_name for model in apps.get_app_config("labeling").get_models()} == set()


INDEX = models.Index(fields=["submitted_at"], name="reviews_by_time")
CHECK = models.CheckConstraint(condition=models.Q(active_ms__gte=0), name="review_took_time")


@pytest.mark.parametrize(
    ("operation", "advice"),
    [
        (migrations.AddIndex("review", INDEX), "AddIndexLive"),
        (AddIndexLive("review", INDEX), "atomic = False"),
        (migrations.AddConstraint("review", CHECK), "AddCheckLive"),
        (migrations.AddField("review", "mood", models.CharField(max_length=9, default="")), "db_default"),
        (migrations.AddField("review", "user", models.ForeignKey("labeling.User", models.PROTECT, null=True)), "lock"),
        (
            migrations.AddField("review", "code", models.CharField(max_length=9, null=True, db_index=True)),
            "AddIndexLive",
        ),
        (migrations.AlterField("review", "active_ms", models.CharField(max_length=9)), "add a column"),
        (migrations.RemoveField("review", "active_ms"), "REMOVED_LATER"),
        (migrations.RenameField("review", "active_ms", "took_ms"), "REMOVED_LATER"),
        (migrations.DeleteModel("reveal"), "REMOVED_LATER"),
        (migrations.RunPython(lambda apps, schema_editor: None), "cannot be taken back"),
        (migrations.RunPython(lambda apps, schema_editor: None, migrations.RunPython.noop), "FillInBatches"),
        (migrations.RunSQL("SELECT 1", "SELECT 1"), "write an operation"),
    ],
)
def test_what_would_stop_people_is_refused_and_told_what_to_write(operation, advice):
    assert any(advice in complaint for complaint in judged("9999_tried", operation))


def no_change(rows):
    """Nothing."""


@pytest.mark.parametrize(
    "operation",
    [
        AddIndexLive("review", INDEX),
        AddCheckLive("review", CHECK),
        FillInBatches("Review", no_change, no_change),
        migrations.AddField("review", "mood", models.CharField(max_length=9, db_default="")),
        migrations.AddField("review", "seen_at", models.DateTimeField(null=True)),
        migrations.AddField("job", "kind", models.CharField(max_length=9, default="", db_index=True)),
        migrations.AlterField("job", "task", models.CharField(max_length=90)),
        migrations.CreateModel("Mood", [("id", models.BigAutoField(primary_key=True))]),
        _guards.guarding([]),
    ],
)
def test_what_stops_nobody_is_accepted(operation):
    assert judged("9999_tried", operation, atomic=False) == []


def test_an_index_may_be_built_at_once_on_a_table_that_is_new():
    new = migrations.CreateModel("Mood", [("id", models.BigAutoField(primary_key=True)), ("at", models.DateField())])
    index = migrations.AddIndex("mood", models.Index(fields=["at"], name="moods_by_day"))

    assert judged("9999_tried", new, index) == []
