"""What a judge version may do: sealed examinations, clearances and suspensions; an alarm may report an incident."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, never_changed

GUARDS = [
    *never_changed(["sealedopening", "validation", "driftlook", "ensemblemember"]),
    *[
        (f"{table}_is_never_deleted", "BEFORE DELETE", table, "1 = 1", f"{table} rows are kept")
        for table in ("clearance", "suspension")
    ],
    *[
        (
            f"ended_{table}_is_never_changed",
            "BEFORE UPDATE",
            table,
            "OLD.ended_at IS NOT NULL",
            f"this {table} has ended and is history",
        )
        for table in ("clearance", "suspension")
    ],
    (
        "clearance_rests_on_its_own_validation",
        "BEFORE INSERT",
        "clearance",
        (
            "NOT EXISTS (SELECT 1 FROM labeling_validation AS found "
            "JOIN labeling_sealedopening AS opening ON opening.id = found.opening_id "
            "WHERE found.opening_id = NEW.validation_id AND found.finding = 'may_gate' "
            "AND opening.judge_version_id = NEW.judge_version_id)"
        ),
        "no validation says that this judge may gate",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0020_offer_a_look_at_the_judge"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealedOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(default=1)),
                ("items_since", models.DateTimeField(blank=True, null=True)),
                ("opened_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="openings", to="labeling.judgeversion"
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "rubric_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="labeling.rubricversion",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="incident",
            name="reported_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cause", models.CharField(choices=[("drift", "Drift alarm"), ("person", "A person")], max_length=10)),
                ("reason", models.CharField(max_length=300)),
                ("evidence", models.JSONField(default=dict)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "began_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                    "incident",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspension",
                        to="labeling.incident",
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="labeling.judgeversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EnsembleMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ensemble",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="labeling.judgeversion"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ensembles",
                        to="labeling.judgeversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ensemble", "member"), name="one_vote_a_member"),
                    models.CheckConstraint(
                        condition=models.Q(("ensemble", models.F("member")), _negated=True),
                        name="no_ensemble_of_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Validation",
            fields=[
                (
                    "opening",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="validation",
                        serialize=False,
                        to="labeling.sealedopening",
                    ),
                ),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("may_gate", "May gate"),
                            ("triage", "Triage only"),
                            ("missing", "Not enough yet"),
                            ("broken", "Broken"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(max_length=300)),
                ("numbers", models.JSONField()),
                ("n_items", models.PositiveIntegerField()),
                ("n_judged", models.PositiveIntegerField()),
                ("n_missed", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("finding__in", ["may_gate", "triage", "missing", "broken"])),
                        name="finding_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="validation_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("n_missed__lte", models.F("n_judged"))), name="misses_are_among_the_judged"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DriftLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counted_from", models.DateTimeField()),
                ("counted_until", models.DateTimeField()),
                ("n_answers", models.PositiveIntegerField()),
                ("n_missed", models.PositiveIntegerField()),
                ("numbers", models.JSONField()),
                ("is_alarm", models.BooleanField()),
                ("looked_at", models.DateTimeField()),
                (
                    "validation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="looks", to="labeling.validation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Clearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=300)),
                ("cleared_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "cleared_by",
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
                        related_name="clearances",
                        to="labeling.judgeversion",
                    ),
                ),
                (
                    "validation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clearances", to="labeling.validation"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="sealedopening",
            constraint=models.UniqueConstraint(
                fields=("judge_version", "rubric_version", "number"), name="sealed_part_opens_once_a_term"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealedopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="opening_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("judge_version",),
                name="one_suspension_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["drift", "person"])), name="suspension_cause_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="suspension_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("began_by__isnull", True), ("cause", "drift")),
                    models.Q(("began_by__isnull", False), ("cause", "person")),
                    _connector="OR",
                ),
                name="somebody_or_an_alarm_suspends",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="end_of_a_suspension_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="driftlook",
            constraint=models.UniqueConstraint(
                fields=("validation", "counted_from", "counted_until", "n_answers"), name="one_look_at_the_same_answers"
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("judge_version",),
                name="one_clearance_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="clearance_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="clearance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_because", ""), ("ended_by__isnull", True)),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_because", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="end_of_a_clearance_is_whole",
            ),
        ),
        guarding(GUARDS),
    ]
