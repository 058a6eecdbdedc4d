"""What pages say of all items of a large project, as the worker counted it last."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0032_add_run_shards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
                ("numbers", models.JSONField()),
                ("counted_at", models.DateTimeField()),
                ("seconds", models.FloatField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tallies", to="labeling.project"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "tallies",
                "constraints": [
                    models.UniqueConstraint(fields=("project", "name"), name="one_tally_per_name"),
                    models.CheckConstraint(condition=models.Q(("seconds__gte", 0)), name="counting_takes_time"),
                ],
            },
        ),
    ]
