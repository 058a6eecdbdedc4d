"""Reviewers as instruments: pauses and probation, labels in question, appeals, screenings and incidents; and the uses of
a gold case. Backwards only while no entry is a repeat, training or a screen."""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, kept_while_remaking

EARLIER = [
    guard
    for name in ("0002_guard_what_must_not_change", "0015_add_verdict_details_and_reopening")
    for guard in importlib.import_module(f"labeling.migrations.{name}").GUARDS
]
BEFORE, AFTER = kept_while_remaking(EARLIER, "reopening", "queue", "goldcase", "entrypurpose")
GUARDS = [
    *[
        (f"{table}_is_never_deleted", "BEFORE DELETE", table, "1 = 1", f"{table} rows are kept")
        for table in ("standingperiod", "questionedreview", "appeal")
    ],
    (
        "ended_standing_is_never_changed",
        "BEFORE UPDATE",
        "standingperiod",
        "OLD.ended_at IS NOT NULL",
        "this period has ended and is history",
    ),
    (
        "decided_appeal_is_never_changed",
        "BEFORE UPDATE",
        "appeal",
        "OLD.decided_at IS NOT NULL",
        "this appeal was decided",
    ),
    (
        "settled_question_is_never_changed",
        "BEFORE UPDATE",
        "questionedreview",
        "OLD.settled_at IS NOT NULL",
        "this label is out of question already",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0016_watch_disputed_items_too"),
    ]

    operations = [
        BEFORE,
        migrations.CreateModel(
            name="Appeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField()),
                ("made_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True, choices=[("upheld", "Upheld"), ("dismissed", "Dismissed")], max_length=10
                    ),
                ),
                ("decision", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=120)),
                ("words", models.TextField(blank=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")], max_length=10
                    ),
                ),
                ("reported_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("lesson", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-reported_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="QuestionedReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("questioned_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("trained_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("n_right", models.PositiveIntegerField(blank=True, null=True)),
                ("n_cases", models.PositiveIntegerField(blank=True, null=True)),
                ("has_passed", models.BooleanField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="StandingPeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(choices=[("paused", "Paused"), ("probation", "On probation")], max_length=10),
                ),
                ("reason", models.CharField(max_length=300)),
                ("began_at", models.DateTimeField()),
                ("counted_from", models.DateTimeField(blank=True, null=True)),
                ("n_right", models.PositiveIntegerField(blank=True, null=True)),
                ("n_known", models.PositiveIntegerField(blank=True, null=True)),
                ("required", models.FloatField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="entrypurpose",
            name="gold_purpose_names_its_case",
        ),
        migrations.RemoveConstraint(
            model_name="entrypurpose",
            name="purpose_is_known",
        ),
        migrations.AddField(
            model_name="goldcase",
            name="retired_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("by_hand", "By hand"),
                    ("rotated", "Met by enough people"),
                    ("leaked", "Suspected to be known"),
                    ("wrong", "Its answer was wrong"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="goldcase",
            name="use",
            field=models.CharField(
                choices=[("live", "Among the live items"), ("training", "Training"), ("screen", "Screen")],
                default="live",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="calibrationround",
            name="opened_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="known_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="queue",
            name="most_exposures",
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name="queue",
            name="n_screen",
            field=models.PositiveSmallIntegerField(default=20),
        ),
        migrations.AddField(
            model_name="queue",
            name="n_training",
            field=models.PositiveSmallIntegerField(default=10),
        ),
        migrations.AddField(
            model_name="queue",
            name="qualification_days",
            field=models.PositiveSmallIntegerField(default=180),
        ),
        migrations.AddField(
            model_name="queue",
            name="repeat_days",
            field=models.PositiveSmallIntegerField(default=14),
        ),
        migrations.AddField(
            model_name="queue",
            name="repeat_share",
            field=models.FloatField(default=0.03),
        ),
        migrations.AddField(
            model_name="queue",
            name="required_accuracy",
            field=models.FloatField(blank=True, default=0.85, null=True),
        ),
        migrations.AddField(
            model_name="queue",
            name="round_days",
            field=models.PositiveSmallIntegerField(default=30),
        ),
        migrations.AddField(
            model_name="queue",
            name="round_items",
            field=models.PositiveSmallIntegerField(default=20),
        ),
        migrations.AddField(
            model_name="queue",
            name="screen_passing_share",
            field=models.FloatField(default=0.8),
        ),
        migrations.AlterField(
            model_name="entrypurpose",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("live", "Live"),
                    ("gold", "Gold"),
                    ("repeat", "Blind repeat"),
                    ("round", "Calibration round"),
                    ("training", "Training"),
                    ("screen", "Screen"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="reopening",
            name="reopened_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="entrypurpose",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["live", "gold", "repeat", "round", "training", "screen"])),
                name="purpose_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="entrypurpose",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("gold_case__isnull", False), ("purpose__in", ("gold", "training", "screen"))),
                    models.Q(
                        models.Q(("purpose__in", ("gold", "training", "screen")), _negated=True),
                        ("gold_case__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="known_purpose_names_its_case",
            ),
        ),
        migrations.AddConstraint(
            model_name="goldcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("use__in", ["live", "training", "screen"])), name="gold_use_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="goldcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("retired_because__in", ["", "by_hand", "rotated", "leaked", "wrong"])),
                name="gold_retirement_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("required_accuracy__isnull", True),
                    models.Q(("required_accuracy__gt", 0), ("required_accuracy__lt", 1)),
                    _connector="OR",
                ),
                name="required_accuracy_is_between_0_and_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(("repeat_share__gte", 0), ("repeat_share__lte", 1)), name="repeat_share_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(("screen_passing_share__gte", 0), ("screen_passing_share__lte", 1)),
                name="screen_passing_share_is_a_share",
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("n_screen__gte", 1),
                    ("qualification_days__gte", 1),
                    ("repeat_days__gte", 1),
                    ("round_items__gte", 1),
                ),
                name="repeats_rounds_and_screens_have_a_size",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="review",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="labeling.review",
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="labeling.rater"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="closed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="labeling.item",
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="incidents", to="labeling.project"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="reported_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="questionedreview",
            name="review",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="questionings", to="labeling.review"
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="queue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="labeling.queue"
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="labeling.rater"
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="rubric_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="labeling.rubricversion"
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="screening",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="qualifications",
                to="labeling.screening",
            ),
        ),
        migrations.AddField(
            model_name="standingperiod",
            name="began_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="standingperiod",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="standingperiod",
            name="queue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="standing_periods", to="labeling.queue"
            ),
        ),
        migrations.AddField(
            model_name="standingperiod",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="standing_periods", to="labeling.rater"
            ),
        ),
        migrations.AddField(
            model_name="questionedreview",
            name="period",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="questioned", to="labeling.standingperiod"
            ),
        ),
        migrations.AddField(
            model_name="appeal",
            name="period",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="labeling.standingperiod",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["critical", "major", "minor"])), name="incident_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="incident_has_a_title"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("lesson", "")),
                    models.Q(("closed_at__isnull", False), models.Q(("lesson", ""), _negated=True)),
                    _connector="OR",
                ),
                name="closed_incident_has_a_lesson",
            ),
        ),
        migrations.AddConstraint(
            model_name="screening",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("queue", "reviewer"),
                name="one_screening_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="screening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("has_passed__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("has_passed__isnull", False)),
                    _connector="OR",
                ),
                name="ended_screening_has_a_result",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingperiod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("queue", "reviewer"),
                name="one_standing_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["paused", "probation"])), name="standing_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="standingperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="standing_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="standingperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_because", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("ended_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="end_of_standing_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("n_known__isnull", True), ("n_right__isnull", True), ("required__isnull", True)),
                    models.Q(("n_known__isnull", False), ("n_right__isnull", False), ("required__isnull", False)),
                    _connector="OR",
                ),
                name="evidence_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="questionedreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at__isnull", True)), fields=("review",), name="one_question_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="questionedreview",
            constraint=models.UniqueConstraint(fields=("review", "period"), name="one_question_per_period"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("period__isnull", False), ("review__isnull", True)),
                    models.Q(("period__isnull", True), ("review__isnull", False)),
                    _connector="OR",
                ),
                name="appeal_is_about_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decided_at__isnull", True)), fields=("period",), name="one_open_appeal_per_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(fields=("review",), name="one_appeal_per_review"),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="appeal_has_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True), ("decided_by__isnull", True), ("decision", ""), ("outcome", "")
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("outcome__in", ["upheld", "dismissed"]),
                        models.Q(("decision", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="decision_of_an_appeal_is_whole",
            ),
        ),
        AFTER,
        guarding(GUARDS),
    ]
