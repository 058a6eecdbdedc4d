"""A rubric version is a draft until it is put to use.

Schema and rows in one migration, since in a database between the two no rubric would have a version in use. Backwards, a
draft becomes a version like any other, and as the newest one would be asked: discard drafts before.
"""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import kept_while_remaking

EARLIER = [
    guard
    for name in (
        "0002_guard_what_must_not_change",
        "0004_guard_labels_and_runs",
        "0011_add_imported_later_labels",
    )
    for guard in importlib.import_module(f"labeling.migrations.{name}").GUARDS
]
BEFORE, AFTER = kept_while_remaking(EARLIER, "rubricversion")
GUARD = "frozen_version_is_never_changed"


def put_versions_to_use(apps, schema_editor):
    """Whatever there is was in use since it was made. On PostgreSQL the guard of frozen versions looks away meanwhile."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    if is_postgresql:
        schema_editor.execute(f"ALTER TABLE labeling_rubricversion DISABLE TRIGGER {GUARD}")
    versions = apps.get_model("labeling", "RubricVersion").objects.using(schema_editor.connection.alias)
    versions.update(in_use_from=models.F("created_at"), in_use_by=models.F("created_by"))
    if is_postgresql:
        schema_editor.execute(f"ALTER TABLE labeling_rubricversion ENABLE TRIGGER {GUARD}")


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0013_add_calibration_rounds"),
    ]

    operations = [
        BEFORE,
        migrations.AddField(
            model_name="guidelinegap",
            name="closed_by_version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="closes",
                to="labeling.rubricversion",
            ),
        ),
        migrations.AddField(
            model_name="rubricversion",
            name="in_use_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rubricversion",
            name="in_use_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rubricversion",
            name="reason",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(put_versions_to_use, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="rubricversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_use_from__isnull", True)), fields=("rubric",), name="one_draft_per_rubric"
            ),
        ),
        migrations.AddConstraint(
            model_name="rubricversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("frozen_at__isnull", True), ("in_use_from__isnull", False), _connector="OR"),
                name="only_versions_in_use_freeze",
            ),
        ),
        AFTER,
    ]
