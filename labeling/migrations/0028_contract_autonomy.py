"""What contracts a project's autonomy by itself: guardrails, the fallback policy, and every contraction."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding

KEPT = ("project_id", "kind", "words", "evidence", "incident_id", "before_id", "published_id", "began_at")
GUARDS = [
    ("contraction_is_never_deleted", "BEFORE DELETE", "contraction", "1 = 1", "contraction rows are kept"),
    (
        "ended_contraction_is_never_changed",
        "BEFORE UPDATE",
        "contraction",
        "OLD.ended_at IS NOT NULL",
        "this contraction has ended and is history",
    ),
    (
        "only_the_end_is_added_to_a_contraction",
        "BEFORE UPDATE",
        "contraction",
        " OR ".join(f"NEW.{column} {{distinct}} OLD.{column}" for column in KEPT),
        "a contraction is never changed, only ended",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0027_add_the_never_delegate_register"),
    ]

    operations = [
        migrations.CreateModel(
            name="FallbackPolicy",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="fallback",
                        serialize=False,
                        to="labeling.project",
                    ),
                ),
                ("set_at", models.DateTimeField()),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.routingpolicy"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contraction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agreement", "Agreement floor"),
                            ("gold", "Gold accuracy"),
                            ("escaped", "Escaped-error budget"),
                            ("drift", "Drift of a judge"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(max_length=300)),
                ("evidence", models.JSONField()),
                ("began_at", models.DateTimeField()),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.routingpolicy"
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="contraction", to="labeling.incident"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contractions", to="labeling.project"
                    ),
                ),
                (
                    "published",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contraction",
                        to="labeling.routingpolicy",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("project", "kind"),
                        name="one_contraction_a_guardrail",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["agreement", "gold", "escaped", "drift"])),
                        name="contraction_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("words", ""), _negated=True), name="contraction_says_why"
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
                        name="end_of_a_contraction_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guardrail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("agreement", "Agreement floor"),
                            ("gold", "Gold accuracy"),
                            ("escaped", "Escaped-error budget"),
                            ("drift", "Drift of a judge"),
                        ],
                        max_length=10,
                    ),
                ),
                ("limit", models.FloatField(blank=True, null=True)),
                ("is_on", models.BooleanField(default=False)),
                ("set_at", models.DateTimeField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="guardrails", to="labeling.project"
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("project", "kind"), name="one_guardrail_a_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["agreement", "gold", "escaped", "drift"])),
                        name="guardrail_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "drift"), ("limit__isnull", True)),
                            models.Q(
                                models.Q(("kind", "drift"), _negated=True),
                                ("limit__gte", 0),
                                ("limit__isnull", False),
                                ("limit__lte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="guardrail_has_its_limit",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
