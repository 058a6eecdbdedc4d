"""What comes with a verdict, and final labels that can be re-opened: an entry has one of them a revision, and at most
one that stands. Backwards only while no label was settled twice: an entry had room for one."""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, kept_while_remaking, never_changed

EARLIER = importlib.import_module("labeling.migrations.0002_guard_what_must_not_change").GUARDS
BEFORE, AFTER = kept_while_remaking(EARLIER, "finallabel")
GUARDS = [
    *never_changed(
        ["correction", "failure", "escalation", "handover", "finalcorrection", "finalfailure", "reopening", "gapcase"]
    ),
    (
        "one_final_label_stands",
        "BEFORE INSERT",
        "finallabel",
        (
            "EXISTS (SELECT 1 FROM labeling_finallabel f WHERE f.entry_id = NEW.entry_id"
            " AND NOT EXISTS (SELECT 1 FROM labeling_reopening r WHERE r.final_label_id = f.id))"
        ),
        "this entry has a final label; re-open it first",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0014_add_rubric_drafts"),
    ]

    operations = [
        BEFORE,
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="correction",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="escalation",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("adjudicator", "Anybody who settles disputes"),
                            ("owner", "An eval owner"),
                            ("admin", "An admin"),
                        ],
                        max_length=12,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Failure",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="failure",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("factual_error", "Factual error"),
                            ("unsupported_claim", "Unsupported claim"),
                            ("missing_information", "Missing information"),
                            ("wrong_tone", "Wrong tone"),
                            ("policy_breach", "Policy breach"),
                            ("unsafe", "Unsafe"),
                            ("format", "Wrong format"),
                            ("wrong_action", "Wrong action"),
                            ("tool_misuse", "Tool misuse"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")], max_length=10
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("model", "The model"),
                            ("tool", "A tool"),
                            ("prompt", "The prompt"),
                            ("memory", "Its memory"),
                            ("rubric", "The rubric"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="FinalCorrection",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="correction",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="FinalFailure",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="failure",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("factual_error", "Factual error"),
                            ("unsupported_claim", "Unsupported claim"),
                            ("missing_information", "Missing information"),
                            ("wrong_tone", "Wrong tone"),
                            ("policy_breach", "Policy breach"),
                            ("unsafe", "Unsafe"),
                            ("format", "Wrong format"),
                            ("wrong_action", "Wrong action"),
                            ("tool_misuse", "Tool misuse"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")],
                        max_length=10,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("model", "The model"),
                            ("tool", "A tool"),
                            ("prompt", "The prompt"),
                            ("memory", "Its memory"),
                            ("rubric", "The rubric"),
                        ],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="GapCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attached_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("adjudicator", "Anybody who settles disputes"),
                            ("owner", "An eval owner"),
                            ("admin", "An admin"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField()),
                ("handed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Reopening",
            fields=[
                (
                    "final_label",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reopening",
                        serialize=False,
                        to="labeling.finallabel",
                    ),
                ),
                ("reason", models.TextField()),
                ("reopened_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="finallabel",
            name="revision",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="finallabel",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="final_labels", to="labeling.queueentry"
            ),
        ),
        migrations.AddConstraint(
            model_name="finallabel",
            constraint=models.UniqueConstraint(fields=("entry", "revision"), name="one_final_label_per_revision"),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="correction_has_a_text"
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="failure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "factual_error",
                            "unsupported_claim",
                            "missing_information",
                            "wrong_tone",
                            "policy_breach",
                            "unsafe",
                            "format",
                            "wrong_action",
                            "tool_misuse",
                            "other",
                        ],
                    )
                ),
                name="failure_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="failure",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["critical", "major", "minor"])), name="failure_severity_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="failure",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["", "model", "tool", "prompt", "memory", "rubric"])),
                name="failure_cause_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="failure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "other"), _negated=True), models.Q(("words", ""), _negated=True), _connector="OR"
                ),
                name="other_failure_has_words",
            ),
        ),
        migrations.AddField(
            model_name="finalcorrection",
            name="proposed_in",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="labeling.review",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalfailure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "factual_error",
                            "unsupported_claim",
                            "missing_information",
                            "wrong_tone",
                            "policy_breach",
                            "unsafe",
                            "format",
                            "wrong_action",
                            "tool_misuse",
                            "other",
                        ],
                    )
                ),
                name="final_failure_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalfailure",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["", "critical", "major", "minor"])),
                name="final_failure_severity_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finalfailure",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["", "model", "tool", "prompt", "memory", "rubric"])),
                name="final_failure_cause_is_known",
            ),
        ),
        migrations.AddField(
            model_name="gapcase",
            name="attached_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="gapcase",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="gap_cases", to="labeling.queueentry"
            ),
        ),
        migrations.AddField(
            model_name="gapcase",
            name="gap",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="labeling.guidelinegap"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="entry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="hand_overs", to="labeling.queueentry"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="handed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reopening",
            name="reopened_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["adjudicator", "owner", "admin"])), name="escalation_role_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="finalcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="final_correction_has_a_text"
            ),
        ),
        migrations.AddConstraint(
            model_name="gapcase",
            constraint=models.UniqueConstraint(fields=("gap", "entry"), name="one_case_per_gap_and_entry"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["adjudicator", "owner", "admin"])), name="hand_over_role_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="hand_over_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="reopening",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="reopening_has_a_reason"
            ),
        ),
        AFTER,
        guarding(GUARDS),
    ]
