"""Whose error a disagreement of judge and people was, and which way a judge's scores go: both append-only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, never_changed

GUARDS = never_changed(["judgecriterion", "metareview"])


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0022_add_judge_batches"),
    ]

    operations = [
        migrations.CreateModel(
            name="JudgeCriterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("criterion", models.CharField(max_length=40)),
                (
                    "higher_is",
                    models.CharField(
                        choices=[("better", "Higher is better"), ("worse", "Higher is worse")], max_length=6
                    ),
                ),
                ("told_at", models.DateTimeField()),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judged_criteria",
                        to="labeling.judgeversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("judge_version", "criterion"), name="one_direction_per_judge_criterion"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("higher_is__in", ["better", "worse"])), name="score_direction_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MetaReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("criterion", models.CharField(max_length=40)),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                ("judge_label", models.CharField(max_length=80)),
                ("human_label", models.CharField(max_length=80)),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("judge", "The judge"),
                            ("people", "The people"),
                            ("rubric", "The rubric is unclear"),
                            ("both", "Both can be defended"),
                        ],
                        max_length=6,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("made_at", models.DateTimeField()),
                (
                    "final_label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.finallabel"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="meta_reviews", to="labeling.item"
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meta_reviews",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("judge_version", "item", "criterion", "revision"), name="one_meta_review_per_revision"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cause__in", ["judge", "people", "rubric", "both"])),
                        name="error_source_is_known",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
