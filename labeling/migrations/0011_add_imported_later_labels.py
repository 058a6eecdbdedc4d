"""Labels that a rater gave again on a later pass, elsewhere: kept apart from those that count, and never changed."""

import django.db.models.deletion
from django.db import migrations, models

from labeling.migrations._guards import guarding, never_changed

GUARDS = never_changed(["importedlaterlabel"])


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0010_add_guideline_gaps"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedLaterLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pass_number", models.PositiveSmallIntegerField()),
                ("value", models.CharField(blank=True, max_length=80)),
                ("is_not_applicable", models.BooleanField(default=False)),
                (
                    "blind_state",
                    models.CharField(
                        choices=[("blind", "Blind"), ("not_blind", "Not blind"), ("unknown", "Not declared")],
                        max_length=10,
                    ),
                ),
                ("imported_at", models.DateTimeField()),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later_labels",
                        to="labeling.ingestbatch",
                    ),
                ),
                (
                    "criterion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_later_labels",
                        to="labeling.criterion",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_later_labels",
                        to="labeling.item",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_later_labels",
                        to="labeling.rater",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("item", "rater", "criterion", "pass_number"), name="one_imported_label_per_later_pass"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pass_number__gte", 2)), name="later_pass_is_not_the_first"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("blind_state__in", ["blind", "not_blind", "unknown"])),
                        name="later_blind_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("is_not_applicable", True), ("value", "")),
                            models.Q(("is_not_applicable", False), models.Q(("value", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="later_label_is_a_value_or_not_applicable",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
