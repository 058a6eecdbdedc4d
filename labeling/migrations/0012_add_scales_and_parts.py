import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import kept_while_remaking

EARLIER = [
    guard
    for name in (
        "0002_guard_what_must_not_change",
        "0004_guard_labels_and_runs",
        "0011_add_imported_later_labels",
    )
    for guard in importlib.import_module(f"labeling.migrations.{name}").GUARDS
]
BEFORE, AFTER = kept_while_remaking(
    EARLIER, "answer", "criterion", "finalanswer", "goldlabel", "importedlabel", "importedlaterlabel"
)


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0011_add_imported_later_labels"),
    ]

    operations = [
        BEFORE,
        migrations.CreateModel(
            name="RubricApproval",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="approval",
                        serialize=False,
                        to="labeling.rubricversion",
                    ),
                ),
                ("approved_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="answer",
            name="one_answer_per_criterion",
        ),
        migrations.RemoveConstraint(
            model_name="criterion",
            name="criterion_scale_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="finalanswer",
            name="one_final_answer_per_criterion",
        ),
        migrations.RemoveConstraint(
            model_name="goldlabel",
            name="one_gold_label_per_criterion",
        ),
        migrations.RemoveConstraint(
            model_name="importedlabel",
            name="one_imported_label_per_rater",
        ),
        migrations.RemoveConstraint(
            model_name="importedlaterlabel",
            name="one_imported_label_per_later_pass",
        ),
        migrations.AddField(
            model_name="answer",
            name="part",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="criterion",
            name="asked_when",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="criterion",
            name="bounds",
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="criterion",
            name="parts",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "The whole output"),
                    ("claim", "Each claim"),
                    ("chunk", "Each passage"),
                    ("citation", "Each citation"),
                    ("step", "Each step"),
                ],
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="finalanswer",
            name="part",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="goldlabel",
            name="part",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="importedlabel",
            name="part",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="importedlaterlabel",
            name="part",
            field=models.CharField(blank=True, default="", max_length=80),
        ),
        migrations.AddField(
            model_name="rubric",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rubric",
            name="review_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="criterion",
            name="scale",
            field=models.CharField(
                choices=[
                    ("binary", "Yes or no"),
                    ("nominal", "Categories"),
                    ("ordinal", "Ordered points"),
                    ("interval", "A number"),
                    ("pairwise", "A, B or tie"),
                    ("multi_label", "Any that apply"),
                    ("text", "Words"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(fields=("review", "criterion", "part"), name="one_answer_per_part"),
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("scale__in", ["binary", "nominal", "ordinal", "interval", "pairwise", "multi_label", "text"])
                ),
                name="criterion_scale_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("parts__in", ["", "claim", "chunk", "citation", "step"])),
                name="criterion_parts_are_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gte", 0)), name="criterion_weight_is_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="finalanswer",
            constraint=models.UniqueConstraint(
                fields=("final_label", "criterion", "part"), name="one_final_answer_per_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="goldlabel",
            constraint=models.UniqueConstraint(fields=("case", "criterion", "part"), name="one_gold_label_per_part"),
        ),
        migrations.AddConstraint(
            model_name="importedlabel",
            constraint=models.UniqueConstraint(
                fields=("item", "rater", "criterion", "part"), name="one_imported_label_per_rater_and_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="importedlaterlabel",
            constraint=models.UniqueConstraint(
                fields=("item", "rater", "criterion", "part", "pass_number"), name="one_imported_label_per_later_pass"
            ),
        ),
        migrations.AddField(
            model_name="rubricapproval",
            name="approved_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        AFTER,
    ]
