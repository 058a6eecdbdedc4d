"""The never-delegate register: who alone decides what, and queues that are reserved for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding

KEPT = ("project_id", "title", "rule_name", "queue_id", "reason", "entered_by_id", "entered_at")
GUARDS = [
    ("nameddecision_is_never_deleted", "BEFORE DELETE", "nameddecision", "1 = 1", "the register keeps its lines"),
    (
        "ended_nameddecision_is_never_changed",
        "BEFORE UPDATE",
        "nameddecision",
        "OLD.ended_at IS NOT NULL",
        "this line of the register has ended and is history",
    ),
    (
        "nameddecision_keeps_what_it_is_about",
        "BEFORE UPDATE",
        "nameddecision",
        " OR ".join(f"NEW.{column} {{distinct}} OLD.{column}" for column in KEPT),
        "a line of the register changes its people, its review and its end only",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0026_add_certified_thresholds"),
    ]

    operations = [
        migrations.AddField(
            model_name="queue",
            name="is_reserved",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="NamedDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                ("title", models.CharField(max_length=120)),
                ("rule_name", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(max_length=300)),
                ("review_on", models.DateField()),
                ("told_of", models.DateField(blank=True, null=True)),
                ("entered_at", models.DateTimeField()),
                (
                    "accountable",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "backup",
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
                    "entered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="named_decisions",
                        to="labeling.project",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="named_decisions",
                        to="labeling.queue",
                    ),
                ),
            ],
            options={
                "ordering": ["review_on", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True), models.Q(("rule_name", ""), _negated=True)),
                        fields=("project", "rule_name"),
                        name="one_line_guards_a_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("reason", ""), _negated=True)
                        ),
                        name="named_decision_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("queue__isnull", True), ("rule_name", "")),
                            models.Q(
                                models.Q(("rule_name", ""), _negated=True),
                                ("backup__isnull", False),
                                ("queue__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="guarded_rule_has_a_queue_and_a_backup",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("backup__isnull", True),
                            models.Q(("backup", models.F("accountable")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_backs_up_themself",
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
                        name="end_of_a_named_decision_is_whole",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
