"""Confidence maps put to use: what routing reads a judge's confidence through, and on whose word."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding

KEPT = (
    "judge_version_id",
    "criterion",
    "confidence",
    "kind",
    "document",
    "run_id",
    "reason",
    "chosen_by_id",
    "chosen_at",
)
GUARDS = [
    ("chosenmap_is_never_deleted", "BEFORE DELETE", "chosenmap", "1 = 1", "chosenmap rows are kept"),
    (
        "ended_chosenmap_is_never_changed",
        "BEFORE UPDATE",
        "chosenmap",
        "OLD.ended_at IS NOT NULL",
        "this chosen map has ended and is history",
    ),
    (
        "only_the_end_is_added_to_a_chosenmap",
        "BEFORE UPDATE",
        "chosenmap",
        " OR ".join(f"NEW.{column} {{distinct}} OLD.{column}" for column in KEPT),
        "a chosen map is never changed, only ended",
    ),
    (
        "chosenmap_rests_on_a_run_of_its_judge",
        "BEFORE INSERT",
        "chosenmap",
        (
            "NOT EXISTS (SELECT 1 FROM labeling_calibrationrun AS run "
            "WHERE run.id = NEW.run_id AND run.judge_version_id = NEW.judge_version_id)"
        ),
        "the map was fitted on another judge",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0023_add_meta_reviews"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChosenMap",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("criterion", models.CharField(max_length=40)),
                (
                    "confidence",
                    models.CharField(
                        choices=[("stated", "What the judge stated"), ("vote_share", "How far its runs agree")],
                        max_length=10,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("platt", "Platt’s sigmoid"), ("isotonic", "Isotonic, a staircase")], max_length=10
                    ),
                ),
                ("document", models.JSONField()),
                ("reason", models.CharField(max_length=300)),
                ("chosen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "chosen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chosen_maps",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="chosen_maps",
                        to="labeling.calibrationrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("judge_version", "criterion"),
                        name="one_map_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["platt", "isotonic"])), name="map_kind_is_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("confidence__in", ["stated", "vote_share"])),
                        name="mapped_confidence_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="choice_of_a_map_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="end_of_a_chosen_map_is_whole",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
