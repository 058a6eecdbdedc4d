"""Thresholds with a promise: what was planned before labels were looked at, and what the one look found."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, never_changed

GUARDS = [
    *never_changed(["thresholdsearch", "thresholdcertificate"]),
    (
        "certificate_is_of_a_planned_threshold",
        "BEFORE INSERT",
        "thresholdcertificate",
        (
            "NOT EXISTS (SELECT 1 FROM labeling_thresholdsearch AS search "
            "WHERE search.id = NEW.search_id AND search.n_labels = NEW.n_labels)"
        ),
        "a certificate reads as many labels as were planned",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0025_stage_a_policy_before_it_is_live"),
    ]

    operations = [
        migrations.CreateModel(
            name="ThresholdSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("signal", models.CharField(max_length=80)),
                ("target", models.FloatField()),
                ("confidence", models.FloatField()),
                ("grid", models.JSONField()),
                ("grid_hash", models.CharField(max_length=64)),
                ("n_scores", models.PositiveIntegerField()),
                ("n_labels", models.PositiveIntegerField()),
                ("planned_at", models.DateTimeField()),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threshold_searches",
                        to="labeling.routingpolicy",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="threshold_searches",
                        to="labeling.project",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "threshold searches",
                "ordering": ["project", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ThresholdCertificate",
            fields=[
                (
                    "search",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="certificate",
                        serialize=False,
                        to="labeling.thresholdsearch",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("certified", "Certified"),
                            ("inconclusive", "Inconclusive"),
                            ("all_to_people", "All to people"),
                        ],
                        max_length=14,
                    ),
                ),
                ("threshold", models.FloatField(blank=True, null=True)),
                ("naive_threshold", models.FloatField(blank=True, null=True)),
                ("steps", models.JSONField()),
                ("n_labels", models.PositiveIntegerField()),
                ("n_wrong", models.PositiveIntegerField()),
                ("n_more", models.PositiveIntegerField(blank=True, null=True)),
                ("rests_on", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="thresholdsearch",
            constraint=models.UniqueConstraint(fields=("project", "signal", "number"), name="one_search_per_number"),
        ),
        migrations.AddConstraint(
            model_name="thresholdsearch",
            constraint=models.CheckConstraint(
                condition=models.Q(("target__gt", 0), ("target__lt", 1)), name="target_is_a_tolerable_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdsearch",
            constraint=models.CheckConstraint(
                condition=models.Q(("confidence__gt", 0), ("confidence__lt", 1)), name="confidence_is_short_of_sure"
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdsearch",
            constraint=models.CheckConstraint(condition=models.Q(("n_labels__gt", 0)), name="search_looks_at_labels"),
        ),
        migrations.AddConstraint(
            model_name="thresholdcertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["certified", "inconclusive", "all_to_people"])),
                name="certificate_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdcertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "certified"), ("threshold__isnull", False)),
                    models.Q(models.Q(("state", "certified"), _negated=True), ("threshold__isnull", True)),
                    _connector="OR",
                ),
                name="only_what_is_certified_has_a_threshold",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdcertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("threshold__gte", 0), ("threshold__lte", 1)), name="certified_threshold_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdcertificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("n_wrong__lte", models.F("n_labels"))), name="wrong_ones_are_among_the_labels"
            ),
        ),
        guarding(GUARDS),
    ]
