"""What past traffic looked like, so that a strange output can be told."""

import django.db.models.deletion
from django.db import migrations, models

from labeling.migrations._guards import guarding, never_changed

GUARDS = never_changed(["trafficfit"])


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0029_add_the_cost_of_an_hour"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrafficFit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("centroids", models.BinaryField()),
                ("nearness", models.BinaryField()),
                ("n_items", models.PositiveIntegerField()),
                ("fitted_at", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="traffic_fits", to="labeling.project"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "kind", "number"), name="one_traffic_fit_per_number"),
                    models.CheckConstraint(condition=models.Q(("n_items__gt", 1)), name="traffic_fit_rests_on_texts"),
                ],
            },
        ),
        guarding(GUARDS),
    ]
